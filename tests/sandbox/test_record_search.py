"""How the platform's own record of joins is searched: order, pages, filters, refusals."""

from datetime import datetime
from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from tests.sandbox.clients import RECORD, Clock, Recorder, Rest, Search, asked, ids

JSON = dict[str, Any]


def milliseconds(member: JSON) -> int:
    """As a client works it out from what it was told."""
    joined = datetime.fromisoformat(member["joined_at"])
    return int(joined.timestamp()) * 1000 + joined.microsecond // 1000


def cursor(entry: JSON) -> JSON:
    member = entry["member"]
    return {"user_id": member["user"]["id"], "guild_joined_at": milliseconds(member)}


@pytest.fixture
async def crowd(sandbox: Sandbox, guild: Guild, clock: Clock) -> list[Member]:
    """Oldest first: bot and owner of one millisecond, then five more, the last two of one too."""
    joined = []
    for pause in (1.0, 0.002, 30.0, 60.0, 0.0):
        clock.time += pause
        joined.append(await sandbox.enter(guild))
    assert guild.me is not None
    guild.owner.joined_at = guild.me.joined_at - 2e-6
    return [guild.me, guild.owner, *joined]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [(1, [6, 5, 4, 3, 2, 1, 0]), (2, [0, 1, 2, 3, 4, 5, 6])],
)
async def test_sorted_by_joining(
    crowd: list[Member], search: Search, sort: int, expected: list[int]
) -> None:
    """1 is newest first, 2 oldest first."""
    assert [crowd[index].id for index in expected] == ids((await search(sort=sort)).body)


async def test_sorted_by_id(crowd: list[Member], search: Search) -> None:
    """3 is highest id first, 4 lowest first, whenever they joined."""
    crowd[0].joined_at += 1000.0
    members = sorted(member.id for member in crowd)

    falling, rising = [ids((await search(sort=sort)).body) for sort in (3, 4)]

    assert (members[::-1], members) == (falling, rising)


async def test_newest_first_unless_asked(
    sandbox: Sandbox, guild: Guild, client: Recorder, clock: Clock
) -> None:
    """Without a word it shows the 25 newest and counts all; asked for, 1000 at once."""
    joined = []
    for _ in range(1200):
        clock.time += 1.0
        joined.append((await sandbox.enter(guild)).id)

    found = await asked(client, guild)
    many = await asked(client, guild, limit=1000)

    assert joined[:-26:-1] == ids(found)
    assert (25, 1202) == (found["page_result_count"], found["total_result_count"])
    assert joined[:-1001:-1] == ids(many)
    assert 1000 == many["page_result_count"]


@pytest.mark.parametrize("sort", [1, 2, 3, 4])
async def test_paging_through_all(crowd: list[Member], search: Search, sort: int) -> None:
    """Going on after the last of each page meets everybody once, in order, to the end."""
    whole = (await search(sort=sort)).body["members"]
    met: list[JSON] = []
    page = (await search(sort=sort, limit=2)).body
    totals = {page["total_result_count"]}

    while page["members"]:
        met += page["members"]
        page = (await search(sort=sort, limit=2, after=cursor(met[-1]))).body
        totals.add(page["total_result_count"])

    assert whole == met
    assert {len(crowd)} == totals


@pytest.mark.parametrize("sort", [1, 2, 3, 4])
async def test_paging_back(crowd: list[Member], search: Search, sort: int) -> None:
    """Going back shows those just in front of the cursor, in the same order."""
    whole = (await search(sort=sort)).body["members"]

    page = (await search(sort=sort, limit=2, before=cursor(whole[4]))).body
    start = (await search(sort=sort, limit=2, before=cursor(whole[0]))).body

    assert len(crowd) == len(whole)
    assert whole[2:4] == page["members"]
    assert [] == start["members"]


