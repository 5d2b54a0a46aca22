import asyncio
import sqlite3
from pathlib import Path

import pytest

from data.errors import LedgerRefusedError
from data.ledger import Ledger
from data.models import (
    Certainty,
    Creation,
    Ending,
    EndReason,
    Gain,
    JoinRecord,
    Reason,
    Source,
    Vanity,
)
from data.settling import AT_ONCE
from tests.data.samples import (
    GUILD,
    INVITER,
    MODERATOR,
    NOON,
    at,
    confirmation_of,
    correction_of,
    invite_of,
    join_of,
    reading_of,
    settlement_of,
    verdict_of,
    window_of,
)


async def only(ledger: Ledger, member_id: int = 1) -> JoinRecord:
    [join] = await ledger.joins_of(GUILD, member_id)
    return join


def rows_in(path: Path, table: str) -> int:
    db = sqlite3.connect(path)
    [(count,)] = db.execute(f"SELECT COUNT(*) FROM {table}")
    db.close()
    return int(count)


def dump(path: Path) -> list[str]:
    db = sqlite3.connect(path)
    lines = list(db.iterdump())
    db.close()
    return lines


async def test_a_verdict_stands_with_its_evidence(ledger: Ledger) -> None:
    """A settled join says through what it came, by whom, for whom, how sure and why."""
    window = window_of(Gain(code="abc", low=1, high=1), Gain(code="x", low=0, high=None))
    fact = join_of(1)
    await ledger.record_join(fact)
    await ledger.record_invite(
        invite_of("abc"), NOON, creation=Creation(moderator_id=MODERATOR, campaign="spring")
    )

    await ledger.settle(settlement_of(5, verdicts=(verdict_of(fact, "abc"),), window=window))

    join = await only(ledger)
    assert (join.source, join.code, join.certainty) == (Source.INVITE, "abc", Certainty.CERTAIN)
    assert (join.inviter_id, join.moderator_id, join.credited_id) == (INVITER, MODERATOR, MODERATOR)
    assert (join.campaign, join.decided_at, join.decided_by) == ("spring", at(5), "counters")
    assert join.window == window


async def test_an_ambiguous_verdict_keeps_its_candidates(ledger: Ledger) -> None:
    """What could have been is kept as it was found, with the reason and without an invite."""
    fact = join_of(1)
    await ledger.record_join(fact)

    said = verdict_of(
        fact,
        None,
        certainty=Certainty.AMBIGUOUS,
        source=Source.UNKNOWN,
        candidates=("abc", "xyz", "~other"),
        reason=Reason.SEVERAL_EXPLANATIONS,
    )
    await ledger.settle(settlement_of(verdicts=(said,)))

    join = await only(ledger)
    assert join.candidates == ("abc", "xyz", "~other")
    assert join.reason is Reason.SEVERAL_EXPLANATIONS
    assert (join.code, join.inviter_id, join.window) == (None, None, None)


async def test_who_added_a_bot_is_kept(ledger: Ledger) -> None:
    """A bot's verdict names who added it."""
    fact = join_of(1)._replace(is_bot=True)
    await ledger.record_join(fact)

    said = verdict_of(fact, None, source=Source.BOT, actor_id=MODERATOR)
    await ledger.settle(settlement_of(verdicts=(said,)))

    assert (await only(ledger)).actor_id == MODERATOR


async def test_a_code_nobody_wrote_down_is_still_named(ledger: Ledger) -> None:
    """A verdict may name a code that the ledger has no invite for."""
    fact = join_of(1)
    await ledger.record_join(fact)

    await ledger.settle(settlement_of(verdicts=(verdict_of(fact, "ghost"),)))

    assert (await only(ledger)).code == "ghost"
    assert (await only(ledger)).inviter_id is None


