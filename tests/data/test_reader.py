import asyncio
from pathlib import Path

import pytest

from data.errors import LedgerUnavailableError
from data.ledger import Ledger
from data.models import (
    Certainty,
    Creation,
    Ending,
    EndReason,
    InviteFilter,
    InviteKind,
    InviteSort,
    InviteState,
    JoinRecord,
    Source,
    Vanity,
)
from data.reader import Reader
from tests.data.samples import (
    GUILD,
    INVITER,
    NOON,
    at,
    invite_of,
    join_of,
    reading_of,
    settlement_of,
    verdict_of,
)

REVOKED = Ending(at=at(1), reason=EndReason.REVOKED)


async def listed(ledger: Reader, **which: object) -> str:
    records, total = await ledger.invites(GUILD, InviteFilter.model_validate(which))
    assert total == len(records)
    return " ".join(record.invite.code for record in records)


def members(joins: list[JoinRecord]) -> list[int]:
    return [join.member_id for join in joins]


@pytest.fixture
async def stocked(ledger: Ledger) -> Ledger:
    """Five invites; the code says what is remarkable about each."""
    asked = Creation(moderator_id=31, behalf_id=32, campaign="spring fair")
    other = Creation(moderator_id=31, campaign="spree")
    invites: list[tuple[str, dict[str, object], Creation | None]] = [
        ("oldest", {"uses": 1}, None),
        ("soon", {"expires_at": at(60), "uses": 9}, None),
        ("later", {"expires_at": at(600), "channel_id": 77, "uses": 3}, asked),
        ("over", {"uses": 5, "inviter_id": 33}, other),
        ("elsewhere", {"guild_id": GUILD + 1, "uses": 99}, asked),
    ]
    for age, (code, options, creation) in enumerate(invites):
        invite = invite_of(code, created_at=at(age - 100), **options)
        await ledger.record_invite(invite, NOON, creation=creation)
    await ledger.record_ending(GUILD, "over", REVOKED)
    return ledger


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        pytest.param({}, "later soon oldest", id="live, newest first"),
        pytest.param({"state": InviteState.ENDED}, "over", id="ended"),
        pytest.param({"state": InviteState.ALL}, "over later soon oldest", id="all"),
        pytest.param({"now": at(60)}, "later oldest", id="expired unsaid is not live"),
        pytest.param({"now": at(60), "state": InviteState.ENDED}, "over soon", id="but ended"),
        pytest.param({"now": at(59)}, "later soon oldest", id="not yet"),
        pytest.param({"campaign": "spring fair"}, "later", id="of a campaign"),
        pytest.param({"channel_id": 77}, "later", id="to a channel"),
        pytest.param({"inviter_id": INVITER}, "later soon oldest", id="by the inviter"),
        pytest.param({"inviter_id": 31, "state": "all"}, "over later", id="by the moderator"),
        pytest.param({"inviter_id": 32}, "later", id="on behalf of"),
        pytest.param({"sort": InviteSort.USES}, "soon later oldest", id="most used first"),
        pytest.param({"sort": InviteSort.EXPIRY}, "soon later oldest", id="soonest to expire"),
        pytest.param({"sort": InviteSort.LEAST}, "oldest later soon", id="least used first"),
        pytest.param({"sort": InviteSort.OLDEST}, "oldest soon later", id="oldest first"),
        pytest.param({"campaign": "SPRING Fair"}, "later", id="in whatever letters"),
        pytest.param({"campaign": "autumn"}, "", id="none"),
    ],
)
async def test_invites_are_filtered_and_sorted(
    stocked: Ledger, which: dict[str, object], expected: str
) -> None:
    """A list holds exactly the invites that were asked for, in the order that was asked for."""
    assert expected == await listed(stocked, **which)


async def test_invites_come_in_pages(stocked: Ledger) -> None:
    """Each page says how many there are in all, also the one behind the last."""
    pages = [await stocked.invites(GUILD, limit=2, offset=offset) for offset in (0, 2, 4)]

    assert [[one.invite.code for one in page] for page, _ in pages] == [
        ["later", "soon"],
        ["oldest"],
        [],
    ]
    assert [total for _, total in pages] == [3, 3, 3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "later soon oldest over", id="everything, live ones first"),
        pytest.param("O", "oldest over", id="the beginning of a code"),
        pytest.param("ver", "", id="not its middle"),
        pytest.param("FAIR", "later", id="part of a campaign"),
        pytest.param("spr", "later over", id="of several campaigns"),
        pytest.param("%", "", id="a percent sign is one"),
        pytest.param("_", "", id="an underscore is one"),
        pytest.param("\\", "", id="a backslash is one"),
    ],
)
async def test_codes_are_completed(stocked: Ledger, text: str, expected: str) -> None:
    """What somebody has typed finds codes that begin so and campaigns that contain it."""
    found = await stocked.codes(GUILD, text, 25, live_only=False)

    assert expected == " ".join(record.invite.code for record in found)


