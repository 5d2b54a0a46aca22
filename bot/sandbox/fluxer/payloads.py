"""Fluxer's objects as JSON values; events and answers carry the same."""

from datetime import UTC, datetime
from typing import Any

from bot.sandbox.entities import Application, Channel, Member, Message, Role, User
from bot.sandbox.payloads import overwrite
from bot.sandbox.snowflakes import EPOCH_MS

JSON = dict[str, Any]
DISCRIMINATORS = 9999
REPLY, JOINED = 19, 7
"""Types of message besides 0."""

_NULLS_OF_ME = (
    "email phone bio pronouns accent_color banner banner_color premium_since premium_until "
    "premium_billing_cycle premium_lifetime_sequence premium_grace_ends_at "
    "password_last_changed_at last_voice_activity_sharing_change_at "
    "pending_bulk_message_deletion terms_agreed_at privacy_agreed_at"
)
_FALSE_OF_ME = (
    "is_staff email_bounced has_verified_phone mfa_enabled verified premium_will_cancel "
    "premium_discriminator premium_badge_hidden premium_badge_masked "
    "premium_badge_timestamp_hidden premium_badge_sequence_hidden premium_purchase_disabled "
    "premium_enabled_override premium_perks_disabled has_dismissed_premium_onboarding "
    "has_ever_purchased has_unread_gift_inventory"
)
_NULLS_OF_EMBED = (
    "url title timestamp description author image thumbnail footer fields provider video audio "
    "html html_width html_height nsfw children"
)


def iso(moment: float) -> str:
    """Milliseconds and a Z, as the platform writes times."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def iso_or_none(moment: float | None) -> str | None:
    return None if moment is None else iso(moment)


def created_at(snowflake: int) -> float:
    """Seconds since the epoch."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000


def discriminator(who: User) -> str:
    return f"{(who.id >> 8) * 7919 % DISCRIMINATORS + 1:04d}"


def user(who: User) -> JSON:
    """Only of bots it is told that they are."""
    shown: JSON = {
        "id": str(who.id),
        "username": who.name,
        "discriminator": discriminator(who),
        "global_name": None,
        "avatar": None,
        "avatar_color": None,
        "flags": 0,
    }
    return shown | {"bot": True} if who.bot else shown


def me(who: User) -> JSON:
    """Somebody as they see themselves."""
    return (
        user(who)
        | dict.fromkeys(_NULLS_OF_ME.split())
        | dict.fromkeys(_FALSE_OF_ME.split(), False)
        | {
            "acls": [],
            "traits": [],
            "premium_type": 0,
            "required_actions": [],
            "nsfw_allowed": True,
            "unread_gift_inventory_count": 0,
        }
    )


def application(one: Application) -> JSON:
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "description": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user(one.owner),
        "bot": {
            "id": str(one.user.id),
            "username": one.user.name,
            "discriminator": discriminator(one.user),
            "avatar": None,
            "banner": None,
            "bio": None,
            "mfa_enabled": False,
            "authenticator_types": [],
            "flags": 0,
        },
        "redirect_uris": [],
    }


def member(one: Member) -> JSON:
    """As REST answers it."""
    return {
        "user": user(one.user),
        "nick": one.nick,
        "avatar": None,
        "banner": None,
        "accent_color": None,
        "roles": [str(role_id) for role_id in one.roles],
        "joined_at": iso(one.joined_at),
        "mute": False,
        "deaf": False,
        "communication_disabled_until": None,
    }


def role(one: Role) -> JSON:
    return {
        "id": str(one.id),
        "name": one.name,
        "color": 0,
        "position": one.position,
        "hoist_position": None,
        "permissions": str(one.permissions),
        "hoist": False,
        "mentionable": False,
    }


def channel(one: Channel) -> JSON:
    """A guild's channel."""
    shown: JSON = {
        "id": str(one.id),
        "guild_id": str(one.guild_id),
        "name": one.name,
        "type": one.type,
        "position": one.position,
        "permission_overwrites": [overwrite(each) for each in one.overwrites.values()],
        "nsfw": False,
        "nsfw_override": False,
        "content_warning_level": 0,
        "content_warning_text": None,
    }
    return shown if one.kind == "category" else shown | _of_talk(one)


