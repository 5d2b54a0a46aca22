import pytest

from data.ledger import Ledger
from data.models import Accuracy, Certainty, Source, Verdict
from tests.data.samples import (
    GUILD,
    MODERATOR,
    at,
    confirmation_of,
    correction_of,
    invite_of,
    join_of,
    settlement_of,
    verdict_of,
)

FACT = join_of(1)
A = verdict_of(FACT, "a")
VANITY = verdict_of(FACT, "home", source=Source.VANITY)
ELSE = verdict_of(FACT, None, source=Source.OTHER)
A_OR_B = verdict_of(FACT, None, certainty=Certainty.AMBIGUOUS, candidates=("aa", "b", "~other"))
A_OR_HOME = verdict_of(FACT, None, certainty=Certainty.AMBIGUOUS, candidates=("a", "~vanity"))
A_OR_UNSEEN = verdict_of(FACT, None, certainty=Certainty.AMBIGUOUS, candidates=("a", "~unknown"))
NOTHING = verdict_of(FACT, None, certainty=Certainty.UNKNOWN, source=Source.UNKNOWN)


async def figures(ledger: Ledger) -> dict[str, tuple[int, int, int]]:
    """Joins, right and wrong for each certainty of counters that has any."""
    return {
        one.certainty: (one.joins, one.right, one.wrong)
        for one in await ledger.accuracy(GUILD)
        if one.joins and one.certainty is not Certainty.CONFIRMED
    }


async def of_the_record(ledger: Ledger) -> tuple[int, int, int]:
    """Joins that the record named, right and wrong."""
    [one] = [one for one in await ledger.accuracy(GUILD) if one.certainty is Certainty.CONFIRMED]
    return one.joins, one.right, one.wrong


async def settle(ledger: Ledger, *verdicts: Verdict, seconds: float = 5) -> None:
    await ledger.settle(settlement_of(seconds, verdicts=verdicts))


async def confirm(ledger: Ledger, code: str | None, seconds: float = 20, **what: object) -> None:
    await ledger.confirm(GUILD, [confirmation_of(FACT, code, **what)], at(seconds))


@pytest.fixture
async def joined(ledger: Ledger) -> Ledger:
    """Member 1 joined, as join 1."""
    await ledger.record_join(FACT)
    return ledger


RIGHT, WRONG, NEITHER = (1, 1, 0), (1, 0, 1), (1, 0, 0)


@pytest.mark.parametrize(
    ("said", "source", "code", "expected"),
    [
        pytest.param(A, Source.INVITE, "a", RIGHT, id="this invite"),
        pytest.param(A, Source.INVITE, "b", WRONG, id="another invite"),
        pytest.param(A, Source.INVITE, None, NEITHER, id="some invite"),
        pytest.param(A, Source.VANITY, "a", WRONG, id="an invite, and it was the vanity URL"),
        pytest.param(A, Source.HUB, "a", WRONG, id="an invite, and it was none"),
        pytest.param(A, Source.MANUAL, "a", RIGHT, id="an invite, and a moderator let them in"),
        pytest.param(A, Source.UNKNOWN, None, NEITHER, id="a record that knows nothing"),
        pytest.param(VANITY, Source.VANITY, None, RIGHT, id="the vanity URL"),
        pytest.param(VANITY, Source.INVITE, "home", WRONG, id="a vanity URL, and it was none"),
        pytest.param(ELSE, Source.DISCOVERY, None, RIGHT, id="another way"),
        pytest.param(ELSE, Source.MANUAL, "a", RIGHT, id="another way, by a moderator"),
        pytest.param(ELSE, Source.INVITE, "a", WRONG, id="another way, and it was an invite"),
        pytest.param(A_OR_B, Source.INVITE, "b", RIGHT, id="among the candidates"),
        pytest.param(A_OR_B, Source.INVITE, "a", WRONG, id="part of a candidate is none"),
        pytest.param(A_OR_B, Source.LOBBY, None, RIGHT, id="another way among the candidates"),
        pytest.param(A_OR_B, Source.VANITY, None, WRONG, id="not among the candidates"),
        pytest.param(A_OR_HOME, Source.VANITY, None, RIGHT, id="the vanity URL among them"),
        pytest.param(A_OR_HOME, Source.OAUTH, None, WRONG, id="another way not among them"),
        pytest.param(A_OR_UNSEEN, Source.INVITE, "z", RIGHT, id="a way that nobody could see"),
        pytest.param(NOTHING, Source.INVITE, "a", NEITHER, id="nothing was said"),
    ],
)
async def test_a_verdict_is_compared_with_what_was_true(
    joined: Ledger, said: Verdict, source: Source, code: str | None, expected: tuple[int, int, int]
) -> None:
    """A verdict was right if it named the truth or had it among the candidates, whoever tells."""
    await settle(joined, said)
    await confirm(joined, code, source=source)
    by_the_record = await figures(joined)
    await joined.correct(GUILD, correction_of(code, source=source))

    assert by_the_record == {said.certainty: expected}
    assert await figures(joined) == by_the_record