async def test_cursors_are_in_milliseconds(crowd: list[Member], search: Search) -> None:
    """Those who joined in one millisecond are told apart by their ids alone."""
    *_, lower, higher = crowd
    (moment,) = {round(member.joined_at * 1e6) // 1000 for member in (lower, higher)}
    between = {"user_id": str(higher.id), "guild_joined_at": moment}
    later = {"user_id": "0", "guild_joined_at": moment + 1}

    assert lower.joined_at < higher.joined_at
    assert lower.id == ids((await search(limit=1, after=between)).body)[0]
    assert higher.id == ids((await search(limit=1, after=later)).body)[0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"user_id": {"or_query": ["{ann}", "{cid}"]}}, "ann cid", id="ids"),
        pytest.param({"user_id": {"range": {"gte": "{bea}"}}}, "bea cid", id="ids from"),
        pytest.param({"user_id": {"range": {"lte": "{ann}"}}}, "me owner ann", id="ids to"),
        pytest.param({"usernames": {"or_query": ["AN", "be"]}}, "ann bea", id="names"),
        pytest.param({"usernames": {"or_query": ["skip"]}}, "cid", id="nick"),
        pytest.param({"usernames": {"or_query": ["nn"]}}, "", id="not inside names"),
        pytest.param({"role_ids": {"or_query": ["{red}", "{blue}"]}}, "ann bea", id="any role"),
        pytest.param({"role_ids": {"and_query": ["{red}", "{blue}"]}}, "bea", id="all roles"),
        pytest.param(
            {"guild_joined_at": {"range": {"gte": "{then}", "lte": "{then}"}}}, "bea", id="moment"
        ),
        pytest.param(
            {"guild_joined_at": {"range": {"lte": "{then}"}}}, "me owner ann bea", id="to"
        ),
        pytest.param({"is_pending": True}, "cid", id="pending"),
        pytest.param({"is_pending": False, "did_rejoin": False}, "me owner bea", id="settled"),
        pytest.param({"did_rejoin": True}, "ann", id="rejoined"),
        pytest.param({"join_source_type": {"or_query": [3, 1]}}, "me bea", id="sources"),
        pytest.param({"source_invite_code": {"or_query": ["{code}"]}}, "ann cid", id="code"),
        pytest.param({"source_invite_code": {"or_query": ["{CODE}"]}}, "", id="case of a code"),
        pytest.param(
            {"source_invite_code": {"or_query": ["{code}"]}, "is_pending": True}, "cid", id="both"
        ),
    ],
)
async def test_filters(
    sandbox: Sandbox, guild: Guild, clock: Clock, search: Search, query: JSON, expected: str
) -> None:
    """Each filter keeps who fits it, and several those who fit all."""
    places = await _people(sandbox, guild, clock)

    found = (await search(and_query=_filled(query, places))).body

    names = {places[name]: name for name in ("ann", "bea", "cid", "me", "owner")}
    assert set(expected.split()) == {names[str(one)] for one in ids(found)}
    assert len(expected.split()) == found["total_result_count"]


async def _people(sandbox: Sandbox, guild: Guild, clock: Clock) -> dict[str, str]:
    """Ann rejoined by an invite, Bea was discovered, Cid came by the invite and is pending."""
    red, blue = guild.add_role("red"), guild.add_role("blue")
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)
    ann = await sandbox.join(invite.code, "ann")
    await sandbox.leave(ann)
    ann = await sandbox.rejoin(ann, invite.code)
    clock.time += 60.0
    bea = await sandbox.enter(guild, "Bea", source="discovery")
    clock.time += 60.0
    guild.set_features({"MEMBER_VERIFICATION_GATE_ENABLED"})
    cid = await sandbox.join(invite.code, "cid")
    cid.nick = "Skipper"
    guild.grant(ann, red)
    guild.grant(bea, red, blue)
    assert guild.me is not None
    people = {"ann": ann, "bea": bea, "cid": cid, "me": guild.me, "owner": guild.owner}
    roles = {"red": str(red.id), "blue": str(blue.id)}
    times = {"then": str(round(bea.joined_at * 1e6) // 1000)}
    codes = {"code": invite.code, "CODE": invite.code.swapcase()}
    return {name: str(member.id) for name, member in people.items()} | roles | times | codes


def _filled(query: Any, places: dict[str, str]) -> Any:
    match query:
        case dict():
            return {key: _filled(value, places) for key, value in query.items()}
        case list():
            return [_filled(value, places) for value in query]
        case str():
            return query.format_map(places)
        case _:
            return query


async def test_either_of_several(
    sandbox: Sandbox, guild: Guild, clock: Clock, search: Search
) -> None:
    """An or_query keeps who fits one of its filters, within what an and_query keeps."""
    places = await _people(sandbox, guild, clock)
    either = {"is_pending": True, "join_source_type": {"or_query": [3]}}

    wide = (await search(or_query=either)).body
    narrow = (await search(or_query=either, and_query={"is_pending": False})).body

    assert [int(places["cid"]), int(places["bea"])] == ids(wide)
    assert [int(places["bea"])] == ids(narrow)


async def test_filters_are_told_what_the_record_tells(
    sandbox: Sandbox, guild: Guild, search: Search
) -> None:
    """Searching by source finds what the record says, not the truth."""
    member = await sandbox.enter(guild, source="discovery")
    sandbox.misrecord(member, source="vanity", code="harbour")

    true = (await search(and_query={"join_source_type": {"or_query": [3]}})).body
    told = (await search(and_query={"source_invite_code": {"or_query": ["harbour"]}})).body

    assert [[], [member.id]] == [ids(true), ids(told)]


ELEVEN = [str(number) for number in range(11)]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param({"limit": 0}, "limit", id="no limit"),
        pytest.param({"limit": 1001}, "limit", id="large limit"),
        pytest.param({"limit": "many"}, "limit", id="limit in words"),
        pytest.param({"sort": 5}, "sort", id="sort"),
        pytest.param({"sort": 0}, "sort", id="no sort"),
        pytest.param({"after": {"user_id": "1"}}, "after.guild_joined_at", id="half a cursor"),
        pytest.param({"before": "1"}, "before", id="bare cursor"),
        pytest.param(
            {
                "before": {"user_id": "1", "guild_joined_at": 1},
                "after": {"user_id": "1", "guild_joined_at": 1},
            },
            "before",
            id="two cursors",
        ),
        pytest.param(
            {"and_query": {"user_id": {"or_query": ELEVEN}}},
            "and_query.user_id.or_query",
            id="eleven ids",
        ),
        pytest.param(
            {"or_query": {"role_ids": {"and_query": ELEVEN}}},
            "or_query.role_ids.and_query",
            id="eleven roles",
        ),
        pytest.param(
            {"and_query": {"source_invite_code": {"or_query": ELEVEN}}},
            "and_query.source_invite_code.or_query",
            id="eleven codes",
        ),
        pytest.param(
            {"and_query": {"source_invite_code": {"or_query": "abc"}}},
            "and_query.source_invite_code.or_query",
            id="no list",
        ),
        pytest.param(
            {"and_query": {"source_invite_code": {"or_query": [5]}}},
            "and_query.source_invite_code.or_query.0",
            id="code is a number",
        ),
        pytest.param(
            {"and_query": {"user_id": {"or_query": ["1", "ann"]}}},
            "and_query.user_id.or_query.1",
            id="id in words",
        ),
        pytest.param({"and_query": {"is_pending": 1}}, "and_query.is_pending", id="no boolean"),
        pytest.param({"and_query": {"user_id": "5"}}, "and_query.user_id", id="no object"),
        pytest.param(
            {"and_query": {"guild_joined_at": {"range": {"gte": True}}}},
            "and_query.guild_joined_at.range.gte",
            id="true is no time",
        ),
    ],
)
async def test_wrong_bodies(search: Search, body: JSON, place: str) -> None:
    """A body that cannot be meant is refused, with the place of the mistake."""
    refused = await search(**body)

    assert (400, 50035) == refused.refusal
    where = refused.body["errors"]
    for step in place.split("."):
        where = where[step]
    assert where["_errors"][0]["message"]


