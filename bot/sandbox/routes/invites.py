"""Invites: made, resolved, listed, revoked."""

from collections.abc import Iterable
from typing import Any

from bot.sandbox import guild_payloads, invites
from bot.sandbox.calls import NOTHING, Answer, Call, Table
from bot.sandbox.entities import INVITABLE, Channel, Invite, Terms, Vanity
from bot.sandbox.errors import Form, Refused, bad_form
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission
from bot.sandbox.routes.members import grantable

JSON = dict[str, Any]
table = Table()

MAX_USES = 100
DAY = 86_400
STREAM, EMBEDDED = 1, 2
GUEST = 1
ROLE_LIMIT = 250


@table.route("GET", "/guilds/{guild_id}/invites")
def guild_invites(call: Call) -> Answer:
    """Who only may read the audit log sees the invites without their counters."""
    guild = call.guild
    manages = guild.bot_may(Permission.MANAGE_GUILD)
    if not manages:
        call.need(guild, Permission.VIEW_AUDIT_LOG)
    found = list(guild.invites.values())
    return Answer(200, invites.listed(guild, found, counters=manages))


@table.route("GET", "/channels/{channel_id}/invites")
def channel_invites(call: Call) -> Answer:
    guild, channel = _invitable(call)
    call.need(guild, Permission.MANAGE_CHANNELS, channel)
    found = [one for one in guild.invites.values() if one.channel_id == channel.id]
    return Answer(200, invites.listed(guild, found, counters=True))


@table.route(
    "POST",
    "/channels/{channel_id}/invites",
    fields="max_age max_uses temporary unique target_type target_user_id target_application_id "
    "flags role_ids",
)
def create_invite(call: Call) -> Answer:
    guild, channel = _invitable(call)
    me = call.need(guild, Permission.CREATE_INSTANT_INVITE, channel)
    body: JSON = call.body or {}
    terms = _terms(call, guild, channel, body)
    if call.world.refused_creations > 0:
        call.world.refused_creations -= 1
        return NOTHING
    unique = bool(body.get("unique"))
    invite = invites.create(guild, channel, terms, me.user, unique=unique, reason=call.reason)
    return Answer(200, invites.listed(guild, [invite], counters=True)[0])


@table.route(
    "GET",
    "/invites/{code}",
    query="with_counts with_expiration guild_scheduled_event_id",
    authorised=False,
)
def get_invite(call: Call) -> Answer:
    guild, found = call.world.find_code(call.params["code"])
    shown = _vanity(guild, found) if isinstance(found, Vanity) else invites.shown(guild, found)
    if call.query.get("with_counts") in ("1", "true", "True"):
        shown["approximate_member_count"] = len(guild.members)
        shown["approximate_presence_count"] = len(guild.members)
    return Answer(200, shown)


@table.route("DELETE", "/invites/{code}")
def revoke_invite(call: Call) -> Answer:
    """Who may not revoke an invite is told that there is none."""
    guild, found = call.world.find_code(call.params["code"])
    if isinstance(found, Vanity) or guild.me is None or not _may_revoke(guild, found):
        raise Refused(404, 10006)
    shown = invites.shown(guild, found)
    invites.revoke(guild, found, guild.me.user, call.reason)
    return Answer(200, shown)


def _may_revoke(guild: Guild, invite: Invite) -> bool:
    channel = guild.channels_by_id[invite.channel_id]
    manages = guild.bot_may(Permission.MANAGE_GUILD)
    return manages or guild.bot_may(Permission.MANAGE_CHANNELS, channel)


def _vanity(guild: Guild, vanity: Vanity) -> JSON:
    channel = guild.channels[0]
    return {
        "type": 0,
        "code": vanity.code,
        "guild_id": str(guild.id),
        "guild": guild_payloads.invite_guild(guild),
        "channel": {"id": str(channel.id), "type": channel.type, "name": channel.name},
        "expires_at": None,
        "flags": 0,
    }


def _invitable(call: Call) -> tuple[Guild, Channel]:
    """Categories and threads have no invites: for these routes they do not exist."""
    if call.any_channel.kind not in INVITABLE:
        raise Refused(404, 10003)
    return call.channel


def _terms(call: Call, guild: Guild, channel: Channel, body: JSON) -> Terms:
    form = Form()
    _number(form, body, "max_age", call.world.longest_invite)
    _number(form, body, "max_uses", MAX_USES)
    for key in ("temporary", "unique"):
        if not isinstance(body.get(key), bool | None):
            form.reject(key, "BASE_TYPE_CONVERT", "Must be either true or false.")
    form.close()
    max_age = body.get("max_age")
    return Terms(
        DAY if max_age is None else max_age,
        body.get("max_uses") or 0,
        bool(body.get("temporary")),
        _roles(call, guild, body.get("role_ids") or []),
        *_target(guild, channel, body),
        flags=_flags(body, channel),
    )


def _number(form: Form, body: JSON, key: str, most: int) -> None:
    value = body.get(key)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        form.reject(key, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
    elif value < 0:
        form.reject(key, "NUMBER_TYPE_MIN", "int value should be greater than or equal to 0.")
    elif value > most:
        message = f"int value should be less than or equal to {most}."
        form.reject(key, "NUMBER_TYPE_MAX", message)


def _roles(call: Call, guild: Guild, role_ids: Iterable[str]) -> tuple[int, ...]:
    wanted = tuple(dict.fromkeys(int(role_id) for role_id in role_ids))
    if len(wanted) > ROLE_LIMIT:
        message = f"Must be {ROLE_LIMIT} or fewer in length."
        raise bad_form("role_ids", "BASE_TYPE_MAX_LENGTH", message)
    if wanted:
        call.need(guild, Permission.MANAGE_ROLES)
    if any(role_id not in guild.roles_by_id for role_id in wanted):
        raise Refused(400, 50028)
    return tuple(grantable(call, guild, role_id).id for role_id in wanted)


def _target(
    guild: Guild, channel: Channel, body: JSON
) -> tuple[int | None, int | None, int | None]:
    kind = body.get("target_type")
    user_id, application_id = body.get("target_user_id"), body.get("target_application_id")
    match kind:
        case None if user_id is None and application_id is None:
            return None, None, None
        case 1 if user_id is not None and guild.streams.get(int(user_id)) == channel.id:
            return STREAM, int(user_id), None
        case 1:
            message = "User is not streaming in this channel"
            raise bad_form("target_user_id", "GUILD_INVITE_INVALID_TARGET_USER_ID", message)
        case 2 if channel.kind == "voice" and application_id is not None:
            return EMBEDDED, None, int(application_id)
        case 2:
            message = "Application is not embedded or has no place here"
            code = "GUILD_INVITE_INVALID_APPLICATION"
            raise bad_form("target_application_id", code, message)
        case _:
            message = "Invalid target type"
            raise bad_form("target_type", "GUILD_INVITE_INVALID_TARGET_TYPE", message)


def _flags(body: JSON, channel: Channel) -> int:
    """Guests come to a voice channel and stay as long as they are in it."""
    flags = body.get("flags") or 0
    if flags & ~GUEST or (flags and channel.kind != "voice"):
        raise bad_form("flags", "INVALID_FLAGS", "These flags cannot be set here.")
    return int(flags)
