"""Who can have come through what: joins with the same options as one, and what hangs together."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.attribution.bounds import Capacity
from bot.attribution.evidence import BEFORE_US, Window
from data.models import Source

VANITY = Source.VANITY.candidate

NEVER_OVER = float("inf")

Bundle = Sequence[int]
"""Positions of the capacities of one stretch of time: whoever fits one of them fits them all."""


class Group(NamedTuple):
    """Joins with the same options."""

    joins: Sequence[int]
    """Positions in the window."""
    bundles: Sequence[int]
    """Stretches of time: they can have come through any capacity of these."""
    capacities: Sequence[int]
    """Those of the code on which they are settled."""
    settled: bool
    otherwise: bool
    """Whether it may be that no capacity explains them."""
    before_us: bool
    """Whether they may have been counted before all that we know."""


class Part(NamedTuple):
    """Joins and capacities that edges connect: what has to be explained together."""

    groups: list[Group]
    capacities: list[int]


class Grouped(NamedTuple):
    groups: list[Group]
    bundles: Sequence[Bundle]


class _Alike(NamedTuple):
    """All that sets a join apart from others; times are those of the capacities nearest to it."""

    last_begin: float
    """The latest at which a capacity can have begun to explain it."""
    first_end: float
    """The earliest at which one can have ended."""
    settled: str | None
    outside: bool
    """Whether they may have been counted before the first reading, or after the last."""
    before_us: bool


class _Capacities:
    """The capacities, to be found by time and by code.

    Most of them share a few stretches of time, those between two readings.
    """

    def __init__(self, found: Sequence[Capacity], window: Window) -> None:
        self._found = found
        self._window = window
        self._of_code: defaultdict[str, list[int]] = defaultdict(list)
        stretches: defaultdict[tuple[float, float], list[int]] = defaultdict(list)
        for position, capacity in enumerate(found):
            stretches[capacity.since, capacity.until].append(position)
            self._of_code[capacity.code].append(position)
        self._stretches = list(stretches)
        self.bundles = list(stretches.values())
        self._begins = sorted({BEFORE_US, *(since for since, _ in stretches)})
        self._ends = sorted({*(until for _, until in stretches), NEVER_OVER})

    def alike(self, window: Window) -> dict[_Alike, list[int]]:
        """Joins that a use of the window explains, by what sets them apart."""
        event, counter = window.lags
        begin, end = _inside(window)
        joins: defaultdict[_Alike, list[int]] = defaultdict(list)
        for position, join in enumerate(window.joins):
            settled = window.fixed.get(join.key)
            if join.is_bot or (settled is not None and leaves_no_count(settled)):
                continue
            since, until = join.due - event, join.arrived + counter
            before_us = join.late_since == BEFORE_US or (window.first and since < begin)
            last_begin = self._begins[bisect_right(self._begins, until) - 1]
            first_end = self._ends[bisect_left(self._ends, since)]
            outside = before_us or since < begin or until > end
            joins[_Alike(last_begin, first_end, settled, outside, before_us)].append(position)
        return joins

    def group(self, alike: _Alike, joins: Sequence[int]) -> Group:
        if alike.settled is None:
            return Group(joins, self._by_time(alike), (), False, True, alike.before_us)
        otherwise = alike.outside or self._hidden(alike.settled)
        own = self._by_code(alike.settled, alike)
        return Group(joins, (), own, True, otherwise, alike.before_us)

    def _by_time(self, alike: _Alike) -> list[int]:
        return [
            bundle
            for bundle, (since, until) in enumerate(self._stretches)
            if since <= alike.last_begin and until >= alike.first_end
        ]

    def _by_code(self, code: str, alike: _Alike) -> list[int]:
        return [
            position
            for position in self._of_code.get(code, ())
            if self._found[position].since <= alike.last_begin
            and self._found[position].until >= alike.first_end
        ]

    def _hidden(self, code: str) -> bool:
        """Whether a code may have come and gone without a trace."""
        shown = any(code in reading.counters for reading in self._window.readings)
        return not (self._window.sees_invites or shown or code == VANITY)


def _inside(window: Window) -> tuple[float, float]:
    """Between these moments every use shows as a gain."""
    if not window.readings:
        return NEVER_OVER, BEFORE_US
    return window.readings[0].answered, window.readings[-1].asked


def leaves_no_count(settled: str) -> bool:
    return settled.startswith("~") and settled != VANITY


def grouped(found: Sequence[Capacity], window: Window) -> Grouped | None:
    """Joins with the same options; None if somebody who is settled is left without any."""
    capacities = _Capacities(found, window)
    # Whoever has to choose first comes first: then hardly a choice has to be changed later.
    in_order = sorted(capacities.alike(window).items(), key=_urgency)
    groups = [capacities.group(alike, joins) for alike, joins in in_order]
    if not all(group.otherwise or group.capacities for group in groups):
        return None
    return Grouped(groups, capacities.bundles)


def _urgency(group: tuple[_Alike, list[int]]) -> tuple[float, float, bool]:
    alike, _ = group
    return alike.last_begin, alike.first_end, alike.settled is None


def parts(groups: Iterable[Group], bundles: Sequence[Bundle], count: int) -> list[Part]:
    """Split the window where no edge connects; who or what fits nothing is a part of its own."""
    edges = [(group, _some(group, bundles)) for group in groups]
    part_of: dict[int, Part] = {}
    for positions in _connected(edges, bundles, count):
        part_of |= dict.fromkeys(positions, Part([], sorted(positions)))
    apart = []
    for group, some in edges:
        if some:
            part_of[some[0]].groups.append(group)
        else:
            apart.append(Part([group], []))
    return [*{id(part): part for part in part_of.values()}.values(), *apart]


def _some(group: Group, bundles: Sequence[Bundle]) -> list[int]:
    """The capacities that a group fits: of each bundle one, which is connected to the others."""
    return [*group.capacities, *(bundles[bundle][0] for bundle in group.bundles)]


def _connected(
    edges: Sequence[tuple[Group, list[int]]], bundles: Sequence[Bundle], count: int
) -> list[set[int]]:
    """Merge capacities that a join may have to choose between."""
    part_of = {position: {position} for position in range(count)}
    offered = {bundle for group, _ in edges for bundle in group.bundles}
    for together in [*(bundles[bundle] for bundle in offered), *(some for _, some in edges)]:
        for one, other in pairwise(together):
            small, large = sorted((part_of[one], part_of[other]), key=len)
            if small is not large:
                large |= small
                part_of.update(dict.fromkeys(small, large))
    return list({id(part): part for part in part_of.values()}.values())