async def test_ten_values_are_not_too_many(crowd: list[Member], search: Search) -> None:
    """A list may hold ten values."""
    wanted = [str(member.id) for member in crowd[2:]] + ["1", "2", "3", "4", "5"]

    found = (await search(and_query={"user_id": {"or_query": wanted}})).body

    assert 10 == len(wanted)
    assert 5 == found["total_result_count"]


async def test_a_list_is_no_body(rest: Rest, guild: Guild) -> None:
    """Only an object asks for anything; no body at all asks for the newest."""
    path = f"/guilds/{guild.id}/members-search"

    assert (400, 50035) == (await rest("POST", path, json=[])).refusal
    assert 2 == (await rest("POST", path)).body["page_result_count"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"offset": 5}, "field offset", id="field"),
        pytest.param(
            {"and_query": {"safety_signals": {}}}, "filter and_query.safety_signals", id="signals"
        ),
        pytest.param({"or_query": {"shoe": {}}}, "filter or_query.shoe", id="filter"),
        pytest.param(
            {"and_query": {"user_id": {"not_query": ["1"]}}},
            "filter and_query.user_id.not_query",
            id="operator",
        ),
        pytest.param(
            {"and_query": {"usernames": {"range": {}}}},
            "filter and_query.usernames.range",
            id="operator of another filter",
        ),
        pytest.param(
            {"and_query": {"user_id": {"range": {"gt": "1"}}}},
            "filter and_query.user_id.range.gt",
            id="end of a range",
        ),
        pytest.param(
            {"after": {"user_id": 1, "guild_joined_at": 1, "page": 2}},
            "filter after.page",
            id="cursor",
        ),
        pytest.param({"limit": 0, "or_query": {"shoe": {}}}, "filter or_query.shoe", id="refused"),
    ],
)
async def test_unknown_filters_are_remembered(
    sandbox: Sandbox, search: Search, body: JSON, expected: str
) -> None:
    """What a search asks for and the sandbox does not imitate is remembered, aloud."""
    await search(**body)

    assert [f"POST {RECORD}: {expected}"] == sandbox.unknown
    sandbox.unknown.clear()
