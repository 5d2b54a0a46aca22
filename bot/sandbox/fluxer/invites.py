"""Fluxer's invites: made or given back, shown in their three shapes, and ended, mostly silently."""

from typing import Any

from bot.sandbox import audit, invites
from bot.sandbox.entities import Channel, Counter, Invite, Terms, User, Vanity
from bot.sandbox.fluxer import guild_payloads, payloads
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission

JSON = dict[str, Any]
GUILD, GROUP_DM = 0, 1


def create(
    guild: Guild,
    channel: Channel,
    terms: Terms,
    by: User | None,
    *,
    unique: bool,
    reason: str | None = None,
) -> Invite:
    """Make an invite, or give back one like it without a word, however used it is."""
    if not unique and (same := invites.alike(listed(guild), channel, terms, by)) is not None:
        return same
    full = refused("MAX_INVITES", limit=guild.ground.invite_limit)
    invite = invites.another(guild, channel, terms, by, full)
    _log(guild, audit.INVITE_CREATE, invite, by, reason)
    if guild.bot_may(Permission.MANAGE_CHANNELS, channel):
        guild.emit("INVITE_CREATE", with_counters(guild, invite) | {"guild_id": str(guild.id)})
    return invite


def listed(guild: Guild) -> list[Invite]:
    """The guild's invites, newest first."""
    return list(guild.invites.values())[::-1]


def revoke(guild: Guild, invite: Invite, by: User, reason: str | None = None) -> None:
    _log(guild, audit.INVITE_DELETE, invite, by, reason)
    invites.remove(guild, invite)


def _log(guild: Guild, action: int, invite: Invite, by: User | None, reason: str | None) -> None:
    """The entry comes before the event, and names the invite by its code."""
    inviter_id = None if invite.inviter is None else str(invite.inviter.id)
    told: JSON = {
        "code": invite.code,
        "channel_id": str(invite.channel_id),
        "guild_id": str(guild.id),
        "inviter_id": inviter_id,
        "uses": invite.uses,
        "max_uses": invite.max_uses,
        "max_age": invite.max_age,
        "temporary": invite.temporary,
        "created_at": payloads.iso(invite.created_at),
    }
    changes = audit.made(**told) if action == audit.INVITE_CREATE else audit.gone(**told)
    named = ("channel_id", "inviter_id", "max_age", "max_uses", "temporary")
    options = {key: told[key] for key in named if told[key] is not None}
    guild.log(action, by, invite.code, changes, reason, options)


def shown(guild: Guild, way: Invite | Vanity) -> JSON:
    """As anybody sees it who resolves the code: counts always, never `uses`."""
    if isinstance(way, Vanity):
        channel = next(one for one in guild.channels if one.kind != "category")
        inviter, expires_at, temporary = None, None, False
    else:
        channel = guild.channels_by_id[way.channel_id]
        inviter, expires_at, temporary = way.inviter, way.expires_at, way.temporary
    return {
        "code": way.code,
        "type": GUILD,
        "guild": guild_payloads.invite_guild(guild),
        "channel": payloads.partial_channel(channel),
        "inviter": None if inviter is None else payloads.user(inviter),
        "member_count": len(guild.members),
        "presence_count": guild_payloads.online(guild),
        "expires_at": payloads.iso_or_none(expires_at),
        "temporary": temporary,
    }


def with_counters(guild: Guild, invite: Invite) -> JSON:
    """As those see it who made it or manage the guild."""
    uses = visible_uses(guild, invite.counter)
    return shown(guild, invite) | counters(invite, uses) | {"max_age": invite.max_age}


def visible_uses(guild: Guild, counter: Counter) -> int:
    return invites.visible(guild, counter, guild.ground.now() - guild.ground.counter_lag)


def counters(invite: Invite, uses: int) -> JSON:
    return {
        "created_at": payloads.iso(invite.created_at),
        "uses": uses,
        "max_uses": invite.max_uses,
    }


def group_shown(channel: Channel, invite: Invite) -> JSON:
    """A way into a group DM, as anybody sees it."""
    return {
        "code": invite.code,
        "type": GROUP_DM,
        "channel": payloads.partial_channel(channel),
        "inviter": None if invite.inviter is None else payloads.user(invite.inviter),
        "member_count": len(channel.recipients),
        "expires_at": payloads.iso_or_none(invite.expires_at),
        "temporary": invite.temporary,
    }


def group_with_counters(channel: Channel, invite: Invite) -> JSON:
    """There is no `max_age` in it."""
    return group_shown(channel, invite) | counters(invite, invite.uses)
