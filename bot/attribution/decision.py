"""A window decided: a verdict for every join, what every code gained, and what was left over."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from bot.attribution.capacities import UNSEEN, Bounds, Capacity, capacities
from bot.attribution.endings import DATE_STEP_MS
from bot.attribution.evidence import BEFORE_US, Window
from bot.attribution.grouping import Bundle, Group, Part, grouped, parts
from bot.attribution.solver import Choice, explainable
from bot.attribution.verdicts import OTHER, UNKNOWN, Answer, bot_verdict, same_of, verdict
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
        gains=_gains(case.found),
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
    """Mark joins that are older than the first reading, by the platform's clock.

    Their event was told again, or was stuck in a broken connection: their use may be in that
    reading already.
    The platform's time of a reading is the whole second: within it, a join may be older.
    Whoever came after the window closed arrived `lags.event` after it; a replay tells nothing.
    """
    read_at = window.readings[0].platform_ms if window.readings else None
    if read_at is None or window.first:
        return window
    replayed = read_at + DATE_STEP_MS
    prompt = read_at + min(int(window.lags.event * 1000), DATE_STEP_MS)
    joins = [
        join._replace(late_since=BEFORE_US)
        if join.joined_at < (prompt if join.late_since is None else replayed)
        else join
        for join in window.joins
    ]
    return window._replace(joins=joins)


def _case(window: Window) -> _Case:
    found = capacities(window)
    both = grouped(found, window)
    if both is None:
        # What is settled contradicts the lags, so they decide nothing here.
        window = window._replace(gap=Reason.GAP, fixed={})
        both = grouped(found, window)
    assert both is not None, "nothing is settled any more"
    return _Case(window, found, *both)


def _explain(part: Part, case: _Case) -> list[tuple[Group, Answer]]:
    if all(group.settled for group in part.groups):
        return []
    gap = case.window.gap
    bounds = {i: (case.found[i].low, case.found[i].high) for i in part.capacities}
    reason = gap or Reason.SEVERAL_EXPLANATIONS
    options = None if gap else _options(part, case, bounds)
    if options is None:
        # Rule 3: if the gains cannot all be used up, or something was missed, each is only an
        # upper bound, and any join may have come some other way.
        reason = gap or Reason.MORE_USES_THAN_JOINS
        options = _options(part, case, {i: (0, high) for i, (_, high) in bounds.items()})
    if options is None:  # more people are settled on a code than it counted: counts were lost
        reason = Reason.GAP
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


def _gains(found: Sequence[Capacity]) -> tuple[Gain, ...]:
    """Per code over the whole window; what left no trace is not a gain."""
    total: dict[str, Bounds] = {}
    for capacity in found:
        if capacity.code == UNKNOWN:
            continue
        low, high = total.get(capacity.code, (0, 0))
        unbounded = high is None or capacity.high is None
        total[capacity.code] = (
            low + capacity.low,
            None if unbounded else (high or 0) + (capacity.high or 0),
        )
    return tuple(Gain(code=code, low=low, high=high) for code, (low, high) in sorted(total.items()))
