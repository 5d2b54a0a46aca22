import asyncio
import re

import pytest

from data.errors import LedgerRefusedError
from data.export import json_line
from data.ledger import Ledger
from data.models import (
    Backfill,
    BackfillPage,
    Certainty,
    Confirmation,
    JoinFact,
    JoinRecord,
    Met,
    Reason,
    RecordMark,
    Source,
    from_ms,
)
from tests.data.samples import (
    GUILD,
    MODERATOR,
    NOON,
    at,
    confirmation_of,
    correction_of,
    join_of,
)


def found(member_id: int, seconds: float = 0) -> JoinFact:
    """A member whom the record tells of."""
    return join_of(member_id, seconds)._replace(met=Met.BACKFILL)


def page_of(
    *facts: JoinFact, named: tuple[Confirmation, ...] = (), last: bool = False
) -> BackfillPage:
    """A page of the record that ends with the last of these."""
    mark = RecordMark(facts[-1].member_id, facts[-1].joined_at) if facts else None
    return BackfillPage(facts=facts, confirmations=named, mark=mark, total=9, last=last)


@pytest.fixture
async def filling(ledger: Ledger) -> Ledger:
    """A ledger with a backfill that has just begun."""
    await ledger.begin_backfill(GUILD, MODERATOR, NOON)
    return ledger


async def only(ledger: Ledger, member_id: int = 1) -> JoinRecord:
    [join] = await ledger.joins_of(GUILD, member_id)
    return join


async def test_a_backfill_begins_with_nothing_read(ledger: Ledger) -> None:
    """Begun, it is under way, by whom and since when, and knows nothing yet."""
    assert await ledger.backfill(GUILD) is None
    begun = await ledger.begin_backfill(GUILD, MODERATOR, at(1))

    assert begun == Backfill(
        guild_id=GUILD,
        moderator_id=MODERATOR,
        begun_at=at(1),
        mark=None,
        members=0,
        named=0,
        total=None,
        finished_at=None,
    )
    assert await ledger.backfill(GUILD) == begun
    assert await ledger.backfills_unfinished() == [GUILD]


async def test_a_page_is_joins_confirmations_and_a_mark(filling: Ledger) -> None:
    """A page writes its members down, names the way of those it can, and moves the mark."""
    one, two = found(1, 1), found(2, 2)
    named = (confirmation_of(one, "abc", inviter_id=7),)

    backfill = await filling.fill(GUILD, page_of(one, two, named=named), at(60))

    assert backfill == await filling.backfill(GUILD)
    assert (backfill.mark, backfill.total) == (RecordMark(2, two.joined_at), 9)
    assert (backfill.members, backfill.named, backfill.finished_at) == (2, 1, None)
    first, second = await only(filling, 1), await only(filling, 2)
    assert (first.met, first.joined_at, first.certainty) == (Met.BACKFILL, at(1), "confirmed")
    assert (first.code, first.credited_id, first.decided_at) == ("abc", 7, at(60))
    assert (second.met, second.certainty, second.source) == (Met.BACKFILL, "unknown", "unknown")


async def test_who_was_missed_is_not_left_pending(filling: Ledger) -> None:
    """Of whoever joined unseen nothing is known but what the record names; bots are added."""
    named, hidden, robot = (found(member_id)._replace(met=Met.GAP) for member_id in (1, 2, 3))
    page = page_of(
        named, hidden, robot._replace(is_bot=True), named=(confirmation_of(named, "abc"),)
    )
    for seconds in (60, 61):
        await filling.fill(GUILD, page, at(seconds))

    told = [await only(filling, member_id) for member_id in (1, 2, 3)]
    assert [
        (Met.GAP, Certainty.CONFIRMED, Source.INVITE, None),
        (Met.GAP, Certainty.UNKNOWN, Source.UNKNOWN, Reason.GAP),
        (Met.GAP, Certainty.CERTAIN, Source.BOT, None),
    ] == [(join.met, join.certainty, join.source, join.reason) for join in told]
    assert [1, 1, 1] == [len(await filling.verdicts(join.id)) for join in told]


async def test_who_waits_for_a_verdict_goes_on_waiting(filling: Ledger) -> None:
    """Of somebody who was announced already the window decides."""
    fact = found(1)._replace(met=Met.GAP)
    await filling.record_join(fact._replace(met=Met.JOINING))

    await filling.fill(GUILD, page_of(fact), at(60))

    assert (await only(filling)).certainty is Certainty.PENDING


async def test_a_page_written_again_counts_once(filling: Ledger) -> None:
    """The same page twice, as after a crash, adds nobody and no verdict."""
    page = page_of(found(1), found(2), named=(confirmation_of(found(1), "abc"),))

    first = await filling.fill(GUILD, page, at(60))
    assert await filling.fill(GUILD, page, at(61)) == first

    assert len(await filling.verdicts((await only(filling, 1)).id)) == 1
    assert (await filling.joins(GUILD))[1] == 2


