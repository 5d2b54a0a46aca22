"""The lags that joins show once it is settled through what they came.

Of n joins through one code, in the order in which their events arrived, and the n uses that it
counted meanwhile, in the order in which they were counted, the k-th join and the k-th use are
paired. Who really made which use is not known, but whatever the truth, the greatest lag of these
pairs is not greater than the greatest true one: at least n - k + 1 joins arrived as late as the
k-th, at most n - k uses were counted after the k-th, so one of these joins made one of the first k.

The k-th use was counted before the first reading that shows k uses was answered, and after the last
that shows fewer was asked. So what is said is a lower bound: a lag may have been longer, and that
of the single join shorter.

Nothing is said where a use may be somebody else's: if a code gained more or less than joins are
settled on it, was not there all the time, fell, or may be used by people who belong already; in a
gap, before the first reading, or of replayed events, whose delay is no lag. If one use slipped out
of the window while another slipped in, that cannot be seen. Where uses may be lost, somebody who is
not settled may have come by any code: then all have to be.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from bot.attribution.evidence import BEFORE_US, Arrival, Window
from data.models import Lag, LagSample, Reading, Source

VANITY = Source.VANITY.candidate


def samples(window: Window) -> list[LagSample]:
    """For each settled join that shows something: both lags, in seconds, at least."""
    if window.gap or window.first or len(window.readings) < 2:  # noqa: PLR2004 - two make a gain
        return []
    if not (window.exact or _all_settled(window)):
        return []
    return [
        sample
        for code, arrivals in _settled(window).items()
        if (counts := _counts(code, window.readings)) and counts[-1] == len(arrivals)
        for sample in _shown(sorted(arrivals), counts, window.readings)
    ]


def _all_settled(window: Window) -> bool:
    return all(join.is_bot or join.key in window.fixed for join in window.joins)


def _settled(window: Window) -> Mapping[str, Sequence[float]]:
    """Code → when the joins through it arrived; without codes of which something is not known."""
    joins: defaultdict[str, list[Arrival]] = defaultdict(list)
    for join in window.joins:
        code = window.fixed.get(join.key)
        if code is not None and not join.is_bot:
            joins[code].append(join)
    return {
        code: [join.arrived for join in through]
        for code, through in joins.items()
        if all(join.late_since is None and join.arrived > BEFORE_US for join in through)
    }


def _counts(code: str, readings: Sequence[Reading]) -> list[int] | None:
    """Uses since the first reading, as each reading shows them; None if they prove nothing."""
    shown = [_shown_by(reading, code) for reading in readings]
    steps = pairwise(shown)
    if any(old is None or new is None or old[0] != new[0] or old[1] > new[1] for old, new in steps):
        return None
    uses = [one[1] for one in shown if one is not None]
    return [count - uses[0] for count in uses]


def _shown_by(reading: Reading, code: str) -> tuple[object, int] | None:
    """Which invite stands behind the code, and its uses; None if there is none that proves."""
    if code == VANITY:
        return reading.vanity and (reading.vanity.code, reading.vanity.uses)
    counter = reading.counters.get(code)
    if counter is None or counter.belongs_already:
        return None
    return counter.created_at, counter.uses


def _shown(
    arrivals: Sequence[float], counts: Sequence[int], readings: Sequence[Reading]
) -> Iterator[LagSample]:
    for use, arrived in enumerate(arrivals, 1):
        first = bisect_left(counts, use)
        yield LagSample(Lag.EVENT, max(arrived - readings[first].answered, 0.0))
        yield LagSample(Lag.COUNTER, max(readings[first - 1].asked - arrived, 0.0))
