"""What the platform's record has shown of the lags, in words for an operator. Pure."""

from collections.abc import Iterator, Sequence

from bot.attribution import Lags
from data.models import Lag, LagCount

_NOTHING = (
    "Nothing has been measured yet: that needs joins which the platform's record has confirmed."
)
_ABOUT = {
    Lag.EVENT: "A, event after use (USHER_EVENT_LAG",
    Lag.COUNTER: "C, use after event (USHER_COUNTER_LAG",
}


def report(counts: Sequence[LagCount], lags: Lags) -> Iterator[str]:
    """One line for each size that a lag was seen to have, and whether that contradicts the setting.

    What is seen is the least that a confirmed join proves: readings lie apart, so the lag itself
    may have been longer, never shorter.
    """
    if not counts:
        yield _NOTHING
        return
    for lag, limit in zip(Lag, lags, strict=True):
        sizes = sorted((each.seconds, each.joins) for each in counts if each.lag is lag)
        total = sum(joins for _, joins in sizes)
        yield f"{_ABOUT[lag]} = {limit:g} s): {total} confirmed joins"
        yield from (f"  up to {seconds:>6g} s  {joins:>8}" for seconds, joins in sizes)
        yield f"  {_verdict(sizes, limit)}"


def _verdict(sizes: Sequence[tuple[float, int]], limit: float) -> str:
    over = sum(joins for seconds, joins in sizes if seconds > limit)
    if not over:
        return "Nothing seen contradicts it."
    were = "was" if over == 1 else "were"
    return f"{over} of them {were} later than that, or nearly: raise the setting."
