"""Small windows, decided as the specification says it: by trying every assignment."""

from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.attribution import Arrival, Lags, Window, decide
from bot.attribution.capacities import Capacity, capacities
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
