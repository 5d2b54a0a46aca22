import asyncio
from datetime import datetime

import pytest

from data.errors import LedgerRefusedError
from data.ledger import Ledger
from data.models import Certainty, JoinFact, JoinRecord, Met, Source, to_ms
from data.settling import AT_ONCE
from tests.data.samples import (
    GUILD,
    NOON,
    at,
    correction_of,
    invite_of,
    join_of,
    settlement_of,
    verdict_of,
)

Times = list[tuple[datetime | None, datetime | None]]


async def memberships(ledger: Ledger, member_id: int = 1) -> Times:
    return [(join.joined_at, join.left_at) for join in await ledger.joins_of(GUILD, member_id)]


async def test_a_join_is_written_down_before_it_is_decided(ledger: Ledger) -> None:
    """A join that was just announced is known with all that its event said, and pending."""
    fact = JoinFact(GUILD, 11, to_ms(at(0.123)), to_ms(at(0.5)), is_bot=True)

    assert await ledger.record_join(fact)

    [join] = await ledger.joins_of(GUILD, 11)
    assert join == JoinRecord(
        id=1,
        guild_id=GUILD,
        member_id=11,
        joined_at=at(0.123),
        arrived_at=at(0.5),
        met=Met.JOINING,
        is_bot=True,
        number=1,
        left_at=None,
        certainty=Certainty.PENDING,
        source=Source.UNKNOWN,
        code=None,
        inviter_id=None,
        moderator_id=None,
        credited_id=None,
        campaign=None,
        actor_id=None,
        candidates=(),
        reason=None,
        decided_at=None,
        decided_by=None,
        window=None,
    )


async def test_a_join_announced_again_is_the_same_join(ledger: Ledger) -> None:
    """Announced later or in the same breath again, a join is new once and stands once."""
    first = await asyncio.gather(*(ledger.record_join(join_of(1)) for _ in range(3)))
    again = await ledger.record_join(join_of(1)._replace(arrived_at=to_ms(at(9))))

    assert (first, again) == ([True, False, False], False)
    assert [(join.arrived_at) for join in await ledger.joins_of(GUILD, 1)] == [at(0.1)]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(join_of(2)._replace(member_id=2**63), id="an id too large"),
        pytest.param(join_of(2)._replace(member_id=-1), id="a negative id"),
        pytest.param(join_of(2)._replace(joined_at=None), id="no time"),  # type: ignore[arg-type] # the claim
        pytest.param(join_of(2)._replace(arrived_at=1.5), id="half a millisecond"),  # type: ignore[arg-type] # the claim
    ],
)
async def test_a_bad_join_fails_alone(ledger: Ledger, bad: JoinFact) -> None:
    """A join that cannot be is refused, and its neighbours in the same breath are written."""
    before, refused, after = await asyncio.gather(
        *map(ledger.record_join, (join_of(1), bad, join_of(3))), return_exceptions=True
    )

    assert (before, after) == (True, True)
    assert isinstance(refused, LedgerRefusedError)
    assert [join.member_id for join in (await ledger.joins(GUILD))[0]] == [3, 1]


async def test_joining_twice_is_two_joins(ledger: Ledger) -> None:
    """Who leaves and comes back has two memberships, counted from one."""
    await ledger.record_join(join_of(1, 0))
    await ledger.record_leave(GUILD, 1, at(10))
    await ledger.record_join(join_of(1, 20))

    assert await memberships(ledger) == [(at(0), at(10)), (at(20), None)]
    assert [join.number for join in await ledger.joins_of(GUILD, 1)] == [1, 2]


async def test_who_comes_again_has_left(ledger: Ledger) -> None:
    """A missed leave is made up for by the next join, whichever of the two joins comes first."""
    await ledger.record_join(join_of(1, 20))
    await ledger.record_join(join_of(1, 0))
    await ledger.record_join(join_of(1, 30))

    assert await memberships(ledger) == [(at(0), at(20)), (at(20), at(30)), (at(30), None)]
    assert [join.number for join in await ledger.joins_of(GUILD, 1)] == [1, 2, 3]


