"""A guild as JSON: for REST, for events, and the short form inside an invite."""

from typing import TYPE_CHECKING, Any

from bot.sandbox import payloads
from bot.sandbox.snowflakes import iso, iso_or_none

if TYPE_CHECKING:  # a guild announces itself with these
    from bot.sandbox.guild import Guild

JSON = dict[str, Any]
LARGE = 250

_SHARED: JSON = {
    "icon": None,
    "description": None,
    "splash": None,
    "discovery_splash": None,
    "banner": None,
    "application_id": None,
    "afk_channel_id": None,
    "afk_timeout": 300,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "widget_enabled": False,
    "widget_channel_id": None,
    "verification_level": 0,
    "default_message_notifications": 0,
    "mfa_level": 0,
    "explicit_content_filter": 0,
    "max_presences": None,
    "max_members": 500_000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "preferred_locale": "en-US",
    "rules_channel_id": None,
    "safety_alerts_channel_id": None,
    "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False,
    "nsfw_level": 0,
    "emojis": [],
    "stickers": [],
}


def _guild(guild: "Guild") -> JSON:
    return _SHARED | {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "features": sorted(guild.features),
        "vanity_url_code": guild.vanity and guild.vanity.code,
        "roles": [payloads.role(role) for role in guild.roles_by_id.values()],
        "incidents_data": incidents(guild) if guild.has_incidents else None,
    }


def incidents(guild: "Guild") -> JSON:
    return {
        "invites_disabled_until": iso_or_none(guild.invites_paused_until),
        "dms_disabled_until": iso_or_none(guild.dms_paused_until),
    }


def rest_guild(guild: "Guild", *, counts: bool = False) -> JSON:
    shown = _guild(guild) | {"home_header": None, "region": "deprecated", "nsfw": False}
    if counts:
        shown |= {
            "approximate_member_count": len(guild.members),
            "approximate_presence_count": len(guild.members),
        }
    return shown


def gateway_guild(guild: "Guild") -> JSON:
    return _guild(guild) | {"hub_type": None}


def guild_create(guild: "Guild", *, known: bool = True) -> JSON:
    """All of a guild; `known` tells coming back from being new to the bot.

    Without the presences intent the platform lists no members here but the bot.
    """
    assert guild.me is not None, "only guilds with the bot in them are announced"
    channels = guild.channels
    shown = gateway_guild(guild) | {
        "joined_at": iso(guild.me.joined_at),
        "large": len(guild.members) > LARGE,
        "member_count": len(guild.members),
        "members": [guild.member_payload(guild.me)],
        "channels": [guild.channel_payload(one) for one in channels if one.kind != "thread"],
        "threads": [guild.channel_payload(one) for one in channels if one.kind == "thread"],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
    if known:
        shown["unavailable"] = False
    return shown


def invite_guild(guild: "Guild") -> JSON:
    return {
        "id": str(guild.id),
        "name": guild.name,
        "splash": None,
        "banner": None,
        "description": None,
        "icon": None,
        "features": sorted(guild.features),
        "verification_level": 0,
        "vanity_url_code": guild.vanity and guild.vanity.code,
        "nsfw_level": 0,
        "nsfw": False,
        "premium_subscription_count": 0,
    }


def my_guild(guild: "Guild") -> JSON:
    assert guild.me is not None, "only the bot's own guilds are listed"
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(guild.permissions(guild.me)),
        "features": sorted(guild.features),
    }
