"""What an operator reads about the lags."""

from bot.attribution import Lags
from bot.lag_report import report
from data.models import Lag, LagCount

LAGS = Lags(event=2.0, counter=1.0)


def counted(lag: Lag, seconds: float, joins: int) -> LagCount:
    return LagCount(lag=lag, seconds=seconds, joins=joins)


def test_nothing_measured() -> None:
    """It says what is needed, and claims nothing."""
    [line] = report([], LAGS)

    assert "Nothing has been measured yet" in line


def test_lags_that_hold() -> None:
    """Each size with its joins, the smallest first, and that none contradicts the settings."""
    counts = [counted(Lag.EVENT, 2, 1), counted(Lag.EVENT, 0, 41), counted(Lag.COUNTER, 0.5, 7)]

    assert [
        "A, event after use (USHER_EVENT_LAG = 2 s): 42 confirmed joins",
        "  up to      0 s        41",
        "  up to      2 s         1",
        "  Nothing seen contradicts it.",
        "C, use after event (USHER_COUNTER_LAG = 1 s): 7 confirmed joins",
        "  up to    0.5 s         7",
        "  Nothing seen contradicts it.",
    ] == list(report(counts, LAGS))


def test_a_lag_that_is_too_short() -> None:
    """It says for how many, and which setting is theirs."""
    lines = list(report([counted(Lag.EVENT, 3, 2), counted(Lag.COUNTER, 1, 9)], LAGS))

    assert "  2 of them were later than that, or nearly: raise the setting." == lines[2]
    assert "  Nothing seen contradicts it." == lines[-1]