async def test_memberships_elsewhere_are_others(ledger: Ledger) -> None:
    """The same member in another guild, and another member in this one, are left alone."""
    await ledger.record_join(join_of(1, 0, guild_id=GUILD + 1))
    await ledger.record_join(join_of(2, 0))
    await ledger.record_join(join_of(1, 5))
    await ledger.record_leave(GUILD, 1, at(6))

    assert await memberships(ledger, 2) == [(at(0), None)]
    assert [join.left_at for join in await ledger.joins_of(GUILD + 1, 1)] == [None]


async def test_joins_and_leaves_of_one_breath_keep_their_order(ledger: Ledger) -> None:
    """Coming, leaving and coming again in the same instant ends as a member, never as a leaver."""
    await asyncio.gather(
        ledger.record_join(join_of(1, 0)),
        ledger.record_leave(GUILD, 1, at(1)),
        ledger.record_join(join_of(1, 2)),
        ledger.record_leave(GUILD, 1, at(3)),
        ledger.record_join(join_of(1, 4)),
    )

    assert await memberships(ledger) == [(at(0), at(1)), (at(2), at(3)), (at(4), None)]


async def test_a_leave_announced_again_says_nothing_new(ledger: Ledger) -> None:
    """A repeated leave changes nothing, even if the member has come back since."""
    await ledger.record_join(join_of(1, 0))
    await ledger.record_leave(GUILD, 1, at(10))
    await ledger.record_leave(GUILD, 1, at(11))
    await ledger.record_join(join_of(1, 20))
    await ledger.record_leave(GUILD, 1, at(10))

    assert await memberships(ledger) == [(at(0), at(10)), (at(20), None)]


async def test_nobody_leaves_before_joining(ledger: Ledger) -> None:
    """If our clock is behind the platform's, the leave is no earlier than the join."""
    await ledger.record_join(join_of(1, 0)._replace(arrived_at=to_ms(at(-3))))
    await ledger.record_leave(GUILD, 1, at(-2))

    assert await memberships(ledger) == [(at(0), at(0))]


async def test_a_leave_that_is_written_late_is_not_of_who_came_since(ledger: Ledger) -> None:
    """While the ledger was locked somebody left and came again: the new membership stays."""
    await ledger.record_join(join_of(1))
    await ledger.record_join(join_of(1, 40)._replace(arrived_at=to_ms(at(42))))
    await ledger.record_leave(GUILD, 1, at(37))

    assert await memberships(ledger) == [(at(0), at(40)), (at(40), None)]


async def test_who_is_seen_has_not_left(ledger: Ledger) -> None:
    """A membership that ended by mistake goes on when it is seen later; one that ended since
    stays ended.
    """
    for member in (1, 2, 3):
        await ledger.record_join(join_of(member))
    for member, seconds in ((1, 5), (2, 60)):
        await ledger.record_leave(GUILD, member, at(seconds))

    seen = dict.fromkeys((1, 2, 3, 4), to_ms(at(0)))
    assert await ledger.record_presences(GUILD, seen, at(30)) == 1

    ended = [await memberships(ledger, member) for member in (1, 2, 3)]
    assert ended == [[(at(0), None)], [(at(0), at(60))], [(at(0), None)]]


async def test_a_member_from_before_usher_leaves(ledger: Ledger) -> None:
    """Somebody never seen joining is written down once, when leaving, and is not pending."""
    await ledger.record_leave(GUILD, 1, NOON)
    await ledger.record_leave(GUILD, 1, at(1))

    [join] = await ledger.joins_of(GUILD, 1)
    assert (join.met, join.joined_at, join.left_at) == (Met.LEAVING, None, NOON)
    assert (join.number, join.certainty) == (1, Certainty.UNKNOWN)
    assert await ledger.pending(GUILD) == []