async def test_a_code_means_the_invite_that_was_there(ledger: Ledger) -> None:
    """Of two invites with one code a join came through the one that existed when it joined."""
    await ledger.record_invite(invite_of("abc", created_at=at(-50), inviter_id=1), at(-50))
    await ledger.record_invite(invite_of("abc", created_at=at(50), inviter_id=2), at(50))
    early, late = join_of(1, 0), join_of(2, 60)
    for fact in (early, late):
        await ledger.record_join(fact)

    await ledger.settle(
        settlement_of(70, verdicts=(verdict_of(early, "abc"), verdict_of(late, "abc")))
    )

    assert [(await only(ledger, member)).inviter_id for member in (1, 2)] == [1, 2]


async def test_a_join_through_the_vanity_code(ledger: Ledger) -> None:
    """The vanity code is written down before the verdict that names it, in one settlement."""
    fact = join_of(1)
    await ledger.record_join(fact)

    await ledger.settle(
        settlement_of(
            verdicts=(verdict_of(fact, "our-place", source=Source.VANITY),),
            baseline=reading_of(vanity=Vanity("our-place", 1)),
        )
    )

    vanity = await ledger.invite(GUILD, "our-place")
    assert vanity is not None
    assert [join.member_id for join in (await ledger.joins_through(vanity.id))[0]] == [1]


async def test_settled_twice_is_settled_once(ledger: Ledger, path: Path) -> None:
    """A settlement that is repeated, because nobody heard that it was written, changes nothing."""
    fact, old, new = join_of(1), invite_of("old", uses=1), invite_of("new", uses=1)
    await ledger.record_join(fact)
    await ledger.settle(settlement_of(baseline=reading_of(old), appeared=(old,)))
    settlement = settlement_of(
        9,
        verdicts=(verdict_of(fact, "new"),),
        window=window_of(Gain(code="new", low=1, high=1)),
        baseline=reading_of(new, vanity=Vanity("v", 3), seconds=9),
        appeared=(new,),
        gone={"old": Ending(at=at(5), reason=EndReason.EXHAUSTED)},
        uses={"new": 1},
    )

    await ledger.settle(settlement)
    once = dump(path)
    await ledger.settle(settlement)

    assert dump(path) == once
    assert [rows_in(path, table) for table in ("verdicts", "windows", "invites")] == [1, 1, 3]


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        pytest.param({}, 1, id="the same"),
        pytest.param({"opened_at": at(-11)}, 2, id="opened"),
        pytest.param({"closed_at": at(1)}, 2, id="closed"),
        pytest.param({"joins": 1}, 2, id="joins"),
        pytest.param({"gap": True}, 2, id="gap"),
        pytest.param({"gains": ()}, 2, id="gains"),
        pytest.param({"unexplained": 1}, 2, id="unexplained"),
    ],
)
async def test_a_window_without_joins_is_kept(
    ledger: Ledger, path: Path, change: dict[str, object], kept: int
) -> None:
    """Uses that no join explains stay with their window; other evidence is another window."""
    window = window_of(Gain(code="abc", low=1, high=1), joins=0)

    await ledger.settle(settlement_of(window=window))
    await ledger.settle(settlement_of(window=window.model_copy(update=change)))

    assert rows_in(path, "windows") == kept


async def test_a_later_verdict_replaces_an_earlier_one_visibly(ledger: Ledger) -> None:
    """What was thought before stays in the history; said again, nothing is added."""
    fact = join_of(1)
    await ledger.record_join(fact)
    unsure = verdict_of(
        fact,
        None,
        certainty=Certainty.AMBIGUOUS,
        source=Source.UNKNOWN,
        candidates=("abc", "~other"),
        reason=Reason.GAP,
    )
    window = window_of(Gain(code="abc", low=0, high=1))

    await ledger.settle(settlement_of(1, verdicts=(unsure,), window=window))
    for seconds in (2, 3):
        await ledger.settle(settlement_of(seconds, verdicts=(verdict_of(fact, "abc"),)))

    join = await only(ledger)
    first, second = await ledger.verdicts(join.id)
    assert (first.certainty, first.candidates) == (Certainty.AMBIGUOUS, ("abc", "~other"))
    assert (first.decided_at, first.reason, first.window) == (at(1), Reason.GAP, window)
    assert (second.certainty, second.code, second.decided_at) == (Certainty.CERTAIN, "abc", at(2))
    assert (join.certainty, join.candidates, join.window) == (Certainty.CERTAIN, (), None)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"certainty": Certainty.UNKNOWN}, id="certainty"),
        pytest.param({"source": Source.VANITY}, id="source"),
        pytest.param({"code": "xyz"}, id="code"),
        pytest.param({"code": None}, id="no code"),
        pytest.param({"actor_id": 5}, id="actor"),
        pytest.param({"candidates": ("a", "b")}, id="candidates"),
        pytest.param({"reason": Reason.GAP}, id="reason"),
    ],
)
async def test_whatever_differs_is_a_new_verdict(ledger: Ledger, change: dict[str, object]) -> None:
    """A verdict that differs in any one respect is appended."""
    fact = join_of(1)
    await ledger.record_join(fact)
    said = verdict_of(fact, "abc")

    await ledger.settle(settlement_of(verdicts=(said,)))
    await ledger.settle(settlement_of(verdicts=(said.model_copy(update=change),)))

    assert len(await ledger.verdicts((await only(ledger)).id)) == 2


