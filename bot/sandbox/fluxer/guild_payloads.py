"""A guild as Fluxer puts it: nested for the gateway, flat for REST, short inside an invite."""

from typing import Any

from bot.sandbox.fluxer import payloads
from bot.sandbox.guild import Guild

JSON = dict[str, Any]

_MEDIA: JSON = {
    "icon": None,
    "banner": None,
    "banner_width": None,
    "banner_height": None,
    "splash": None,
    "splash_width": None,
    "splash_height": None,
    "splash_card_alignment": 0,
    "embed_splash": None,
    "embed_splash_width": None,
    "embed_splash_height": None,
}

_SHARED: JSON = _MEDIA | {
    "system_channel_flags": 0,
    "rules_channel_id": None,
    "afk_channel_id": None,
    "afk_timeout": 300,
    "verification_level": 0,
    "mfa_level": 0,
    "nsfw_level": 0,
    "nsfw": False,
    "content_warning_level": 0,
    "content_warning_text": None,
    "explicit_content_filter": 0,
    "default_message_notifications": 0,
    "disabled_operations": 0,
    "message_history_cutoff": None,
}


def properties(guild: Guild) -> JSON:
    """What GUILD_CREATE nests and everything else has at its top."""
    system = guild.system_channel
    return _SHARED | {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "features": sorted(guild.features),
        "vanity_url_code": guild.vanity and guild.vanity.code,
        "system_channel_id": None if system is None else str(system.id),
    }


def rest_guild(guild: Guild) -> JSON:
    return properties(guild) | {
        "roles": [payloads.role(role) for role in guild.roles],
        "emojis": [],
        "stickers": [],
        "channels": [payloads.channel(one) for one in guild.channels],
        "member_count": len(guild.members),
        "online_count": online(guild),
    }


def online(guild: Guild) -> int:
    """People are online, bots are never counted so."""
    return sum(not one.user.bot for one in guild.members.values())


def guild_update(guild: Guild) -> JSON:
    return properties(guild) | {"guild_id": str(guild.id)}


def guild_create(guild: Guild) -> JSON:
    """Of the members only the bot is listed."""
    assert guild.me is not None, "only guilds with the bot in them are announced"
    return {
        "id": str(guild.id),
        "properties": properties(guild),
        "channels": [payloads.channel(one) for one in guild.channels],
        "roles": [payloads.role(role) for role in guild.roles],
        "members": [payloads.member(guild.me) | {"guild_id": str(guild.id)}],
        "joined_at": payloads.iso(guild.me.joined_at),
        "member_count": len(guild.members),
        "online_count": online(guild),
        "emojis": [],
        "stickers": [],
        "presences": [],
        "voice_states": [],
    }


def invite_guild(guild: Guild) -> JSON:
    return _MEDIA | {
        "id": str(guild.id),
        "name": guild.name,
        "features": sorted(guild.features),
    }