async def test_a_member_from_before_usher_comes_back(ledger: Ledger) -> None:
    """The membership from before Usher is the first, what follows is a rejoin."""
    await ledger.record_leave(GUILD, 1, at(0))
    await ledger.record_join(join_of(1, 5))

    assert await memberships(ledger) == [(None, at(0)), (at(5), None)]
    assert [join.number for join in await ledger.joins_of(GUILD, 1)] == [1, 2]


async def test_a_leave_that_arrives_before_its_join(ledger: Ledger) -> None:
    """Announced the wrong way round, a join and its leave are one closed membership."""
    await ledger.record_leave(GUILD, 1, at(5))
    assert await ledger.record_join(join_of(1, 0))

    assert await memberships(ledger) == [(at(0), at(5))]
    assert [fact.member_id for fact in await ledger.pending(GUILD)] == [1]


async def test_a_word_on_a_membership_outlasts_its_join(ledger: Ledger) -> None:
    """A leave that a moderator has explained stays what it is when its join arrives after all."""
    await ledger.record_leave(GUILD, 1, at(5))
    await ledger.correct(GUILD, correction_of("abc"))

    assert await ledger.record_join(join_of(1, 0))

    assert [join.met for join in await ledger.joins_of(GUILD, 1)] == [Met.LEAVING, Met.JOINING]


async def test_pending_joins_are_those_nobody_decided(ledger: Ledger) -> None:
    """What is pending comes back as it was recorded, in the order of arrival, per guild."""
    facts = [join_of(1, 5), join_of(2, 3)._replace(is_bot=True), join_of(3, 4)]
    for fact in (*facts, join_of(9, 0, guild_id=GUILD + 1)):
        await ledger.record_join(fact)
    await ledger.record_invite(invite_of("abc"), NOON)
    await ledger.settle(settlement_of(9, verdicts=(verdict_of(facts[2], "abc"),)))

    assert await ledger.pending(GUILD) == [facts[1], facts[0]]
    assert await ledger.guilds_with_pending() == [GUILD, GUILD + 1]


async def test_nothing_is_pending_at_first(ledger: Ledger) -> None:
    """An empty ledger has no guild to go on with."""
    assert await ledger.guilds_with_pending() == []
    assert await ledger.pending(GUILD) == []


async def test_who_came_in_a_gap_is_pending(ledger: Ledger) -> None:
    """A join found after a gap waits for a verdict like any other, and is asked about."""
    fact = join_of(1)._replace(met=Met.GAP)

    assert await ledger.record_join(fact)

    assert not await ledger.record_join(join_of(1))
    assert await ledger.pending(GUILD) == [fact]
    assert await ledger.unconfirmed(GUILD, NOON, 9) == [fact]
    assert await ledger.guilds_unconfirmed(NOON) == [GUILD]


async def test_joins_met_differently_in_one_breath(ledger: Ledger) -> None:
    """Each join is written down as it was met, whoever waits beside it."""
    kinds = [Met.JOINING, Met.GAP, Met.GAP, Met.JOINING, Met.BACKFILL]
    facts = [join_of(member)._replace(met=met) for member, met in enumerate(kinds)]

    new = await asyncio.gather(*map(ledger.record_join, [*facts, facts[1]]))

    assert new == [True] * 5 + [False]
    met = [(await ledger.joins_of(GUILD, member))[0].met for member in range(5)]
    assert met == kinds


async def test_a_join_is_not_met_leaving(ledger: Ledger) -> None:
    """Whoever is met when leaving has no known time of joining, so such a fact is refused."""
    with pytest.raises(LedgerRefusedError):
        await ledger.record_join(join_of(1)._replace(met=Met.LEAVING))


async def test_a_correction_of_a_join_in_a_gap_is_undone(ledger: Ledger) -> None:
    """Taken back, a correction leaves the join pending again."""
    await ledger.record_join(join_of(1)._replace(met=Met.GAP))
    await ledger.correct(GUILD, correction_of("abc"))
    await ledger.undo(GUILD, 1, 8, at(90))

    assert [fact.met for fact in await ledger.pending(GUILD)] == [Met.GAP]