def _of_talk(one: Channel) -> JSON:
    shown: JSON = {
        "topic": None,
        "parent_id": None if one.parent_id is None else str(one.parent_id),
        "rate_limit_per_user": 0,
        **_last_words(one),
    }
    if one.kind == "voice":
        shown |= {
            "bitrate": 64000,
            "user_limit": 0,
            "voice_connection_limit": 5,
            "rtc_region": None,
        }
    return shown


def private_channel(one: Channel, viewer: User) -> JSON:
    """A DM or a group DM, with everybody in it but the one who looks."""
    people = one.recipients if one.kind == "group_dm" else [one.recipient]
    shown: JSON = {"id": str(one.id), "type": one.type, **_last_words(one)}
    shown["recipients"] = [user(who) for who in people if who is not None and who is not viewer]
    if one.kind == "group_dm":
        shown |= {"name": one.name or None, "icon": None, "owner_id": str(one.owner_id)}
    return shown


def partial_channel(one: Channel) -> JSON:
    """As invites show it: a group DM names who is in it."""
    shown: JSON = {"id": str(one.id), "name": one.name or None, "type": one.type}
    if one.kind == "group_dm":
        shown["recipients"] = [{"username": who.name} for who in one.recipients]
    return shown


def _last_words(one: Channel) -> JSON:
    last = next(reversed(one.messages), None)
    return {"last_message_id": None if last is None else str(last), "last_pin_timestamp": None}


def message(one: Message, viewer: User) -> JSON:
    """Lists that are empty are null, but for those of mentions."""
    nonce = one.body.get("nonce")
    return {
        "id": str(one.id),
        "channel_id": str(one.channel_id),
        "author": user(one.author),
        "webhook_id": str(one.author_id) if one.by_webhook else None,
        "type": _type(one),
        "flags": int(one.body.get("flags") or 0),
        "content": one.content,
        "timestamp": iso(one.created_at),
        "edited_timestamp": iso_or_none(one.edited_at),
        "pinned": False,
        "mention_everyone": one.pings.everyone,
        "tts": bool(one.body.get("tts")),
        "mentions": [],
        "mention_roles": [str(role_id) for role_id in one.pings.roles],
        "mention_channels": None,
        "embeds": [embed(each) for each in one.embeds] or None,
        "attachments": [attachment(each) for each in one.body.get("attachments") or []] or None,
        "stickers": None,
        "reactions": _reactions(one, viewer),
        "message_reference": _reference(one),
        "message_snapshots": None,
        "nonce": None if nonce is None else str(nonce),
        "call": None,
    }


def _type(one: Message) -> int:
    if one.tells_of_join:
        return JOINED
    return 0 if one.reply_to is None else REPLY


def _reactions(one: Message, viewer: User) -> list[JSON] | None:
    shown: list[JSON] = [
        {
            "emoji": {"id": None, "name": emoji, "animated": None},
            "count": len(people),
            "me": viewer.id in people,
        }
        for emoji, people in one.reactions.items()
        if people
    ]
    return shown or None


def _reference(one: Message) -> JSON | None:
    if one.reply_to is None:
        return None
    shown: JSON = {"channel_id": str(one.channel_id), "message_id": str(one.reply_to), "type": 0}
    return shown if one.guild_id is None else shown | {"guild_id": str(one.guild_id)}


def embed(given: JSON) -> JSON:
    """Every key is there; what was not given is null."""
    empty: JSON = {"type": "rich", "color": 0} | dict.fromkeys(_NULLS_OF_EMBED.split())
    shown = empty | {key: value for key, value in given.items() if key in empty}
    shown["fields"] = [_field(one) for one in given.get("fields") or []] or None
    if given.get("author"):
        shown["author"] = _named(given["author"], "name", "url", "icon_url", "proxy_icon_url")
    if given.get("footer"):
        shown["footer"] = _named(given["footer"], "text", "icon_url", "proxy_icon_url")
    for key in ("image", "thumbnail"):
        if given.get(key):
            shown[key] = {"url": given[key]["url"], "flags": 0}
    return shown


def _field(given: JSON) -> JSON:
    return {"name": given["name"], "value": given["value"], "inline": bool(given.get("inline"))}


def _named(given: JSON, *keys: str) -> JSON:
    return {key: given.get(key) for key in keys}


def attachment(given: JSON) -> JSON:
    return {
        "id": given["id"],
        "filename": given["filename"],
        "title": None,
        "description": given.get("description"),
        "content_type": given.get("content_type"),
        "size": given["size"],
        "url": given["url"],
        "proxy_url": given["proxy_url"],
        "flags": 0,
        "nsfw": False,
    }