async def test_pages_add_up_to_the_last(filling: Ledger) -> None:
    """Page by page members are counted; the last one finishes, also an empty one."""
    await filling.fill(GUILD, page_of(found(1)), at(60))
    await filling.fill(GUILD, page_of(found(2)), at(61))
    backfill = await filling.fill(GUILD, page_of(last=True), at(62))

    assert (backfill.members, backfill.finished_at) == (2, at(62))
    assert backfill.mark == RecordMark(2, found(2).joined_at)
    assert await filling.backfills_unfinished() == []


async def test_a_backfill_goes_on_where_it_was(filling: Ledger) -> None:
    """Begun again by anybody, one that is not finished keeps its mark and whose it was."""
    before = await filling.fill(GUILD, page_of(found(1)), at(60))

    assert await filling.begin_backfill(GUILD, MODERATOR + 1, at(90)) == before


async def test_a_finished_backfill_begins_anew(filling: Ledger) -> None:
    """After the end it starts from the beginning, and confirms what the record names by now."""
    await filling.fill(GUILD, page_of(found(1), last=True), at(60))

    anew = await filling.begin_backfill(GUILD, MODERATOR + 1, at(90))
    assert (anew.moderator_id, anew.begun_at, anew.mark) == (MODERATOR + 1, at(90), None)
    assert (anew.members, anew.named, anew.total, anew.finished_at) == (0, 0, None, None)
    again = page_of(found(1), named=(confirmation_of(found(1), "abc"),), last=True)
    backfill = await filling.fill(GUILD, again, at(91))

    assert (backfill.members, backfill.named) == (1, 1)
    assert ((await only(filling)).code, (await filling.joins(GUILD))[1]) == ("abc", 1)


async def test_a_page_needs_a_backfill(ledger: Ledger) -> None:
    """Nothing is written for a guild whose backfill never began or is finished."""
    refused = re.escape(f"No backfill of guild {GUILD} is under way.")
    with pytest.raises(LedgerRefusedError, match=refused):
        await ledger.fill(GUILD, page_of(found(1)), NOON)
    await ledger.begin_backfill(GUILD, MODERATOR, NOON)
    await ledger.begin_backfill(GUILD + 1, MODERATOR, NOON)
    await ledger.fill(GUILD, page_of(last=True), NOON)
    with pytest.raises(LedgerRefusedError, match=refused):
        await ledger.fill(GUILD, page_of(found(1)), NOON)

    assert (await ledger.joins(GUILD))[1] == 0
    assert await ledger.backfills_unfinished() == [GUILD + 1]


async def test_a_page_that_cannot_be_written_leaves_nothing(filling: Ledger) -> None:
    """All of a page is written or none of it."""
    with pytest.raises(LedgerRefusedError):
        await filling.fill(GUILD, page_of(found(1), found(2)._replace(member_id=-1)), NOON)

    assert (await filling.joins(GUILD))[1] == 0
    assert await filling.backfills_unfinished() == [GUILD]


async def test_a_way_that_the_record_does_not_know_is_not_named(filling: Ledger) -> None:
    """A source that is unknown to the record itself is kept, and not counted as named."""
    words = (
        confirmation_of(found(1), None, source=Source.UNKNOWN, raw_source=0),
        confirmation_of(found(2), None, source=Source.OTHER, raw_source=99),
    )
    backfill = await filling.fill(GUILD, page_of(found(1), found(2), named=words), NOON)

    assert (backfill.members, backfill.named) == (2, 1)


async def test_who_joined_since_keeps_the_join(filling: Ledger) -> None:
    """A join that was there already stays as it was met, and gets the record's word."""
    await filling.record_join(join_of(1))
    await filling.record_join(join_of(2))

    named = tuple(confirmation_of(found(member), "abc") for member in (1, 2))
    await filling.fill(GUILD, page_of(found(1), found(2), named=named[:1]), at(60))

    assert [(await only(filling, member)).met for member in (1, 2)] == [Met.JOINING] * 2
    assert (await only(filling, 1)).certainty is Certainty.CONFIRMED
    assert await filling.pending(GUILD) == [join_of(2)]


async def test_a_moderators_word_outlasts_a_backfill(filling: Ledger) -> None:
    """What was corrected stays, whatever the record says of it."""
    await filling.record_join(join_of(1))
    await filling.correct(GUILD, correction_of("xyz"))

    named = (confirmation_of(found(1), "abc"),)
    await filling.fill(GUILD, page_of(found(1), named=named), at(90))

    assert (await only(filling)).code == "xyz"


