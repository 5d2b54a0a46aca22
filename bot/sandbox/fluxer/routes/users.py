"""The bot itself, people, private channels, and the way to the gateway."""

from bot.sandbox.calls import HIGHEST_ID, NOTHING, Answer, Table
from bot.sandbox.entities import User
from bot.sandbox.fluxer import guild_payloads, payloads
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import BAD_FORMAT, bad_form, refused

table = Table()
STARTS = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
GUILDS_A_PAGE = 200


@table.route("GET", "/gateway/bot")
def gateway_bot(call: FluxerCall) -> Answer:
    """One shard, however many guilds there are."""
    return Answer(200, {"url": call.gateway_url, "shards": 1, "session_start_limit": STARTS})


@table.route("GET", "/users/@me")
def me(call: FluxerCall) -> Answer:
    return Answer(200, payloads.me(call.who))


@table.route("GET", "/oauth2/applications/@me")
@table.route("GET", "/applications/@me")
def application(call: FluxerCall) -> Answer:
    return Answer(200, payloads.application(call.world.application))


@table.route("GET", "/users/@me/guilds")
def my_guilds(call: FluxerCall) -> Answer:
    after = call.number("after", 0, HIGHEST_ID, default=0)
    before = call.number("before", 0, HIGHEST_ID, default=HIGHEST_ID)
    limit = call.number("limit", 1, GUILDS_A_PAGE, default=GUILDS_A_PAGE)
    mine = [one for one in call.world.guilds.values() if call.who.id in one.members]
    found = [one for one in mine if after < one.id < before][:limit]
    return Answer(200, [guild_payloads.properties(one) for one in found])


@table.route("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(call: FluxerCall) -> Answer:
    call.guild.remove_bot()
    return NOTHING


@table.route("POST", "/users/@me/channels")
def open_dm(call: FluxerCall) -> Answer:
    """A channel for the two; who takes no direct messages is not opened one with."""
    who = _recipient(call)
    if who is call.who or not who.accepts_dms:
        raise refused("CANNOT_SEND_MESSAGES_TO_USER")
    return Answer(200, payloads.private_channel(call.world.dm_with(who), call.who))


def _recipient(call: FluxerCall) -> User:
    given = call.fields.get("recipient_id")
    if not str(given).isdecimal():
        raise bad_form(("recipient_id", *BAD_FORMAT))
    who = call.world.users.get(int(str(given)))
    if who is None:
        raise refused("UNKNOWN_USER")
    return who


@table.route("GET", "/users/{user_id}")
def get_user(call: FluxerCall) -> Answer:
    who = call.world.users.get(call.id("user_id"))
    if who is None:
        raise refused("UNKNOWN_USER")
    return Answer(200, payloads.user(who))
