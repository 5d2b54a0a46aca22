"""The vanity URL of a guild."""

import re

from bot.sandbox.calls import Answer, Table
from bot.sandbox.entities import Vanity
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import BAD_FORMAT, bad_form
from bot.sandbox.fluxer.invites import visible_uses
from bot.sandbox.fluxer.routes.guilds import log_settings
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission

table = Table()

FEATURE = "VANITY_URL"
SHORTEST, LONGEST = 2, 32
ALLOWED = re.compile(r"[a-z0-9-]+")
NO_FEATURE = ("code", "VANITY_URL_REQUIRES_FEATURE", "Vanity URL requires VANITY_URL feature.")
STRANGE = (
    "code",
    "VANITY_URL_INVALID_CHARACTERS",
    "Vanity URL can only contain lowercase letters (a-z), digits (0-9), and hyphens (-).",
)
LENGTH = (
    "code",
    "VANITY_URL_CODE_LENGTH_INVALID",
    "Vanity URL code must be between 2 and 32 characters.",
)
TAKEN = ("code", "VANITY_URL_CODE_ALREADY_TAKEN", "Vanity URL code is already taken.")


@table.route("GET", "/guilds/{guild_id}/vanity-url")
def vanity_url(call: FluxerCall) -> Answer:
    guild = call.guild
    call.need(guild, Permission.MANAGE_GUILD)
    if guild.vanity is None:
        return Answer(200, {"code": None, "uses": 0})
    uses = visible_uses(guild, guild.vanity.counter)
    return Answer(200, {"code": guild.vanity.code, "uses": uses})


@table.route("PATCH", "/guilds/{guild_id}/vanity-url")
def set_vanity_url(call: FluxerCall) -> Answer:
    """Another code, or none; a guild without the feature cannot have one."""
    guild = call.guild
    call.need(guild, Permission.MANAGE_GUILD)
    code = _code(call, guild)
    before = guild.vanity and guild.vanity.code
    if code != before:
        guild.vanity = None if code is None else Vanity(code)
        if code is not None:
            call.world.code_guilds[code] = guild.id
        guild.changed()
        log_settings(guild, call, "vanity_url_code", before, code)
    return Answer(200, {"code": code})


def _code(call: FluxerCall, guild: Guild) -> str | None:
    """The code asked for, in lower case and with hyphens for spaces."""
    code = call.fields.get("code")
    if code is None:
        return None
    if not isinstance(code, str):
        raise bad_form(("code", *BAD_FORMAT))
    code = re.sub(r"[\s-]+", "-", code.lower())
    if not SHORTEST <= len(code) <= LONGEST:
        raise bad_form(LENGTH)
    if ALLOWED.fullmatch(code) is None:
        raise bad_form(STRANGE)
    if FEATURE not in guild.features:
        raise bad_form(NO_FEATURE)
    if call.world.code_guilds.get(code, guild.id) != guild.id:
        raise bad_form(TAKEN)
    return code
