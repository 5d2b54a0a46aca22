"""The application, its user, and the way to the gateway."""

from bot.sandbox import guild_payloads, payloads
from bot.sandbox.calls import NOTHING, Answer, Call, Table
from bot.sandbox.errors import Refused
from bot.sandbox.sockets import GUILDS_PER_SHARD

table = Table()

GUILDS_A_SHARD = 1000
"""What the platform recommends, well below what it allows."""
STARTS_A_DAY = 1000


@table.route("GET", "/gateway", authorised=False)
def gateway(call: Call) -> Answer:
    return Answer(200, {"url": call.gateway_url})


@table.route("GET", "/gateway/bot")
def gateway_bot(call: Call) -> Answer:
    guilds = len(call.world.bots_guilds())
    limit = {
        "total": STARTS_A_DAY,
        "remaining": STARTS_A_DAY,
        "reset_after": 86_400_000,
        "max_concurrency": 16,
    }
    shards = max(1, -(-guilds // min(GUILDS_A_SHARD, GUILDS_PER_SHARD)))
    answer = {"url": call.gateway_url, "shards": shards, "session_start_limit": limit}
    return Answer(200, answer)


@table.route("GET", "/users/@me")
def me(call: Call) -> Answer:
    return Answer(200, payloads.me(call.world.application.user))


@table.route("GET", "/users/@me/guilds", query="limit before after with_counts")
def my_guilds(call: Call) -> Answer:
    after = int(call.query.get("after", 0))
    before = int(call.query.get("before", 1 << 63))
    guilds = [guild for guild in call.world.bots_guilds() if after < guild.id < before]
    limit = int(call.query.get("limit", 200))
    return Answer(200, [guild_payloads.my_guild(guild) for guild in guilds[:limit]])


@table.route("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(call: Call) -> Answer:
    call.guild.remove_bot()
    return NOTHING


@table.route("POST", "/users/@me/channels", fields="recipient_id")
def open_dm(call: Call) -> Answer:
    who = call.world.users.get(int(call.body["recipient_id"]))
    if who is None:
        raise Refused(400, 50033, "Invalid Recipient(s)")
    return Answer(200, payloads.dm_channel(call.world.dm_with(who)))


@table.route("GET", "/users/{user_id}")
def get_user(call: Call) -> Answer:
    who = call.world.users.get(call.id("user_id"))
    if who is None:
        raise Refused(404, 10013)
    return Answer(200, payloads.user(who))


@table.route("GET", "/oauth2/applications/@me")
@table.route("GET", "/applications/@me")
def application(call: Call) -> Answer:
    shown = payloads.application(call.world.application, len(call.world.bots_guilds()))
    return Answer(200, shown)
