"""A window decided: a verdict for every join, what every code gained, and what was left over."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.attribution.capacities import Bounds, Capacity, capacities
from bot.attribution.endings import DATE_STEP_MS
from bot.attribution.evidence import BEFORE_US, Arrival, Lags, Window
from bot.attribution.solver import Group, explainable
from data.models import Certainty, Gain, Reason, Source, Verdict

OTHER = Source.OTHER.candidate
UNKNOWN = Source.UNKNOWN.candidate
VANITY = Source.VANITY.candidate


class Decision(NamedTuple):
    verdicts: tuple[Verdict, ...]
    """In the order of the joins."""
    gains: tuple[Gain, ...]
    unexplained: int
    """Uses that no join of the window accounts for."""
    unmet: int
    """Joins that no use accounts for: a later reading may still explain them."""


class _Part(NamedTuple):
    """Joins and capacities that edges connect: what has to be explained together."""

    joins: dict["_Fit", list[Arrival]]
    positions: tuple[int, ...]


class _Fit(NamedTuple):
    """What joins of one group can have come through."""

    positions: tuple[int, ...]
    """Of the capacities whose time and code fit."""
    otherwise: bool = True
    """Whether they may have come some other way; not if it is settled that they did not."""


class _Answer(NamedTuple):
    candidates: set[str]
    reason: Reason


def decide(window: Window) -> Decision:
    """Say of every join what the evidence admits.

    A join is certain if every assignment of joins to uses gives it the same source; otherwise its
    candidates are exactly the sources that some assignment gives it (attribution.md, rule 2).
    """
    settled = window.fixed.keys()
    window = _aged(window)
    found = capacities(window) if window.readings else []
    groups = _groups(found, window)
    if groups is None:
        # What is settled contradicts the lags, so they decide nothing here.
        window = window._replace(gap=Reason.GAP, fixed={})
        groups = _groups(found, window) or {}
    answers: dict[Arrival, _Answer] = {}
    unexplained = unmet = 0
    for part in _parts(groups, found):
        answers |= _explain(part, found, window)
        left_over = _left_over(part, found)
        unexplained += max(left_over, 0)
        unmet += max(-left_over, 0)
    return Decision(
        verdicts=tuple(
            _verdict(join, answers, window) for join in window.joins if join.key not in settled
        ),
        gains=_gains(found),
        unexplained=unexplained,
        unmet=unmet,
    )


def _aged(window: Window) -> Window:
    """Mark joins that are older than the first reading, by the platform's clock.

    Their event was told again, or was stuck in a broken connection: their use may be in that
    reading already.
    """
    read_at = window.readings[0].platform_ms if window.readings else None
    if read_at is None or window.first:
        return window
    joins = [
        join._replace(late_since=BEFORE_US) if _older(join, read_at, window.lags) else join
        for join in window.joins
    ]
    return window._replace(joins=joins)


def _older(join: Arrival, read_at: int, lags: Lags) -> bool:
    """The platform's time of a reading is the whole second: within it, a join may be older.

    Whoever came after the window closed arrived `lags.event` after it; a replay tells nothing.
    """
    step = DATE_STEP_MS if join.late_since is not None else int(lags.event * 1000)
    return join.joined_at < read_at + min(step, DATE_STEP_MS)


def _groups(found: Sequence[Capacity], window: Window) -> dict[_Fit, list[Arrival]] | None:
    """Joins that fit the same capacities; None if something settled fits none of its own."""
    groups: defaultdict[_Fit, list[Arrival]] = defaultdict(list)
    for join in window.joins:
        settled = window.fixed.get(join.key)
        if join.is_bot or (settled is not None and _leaves_no_count(settled)):
            continue
        fits = tuple(
            i
            for i, capacity in enumerate(found)
            if settled in {None, capacity.code} and capacity.fits(join, window.lags)
        )
        if settled is not None and not fits:
            return None
        groups[_Fit(fits, otherwise=settled is None)].append(join)
    return groups


def _leaves_no_count(settled: str) -> bool:
    return settled.startswith("~") and settled != VANITY


def _parts(groups: dict[_Fit, list[Arrival]], found: Sequence[Capacity]) -> Iterable[_Part]:
    """Split the window where no edge connects; a capacity that fits nobody is a part of its own."""
    for positions in _connected(groups, len(found)):
        inside = {fit: joins for fit, joins in groups.items() if set(fit.positions) & positions}
        yield _Part(inside, tuple(sorted(positions)))
    if nowhere := groups.get(_Fit(())):
        yield _Part({_Fit(()): nowhere}, ())


def _connected(groups: Iterable[_Fit], count: int) -> list[set[int]]:
    """Merge capacities that share a join."""
    part_of = {position: {position} for position in range(count)}
    for fit in groups:
        for position in fit.positions[1:]:
            large, small = part_of[fit.positions[0]], part_of[position]
            if large is not small:
                large |= small
                part_of.update(dict.fromkeys(small, large))
    return list({id(part): part for part in part_of.values()}.values())


def _explain(part: _Part, found: Sequence[Capacity], window: Window) -> dict[Arrival, _Answer]:
    bounds = [(found[i].low, found[i].high) for i in part.positions]
    reason = window.gap or Reason.SEVERAL_EXPLANATIONS
    options = None if window.gap else _options(part, bounds)
    if options is None:
        # Rule 3: if the gains cannot all be used up, or something was missed, each is only an
        # upper bound, and any join may have come some other way.
        reason = window.gap or Reason.MORE_USES_THAN_JOINS
        options = _options(part, [(0, high) for _, high in bounds])
    if options is None:  # more people are settled on a code than it counted: counts were lost
        reason = Reason.GAP
        options = _options(part, [(0, None)] * len(bounds))
    assert options is not None, "without bounds every join has a place"
    codes = [*(found[i].code for i in part.positions), OTHER]
    if reason is Reason.SEVERAL_EXPLANATIONS and _left_over(part, found) < 0:
        reason = Reason.MORE_JOINS_THAN_USES
    return {
        join: _Answer({codes[i] for i in chosen}, reason)
        for joins, chosen in zip(part.joins.values(), options, strict=True)
        for join in joins
    }


def _options(part: _Part, bounds: Sequence[Bounds]) -> list[set[int]] | None:
    """Other sources explain any number of joins, so they are one more capacity for everybody."""
    place = {position: i for i, position in enumerate(part.positions)}
    other = len(part.positions)
    groups = [
        Group(len(joins), (*(place[i] for i in fit.positions), *([other] * fit.otherwise)))
        for fit, joins in part.joins.items()
    ]
    return explainable(groups, [*bounds, (0, None)])


def _left_over(part: _Part, found: Sequence[Capacity]) -> int:
    """Uses that must have happened, less joins: negative if joins remain that no use explains."""
    joins = sum(map(len, part.joins.values()))
    low = sum(found[i].low for i in part.positions)
    if low >= joins:
        return low - joins
    highs = [found[i].high for i in part.positions]
    if None in highs:
        return 0
    return min(sum(high for high in highs if high is not None) - joins, 0)


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


def _verdict(join: Arrival, answers: dict[Arrival, _Answer], window: Window) -> Verdict:
    if join.is_bot:
        return _said(join, Certainty.CERTAIN, Source.BOT)
    if len(window.readings) < (1 if window.first else 2):
        return _said(join, Certainty.UNKNOWN, Source.UNKNOWN, reason=Reason.NO_ANSWER)
    candidates, reason = answers[join]
    if UNKNOWN in candidates and candidates <= {UNKNOWN, OTHER}:
        before = window.first or join.late_since == BEFORE_US
        why = Reason.NO_BASELINE if before else Reason.HIDDEN_INVITES
        return _said(join, Certainty.UNKNOWN, Source.UNKNOWN, reason=why)
    if len(candidates) == 1:
        return _certain(join, *candidates, window=window)
    codes_only = not any(candidate.startswith("~") for candidate in candidates)
    source = Source.INVITE if codes_only else Source.UNKNOWN
    return _said(join, Certainty.AMBIGUOUS, source, candidates=candidates, reason=reason)


def _certain(join: Arrival, candidate: str, *, window: Window) -> Verdict:
    if candidate == OTHER:
        if window.gap:
            # A use may have been lost together with the event that would have shown it.
            return _said(join, Certainty.UNKNOWN, Source.UNKNOWN, reason=window.gap)
        return _said(join, Certainty.CERTAIN, Source.OTHER)
    if candidate == VANITY:
        return _said(join, Certainty.CERTAIN, Source.VANITY, code=_vanity_code(window))
    return _said(join, Certainty.CERTAIN, Source.INVITE, code=candidate)


def _vanity_code(window: Window) -> str | None:
    """None if it changed within the window: then it may have been any of them."""
    codes = {reading.vanity.code for reading in window.readings if reading.vanity}
    return codes.pop() if len(codes) == 1 else None


def _said(
    join: Arrival,
    certainty: Certainty,
    source: Source,
    *,
    code: str | None = None,
    candidates: Iterable[str] = (),
    reason: Reason | None = None,
) -> Verdict:
    return Verdict(
        member_id=join.member_id,
        joined_at=join.joined_at,
        certainty=certainty,
        source=source,
        code=code,
        candidates=tuple(sorted(candidates)),
        reason=reason,
    )
