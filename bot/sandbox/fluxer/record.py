"""Fluxer's record of joins: a search index that begins when somebody first asks for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.entities import Member, Origin
from bot.sandbox.fluxer import payloads
from bot.sandbox.fluxer.forms import Form
from bot.sandbox.guild import Guild
from bot.sandbox.record import SAME_MOMENT

JSON = dict[str, Any]
Test = Callable[["Entry"], bool]

SOURCES: dict[str, int | None] = {
    "unknown": None,
    "creator": 0,
    "invite": 1,
    "vanity": 2,
    "bot": 3,
    "manual": 4,
    "discovery": 6,
}
"""Ways in, with the platform's numbers; "manual" is an administrator of the instance."""

PAGE, PAGE_LIMIT, QUERY_LIMIT, VALUES = 25, 100, 100, 10
KEYS = {"limit", "offset", "sort_by", "sort_order"}
INVITE_FILTERS = ("join_source_type", "source_invite_code")
"""Filters for those who manage the guild."""


@dataclass(slots=True, frozen=True)
class Entry:
    """One membership as the record tells it."""

    guild: Guild
    member: Member
    origin: Origin

    @property
    def joined_at(self) -> int:
        """Whole seconds."""
        return int(self.member.joined_at)

    def payload(self, *, manages: bool) -> JSON:
        """Without managing the guild one learns nothing of how somebody came."""
        origin = self.origin if manages else Origin("unknown")
        by_invite = origin.source == "invite"
        inviter_id = origin.inviter_id if by_invite or origin.source == "bot" else None
        who = self.member.user
        return {
            "id": f"{self.guild.id}_{who.id}",
            "guild_id": str(self.guild.id),
            "user_id": str(who.id),
            "username": who.name,
            "discriminator": payloads.discriminator(who),
            "global_name": None,
            "nickname": self.member.nick,
            "role_ids": [str(role_id) for role_id in self.member.roles],
            "joined_at": self.joined_at,
            "supplemental": {
                "join_source_type": SOURCES[origin.source],
                "source_invite_code": origin.code if by_invite else None,
                "inviter_id": None if inviter_id is None else str(inviter_id),
            },
            "is_bot": who.bot,
        }


def search(guild: Guild, body: JSON, *, manages: bool) -> JSON:
    """Answer a search; the first in a guild only begins its index."""
    query = read(body)
    if guild.ground.record_absent:
        return _page(guild, [], 0)
    if indexing(guild):
        return _page(guild, [], 0) | {"indexing": True}
    found = [one for one in entries(guild) if all(test(one) for test in query.tests)]
    found.sort(key=lambda one: (query.direction * one.joined_at, one.member.id))
    page = found[query.offset : query.offset + query.limit]
    return _page(guild, [one.payload(manages=manages) for one in page], len(found))


def indexing(guild: Guild) -> bool:
    """Whether the index is still being made of those who are there; asking first begins it."""
    now = guild.ground.now()
    if guild.indexed_at is None:
        guild.indexed_at = now + guild.ground.index_delay
        return True
    return now < guild.indexed_at


def entries(guild: Guild) -> Iterable[Entry]:
    """Who left is gone at once, who came shows after the lag."""
    lag = guild.ground.record_lag
    since = guild.ground.now() - lag + SAME_MOMENT
    for member in guild.members.values():
        if not lag or member.joined_at <= since:
            yield Entry(guild, member, _origin(guild, member))


def _origin(guild: Guild, member: Member) -> Origin:
    if member.misrecorded is not None:
        return member.misrecorded
    if member.user.bot and member.inviter_id is None:
        return Origin("bot", None, guild.owner_id)
    return Origin(member.source, member.code, member.inviter_id)


def _page(guild: Guild, shown: list[JSON], total: int) -> JSON:
    return {
        "guild_id": str(guild.id),
        "members": shown,
        "page_result_count": len(shown),
        "total_result_count": total,
        "indexing": False,
    }


@dataclass(slots=True)
class Query:
    tests: list[Test]
    limit: int
    offset: int
    direction: int


def read(body: JSON) -> Query:
    """The search that a body asks for; a wrong one is refused, and null is wrong here."""
    form = Form(body)
    for name in (KEYS | FILTERS.keys()) & body.keys():
        if body[name] is None:
            form.wrong(name)
    limit = form.number("limit", 1, PAGE_LIMIT, PAGE)
    offset = form.number("offset", 0, 1 << 53, 0)
    form.choice("sort_by", ("joinedAt", "relevance"))
    form.choice("sort_order", ("asc", "desc"))
    form.text("query", QUERY_LIMIT)
    form.boolean("is_bot")
    for name in ("joined_at_gte", "joined_at_lte", "user_created_at_gte", "user_created_at_lte"):
        form.number(name, 0, 1 << 53, 0)
    for name in ("role_ids", "source_invite_code"):
        form.values(name, str, VALUES)
    form.values("join_source_type", int, VALUES)
    form.close()
    direction = 1 if body.get("sort_order") == "asc" else -1
    return Query(list(_tests(body)), limit, offset, direction)


def _tests(body: JSON) -> Iterable[Test]:
    for name, holds in FILTERS.items():
        if (asked := body.get(name)) is not None:
            yield _bound(holds, asked)


def _bound(holds: Callable[[Entry, Any], bool], asked: Any) -> Test:
    return lambda entry: holds(entry, asked)


def _named(entry: Entry, asked: str) -> bool:
    names = (entry.member.name, entry.member.nick or "")
    return any(asked.lower() in name.lower() for name in names)


def _created_at(entry: Entry) -> float:
    return payloads.created_at(entry.member.id)


FILTERS: dict[str, Callable[[Entry, Any], bool]] = {
    "query": _named,
    "role_ids": lambda entry, asked: {int(one) for one in asked} <= set(entry.member.roles),
    "joined_at_gte": lambda entry, asked: entry.joined_at >= asked,
    "joined_at_lte": lambda entry, asked: entry.joined_at <= asked,
    "user_created_at_gte": lambda entry, asked: _created_at(entry) >= asked,
    "user_created_at_lte": lambda entry, asked: _created_at(entry) <= asked,
    "join_source_type": lambda entry, asked: SOURCES[entry.origin.source] in asked,
    "source_invite_code": lambda entry, asked: (
        entry.origin.source == "invite" and entry.origin.code in asked
    ),
    "is_bot": lambda entry, asked: entry.member.user.bot == asked,
}
