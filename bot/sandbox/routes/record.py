"""The platform's own record of joins: undocumented, and in use by its own client."""

from typing import Any

from bot.sandbox import record
from bot.sandbox.calls import Answer, Call, Table
from bot.sandbox.errors import Refused
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission
from bot.sandbox.record_search import Reader, Search

JSON = dict[str, Any]
table = Table()


@table.route(
    "POST",
    "/guilds/{guild_id}/members-search",
    fields="limit sort and_query or_query before after",
)
def search_members(call: Call) -> Answer:
    guild = _searchable(call)
    search = _read(call)
    if wait := record.indexed_in(guild):
        return Answer(202, record.indexing(wait))
    found = search.found(record.entries(guild))
    return Answer(200, _page(guild, found, search.page(found)))


def _searchable(call: Call) -> Guild:
    """The guild, if the platform has the route at all and the bot may use it."""
    if call.world.record_absent:
        raise Refused(404, 0, "404: Not Found")
    guild = call.guild
    call.need(guild, Permission.MANAGE_GUILD)
    call.need_intent("members")
    return guild


def _read(call: Call) -> Search:
    reader = Reader()
    try:
        return reader.read({} if call.body is None else call.body)
    finally:
        call.unknown += [f"filter {name}" for name in reader.unknown]


def _page(guild: Guild, found: list[record.Entry], page: list[record.Entry]) -> JSON:
    return {
        "guild_id": str(guild.id),
        "members": [record.payload(entry) for entry in page],
        "page_result_count": len(page),
        "total_result_count": len(found),
    }