async def test_only_live_codes_are_completed_unless_asked(stocked: Ledger) -> None:
    """Ended invites are left out, and no more are shown than were asked for."""
    assert [one.invite.code for one in await stocked.codes(GUILD, "o")] == ["oldest"]
    assert [one.invite.code for one in await stocked.codes(GUILD, "", 1)] == ["later"]


async def test_a_code_is_completed_once(ledger: Ledger) -> None:
    """A code that came back is offered once, as the invite that it names now."""
    await ledger.record_invite(invite_of("abc"), NOON)
    await ledger.record_ending(GUILD, "abc", REVOKED)
    await ledger.record_invite(invite_of("abc", created_at=at(5)), at(5))

    found = await ledger.codes(GUILD, "abc", live_only=False)

    assert [one.invite.created_at for one in found] == [at(5)]


async def test_text_with_wildcards_is_found_as_it_is(ledger: Ledger) -> None:
    """Characters that mean something to LIKE are found where they stand."""
    for code, campaign in (("a_1", r"50% \ off"), ("ab1", "50 or so")):
        await ledger.record_invite(
            invite_of(code), NOON, creation=Creation(moderator_id=1, campaign=campaign)
        )

    assert [one.invite.code for one in await ledger.codes(GUILD, "a_")] == ["a_1"]
    assert [one.invite.code for one in await ledger.codes(GUILD, r"% \ o")] == ["a_1"]
    assert await ledger.campaigns(GUILD, "50%") == [r"50% \ off"]


async def test_campaigns_are_completed(stocked: Ledger) -> None:
    """Each campaign of the guild is offered once, the one used last first."""
    again = Creation(moderator_id=1, campaign="spring fair")
    await stocked.record_invite(invite_of("again"), at(5), creation=again)

    assert await stocked.campaigns(GUILD, "") == ["spring fair", "spree"]
    assert await stocked.campaigns(GUILD, "", 1) == ["spring fair"]
    assert await stocked.campaigns(GUILD, "SPREE") == ["spree"]
    assert await stocked.campaigns(GUILD, "fair") == []


@pytest.fixture
async def visited(ledger: Ledger) -> Ledger:
    """Members 1 to 6 came in this order; 2 and 4 through `abc`, 5 by discovery, 0 left."""
    await ledger.record_invite(invite_of("abc"), NOON)
    facts = {member: join_of(member, member) for member in (3, 1, 2, 6, 5, 4)}
    for fact in facts.values():
        await ledger.record_join(fact)
    await ledger.record_join(join_of(9, 9, guild_id=GUILD + 1))
    await ledger.record_leave(GUILD, 0, at(50))
    discovered = verdict_of(facts[5], None, source=Source.DISCOVERY)
    came = verdict_of(facts[4], "abc"), verdict_of(facts[2], "abc")
    await ledger.settle(settlement_of(60, verdicts=(*came, discovered)))
    return ledger


async def test_joins_come_newest_first_in_pages(visited: Ledger) -> None:
    """The newest join is first, members from before Usher are last, each page knows the total."""
    pages = [await visited.joins(GUILD, limit=4, offset=offset) for offset in (0, 4, 8)]

    assert [members(page) for page, _ in pages] == [[6, 5, 4, 3], [2, 1, 0], []]
    assert [total for _, total in pages] == [7, 7, 7]


async def test_joins_of_one_instant_keep_an_order(ledger: Ledger) -> None:
    """Joins of the same millisecond come in the order in which they were written, on any page."""
    for member_id in (5, 3, 4):
        await ledger.record_join(join_of(member_id, 0))

    assert members((await ledger.joins(GUILD))[0]) == [4, 3, 5]
    assert [join.member_id async for join in ledger.export(GUILD)] == [5, 3, 4]


async def test_joins_are_filtered(visited: Ledger) -> None:
    """Joins can be narrowed to a certainty and to a source, and are counted so."""
    certain, total = await visited.joins(GUILD, certainty=Certainty.CERTAIN)
    assert (members(certain), total) == ([5, 4, 2], 3)
    through, total = await visited.joins(GUILD, source=Source.INVITE, limit=1)
    assert (members(through), total) == ([4], 2)
    neither, total = await visited.joins(
        GUILD, certainty=Certainty.PENDING, source=Source.DISCOVERY
    )
    assert (neither, total) == ([], 0)


async def test_unused_invites_come_oldest_first(ledger: Ledger) -> None:
    """Of invites that were used equally often, the oldest is the first that can go."""
    for age in (2, 3, 1):
        await ledger.record_invite(invite_of(f"age{age}", created_at=at(-age)), NOON)

    assert await listed(ledger, sort=InviteSort.LEAST) == "age3 age2 age1"


