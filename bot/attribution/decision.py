"""A window decided: a verdict for every join, what every code gained, and what was left over."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.attribution.bounds import UNSEEN, Bounds, Capacity
from bot.attribution.capacities import capacities
from bot.attribution.endings import DATE_STEP_MS
from bot.attribution.evidence import BEFORE_US, Arrival, Window
from bot.attribution.grouping import Bundle, Group, Part, grouped, parts
from bot.attribution.solver import Choice, explainable
from bot.attribution.verdicts import OTHER, UNKNOWN, VANITY, Answer, bot_verdict, same_of, verdict
from data.models import Gain, Reason, Verdict

ELSEWHERE = -1
"""Stands for all other sources among the positions of capacities."""


class Decision(NamedTuple):
    verdicts: tuple[Verdict, ...]
    """In the order of the joins."""
    gains: tuple[Gain, ...]
    unexplained: int
    """Uses that no join of the window accounts for."""
    unmet: int
    """Joins that no use accounts for: a later reading may still explain them."""


class _Case(NamedTuple):
    """A window, and what was found in it."""

    window: Window
    found: Sequence[Capacity]
    groups: Sequence[Group]
    bundles: Sequence[Bundle]


def decide(window: Window) -> Decision:
    """Say of every join what the evidence admits.

    A join is certain if every assignment of joins to uses gives it the same source; otherwise its
    candidates are exactly the sources that some assignment gives it (attribution.md, rule 2).
    """
    case = _case(_aged(window))
    connected = parts(case.groups, case.bundles, len(case.found))
    left_over = [_left_over(part, case.found) for part in connected]
    answers = [answer for part in connected for answer in _explain(part, case)]
    return Decision(
        verdicts=_verdicts(answers, case.window, settled=window.fixed.keys()),
        gains=_gains(case),
        unexplained=sum(uses for uses in left_over if uses > 0),
        unmet=-sum(uses for uses in left_over if uses < 0),
    )


def contradicts(window: Window) -> bool:
    """Whether what is settled contradicts the lags: somebody's use is not where they allow it.

    Where something was missed, it says nothing: the use may be among what was.
    """
    aged = _aged(window)
    return window.gap is None and grouped(capacities(aged), aged) is None


def _aged(window: Window) -> Window:
    """Mark joins that are older, by the platform's clock, than a reading their event came after.

    Their event was told again, or was stuck in a broken connection: their use may be in that
    reading already, and before all that we know if it is the first.
    """
    if not window.readings:
        return window
    joins = [_overtaken(_before_the_first(join, window), window) for join in window.joins]
    return window._replace(joins=joins)


def _before_the_first(join: Arrival, window: Window) -> Arrival:
    """The platform's time of a reading is the whole second: within it, a join may be older.

    Whoever came after the window closed arrived `lags.event` after it; a replay tells nothing.
    """
    read_at = window.readings[0].platform_ms
    if read_at is None or window.first:
        return join
    step = DATE_STEP_MS
    if join.late_since is None:
        step = min(int(window.lags.event * 1000), DATE_STEP_MS)
    return join._replace(late_since=BEFORE_US) if join.joined_at < read_at + step else join


def _overtaken(join: Arrival, window: Window) -> Arrival:
    """Of the readings that were over before the join can have been counted, by its event, the
    first that is younger than the join: it was counted since the one before that.
    """
    event, _ = window.lags
    for before, reading in pairwise(window.readings):
        if reading.answered >= join.due - event:
            break
        if reading.platform_ms is not None and join.joined_at < reading.platform_ms:
            return join._replace(late_since=before.asked)
    return join


def _case(window: Window) -> _Case:
    found = capacities(window)
    both = grouped(found, window)
    if both is None:
        # What is settled contradicts the lags, so they decide nothing here.
        window = window._replace(gap=window.gap or Reason.CONTRADICTED, fixed={})
        both = grouped(found, window)
    assert both is not None, "nothing is settled any more"
    return _Case(window, found, *both)


def _explain(part: Part, case: _Case) -> list[tuple[Group, Answer]]:
    if all(group.settled for group in part.groups):
        return []
    gap = case.window.gap
    bounds = {i: (case.found[i].low, case.found[i].high) for i in part.capacities}
    several = Reason.SEVERAL_EXPLANATIONS if case.window.exact else Reason.USES_MAY_BE_LOST
    reason = gap or several
    options = None if gap else _options(part, case, bounds)
    if options is None:
        # Rule 3: if the gains cannot all be used up, or something was missed, each is only an
        # upper bound, and any join may have come some other way.
        reason = gap or Reason.MORE_USES_THAN_JOINS
        options = _options(part, case, {i: (0, high) for i, (_, high) in bounds.items()})
    if options is None:  # more people are settled on a code than it counted: counts were lost
        reason = gap or Reason.CONTRADICTED
        options = _options(part, case, dict.fromkeys(bounds, UNSEEN))
    assert options is not None, "without bounds every join has a place"
    if reason is Reason.SEVERAL_EXPLANATIONS and _left_over(part, case.found) < 0:
        reason = Reason.MORE_JOINS_THAN_USES
    return [
        (group, Answer(candidates, reason, group.before_us))
        for group, candidates in zip(part.groups, options, strict=True)
    ]


def _options(part: Part, case: _Case, bounds: Mapping[int, Bounds]) -> list[frozenset[str]] | None:
    """Other sources explain any number of joins, so they are one more capacity for everybody."""
    choices = [
        Choice(
            len(group.joins),
            group.bundles,
            [*group.capacities, ELSEWHERE] if group.otherwise else group.capacities,
        )
        for group in part.groups
    ]
    offered = {bundle for group in part.groups for bundle in group.bundles}
    bundles = {bundle: case.bundles[bundle] for bundle in sorted(offered)}
    chosen = explainable(choices, bundles, {**bounds, ELSEWHERE: UNSEEN})
    if chosen is None:
        return None
    codes = {ELSEWHERE: OTHER} | {i: case.found[i].code for i in bounds}
    return [frozenset(codes[i] for i in options) for options in chosen]


def _left_over(part: Part, found: Sequence[Capacity]) -> int:
    """Uses that must have happened, less joins: negative if joins remain that no use explains."""
    joins = sum(len(group.joins) for group in part.groups)
    low = sum(found[i].low for i in part.capacities)
    if low >= joins:
        return low - joins
    highs = [found[i].high for i in part.capacities]
    if None in highs:
        return 0
    return min(sum(high for high in highs if high is not None) - joins, 0)


def _verdicts(
    answers: Sequence[tuple[Group, Answer]], window: Window, settled: Collection[tuple[int, int]]
) -> tuple[Verdict, ...]:
    """In the order of the joins; none of those that are settled."""
    said: list[Verdict | None] = [
        bot_verdict(join) if join.is_bot else None for join in window.joins
    ]
    for group, answer in answers:
        if group.settled:
            continue
        like = verdict(window.joins[group.joins[0]], answer, window)
        for position in group.joins:
            said[position] = same_of(like, window.joins[position])
    return tuple(
        one for one in said if one is not None and (one.member_id, one.joined_at) not in settled
    )


def _gains(case: _Case) -> tuple[Gain, ...]:
    """Per code over the whole window; what left no trace is not a gain."""
    last = {VANITY: 0, **case.window.readings[-1].counters} if case.found else {}
    total: dict[str, Bounds] = {}
    for capacity in case.found:
        if capacity.code == UNKNOWN:
            continue
        low, high = total.get(capacity.code, (0, 0))
        unbounded = high is None or capacity.high is None
        total[capacity.code] = (
            low + capacity.low,
            None if unbounded else (high or 0) + (capacity.high or 0),
        )
    return tuple(
        Gain(code=code, low=low, high=high)
        for code, (low, high) in sorted(total.items())
        if case.window.exact or low or code not in last
    )