async def test_one_join_is_found_by_its_number(ledger: Ledger) -> None:
    """A join is found in its own guild, and nowhere else."""
    await ledger.record_join(join_of(1))

    assert [await ledger.join(GUILD, 1)] == await ledger.joins_of(GUILD, 1)
    assert await ledger.join(GUILD + 1, 1) is None
    assert await ledger.join(GUILD, 2) is None


async def test_who_is_a_member(ledger: Ledger) -> None:
    """Members are those who joined and did not leave, each once."""
    for member in (1, 2, 3):
        await ledger.record_join(join_of(member))
    await ledger.record_join(join_of(4, guild_id=GUILD + 1))
    await ledger.record_join(join_of(1, 5))
    for member in (2, 5):
        await ledger.record_leave(GUILD, member, at(9))

    assert await ledger.members(GUILD) == {1: to_ms(at(5)), 3: to_ms(at(0))}
    assert await ledger.members(GUILD + 2) == {}


async def test_every_membership_of_some(ledger: Ledger) -> None:
    """All times at which somebody joined are told, of those who are asked about and no others."""
    for member, seconds in ((1, 0), (1, 5), (2, 0), (3, 0)):
        await ledger.record_join(join_of(member, seconds))
    await ledger.record_leave(GUILD, 2, at(9))
    await ledger.record_leave(GUILD, 4, at(9))  # was there before Usher: since when is not known

    told = await ledger.memberships(GUILD, [1, 2, 4, 5])

    assert {(1, to_ms(at(0))), (1, to_ms(at(5))), (2, to_ms(at(0)))} == set(told)
    assert [] == await ledger.memberships(GUILD + 1, [1])


async def test_those_who_left_unseen_are_marked(ledger: Ledger) -> None:
    """Open memberships of the missing end, and say how many; all else stays as it is."""
    for member in (1, 2, 3):
        await ledger.record_join(join_of(member))
    await ledger.record_join(join_of(1, guild_id=GUILD + 1))
    await ledger.record_leave(GUILD, 3, at(5))

    gone = dict.fromkeys((1, 3, 4), to_ms(at(0)))
    assert await ledger.record_absences(GUILD, gone, at(60)) == 1
    assert await ledger.record_absences(GUILD, gone, at(61)) == 0

    ended = [await memberships(ledger, member) for member in (1, 2, 3, 4)]
    assert ended == [[(at(0), at(60))], [(at(0), None)], [(at(0), at(5))], []]
    assert await ledger.members(GUILD + 1) == {1: to_ms(at(0))}


async def test_who_came_again_was_not_missing(ledger: Ledger) -> None:
    """Only the membership that was missing ends, whatever the clocks say."""
    await ledger.record_join(join_of(1, 10))

    assert await ledger.record_absences(GUILD, {1: to_ms(at(0))}, at(60)) == 0
    assert await ledger.record_absences(GUILD, {1: to_ms(at(10))}, at(9)) == 1
    assert await memberships(ledger) == [(at(10), at(10))]


async def test_a_leave_after_an_absence_says_nothing_new(ledger: Ledger) -> None:
    """Announced after all, a leave that was noticed before changes nothing."""
    await ledger.record_join(join_of(1))
    await ledger.record_absences(GUILD, {1: to_ms(at(0))}, at(60))
    await ledger.record_leave(GUILD, 1, at(61))

    assert await memberships(ledger) == [(at(0), at(60))]


async def test_more_leave_unseen_than_one_statement_takes(ledger: Ledger) -> None:
    """All of the missing are marked in one transaction, however many."""
    facts = [join_of(member) for member in range(2 * AT_ONCE + 1)]
    await asyncio.gather(*map(ledger.record_join, facts))

    assert await ledger.record_absences(GUILD, await ledger.members(GUILD), at(9)) == len(facts)
    assert await ledger.record_absences(GUILD, {}, at(9)) == 0
    assert await ledger.members(GUILD) == {}
