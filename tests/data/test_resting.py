import pytest

from data.ledger import Ledger
from data.models import Certainty, JoinFact, Reason, Source, Verdict
from tests.data.samples import (
    GUILD,
    MODERATOR,
    at,
    confirmation_of,
    correction_of,
    join_of,
    settlement_of,
    verdict_of,
    window_of,
)

ONE, TWO, THREE = (join_of(member_id, member_id / 10) for member_id in (1, 2, 3))
"""They joined at once; the ids of their joins are those of the members."""
WINDOW = window_of(seconds=5, joins=3)
OPEN = ("abc", "def", "ghi")


def unsure(fact: JoinFact, *candidates: str) -> Verdict:
    return verdict_of(
        fact,
        None,
        certainty=Certainty.AMBIGUOUS,
        candidates=candidates or OPEN,
        reason=Reason.SEVERAL_EXPLANATIONS,
    )


async def say(ledger: Ledger, seconds: float, *verdicts: Verdict) -> None:
    await ledger.settle(settlement_of(seconds, verdicts=verdicts, window=WINDOW))


async def correct(ledger: Ledger, join_id: int, code: str, seconds: float, by: int = 5) -> None:
    word = correction_of(code, seconds, join_id=join_id, moderator_id=by)
    assert await ledger.correct(GUILD, word) is not None


async def undo(ledger: Ledger, join_id: int, seconds: float) -> None:
    assert await ledger.undo(GUILD, join_id, MODERATOR, at(seconds)) is not None


async def told(ledger: Ledger, member_id: int) -> str:
    """Through what somebody came by the verdict that stands, or how much is open."""
    [join] = await ledger.joins_of(GUILD, member_id)
    return join.code or " ".join(join.candidates) or join.certainty


@pytest.fixture
async def three(ledger: Ledger) -> Ledger:
    """Three people came at once, by three codes; nobody knows who by which."""
    for fact in (ONE, TWO, THREE):
        await ledger.record_join(fact)
    await say(ledger, 5, *map(unsure, (ONE, TWO, THREE)))
    return ledger


async def test_what_rested_on_a_word_goes_with_it(three: Ledger) -> None:
    """Taken back, the word leaves the neighbours where counters had left them before it."""
    before = (await three.joins_of(GUILD, 2))[0]
    await correct(three, 1, "abc", 60)
    await say(three, 61, unsure(TWO, "def", "ghi"), unsure(THREE, "def", "ghi"))

    await undo(three, 1, 90)

    assert [" ".join(OPEN)] * 3 == [await told(three, member_id) for member_id in (1, 2, 3)]
    after = (await three.joins_of(GUILD, 2))[0]
    assert before == after.model_copy(update={"decided_at": before.decided_at})
    history = [entry.candidates for entry in await three.verdicts(2)]
    assert [OPEN, ("def", "ghi"), OPEN] == history


async def test_told_twice_it_goes_once(three: Ledger) -> None:
    """The same undoing again writes nothing more."""
    await correct(three, 1, "abc", 60)
    await say(three, 61, unsure(TWO, "def", "ghi"))
    for _ in range(2):
        await undo(three, 1, 90)

    assert 3 == len(await three.verdicts(2))


async def test_what_others_said_stays(three: Ledger) -> None:
    """The record and moderators do not rest on anybody else's word."""
    await correct(three, 1, "abc", 60)
    await three.confirm(GUILD, [confirmation_of(TWO, "def")], at(61))
    await correct(three, 3, "ghi", 62)

    await undo(three, 1, 90)

    assert ["def", "ghi"] == [await told(three, member_id) for member_id in (2, 3)]


async def test_another_window_stays(three: Ledger) -> None:
    """Who came a moment later was decided by other counts."""
    later = join_of(4, 8)
    await three.record_join(later)
    await correct(three, 1, "abc", 60)
    window = window_of(seconds=15)
    await three.settle(settlement_of(61, verdicts=(verdict_of(later, "xyz"),), window=window))

    await undo(three, 1, 90)

    assert "xyz" == await told(three, 4)


async def test_a_word_on_another_window_counts_there(three: Ledger) -> None:
    """What was taken back of somebody who came a moment later changes nothing here."""
    later = join_of(4, 8)
    await three.record_join(later)
    await correct(three, 4, "xyz", 30)
    await undo(three, 4, 31)
    await say(three, 32, unsure(TWO, "def", "ghi"))
    await correct(three, 1, "abc", 60)
    await say(three, 61, verdict_of(TWO, "def"))

    await undo(three, 1, 90)

    assert "def ghi" == await told(three, 2)


