"""Fluxer's record of joins: an index that begins when it is first asked, in whole seconds."""

from typing import Any

import pytest

from bot.sandbox import LEAST, NotOffered, Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Reply
from tests.sandbox.fluxer.talking import Ask


@pytest.fixture
def path(guild: Guild) -> str:
    return f"/guilds/{guild.id}/members-search"


@pytest.fixture
async def primed(ask: Ask, path: str) -> str:
    """The record of a guild that was asked for before."""
    assert (await ask("POST", path, {})).body["indexing"]
    return path


def names(answer: Reply) -> list[str]:
    return [one["username"] for one in answer.body["members"]]


def supplement(answer: Reply, who: Member) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one["supplemental"] for one in answer.body["members"] if one["user_id"] == str(who.id)
    )
    return found


async def test_the_first_ask_begins_the_index(ask: Ask, path: str, member: Member) -> None:
    """It is answered with nobody and `indexing`, the next with everybody who is there."""
    first, second = [await ask("POST", path, {}) for _ in range(2)]

    assert ([], True) == (first.body["members"], first.body["indexing"])
    assert (False, 3, 3) == (
        second.body["indexing"],
        second.body["total_result_count"],
        second.body["page_result_count"],
    )
    assert member.name in names(second)


async def test_each_guild_has_an_index_of_its_own(
    sandbox: Sandbox, ask: Ask, primed: str, guild: Guild
) -> None:
    """Asking in one guild begins nothing in another; forgetting begins anew."""
    other = sandbox.add_guild("Lighthouse")

    assert (await ask("POST", f"/guilds/{other.id}/members-search", {})).body["indexing"]
    assert not (await ask("POST", primed, {})).body["indexing"]
    guild.indexed_at = None
    assert (await ask("POST", primed, {})).body["indexing"]


async def test_those_who_were_there_are_indexed_after_a_while(
    sandbox: Sandbox, ask: Ask, path: str, member: Member
) -> None:
    """For sandbox.index_delay seconds the answer is `indexing` and nobody."""
    sandbox.index_delay = 30.0
    await ask("POST", path, {})
    sandbox.advance(29)
    before = await ask("POST", path, {})
    sandbox.advance(1)

    assert ([], True) == (before.body["members"], before.body["indexing"])
    assert member.name in names(await ask("POST", path, {}))


async def test_who_joins_shows_after_the_lag(
    sandbox: Sandbox, ask: Ask, primed: str, guild: Guild
) -> None:
    """Not before sandbox.record_lag is over."""
    sandbox.record_lag = 2.0
    newcomer = await sandbox.enter(guild, "Robin")
    hidden = names(await ask("POST", primed, {}))
    sandbox.advance(2)

    assert newcomer.name not in hidden
    assert newcomer.name in names(await ask("POST", primed, {}))


async def test_without_a_search_backend_the_list_is_empty(
    sandbox: Sandbox, ask: Ask, path: str, guild: Guild
) -> None:
    """Every answer is empty and none says `indexing`."""
    sandbox.record_absent = True
    answers = [(await ask("POST", path, {})).body for _ in range(2)]

    empty = {"members": [], "page_result_count": 0, "total_result_count": 0, "indexing": False}
    assert [{"guild_id": str(guild.id)} | empty] * 2 == answers


@pytest.mark.parametrize("method", ["DELETE", "leave"])
async def test_who_left_is_gone(
    sandbox: Sandbox, ask: Ask, primed: str, guild: Guild, method: str
) -> None:
    """At once, however they left."""
    newcomer = await sandbox.enter(guild, "Robin")
    if method == "leave":
        await sandbox.leave(newcomer)
    else:
        await sandbox.kick(newcomer, by=guild.owner)

    assert "Robin" not in names(await ask("POST", primed, {}))


async def test_it_tells_how_each_came(
    sandbox: Sandbox, ask: Ask, primed: str, guild: Guild, channel: Channel
) -> None:
    """The source by Fluxer's own numbers; code and inviter with an invite, else with neither."""
    guild.set_vanity("harbour")
    invite = guild.add_invite(channel, by=guild.owner)
    people = {
        (1, invite.code, str(guild.owner.id)): await sandbox.join(invite.code),
        (2, None, None): await sandbox.join("harbour"),
        (6, None, None): await sandbox.enter(guild, source="discovery"),
        (4, None, None): await sandbox.enter(guild, source="manual"),
        (0, None, None): guild.owner,
        (None, None, None): guild.add_member("Robin"),
        (3, None, str(guild.owner.id)): guild.members[sandbox.application.id],
    }
    answer = await ask("POST", primed, {"limit": 100})

    for (source, code, inviter_id), who in people.items():
        expected = {
            "join_source_type": source,
            "source_invite_code": code,
            "inviter_id": inviter_id,
        }
        assert expected == supplement(answer, who)


async def test_there_are_no_other_sources(sandbox: Sandbox, guild: Guild) -> None:
    """Ways in that only Discord has are refused."""
    with pytest.raises(ValueError, match="hub"):
        await sandbox.enter(guild, source="hub")


async def test_it_can_be_made_to_err(
    sandbox: Sandbox, ask: Ask, primed: str, guild: Guild, channel: Channel
) -> None:
    """Misrecord tells something else than the truth."""
    invite = guild.add_invite(channel, by=guild.owner)
    newcomer = await sandbox.enter(guild)
    sandbox.misrecord(newcomer, source="invite", code=invite.code)

    told = supplement(await ask("POST", primed, {}), newcomer)
    assert (1, invite.code) == (told["join_source_type"], told["source_invite_code"])