async def test_who_was_found_is_announced_no_more(filling: Ledger) -> None:
    """A join that the record told first is not new when its event arrives."""
    await filling.fill(GUILD, page_of(found(1)), NOON)

    assert not await filling.record_join(join_of(1))
    assert not await filling.record_join(join_of(1)._replace(met=Met.GAP))
    assert (await only(filling)).met is Met.BACKFILL


async def test_nobody_waits_for_a_verdict_on_who_was_there_before(filling: Ledger) -> None:
    """Whom the record does not name is neither pending nor asked about again, for ever."""
    await filling.fill(GUILD, page_of(found(1)), NOON)

    assert await filling.pending(GUILD) == []
    assert await filling.guilds_with_pending() == []
    assert await filling.unconfirmed(GUILD, from_ms(0), 9) == []
    assert await filling.guilds_unconfirmed(from_ms(0)) == []


async def test_who_was_there_before_says_nothing_about_counters(filling: Ledger) -> None:
    """Ways that only the record ever told count neither for nor against what counters said."""
    named = (confirmation_of(found(1), "abc"),)
    await filling.fill(GUILD, page_of(found(1), found(2), named=named), NOON)

    confirmed, *by_counters = await filling.accuracy(GUILD)
    assert confirmed.certainty is Certainty.CONFIRMED
    assert [entry.joins for entry in by_counters] == [0, 0, 0]


async def test_who_was_found_can_be_corrected(filling: Ledger) -> None:
    """Taken back, a correction leaves it unknown again, not pending."""
    await filling.fill(GUILD, page_of(found(1)), NOON)
    await filling.correct(GUILD, correction_of("abc"))
    await filling.undo(GUILD, 1, MODERATOR, at(90))

    assert (await only(filling)).certainty is Certainty.UNKNOWN
    assert await filling.pending(GUILD) == []


async def test_who_was_found_leaves_and_comes_back(filling: Ledger) -> None:
    """A membership found in the record ends and is followed like any other."""
    await filling.fill(GUILD, page_of(found(1, -60)), NOON)
    await filling.record_leave(GUILD, 1, at(1))
    await filling.record_join(join_of(1, 2))

    joins = await filling.joins_of(GUILD, 1)
    assert [(join.number, join.met, join.left_at) for join in joins] == [
        (1, Met.BACKFILL, at(1)),
        (2, Met.JOINING, None),
    ]


@pytest.mark.parametrize(
    ("joined", "expected"),
    [
        pytest.param(-60, [(Met.BACKFILL, at(-60), at(5))], id="the same membership"),
        pytest.param(
            9, [(Met.LEAVING, None, at(5)), (Met.BACKFILL, at(9), None)], id="a later one"
        ),
    ],
)
async def test_who_left_before_and_is_found(
    filling: Ledger, joined: float, expected: list[object]
) -> None:
    """A record behind the times tells when the leaver had joined; a new one, of a return."""
    await filling.record_leave(GUILD, 1, at(5))

    await filling.fill(GUILD, page_of(found(1, joined)), at(60))

    joins = await filling.joins_of(GUILD, 1)
    assert [(join.met, join.joined_at, join.left_at) for join in joins] == expected


async def test_a_record_behind_the_times_tells_of_two_memberships_ago(filling: Ledger) -> None:
    """Who left and came back is found as they were before: their first membership gets its join."""
    await filling.record_leave(GUILD, 1, at(5))
    await filling.record_join(join_of(1, 9))

    await filling.fill(GUILD, page_of(found(1, -60)), at(60))

    joins = await filling.joins_of(GUILD, 1)
    assert [(join.joined_at, join.left_at) for join in joins] == [(at(-60), at(5)), (at(9), None)]


async def test_who_was_found_is_listed_and_exported(filling: Ledger) -> None:
    """Members from before Usher stand among the joins at the time when they joined."""
    await filling.record_join(join_of(2, 0))
    await filling.fill(GUILD, page_of(found(1, -60)), NOON)

    assert [join.member_id for join in (await filling.joins(GUILD))[0]] == [2, 1]
    first, *_ = [json_line(join) async for join in filling.export(GUILD)]
    assert '"member_id": "1", "joined_at": "2026-05-04T11:59:00.000Z"' in first
    assert '"certainty": "unknown"' in first


async def test_joins_and_a_page_at_once(filling: Ledger) -> None:
    """A page and the joins of people who come meanwhile are all written, each once."""
    facts = [found(member) for member in range(500)]
    await asyncio.gather(
        filling.fill(GUILD, page_of(*facts), NOON),
        *(filling.record_join(join_of(member)) for member in range(400, 600)),
    )

    assert (await filling.joins(GUILD))[1] == 600
