"""Small windows, decided as the specification says it: by trying every assignment."""

from collections.abc import Sequence
from itertools import pairwise, product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.attribution import Arrival, Lags, Window, decide
from bot.attribution.bounds import Capacity
from bot.attribution.capacities import capacities
from data.models import Certainty, Counter, Reading, Source, Vanity, Verdict

OTHER = "~other"


def window_of(luck: Random) -> Window:
    """Whole seconds, so that moments coincide; as many uses as joins, more or less."""
    uses, vanity = {"a": 0, "b": 0, "c": 0}, 0
    asked = sorted(luck.sample(range(14), luck.randint(2, 4)))
    readings = []
    for at in asked:
        counters = {code: Counter(count, 0, 0, None) for code, count in uses.items()}
        readings.append(Reading(at, at + luck.randint(0, 1), counters, Vanity("v", vanity), 0))
        for code in luck.sample([*uses, "~vanity"], luck.choice([0, 1, 1, 2])):
            if code == "~vanity":
                vanity += 1
            else:
                uses[code] += 1
    joins = [_arrival(luck, number) for number in range(luck.randint(1, 5))]
    named = [join for join in joins if luck.random() < 0.3]
    fixed = {join.key: luck.choice([*uses, "~vanity", "~discovery"]) for join in named}
    return Window(readings, joins, Lags(2, 1), fixed=fixed)


def _arrival(luck: Random, number: int) -> Arrival:
    arrived = luck.randint(0, 16)
    late_since = arrived - luck.randint(0, 6) if luck.random() < 0.3 else None
    return Arrival(number, 5_000, arrived, late_since)


def options(join: Arrival, found: list[Capacity], window: Window) -> list[int]:
    """Positions of the capacities that can explain a join; -1 is no capacity at all."""
    event, counter = window.lags
    settled = window.fixed.get(join.key)
    since = min(join.arrived, join.arrived if join.late_since is None else join.late_since) - event
    until = join.arrived + counter
    if settled == "~discovery":
        return [-1]
    fits = [
        i
        for i, capacity in enumerate(found)
        if since <= capacity.until and until >= capacity.since and settled in {None, capacity.code}
    ]
    outside = since < window.readings[0].answered or until > window.readings[-1].asked
    return [*fits, -1] if settled is None or outside else fits


def candidates(window: Window) -> list[set[str]] | None:
    """Per join, what some assignment gives it; None if there is none that keeps to the gains."""
    found = capacities(window)
    choices = [options(join, found, window) for join in window.joins]
    answers: list[set[str]] = [set() for _ in choices]
    for way in product(*choices):
        if all(c.low <= way.count(i) <= (c.high or c.low) for i, c in enumerate(found)):
            for answer, i in zip(answers, way, strict=True):
                answer.add(OTHER if i == -1 else found[i].code)
    return answers if all(answers) else None


def said(verdict: Verdict) -> set[str]:
    if verdict.certainty is Certainty.AMBIGUOUS:
        return {*verdict.candidates}
    plain = verdict.source is Source.INVITE and verdict.code is not None
    return {verdict.code if plain and verdict.code else verdict.source.candidate}


@given(st.randoms(use_true_random=True))
@settings(max_examples=1500, deadline=None)
def test_same_as_trying_every_assignment_of_a_window(luck: Random) -> None:
    """Where the gains can be used up, verdicts are what every assignment, or some of them, say."""
    window = window_of(luck)
    expected = candidates(window)
    if expected is None:
        return

    open_ones = [
        answer
        for join, answer in zip(window.joins, expected, strict=True)
        if join.key not in window.fixed
    ]
    assert open_ones == [said(verdict) for verdict in decide(window).verdicts]


def lossy_window_of(luck: Random) -> Window:
    """Counters go where they want; moments are whole seconds."""
    uses = {"a": 2, "b": 1, "~vanity": 0}
    readings = []
    for at in sorted(luck.sample(range(14), luck.randint(2, 4))):
        counters = {code: Counter(uses[code], 0, 0, None) for code in ("a", "b")}
        vanity = Vanity("v", uses["~vanity"])
        readings.append(Reading(at, at + luck.randint(0, 1), counters, vanity, 0))
        for code in luck.sample([*uses], luck.choice([0, 1, 1, 2])):
            uses[code] = max(uses[code] + luck.choice([-1, 1, 1, 2]), 0)
    joins = [_arrival(luck, number) for number in range(luck.randint(1, 3))]
    return Window(readings, joins, Lags(2, 1), exact=False)


def shown(reading: Reading, code: str) -> int:
    assert reading.vanity is not None
    return reading.vanity.uses if code == "~vanity" else reading.counters[code].uses


def meets(join: Arrival, since: float, until: float) -> bool:
    due = join.arrived if join.late_since is None else min(join.late_since, join.arrived)
    return due - 2 <= until and join.arrived + 1 >= since


def quiet(reading: Reading, window: Window) -> bool:
    """Whether everybody is done before it, or comes only after it."""
    return all(
        join.arrived + 1 <= reading.asked or not meets(join, reading.asked, reading.answered)
        for join in window.joins
    )


def explains(way: Sequence[tuple[str, int]], window: Window) -> bool:
    """Whether it keeps both rules of counters that may lose uses, for every two readings."""
    readings = window.readings
    for code in ("a", "b", "~vanity"):
        counts = [way.count((code, stretch)) for stretch in range(len(readings) - 1)]
        values = [shown(reading, code) for reading in readings]
        for i, start in enumerate(readings):
            if i + 1 < len(readings) and values[i] != values[i + 1] and not counts[i]:
                return False
            for j in range(i + 1, len(readings)):
                if quiet(start, window) and sum(counts[i:j]) < values[j] - values[i]:
                    return False
    return True


@given(st.randoms(use_true_random=True))
@settings(max_examples=300, deadline=None)
def test_same_as_trying_every_assignment_where_uses_are_lost(luck: Random) -> None:
    """Verdicts are what every way to keep the two rules says, and candidates what some way says."""
    window = lossy_window_of(luck)
    stretches = list(enumerate(pairwise(window.readings)))
    choices = [
        [
            (OTHER, -1),
            *(
                (code, i)
                for i, (before, after) in stretches
                if meets(join, before.asked, after.answered)
                for code in ("a", "b", "~vanity")
            ),
        ]
        for join in window.joins
    ]
    answers: list[set[str]] = [set() for _ in choices]
    for way in product(*choices):
        if explains(way, window):
            for answer, (code, _) in zip(answers, way, strict=True):
                answer.add(code)

    if all(answers):
        assert answers == [said(verdict) for verdict in decide(window).verdicts]