async def test_a_window_with_a_gap_is_known_by_its_verdicts(ledger: Ledger) -> None:
    """When its people arrived says nothing there, for they may have been found later."""
    window = WINDOW.model_copy(update={"gap": True})
    for fact in (ONE, TWO):
        await ledger.record_join(fact)
    both = (unsure(ONE), unsure(TWO))
    await ledger.settle(settlement_of(5, verdicts=both, window=window))
    await correct(ledger, 1, "abc", 60)
    one = (unsure(TWO, "def", "ghi"),)
    await ledger.settle(settlement_of(61, verdicts=one, window=window))

    await undo(ledger, 1, 90)

    assert " ".join(OPEN) == await told(ledger, 2)


async def test_decided_after_the_word(ledger: Ledger) -> None:
    """Who was never decided without it is unknown then: nobody can tell what remains."""
    for fact in (ONE, TWO):
        await ledger.record_join(fact)
    await correct(ledger, 1, "abc", 1)
    await say(ledger, 5, verdict_of(TWO, "def"))

    await undo(ledger, 1, 90)

    assert Certainty.UNKNOWN == await told(ledger, 2)
    [join] = await ledger.joins_of(GUILD, 2)
    assert (Source.UNKNOWN, WINDOW) == (join.source, join.window)


async def test_left_out_of_its_window(ledger: Ledger) -> None:
    """Corrected before its window was decided and taken back after, a join is unknown, with what
    was seen; whatever is decided stays.
    """
    for fact in (ONE, TWO):
        await ledger.record_join(fact)
    await correct(ledger, 1, "abc", 1)
    await say(ledger, 5, verdict_of(TWO, "def"))
    await undo(ledger, 1, 90)

    for join_id in (1, 1, 2):
        await ledger.leave_open(GUILD, join_id, at(91))

    [join] = await ledger.joins_of(GUILD, 1)
    assert (Certainty.UNKNOWN, None, WINDOW) == (join.certainty, join.reason, join.window)
    assert [3, 2] == [len(await ledger.verdicts(join_id)) for join_id in (1, 2)]


async def test_of_no_window_at_all(ledger: Ledger) -> None:
    """Nothing was seen of a join that came in no window: it is unknown all the same."""
    await ledger.record_join(ONE)

    await ledger.leave_open(GUILD, 1, at(91))

    [join] = await ledger.joins_of(GUILD, 1)
    assert (Certainty.UNKNOWN, None) == (join.certainty, join.window)


async def test_a_word_that_another_replaces(three: Ledger) -> None:
    """Corrected otherwise, the first word supports nothing; said again by another, it does."""
    await correct(three, 1, "abc", 60)
    await say(three, 61, unsure(TWO, "def", "ghi"))

    await correct(three, 1, "abc", 70, by=6)
    assert "def ghi" == await told(three, 2)
    await correct(three, 1, "def", 80)
    assert " ".join(OPEN) == await told(three, 2)


async def test_of_two_words_one_is_taken_back(three: Ledger) -> None:
    """What rests on the one that stands remains; then that goes, too."""
    await correct(three, 1, "abc", 60)
    await say(three, 61, unsure(TWO, "def", "ghi"), unsure(THREE, "def", "ghi"))
    await correct(three, 3, "ghi", 70)
    await say(three, 71, verdict_of(TWO, "def"))

    await undo(three, 3, 90)
    assert ["def ghi"] * 2 == [await told(three, member_id) for member_id in (2, 3)]
    await undo(three, 1, 91)
    assert [" ".join(OPEN)] * 3 == [await told(three, member_id) for member_id in (1, 2, 3)]


async def test_a_bot_rests_on_nothing(ledger: Ledger) -> None:
    """Who added a bot has nothing to do with who came by an invite."""
    await ledger.record_join(ONE)
    await ledger.record_join(TWO._replace(is_bot=True))
    await correct(ledger, 1, "abc", 1)
    await say(ledger, 5, verdict_of(TWO, None, source=Source.BOT))

    await undo(ledger, 1, 90)

    [join] = await ledger.joins_of(GUILD, 2)
    assert Source.BOT is join.source
