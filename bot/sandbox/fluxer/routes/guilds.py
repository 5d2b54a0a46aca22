"""A guild, its channels and roles, its settings, its audit log."""

from typing import Any

from bot.sandbox import audit
from bot.sandbox.calls import HIGHEST_ID, Answer, Table
from bot.sandbox.entities import AuditEntry
from bot.sandbox.fluxer import guild_payloads, payloads
from bot.sandbox.fluxer.accepting import PAUSED
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.guild import Guild
from bot.sandbox.payloads import audit_entry
from bot.sandbox.permissions import Permission

JSON = dict[str, Any]
table = Table()

PAGE, PAGE_LIMIT = 50, 100
OPTIONS = ("channel_id", "inviter_id", "max_age", "max_uses", "temporary")
"""What REST shows of an entry's options; events show all of them, and as text."""


@table.route("GET", "/guilds/{guild_id}")
def get_guild(call: FluxerCall) -> Answer:
    return Answer(200, guild_payloads.rest_guild(call.guild))


@table.route("PATCH", "/guilds/{guild_id}")
def edit_guild(call: FluxerCall) -> Answer:
    """Who manages a guild may rename it and pause its invites; other features stay."""
    guild = call.guild
    call.need(guild, Permission.MANAGE_GUILD)
    if isinstance(wanted := call.fields.get("features"), list):
        _pause(guild, paused=PAUSED in wanted)
    if call.fields.get("name"):
        guild.rename(str(call.fields["name"]))
    return Answer(200, guild_payloads.rest_guild(guild))


def _pause(guild: Guild, *, paused: bool) -> None:
    if paused != (PAUSED in guild.features):
        guild.pause_invites(paused)


@table.route("GET", "/guilds/{guild_id}/channels")
def list_channels(call: FluxerCall) -> Answer:
    return Answer(200, [payloads.channel(one) for one in call.guild.channels])


@table.route("GET", "/guilds/{guild_id}/roles")
def list_roles(call: FluxerCall) -> Answer:
    return Answer(200, [payloads.role(one) for one in call.guild.roles])


@table.route("GET", "/guilds/{guild_id}/audit-logs")
def audit_log(call: FluxerCall) -> Answer:
    """Newest first; what an entry is about may be a code."""
    guild = call.guild
    call.need(guild, Permission.VIEW_AUDIT_LOG)
    limit = call.number("limit", 1, PAGE_LIMIT, default=PAGE)
    after = call.number("after", 0, HIGHEST_ID, default=0)
    before = call.number("before", 0, HIGHEST_ID, default=HIGHEST_ID)
    found = [one for one in guild.audit_log if after < one.id < before and _asked_for(call, one)]
    page = found[::-1][:limit]
    involved = {one.user_id for one in page} | {one.target_id for one in page}
    users = [who for who in call.world.users.values() if who.id in involved]
    shown = {
        "audit_log_entries": [entry(one) for one in page],
        "users": [payloads.user(who) for who in users],
        "webhooks": [],
    }
    return Answer(200, shown)


def _asked_for(call: FluxerCall, one: AuditEntry) -> bool:
    held = {"user_id": one.user_id, "action_type": one.action_type}
    return all(str(value) == call.query.get(key, str(value)) for key, value in held.items())


def entry(one: AuditEntry) -> JSON:
    """As REST answers it."""
    shown = audit_entry(one)
    if options := {key: one.options[key] for key in OPTIONS if key in one.options}:
        shown["options"] = options
    return shown


def audit_event(guild: Guild, one: AuditEntry) -> JSON:
    """As GUILD_AUDIT_LOG_ENTRY_CREATE carries it."""
    shown = audit_entry(one) | {"guild_id": str(guild.id)}
    if one.options:
        shown["options"] = {key: _text(value) for key, value in one.options.items()}
    return shown


def _text(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def log_settings(guild: Guild, call: FluxerCall, key: str, before: Any, after: Any) -> None:
    """Write down who changed a setting of the guild."""
    changes = [{"key": key, "old_value": before, "new_value": after}]
    guild.log(audit.GUILD_UPDATE, call.who, guild.id, changes, call.reason, {key: after})
