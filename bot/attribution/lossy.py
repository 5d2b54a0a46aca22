"""What each code gained where the platform may lose uses: lower bounds, and nothing more.

Such a platform reads a counter when somebody comes, and somewhat later sets it to one more than it
had read. Of people who come at once each may set what another has just set: a use is lost. Somebody
slow may set it back to what it was long ago, and then somebody else far forward again. So a counter
that stands still was not unused, and one that rises by four was not used four times just before.

What holds all the same, where each join is read and set within its own lags:

1. A counter that two readings show differently was set between them: by one join at least.
2. Nobody sets it higher than one above the highest value that it ever had. After a quiet reading,
   one that no join is on its way across, only what this reading shows is read and set. As far as a
   later reading is above it, as many joins were counted since then, at least.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from bot.attribution.bounds import Capacity
from bot.attribution.endings import created_since, last_moment
from bot.attribution.evidence import Window
from data.models import Counter, Reading, Source

VANITY = Source.VANITY.candidate

Stretch = tuple[float, float]
"""Since when and until when something was counted, on our monotonic clock."""

Life = list[tuple[int, Counter]]
"""One invite in the readings that show it, by their positions, in a row."""


class _Shown(NamedTuple):
    """What one moment shows of a counter."""

    asked: float
    answered: float
    uses: int
    quiet: bool
    """Whether no join was on its way between reading the counter and setting it."""


def lower_bounds(window: Window) -> Iterator[Capacity]:
    """The capacities of all codes that the readings show, none with an upper bound."""
    if len(window.readings) < 2:  # noqa: PLR2004 - a gain is between two
        return
    quiet = _quiet(window)
    for code in {code: None for reading in window.readings for code in reading.counters}:
        for life in _lives(code, window.readings):
            yield from _gained(code, life, window, quiet)
    yield from _vanity(window.readings, quiet)


def _quiet(window: Window) -> list[bool]:
    """Of each reading whether no join of the window was on its way across it."""
    event, counter = window.lags
    joins = [join for join in window.joins if not join.is_bot]
    begun = sorted(join.due - event for join in joins)
    over = sorted(join.arrived + counter for join in joins)
    return [
        bisect_right(begun, reading.answered) == bisect_right(over, reading.asked)
        for reading in window.readings
    ]


def _lives(code: str, readings: Sequence[Reading]) -> Iterator[Life]:
    """Several, if it ended and came back as another invite."""
    life: Life = []
    for position, reading in enumerate(readings):
        counter = reading.counters.get(code)
        if life and (counter is None or counter.created_at != life[-1][1].created_at):
            yield life
            life = []
        if counter is not None:
            life.append((position, counter))
    if life:
        yield life


def _gained(code: str, life: Life, window: Window, quiet: Sequence[bool]) -> Iterator[Capacity]:
    readings = window.readings
    (first, counter), last = life[0], life[-1][0]
    before, after = readings[max(first - 1, 0)], readings[min(last + 1, len(readings) - 1)]
    gone = code not in after.counters
    until = last_moment(window.ends.get(code), after) if gone else after.answered
    shown = [_Shown(readings[i].asked, readings[i].answered, one.uses, quiet[i]) for i, one in life]
    if first and (code in window.births or created_since(counter, before)):
        shown.insert(0, _Shown(before.asked, before.asked, 0, quiet=True))
    rises = {} if counter.belongs_already else _rises(shown)
    yield from _bounded(code, (before.asked, until), rises)


def _vanity(readings: Sequence[Reading], quiet: Sequence[bool]) -> Iterator[Capacity]:
    """A reading without an answer proves nothing; without a code nobody can have come by it."""
    known = [
        (one.vanity, _Shown(one.asked, one.answered, one.vanity.uses, calm))
        for one, calm in zip(readings, quiet, strict=True)
        if one.vanity is not None
    ]
    if len(known) == len(readings) and all(vanity.code is None for vanity, _ in known):
        return
    rises: defaultdict[Stretch, int] = defaultdict(int)
    for code, same in groupby(known, lambda one: one[0].code):
        if code is not None:
            rises |= _rises([shown for _, shown in same])
    yield from _bounded(VANITY, (readings[0].asked, readings[-1].answered), rises)


def _rises(shown: Sequence[_Shown]) -> dict[Stretch, int]:
    """How many joins each stretch must have, beyond those that stretches within it have."""
    rises: defaultdict[Stretch, int] = defaultdict(int)
    start: _Shown | None = None
    said = 0
    for before, after in pairwise(shown):
        if before.quiet:
            start, said = before, 0
        if before.uses != after.uses:
            rises[before.asked, after.answered] += 1
            said += 1
        more = after.uses - start.uses - said if start else 0
        if start and more > 0:
            rises[start.asked, after.answered] += more
            said += more
    return rises


def _bounded(code: str, life: Stretch, rises: Mapping[Stretch, int]) -> Iterator[Capacity]:
    """What it must have gained in which stretch; it may have gained more in all its life."""
    for (since, until), low in {life: 0, **rises}.items():
        yield Capacity(code, since, until, low, None)
