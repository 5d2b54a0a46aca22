"""The platform's objects as JSON values."""

from typing import Any

from bot.sandbox.entities import (
    Application,
    AuditEntry,
    Channel,
    Command,
    Invite,
    Member,
    Message,
    Role,
    User,
)
from bot.sandbox.permissions import Overwrite
from bot.sandbox.snowflakes import iso, iso_or_none

JSON = dict[str, Any]
COMPONENTS_V2 = 1 << 15
EPHEMERAL = 1 << 6
LOADING = 1 << 7
LIMITED_FLAGS = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}


def user(who: User) -> JSON:
    return {
        "id": str(who.id),
        "username": who.name,
        "discriminator": "0000" if who.bot else "0",
        "global_name": None,
        "avatar": None,
        "bot": who.bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def gateway_user(who: User) -> JSON:
    """As events carry it; REST alone shows `flags`."""
    shown = user(who)
    del shown["flags"]
    return shown


def me(who: User) -> JSON:
    return user(who) | {"mfa_enabled": True, "locale": who.locale, "verified": True, "email": None}


def gateway_me(who: User) -> JSON:
    return gateway_user(who) | {"mfa_enabled": True, "verified": True, "email": None}


def member(one: Member) -> JSON:
    return {
        "user": user(one.user),
        "nick": one.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(role_id) for role_id in one.roles],
        "joined_at": iso(one.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": one.pending,
        "flags": one.flags,
    }


def role(one: Role) -> JSON:
    shown: JSON = {
        "id": str(one.id),
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": one.position,
        "permissions": str(one.permissions),
        "managed": one.bot_id is not None,
        "mentionable": False,
        "flags": 0,
    }
    if one.bot_id is not None:
        shown["tags"] = {"bot_id": str(one.bot_id)}
    return shown


def channel(one: Channel) -> JSON:
    shown: JSON = {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild_id),
        "name": one.name,
        "position": one.position,
        "flags": 0,
        "permission_overwrites": [overwrite(each) for each in one.overwrites.values()],
    }
    if one.kind != "category":
        shown["parent_id"] = None if one.parent_id is None else str(one.parent_id)
        shown |= _of_kind(one.kind)
    return shown


def overwrite(one: Overwrite) -> JSON:
    return {
        "id": str(one.target_id),
        "type": int(one.is_member),
        "allow": str(one.allow),
        "deny": str(one.deny),
    }


def _of_kind(kind: str) -> JSON:
    match kind:
        case "voice" | "stage":
            return {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "nsfw": False}
        case "forum":
            return {
                "available_tags": [],
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
                "topic": None,
                "nsfw": False,
            }
        case _:
            return {"topic": None, "nsfw": False, "rate_limit_per_user": 0, "last_message_id": None}


def thread(one: Channel, owner_id: int) -> JSON:
    return {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild_id),
        "parent_id": str(one.parent_id),
        "owner_id": str(owner_id),
        "name": one.name,
        "flags": 0,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": iso(0),
            "locked": False,
        },
    }


def dm_channel(one: Channel) -> JSON:
    assert one.recipient is not None, "a DM has a recipient"
    return {
        "id": str(one.id),
        "type": one.type,
        "flags": 0,
        "last_message_id": None,
        "recipients": [user(one.recipient)],
    }


def invite(one: Invite, guild: JSON, place: JSON, roles: list[JSON]) -> JSON:
    """What anybody sees who resolves the code."""
    shown: JSON = {
        "type": 0,
        "code": one.code,
        "guild_id": guild["id"],
        "guild": guild,
        "channel": place,
        "expires_at": iso_or_none(one.expires_at),
        "flags": one.terms.flags,
    }
    if one.inviter is not None:
        shown["inviter"] = user(one.inviter)
    if roles:
        shown["roles"] = roles
    return shown


def invite_metadata(one: Invite, uses: int) -> JSON:
    """What only those see who manage the guild or made the invite."""
    return {
        "uses": uses,
        "max_uses": one.max_uses,
        "max_age": one.max_age,
        "temporary": one.temporary,
        "created_at": iso(one.created_at),
    }


def audit_entry(entry: AuditEntry) -> JSON:
    shown: JSON = {
        "id": str(entry.id),
        "action_type": entry.action_type,
        "user_id": None if entry.user_id is None else str(entry.user_id),
        "target_id": None if entry.target_id is None else str(entry.target_id),
    }
    if entry.changes:
        shown["changes"] = entry.changes
    if entry.reason:
        shown["reason"] = entry.reason
    return shown


def message(one: Message) -> JSON:
    shown: JSON = {
        "id": str(one.id),
        "channel_id": str(one.channel_id),
        "author": user(one.author),
        "type": 20 if one.interaction else 0,
        "timestamp": iso(one.created_at),
        "edited_timestamp": iso_or_none(one.edited_at),
        "tts": bool(one.body.get("tts")),
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "pinned": False,
        "content": one.content,
        "embeds": one.embeds,
        "components": one.components,
        "attachments": one.body.get("attachments") or [],
        "flags": _message_flags(one),
    }
    if one.interaction:
        shown["interaction_metadata"] = one.interaction
        shown["application_id"] = str(one.author.id)
        shown["webhook_id"] = str(one.author.id)
    return shown


def _message_flags(one: Message) -> int:
    flags = int(one.body.get("flags") or 0)
    if one.ephemeral:
        flags |= EPHEMERAL
    return flags | LOADING if one.loading else flags


def command(one: Command, application_id: int) -> JSON:
    shown: JSON = {
        "id": str(one.id),
        "application_id": str(application_id),
        "version": str(one.version),
        "type": one.type,
        "default_member_permissions": None,
        "nsfw": False,
        "description": "",
        "dm_permission": True,
        "contexts": None,
        "integration_types": [0],
    } | {key: value for key, value in one.body.items() if value is not None}
    if shown["default_member_permissions"] is not None:
        shown["default_member_permissions"] = str(shown["default_member_permissions"])
    if one.guild_id is not None:
        shown["guild_id"] = str(one.guild_id)
    return shown


def application(one: Application, guilds: int) -> JSON:
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(one.user),
        "owner": user(one.owner),
        "team": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": application_flags(one),
        "flags_new": str(application_flags(one)),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": guilds,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
    }


def application_flags(one: Application) -> int:
    return sum(LIMITED_FLAGS[name] for name in one.privileged)
