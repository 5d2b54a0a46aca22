"""A guild, its channels and roles, its settings, its audit log."""

import re
from datetime import datetime
from typing import Any

from bot.sandbox import audit, guild_payloads, payloads
from bot.sandbox.calls import Answer, Call, Table
from bot.sandbox.entities import AuditEntry
from bot.sandbox.errors import Refused, bad_form
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission

JSON = dict[str, Any]
table = Table()

PAUSE_LIMIT = 86_400
PAGE = 50
PAGE_LIMIT = 100
VANITY_CODE = re.compile(r"[a-z0-9-]{2,32}")


@table.route("GET", "/guilds/{guild_id}", query="with_counts")
def get_guild(call: Call) -> Answer:
    counts = call.query.get("with_counts") in ("1", "true", "True")
    return Answer(200, guild_payloads.rest_guild(call.guild, counts=counts))


@table.route("PATCH", "/guilds/{guild_id}", fields="name features")
def edit_guild(call: Call) -> Answer:
    guild = call.guild
    call.need(guild, Permission.MANAGE_GUILD)
    if "features" in call.body:
        _set_features(guild, set(call.body["features"]))
    if "name" in call.body:
        guild.rename(call.body["name"])
    return Answer(200, guild_payloads.rest_guild(guild))


def _set_features(guild: Guild, wanted: set[str]) -> None:
    """A bot may pause invites; the other features are not its to change."""
    changed = wanted ^ guild.features
    if changed - {"INVITES_DISABLED"}:
        raise Refused(403, 50013)
    if changed and "COMMUNITY" not in guild.features:
        raise bad_form("features", "GUILD_FEATURE_NOT_ALLOWED", "Feature is not available.")
    guild.set_features(wanted)


@table.route(
    "PUT",
    "/guilds/{guild_id}/incident-actions",
    fields="invites_disabled_until dms_disabled_until",
)
def set_incidents(call: Call) -> Answer:
    """A field that is left out ends what it stands for."""
    guild = call.guild
    call.need(guild, Permission.MANAGE_GUILD)
    until = [_pause_end(call, key) for key in ("invites_disabled_until", "dms_disabled_until")]
    guild.set_incidents(*until)
    return Answer(200, guild_payloads.incidents(guild))


def _pause_end(call: Call, key: str) -> float | None:
    given = call.body.get(key)
    if given is None:
        return None
    moment = datetime.fromisoformat(given).timestamp()
    if moment > call.world.now() + PAUSE_LIMIT:
        raise bad_form(key, "BASE_TYPE_MAX", "Must be within 24 hours from now.")
    return moment


@table.route("GET", "/guilds/{guild_id}/channels")
def list_channels(call: Call) -> Answer:
    guild = call.guild
    shown = [payloads.channel(one) for one in guild.channels if one.kind != "thread"]
    return Answer(200, shown)


@table.route("GET", "/guilds/{guild_id}/roles")
def list_roles(call: Call) -> Answer:
    return Answer(200, [payloads.role(one) for one in call.guild.roles])


@table.route(
    "GET",
    "/guilds/{guild_id}/audit-logs",
    query="limit before after user_id target_id action_type",
)
def audit_log(call: Call) -> Answer:
    guild = call.guild
    call.need(guild, Permission.VIEW_AUDIT_LOG)
    limit = int(call.query.get("limit", PAGE))
    if not 1 <= limit <= PAGE_LIMIT:
        raise bad_form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    found = [entry for entry in guild.audit_log if _asked_for(call, entry)]
    # With `after` the oldest come first, as on the platform.
    page = found[:limit] if "after" in call.query else found[::-1][:limit]
    return Answer(200, _log_page(call, page))


def _asked_for(call: Call, entry: AuditEntry) -> bool:
    query = call.query
    oldest = max(int(query.get("after", 0)), call.world.ids.at(call.world.now() - audit.KEPT))
    if not oldest < entry.id < int(query.get("before", 1 << 63)):
        return False
    held = {
        "user_id": entry.user_id,
        "target_id": entry.target_id,
        "action_type": entry.action_type,
    }
    return all(str(value) == query[key] for key, value in held.items() if key in query)


def _log_page(call: Call, entries: list[AuditEntry]) -> JSON:
    involved = {entry.user_id for entry in entries} | {entry.target_id for entry in entries}
    users = call.world.users
    empty = (
        "integrations",
        "webhooks",
        "guild_scheduled_events",
        "threads",
        "application_commands",
        "auto_moderation_rules",
    )
    return {key: [] for key in empty} | {
        "audit_log_entries": [payloads.audit_entry(entry) for entry in entries],
        "users": [payloads.user(users[one]) for one in users.keys() & involved],
    }


@table.route("GET", "/guilds/{guild_id}/vanity-url")
def vanity_url(call: Call) -> Answer:
    guild = call.guild
    call.need(guild, Permission.MANAGE_GUILD)
    if "VANITY_URL" not in guild.features:
        raise Refused(403, 50020)
    if guild.vanity is None:
        return Answer(200, {"code": None, "uses": 0})
    seen = call.world.now() - call.world.counter_lag
    counter = guild.vanity.counter
    uses = counter.at(seen) if call.world.counter_lag else counter.total
    return Answer(200, {"code": guild.vanity.code, "uses": uses})


@table.route("PATCH", "/guilds/{guild_id}/vanity-url", fields="code")
def set_vanity_url(call: Call) -> Answer:
    """Open to bots, and in no description: a code that is malformed or taken is refused alike."""
    guild, code = call.guild, call.body.get("code")
    call.need(guild, Permission.MANAGE_GUILD)
    if "VANITY_URL" not in guild.features:
        raise Refused(403, 50020)
    malformed = code is not None and VANITY_CODE.fullmatch(code) is None
    if malformed or call.world.code_guilds.get(code, guild.id) != guild.id:
        raise Refused(400, 50020)
    guild.set_vanity(code)
    return Answer(200, {"code": code, "uses": 0})