async def test_times_are_whole_seconds(
    sandbox: Sandbox, ask: Ask, primed: str, guild: Guild
) -> None:
    """Rounded down; milliseconds are in the event alone."""
    sandbox.advance(0.5)
    newcomer = await sandbox.enter(guild)
    (first,) = (await ask("POST", primed, {"limit": 1})).body["members"]

    assert (int(newcomer.joined_at), True) == (first["joined_at"], newcomer.joined_at % 1 > 0.5)


async def test_only_who_manages_the_guild_learns_how_they_came(sandbox: Sandbox, ask: Ask) -> None:
    """Others see members without it and may not filter by it."""
    guild = sandbox.add_guild("Lighthouse", bot_permissions=LEAST & ~Permission.MANAGE_GUILD)
    path = f"/guilds/{guild.id}/members-search"
    await ask("POST", path, {})
    told = supplement(await ask("POST", path, {}), guild.owner)

    assert {None} == set(told.values())
    for asked in ({"join_source_type": [1]}, {"source_invite_code": ["x"]}):
        assert (403, "MISSING_PERMISSIONS") == (await ask("POST", path, asked)).refusal


@pytest.fixture
async def five(sandbox: Sandbox, guild: Guild, channel: Channel) -> list[Member]:
    """Ten seconds after each other, by an invite, the vanity, discovery, an invite and as a bot."""
    guild.set_vanity("harbour")
    codes = [guild.add_invite(channel, by=guild.owner).code for _ in range(2)]
    came = []
    for name, code in (("Ada", codes[0]), ("Bo", "harbour"), ("Cy", None), ("Dan", codes[1])):
        sandbox.advance(10)
        newcomer = (
            await sandbox.enter(guild, name) if code is None else await sandbox.join(code, name)
        )
        came.append(newcomer)
    guild.grant(came[1], guild.add_role("Helper"))
    came.append(await sandbox.add_bot(guild, by=guild.owner, name="Echo"))
    return came


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"join_source_type": [1]}, "Dan Ada"),
        ({"join_source_type": [2, 6]}, "Cy Bo"),
        ({"join_source_type": [3]}, "Echo usher"),
        ({"is_bot": True}, "Echo usher"),
        ({"is_bot": False, "limit": 2}, "Dan Cy"),
        ({"query": "DA"}, "Dan Ada"),
        ({"query": "cy", "is_bot": True}, ""),
        ({"sort_order": "asc", "limit": 1}, "owner"),
        ({"sort_by": "joinedAt", "sort_order": "desc", "limit": 2}, "Dan Echo"),
        ({"limit": 2, "offset": 2}, "Cy Bo"),
        ({"offset": 100}, ""),
        ({"nothing": 1}, "Dan Echo Cy Bo Ada owner usher"),
    ],
)
async def test_searches(
    ask: Ask, primed: str, five: list[Member], asked: dict[str, Any], expected: str
) -> None:
    """Filters, sort and paging; those of one second are in the order of their ids."""
    assert five
    found = names(await ask("POST", primed, asked))

    if "nothing" in asked:
        assert set(expected.split()) == set(found)
    else:
        assert expected.split() == found


async def test_searches_that_name_what_is_there(
    ask: Ask, primed: str, five: list[Member], guild: Guild
) -> None:
    """By code, by role, by when somebody joined; both ends belong to it."""
    ada, bo, cy, _, _ = five
    at = int(bo.joined_at)
    window = {"joined_at_gte": at, "joined_at_lte": int(cy.joined_at)}

    assert ["Ada"] == names(await ask("POST", primed, {"source_invite_code": [ada.code]}))
    assert ["Bo"] == names(await ask("POST", primed, {"role_ids": [str(bo.roles[0])]}))
    assert ["Cy", "Bo"] == names(await ask("POST", primed, window))
    paged = await ask("POST", primed, window | {"limit": 1})
    assert (1, 2) == (paged.body["page_result_count"], paged.body["total_result_count"])
    assert guild.name


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": None}, "limit"),
        ({"source_invite_code": None}, "source_invite_code"),
        ({"limit": 101}, "limit"),
        ({"offset": -1}, "offset"),
        ({"sort_by": "name"}, "sort_by"),
        ({"sort_order": "up"}, "sort_order"),
        ({"is_bot": "no"}, "is_bot"),
        ({"query": "x" * 101}, "query"),
        ({"join_source_type": 1}, "join_source_type"),
        ({"join_source_type": ["1"]}, "join_source_type"),
        ({"source_invite_code": ["x"] * 11}, "source_invite_code"),
        ({"joined_at_gte": "now"}, "joined_at_gte"),
    ],
)
async def test_wrong_searches(ask: Ask, path: str, asked: dict[str, Any], field: str) -> None:
    """The field is named, and the index is not begun."""
    answer = await ask("POST", path, asked)

    assert (400, [field]) == (answer.status, [one["path"] for one in answer.body["errors"]])
    assert (await ask("POST", path, {})).body["indexing"]


def test_strange_channels_are_not_offered(guild: Guild) -> None:
    """There are no threads, forums, stages or announcement channels."""
    for kind in ("forum", "stage", "announcement", "thread"):
        with pytest.raises(NotOffered):
            guild.add_channel("side", kind=kind)