@pytest.mark.parametrize(
    ("record", "moderator", "expected"),
    [
        pytest.param((Source.INVITE, "a"), (Source.INVITE, "a"), RIGHT, id="the same invite"),
        pytest.param((Source.INVITE, "a"), (Source.INVITE, "b"), WRONG, id="another invite"),
        pytest.param((Source.HUB, None), (Source.HUB, None), RIGHT, id="the same way"),
        pytest.param((Source.HUB, None), (Source.LOBBY, None), WRONG, id="another way"),
        pytest.param((Source.VANITY, None), (Source.VANITY, None), RIGHT, id="the vanity URL"),
        pytest.param((Source.INVITE, "a"), (Source.VANITY, None), WRONG, id="no invite"),
        pytest.param((Source.INVITE, "a"), (Source.UNKNOWN, None), NEITHER, id="no name for it"),
    ],
)
async def test_a_moderator_judges_the_record(
    joined: Ledger,
    record: tuple[Source, str | None],
    moderator: tuple[Source, str | None],
    expected: tuple[int, int, int],
) -> None:
    """What the record had confirmed is right until a moderator knows better."""
    await confirm(joined, record[1], source=record[0])
    undisputed = await of_the_record(joined)
    await joined.correct(GUILD, correction_of(moderator[1], source=moderator[0]))

    assert undisputed == RIGHT
    assert await of_the_record(joined) == expected


async def test_a_guild_without_truths_has_no_figures(joined: Ledger) -> None:
    """Every certainty that can be wrong is there, with nothing counted until more is known."""
    await settle(joined, A)

    assert await joined.accuracy(GUILD) == [
        Accuracy(certainty=Certainty.CONFIRMED),
        Accuracy(certainty=Certainty.CERTAIN),
        Accuracy(certainty=Certainty.AMBIGUOUS),
        Accuracy(certainty=Certainty.UNKNOWN),
    ]


async def test_each_certainty_is_counted_by_itself(ledger: Ledger) -> None:
    """Figures add up per certainty and per guild."""
    said = [A, A, A_OR_B, A_OR_B, A_OR_B, NOTHING]
    facts = [join_of(member) for member in range(1, len(said) + 1)]
    for fact, verdict in zip(facts, said, strict=True):
        await ledger.record_join(fact)
        await settle(ledger, verdict.model_copy(update={"member_id": fact.member_id}))
    await ledger.confirm(
        GUILD,
        [confirmation_of(fact, code) for fact, code in zip(facts, "abbbab", strict=True)],
        at(20),
    )
    stranger = join_of(1, guild_id=GUILD + 1)
    await ledger.record_join(stranger)
    await ledger.settle(settlement_of(verdicts=(A,)).model_copy(update={"guild_id": GUILD + 1}))
    await ledger.confirm(GUILD + 1, [confirmation_of(stranger, "a")], at(20))

    assert await figures(ledger) == {
        "certain": (2, 1, 1),
        "ambiguous": (3, 2, 1),
        "unknown": NEITHER,
    }


async def test_each_certainty_counts_once(joined: Ledger) -> None:
    """A later verdict does not hide what an earlier one had said."""
    await settle(joined, A_OR_B)
    await settle(joined, A, seconds=6)
    await confirm(joined, "a")

    assert await figures(joined) == {"certain": RIGHT, "ambiguous": WRONG}


async def test_what_was_never_said_is_not_judged(joined: Ledger) -> None:
    """A join of which the truth came first says nothing about counters."""
    await confirm(joined, "a")
    await settle(joined, A)

    assert await figures(joined) == {}


async def test_the_latest_truth_judges(joined: Ledger) -> None:
    """A record that was wrong, and a moderator who knows better, turn the judgement."""
    await settle(joined, A)
    await confirm(joined, "b")
    await confirm(joined, "c", 30)
    assert await figures(joined) == {"certain": WRONG}

    await joined.correct(GUILD, correction_of("a"))

    assert await figures(joined) == {"certain": RIGHT}
    assert await of_the_record(joined) == WRONG


async def test_a_correction_taken_back_was_no_truth(joined: Ledger) -> None:
    """An undone correction judges nothing, and what counters say afterwards counts."""
    await settle(joined, A)
    await joined.correct(GUILD, correction_of("b"))
    await joined.undo(GUILD, 1, MODERATOR, at(61))
    assert await figures(joined) == {}

    await settle(joined, A_OR_B, seconds=62)
    await confirm(joined, "b", 70)

    assert await figures(joined) == {"ambiguous": RIGHT, "certain": WRONG}


async def test_a_correction_that_came_back_and_went_was_no_truth(joined: Ledger) -> None:
    """Neither of two corrections that were taken back one by one judges anything."""
    await settle(joined, A)
    for seconds, code in ((60, "x"), (61, "y")):
        await joined.correct(GUILD, correction_of(code, seconds))
    for seconds in (62, 63):
        await joined.undo(GUILD, 1, MODERATOR, at(seconds))

    await settle(joined, A_OR_B, seconds=64)
    await confirm(joined, "b", 70)

    assert await figures(joined) == {"ambiguous": RIGHT, "certain": WRONG}


async def test_bots_are_not_counted(ledger: Ledger) -> None:
    """Of a bot nothing had to be found out, so that it makes no figure better."""
    bot = FACT._replace(is_bot=True)
    await ledger.record_join(bot)
    await settle(ledger, verdict_of(bot, None, source=Source.BOT))
    await confirm(ledger, None, source=Source.BOT)

    assert await figures(ledger) == {}


async def test_an_invite_that_was_known_is_none_that_could_not_be_seen(joined: Ledger) -> None:
    """Whoever says "an invite that I could not see" was wrong about one that the ledger had."""
    await joined.record_invite(invite_of("seen"), at(1))
    await settle(joined, A_OR_UNSEEN, seconds=5)
    await confirm(joined, "seen", 70)

    assert await figures(joined) == {"ambiguous": WRONG}