@pytest.mark.parametrize(
    ("certainty", "by"),
    [
        pytest.param(Certainty.CONFIRMED, "record", id="the platform's record"),
        pytest.param(Certainty.CORRECTED, str(MODERATOR), id="a moderator"),
    ],
)
async def test_counters_never_overrule(ledger: Ledger, certainty: Certainty, by: str) -> None:
    """What the record or a moderator has said stands, whatever counters say later."""
    fact, other = join_of(1), join_of(2)
    for one in (fact, other):
        await ledger.record_join(one)
    if certainty is Certainty.CONFIRMED:
        await ledger.confirm(
            GUILD, [confirmation_of(fact, None, source=Source.DISCOVERY)], decided_at=NOON
        )
    else:
        await ledger.correct(GUILD, correction_of(None, source=Source.DISCOVERY))

    await ledger.settle(settlement_of(verdicts=(verdict_of(fact, "abc"), verdict_of(other, "abc"))))

    join = await only(ledger)
    assert (join.certainty, join.source, join.decided_by) == (certainty, Source.DISCOVERY, by)
    assert (await only(ledger, 2)).code == "abc"


async def test_a_verdict_on_nobody_refuses_the_settlement(ledger: Ledger) -> None:
    """A verdict on a join that was never written down is refused, with all that came with it."""
    fact = join_of(1)
    await ledger.record_join(fact)
    stranger = verdict_of(join_of(99), "abc")

    with pytest.raises(LedgerRefusedError):
        await ledger.settle(
            settlement_of(
                verdicts=(verdict_of(fact, "abc"), stranger),
                window=window_of(),
                baseline=reading_of(invite_of("abc")),
                appeared=(invite_of("abc"),),
            )
        )

    assert await ledger.pending(GUILD) == [fact]
    assert await ledger.baseline(GUILD) is None
    assert await ledger.invite(GUILD, "abc") is None


async def test_a_verdict_is_on_one_membership(ledger: Ledger) -> None:
    """Of two joins of a member, and of one in another guild, only the named one is decided."""
    first, second = join_of(1, 0), join_of(1, 5)
    for fact in (first, second, join_of(1, 0, guild_id=GUILD + 1)):
        await ledger.record_join(fact)

    await ledger.settle(settlement_of(verdicts=(verdict_of(first, "abc"),)))

    assert await ledger.pending(GUILD) == [second]
    assert len(await ledger.pending(GUILD + 1)) == 1


async def test_a_raid_in_several_statements_is_one_settlement(ledger: Ledger) -> None:
    """More verdicts than one statement takes are all written, each once."""
    facts = [join_of(member_id) for member_id in range(1, 2 * AT_ONCE + 2)]
    await asyncio.gather(*map(ledger.record_join, facts))

    await ledger.settle(settlement_of(verdicts=tuple(verdict_of(fact, "abc") for fact in facts)))

    assert [] == await ledger.pending(GUILD)
    assert len(facts) == (await ledger.joins(GUILD, certainty=Certainty.CERTAIN))[1]
