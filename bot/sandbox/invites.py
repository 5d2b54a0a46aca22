"""The life of an invite: made, reused, counted, used up, expired, revoked."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bot.sandbox import audit, guild_payloads, payloads
from bot.sandbox.entities import Channel, Counter, Invite, Terms, User
from bot.sandbox.errors import Refused
from bot.sandbox.permissions import Permission
from bot.sandbox.snowflakes import iso, iso_or_none

if TYPE_CHECKING:  # a guild keeps its invites by these rules
    from bot.sandbox.guild import Guild

JSON = dict[str, Any]


def create(
    guild: "Guild",
    channel: Channel,
    terms: Terms,
    by: User | None,
    *,
    unique: bool,
    reason: str | None = None,
) -> Invite:
    """Make an invite, or give back the same one if it need not be unique."""
    if not unique and (same := alike(guild.invites.values(), channel, terms, by)) is not None:
        return same
    invite = another(guild, channel, terms, by, Refused(400, 30016))
    if guild.bot_may(Permission.MANAGE_CHANNELS, channel):
        guild.emit("INVITE_CREATE", creation(guild, invite))
    guild.log(audit.INVITE_CREATE, by, None, audit.made(**audit.invite_keys(invite)), reason)
    return invite


def alike(
    found: Iterable[Invite], channel: Channel, terms: Terms, by: User | None
) -> Invite | None:
    """The first that may stand for one that need not be unique."""
    wanted = (channel.id, by, terms)
    return next((one for one in found if (one.channel_id, one.inviter, one.terms) == wanted), None)


def another(
    guild: "Guild", channel: Channel, terms: Terms, by: User | None, refusal: Refused
) -> Invite:
    """One more that nobody was told of yet; refused where the guild has as many as it may."""
    if len(guild.invites) >= guild.ground.invite_limit:
        raise refusal
    invite = new(guild, channel, terms, by)
    keep(guild, invite)
    return invite


def new(guild: "Guild", channel: Channel, terms: Terms, by: User | None) -> Invite:
    code = guild.ground.next_code()
    return Invite(code, guild.id, channel.id, by, terms, guild.ground.now())


def keep(guild: "Guild", invite: Invite) -> None:
    guild.live_invites[invite.code] = invite
    guild.ground.code_guilds[invite.code] = guild.id


def revoke(guild: "Guild", invite: Invite, by: User, reason: str | None = None) -> None:
    remove(guild, invite)
    guild.log(audit.INVITE_DELETE, by, None, audit.gone(**audit.invite_keys(invite)), reason)


def remove(guild: "Guild", invite: Invite) -> None:
    """End an invite aloud; only revoking is also written into the audit log."""
    del guild.live_invites[invite.code]
    channel = guild.channels_by_id[invite.channel_id]
    if guild.bot_may(Permission.MANAGE_CHANNELS, channel):
        data = {
            "code": invite.code,
            "channel_id": str(invite.channel_id),
            "guild_id": str(guild.id),
        }
        guild.emit("INVITE_DELETE", data)


def forget_expired(guild: "Guild") -> None:
    """Expiry is silent: an invite is simply no longer there."""
    now = guild.ground.now()
    expired = [code for code, invite in guild.live_invites.items() if invite.expired(now)]
    for code in expired:
        del guild.live_invites[code]


def creation(guild: "Guild", invite: Invite) -> JSON:
    """INVITE_CREATE."""
    data: JSON = {
        "code": invite.code,
        "channel_id": str(invite.channel_id),
        "guild_id": str(guild.id),
        "created_at": iso(invite.created_at),
        "expires_at": iso_or_none(invite.expires_at),
        "max_age": invite.max_age,
        "max_uses": invite.max_uses,
        "temporary": invite.temporary,
        "uses": 0,
    }
    if invite.inviter is not None:
        data["inviter"] = payloads.gateway_user(invite.inviter)
    if invite.terms.role_ids:
        data["role_ids"] = [str(role_id) for role_id in invite.terms.role_ids]
    return data | _target(guild, invite.terms, gateway=True)


def shown(guild: "Guild", invite: Invite) -> JSON:
    """An invite as anybody sees it who resolves its code."""
    short = guild_payloads.invite_guild(guild)
    return _shown(guild, invite, short)


def listed(guild: "Guild", found: list[Invite], *, counters: bool) -> list[JSON]:
    """Invites as a list shows them, with the counters as late as the platform's."""
    short = guild_payloads.invite_guild(guild)
    if not counters:
        return [_shown(guild, invite, short) for invite in found]
    seen = guild.ground.now() - guild.ground.counter_lag
    return [
        _shown(guild, invite, short)
        | payloads.invite_metadata(invite, visible(guild, invite.counter, seen))
        for invite in found
    ]


def visible(guild: "Guild", counter: Counter, seen: float) -> int:
    return counter.at(seen) if guild.ground.counter_lag else counter.total


def _shown(guild: "Guild", invite: Invite, short: JSON) -> JSON:
    channel = guild.channels_by_id[invite.channel_id]
    place = {"id": str(channel.id), "type": channel.type, "name": channel.name}
    roles = [_role(guild, one) for one in invite.terms.role_ids if one in guild.roles_by_id]
    return payloads.invite(invite, short, place, roles) | _target(guild, invite.terms)


def _role(guild: "Guild", role_id: int) -> JSON:
    keys = ("id", "name", "position", "color", "colors", "icon", "unicode_emoji", "permissions")
    role = payloads.role(guild.roles_by_id[role_id])
    return {key: role[key] for key in keys}


def _target(guild: "Guild", terms: Terms, *, gateway: bool = False) -> JSON:
    if terms.target_type is None:
        return {}
    data: JSON = {"target_type": terms.target_type}
    if terms.target_user_id is not None:
        who = guild.ground.users[terms.target_user_id]
        data["target_user"] = payloads.gateway_user(who) if gateway else payloads.user(who)
    if terms.target_application_id is not None:
        activity = _activity(terms.target_application_id)
        data["target_application"] = activity if gateway else activity | {"type": None}
    return data


def _activity(application_id: int) -> JSON:
    return {
        "id": str(application_id),
        "name": "activity",
        "icon": None,
        "description": "",
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
    }