async def test_joins_of_a_code_are_those_that_may_be(visited: Ledger) -> None:
    """Of a code there are those through it and those of which it is one of the candidates."""
    [second] = [fact for fact in await visited.pending(GUILD) if fact.member_id == 1]
    [third] = [fact for fact in await visited.pending(GUILD) if fact.member_id == 3]
    unsure = {"certainty": Certainty.AMBIGUOUS, "source": Source.UNKNOWN}
    await visited.settle(
        settlement_of(
            70,
            verdicts=(
                verdict_of(second, None, candidates=("abc", "xyz"), **unsure),
                verdict_of(third, None, candidates=("ABC", "abcd", "xyz", "zabc"), **unsure),
            ),
        )
    )

    joins, total = await visited.joins(GUILD, code="abc")
    assert (members(joins), total) == ([4, 2, 1], 3)
    joins, total = await visited.joins(GUILD, code="abc", certainty=Certainty.AMBIGUOUS)
    assert (members(joins), total) == ([1], 1)
    joins, total = await visited.joins(GUILD, code="xyz", limit=1)
    assert (members(joins), total) == ([3], 2)
    assert await visited.joins(GUILD, code="ab") == ([], 0)
    assert await visited.joins(GUILD + 1, code="abc") == ([], 0)


async def test_who_came_through_an_invite(visited: Ledger) -> None:
    """An invite knows who came through it, newest first, and how many in all."""
    invite = await visited.invite(GUILD, "abc")
    assert invite is not None

    joins, total = await visited.joins_through(invite.id, 1)

    assert (members(joins), total) == ([4], 2)
    assert await visited.joins_through(4711) == ([], 0)


async def test_an_undecided_join_has_no_history(visited: Ledger) -> None:
    """Nobody has thought anything of a pending join yet, nor of one that does not exist."""
    [join] = await visited.joins_of(GUILD, 1)

    assert await visited.verdicts(join.id) == []
    assert await visited.verdicts(4711) == []


async def test_an_export_has_every_join_in_order(visited: Ledger) -> None:
    """An export goes from the oldest to the newest, with those from before Usher first."""
    assert [join.member_id async for join in visited.export(GUILD)] == [0, 1, 2, 3, 4, 5, 6]


async def test_an_export_since_some_time(visited: Ledger) -> None:
    """Since a moment means from that moment on, without those whose joining is not known."""
    assert [join.member_id async for join in visited.export(GUILD, at(4))] == [4, 5, 6]
    assert [join.member_id async for join in visited.export(GUILD, at(4.001))] == [5, 6]


async def test_a_long_export_goes_page_by_page(ledger: Ledger) -> None:
    """Beyond one page nobody is missing or twice, also where many joined in the same instant."""
    facts = [join_of(member, member // 700) for member in range(2500)]
    await asyncio.gather(*map(ledger.record_join, facts))

    exported = [join.member_id async for join in ledger.export(GUILD)]

    assert exported == list(range(2500))


async def test_who_joins_during_an_export_is_exported(ledger: Ledger) -> None:
    """A long export does not hold the ledger: joins are written meanwhile and come at the end."""
    await asyncio.gather(*(ledger.record_join(join_of(member)) for member in range(1000)))

    exported: list[int] = []
    async for join in ledger.export(GUILD):
        if not exported:
            await ledger.record_join(join_of(5000, 9))
        exported.append(join.member_id)

    assert exported == [*range(1000), 5000]


async def test_invites_that_only_events_told_of(ledger: Ledger) -> None:
    """What was first seen since then and no reading has shown yet may explain undecided joins."""
    for code, seconds in (("early", 4.999), ("told", 5), ("listed", 6), ("late", 7)):
        await ledger.record_invite(invite_of(code), at(seconds))
    await ledger.record_invite(invite_of("elsewhere", guild_id=GUILD + 1), at(8))
    await ledger.record_invite(invite_of("vanity", kind=InviteKind.VANITY), at(9))
    await ledger.record_invite(invite_of("strange", kind=InviteKind.OTHER, raw_kind=9), at(9))
    await ledger.settle(settlement_of(9, appeared=(invite_of("listed"),)))

    found = await ledger.unlisted(GUILD, at(5))

    assert [record.invite.code for record in found] == ["told", "late", "strange"]


async def test_remarks_are_kept(ledger: Ledger) -> None:
    """What was noted under a key is found there, the last word only."""
    assert await ledger.meta("commands") is None
    for value in ("a", "b"):
        await ledger.set_meta("commands", value)

    assert await ledger.meta("commands") == "b"


async def test_a_second_reader_sees_what_is_written(ledger: Ledger, path: Path) -> None:
    """Beside a running Usher another program reads what has been answered, at once."""
    async with Reader.read_only(path) as reader:
        await ledger.settle(settlement_of(baseline=reading_of(vanity=Vanity("a", 1))))

        assert await reader.baseline(GUILD) == await ledger.baseline(GUILD)
        assert not isinstance(reader, Ledger)


async def test_a_closed_reader_says_so(path: Path) -> None:
    """Asked after it was closed, a reader refuses with a sentence."""
    async with Ledger.open(path) as ledger:
        pass
    async with Reader.read_only(path) as reader:
        pass

    for closed in (ledger, reader):
        with pytest.raises(LedgerUnavailableError, match="is closed"):
            await closed.meta("a")
