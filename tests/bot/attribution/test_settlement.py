from datetime import UTC, datetime, timedelta

from bot.attribution import Arrival, Birth, End, Lags, Window, decide
from bot.attribution.settlement import settlement, with_adders
from data.models import (
    Certainty,
    Counter,
    Ending,
    EndReason,
    Invite,
    Reading,
    Settlement,
    Source,
    Vanity,
    Verdict,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)


def invite(code: str, uses: int = 0) -> Invite:
    return Invite(
        guild_id=7,
        code=code,
        channel_id=8,
        inviter_id=9,
        created_at=BEFORE,
        expires_at=None,
        uses=uses,
    )


def reading(at: float, **counters: Counter) -> Reading:
    return Reading(at, at, counters, Vanity(None, 0), int(at * 1000))


def settled(window: Window) -> Settlement:
    last = window.readings[-1] if window.readings else reading(0)
    invites = {code: invite(code, c.uses) for code, c in last.counters.items()}
    return settlement(7, window, decide(window), invites, BEFORE, NOW)


def window(*readings: Reading, **more: object) -> Window:
    joins = [Arrival(1, 10_000, 10)]
    return Window(readings=readings, joins=joins, lags=Lags(2, 1), **more)  # type: ignore[arg-type]


OLD = Counter(0, 0, 0, None)


def test_only_what_changed_is_written() -> None:
    """Of a thousand invites, those that moved, came or went are written, and nothing else."""
    first = reading(0, stays=OLD, moves=OLD, goes=OLD)
    last = reading(12, stays=OLD, moves=OLD._replace(uses=1), comes=OLD)

    change = settled(window(first, last))

    assert {"moves": 1} == change.uses
    assert ["comes"] == [i.code for i in change.appeared]
    assert {"goes"} == set(change.gone)
    assert last == change.baseline


def test_an_exhausted_invite_was_used_to_its_limit() -> None:
    """Totals stay exact: the last use of a limited invite is counted although no list shows it."""
    change = settled(window(reading(0, x=Counter(1, 2, 0, None)), reading(12)))

    assert EndReason.EXHAUSTED is change.gone["x"].reason
    assert {"x": 2} == change.used


def test_who_revoked_stays_with_the_ending() -> None:
    """What was heard of an ending is kept, its moment and its person too."""
    heard = Ending(at=BEFORE, reason=EndReason.REVOKED, by=5, note="spam")

    change = settled(window(reading(0, x=OLD), reading(12), ends={"x": End(9, heard)}))

    assert {"x": heard} == change.gone


def test_an_invite_that_no_reading_showed_has_ended_too() -> None:
    """Created and used up between two readings, it is written down as exhausted."""
    change = settled(
        window(
            reading(0),
            reading(12),
            births={"x": Birth(9, Counter(0, 1, 9_000, None))},
            ends={"x": End(10, Ending(at=BEFORE, reason=EndReason.UNKNOWN))},
        )
    )

    assert EndReason.EXHAUSTED is change.gone["x"].reason


def test_an_invite_created_after_the_last_reading_is_not_gone() -> None:
    """A creation announced after the last reading was asked belongs to the next window."""
    births = {"x": Birth(12.5, Counter(0, 0, 12_500, None))}

    assert {} == settled(window(reading(0), reading(12), births=births)).gone


def test_an_invite_of_the_old_code_is_a_new_one() -> None:
    """A code that came back appears anew, and what happened between is not known."""
    change = settled(
        window(reading(0, x=OLD), reading(12, x=OLD._replace(created_at=5_000, uses=1)))
    )

    assert ["x"] == [i.code for i in change.appeared]
    assert ("x", "~other") == change.verdicts[0].candidates


def test_nothing_happened_needs_no_window() -> None:
    """A reading without joins and gains moves the baseline and leaves no window behind."""
    quiet = Window(readings=[reading(0, x=OLD), reading(12, x=OLD)], joins=[], lags=Lags(2, 1))

    change = settled(quiet)

    assert change.window is None
    assert change.baseline is not None


def test_uses_without_joins_stay_with_their_window() -> None:
    """Uses that nobody joined by are kept as a count of the window they were found in."""
    moved = reading(12, x=OLD._replace(uses=2))
    change = settled(Window(readings=[reading(0, x=OLD), moved], joins=[], lags=Lags(2, 1)))

    assert change.window is not None
    assert (0, 2) == (change.window.joins, change.window.unexplained)


def test_without_a_reading_the_baseline_stays() -> None:
    """No answer moves no baseline."""
    change = settled(window())

    assert change.baseline is None
    assert change.window is None


def test_who_added_a_bot_is_named() -> None:
    """The verdict of a bot's arrival carries who the audit log says added it."""
    said = Verdict(member_id=3, joined_at=1, certainty=Certainty.CERTAIN, source=Source.BOT)
    other = said.model_copy(update={"member_id": 4})

    assert [5, None] == [v.actor_id for v in with_adders((said, other), {3: 5})]
