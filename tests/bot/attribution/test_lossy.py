"""What counters prove that may lose uses, case by case."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.attribution import Arrival, Birth, End, Lags, Window, decide
from bot.attribution.endings import end_reason
from data.models import Counter, Ending, EndReason, Gain, Reading, Reason, Vanity
from tests.bot.attribution.test_lossy_worlds import VANITY, said

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LAGS = Lags(event=2.0, counter=5.0)
NO_VANITY = Vanity(None, 0)

BEFORE = {"a": 3, "b": 5}


def reading(at: float, uses: dict[str, int], vanity: Vanity | None = NO_VANITY) -> Reading:
    counters = {code: Counter(count, 0, 0, None) for code, count in uses.items()}
    return Reading(at, at + 0.1, counters, vanity, int(at) * 1000)


def answers(readings: Sequence[Reading], arrivals: Sequence[float], **more: Any) -> list[set[str]]:
    """Everybody joins with their event at once, by the platform's clock as by ours."""
    joins = [Arrival(n, int(at * 1000), at) for n, at in enumerate(arrivals)]
    window = Window(readings, joins, LAGS, exact=False)._replace(**more)
    return [said(verdict) for verdict in decide(window).verdicts]


@pytest.mark.parametrize(
    ("after", "arrivals", "expected"),
    [
        pytest.param({"a": 4, "b": 5}, [10], [{"a"}], id="one joined, one rose"),
        pytest.param({"a": 5, "b": 5}, [10, 10], [{"a"}] * 2, id="as many uses as joins"),
        pytest.param({"a": 4, "b": 6}, [10, 10], [{"a", "b"}] * 2, id="two on two"),
        pytest.param(BEFORE, [10], [{"a", "b", "~other"}], id="nothing rose"),
        pytest.param({"a": 4, "b": 5}, [10, 10], [{"a", "b", "~other"}] * 2, id="too few uses"),
        pytest.param({"a": 1, "b": 5}, [10], [{"a"}], id="it fell: somebody set it"),
        pytest.param({"b": 5}, [10], [{"a", "b", "~other"}], id="gone"),
        pytest.param({"a": 3, "b": 5, "x": 1}, [10], [{"a", "b", "x", "~other"}], id="older"),
    ],
)
def test_what_two_readings_prove(
    after: dict[str, int], arrivals: list[float], expected: list[set[str]]
) -> None:
    """A counter proves who must have come by it, and never that nobody did."""
    assert expected == answers([reading(0, BEFORE), reading(16, after)], arrivals)


def test_eight_through_an_invite_for_three() -> None:
    """Eight people at once left the counter at one: all eight may have come by it."""
    [*found] = answers([reading(0, {"a": 0}), reading(16, {"a": 1})], [10] * 8)

    assert [{"a", "~other"}] * 8 == found


def test_a_late_setter_raises_the_counter_by_more_than_came() -> None:
    """The fourth read 1 and set 2 when three had come, the fifth had read 3 before that and set 4
    after it: a rise by two, of which only one is a join; the sixth came another way.
    """
    uses = [(0, 0), (13.5, 2), (14, 4), (25, 4)]
    readings = [reading(at, {"a": count}) for at, count in uses]

    *_, sixth = answers(readings, [5, 5, 5, 8.4, 11, 15.5])

    assert {"a", "~other"} == sixth


def test_after_a_quiet_reading_every_step_is_a_join() -> None:
    """What nobody was on the way across is firm ground, in the middle of a window too."""
    uses = [(0, 0), (20, 1), (40, 3)]
    readings = [reading(at, {"a": count, "b": 0}) for at, count in uses]

    assert [{"a"}] * 3 == answers(readings, [10, 30, 30])


@pytest.mark.parametrize(
    ("after", "births", "expected"),
    [
        pytest.param(Counter(2, 0, 9_000, None), {}, {"x"}, id="younger by the platform's clock"),
        pytest.param(
            Counter(2, 0, 0, None), {"x": Birth(9, Counter(0, 0, 0, None))}, {"x"}, id="announced"
        ),
        pytest.param(
            Counter(2, 0, 9_000, None, belongs_already=True),
            {},
            {"x", "a", "~other"},
            id="members may use it too",
        ),
    ],
)
def test_an_invite_that_is_new_rose_from_zero(
    after: Counter, births: dict[str, Birth], expected: set[str]
) -> None:
    """What a new invite shows, that many people came by it, at least."""
    last = reading(16, {"a": 3})
    last = last._replace(counters={**last.counters, "x": after})

    found = answers([reading(0, {"a": 3}), last], [10, 10], births=births)

    assert [expected] * 2 == found


def test_only_before_its_end() -> None:
    """Nobody came by an invite that had been revoked before."""
    ends = {"a": End(7, Ending(at=NOW, reason=EndReason.REVOKED))}

    found = answers([reading(0, BEFORE), reading(16, {"b": 5})], [10], ends=ends)

    assert [{"b", "~other"}] == found


def test_an_invite_that_no_reading_showed() -> None:
    """Made and used up between two readings, it may have let in any number."""
    births = {"x": Birth(9, Counter(0, 1, 9_000, None))}

    found = answers([reading(0, {}), reading(16, {})], [10, 10], births=births)

    assert [{"x", "~other"}] * 2 == found


@pytest.mark.parametrize(
    ("vanities", "expected"),
    [
        pytest.param((Vanity("v", 7), Vanity("v", 8)), {VANITY}, id="rose"),
        pytest.param((Vanity("v", 7), Vanity("v", 7)), {VANITY, "~other"}, id="stood still"),
        pytest.param((Vanity("v", 7), Vanity("w", 9)), {VANITY, "~other"}, id="changed"),
        pytest.param((Vanity("v", 7), None), {VANITY, "~other"}, id="no answer"),
        pytest.param((Vanity(None, 0), Vanity(None, 0)), {"~other"}, id="there is none"),
    ],
)
def test_the_vanity_url(vanities: Sequence[Vanity | None], expected: set[str]) -> None:
    """Its counter proves as much as an invite's."""
    readings = [reading(at, {}, vanity) for at, vanity in zip((0, 16), vanities, strict=True)]

    assert [expected] == answers(readings, [10])


def test_what_is_told_of_it() -> None:
    """The reason names the platform; only what left a trace is told as a gain."""
    readings = [reading(0, {"a": 3, "b": 5, "c": 1}), reading(16, {"a": 4, "b": 5})]
    joins = [Arrival(n, 10_000, 10.0) for n in range(2)]

    decision = decide(Window(readings, joins, LAGS, exact=False))

    assert {Reason.USES_MAY_BE_LOST} == {verdict.reason for verdict in decision.verdicts}
    assert (
        Gain(code="a", low=1, high=None),
        Gain(code="c", low=0, high=None),
    ) == decision.gains
    assert (0, 0) == (decision.unexplained, decision.unmet)


def test_more_uses_than_joins() -> None:
    """A use of nobody who joined leaves everybody another way, and is counted."""
    readings = [reading(0, BEFORE), reading(16, {"a": 5, "b": 5})]

    decision = decide(Window(readings, [Arrival(1, 10_000, 10.0)], LAGS, exact=False))

    assert Reason.MORE_USES_THAN_JOINS is decision.verdicts[0].reason
    assert {"a", "b", "~other"} == said(decision.verdicts[0])
    assert 1 == decision.unexplained


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        pytest.param({}, EndReason.EXHAUSTED, id="nothing else ends it in silence"),
        pytest.param({"sees_invites": False}, EndReason.UNKNOWN, id="with a hidden channel"),
        pytest.param({"sees_revocations": False}, EndReason.UNKNOWN, id="revoked unseen"),
        pytest.param({"gap": Reason.GAP}, EndReason.UNKNOWN, id="in a gap"),
        pytest.param(
            {"ends": {"x": End(9, Ending(at=NOW, reason=EndReason.REVOKED))}},
            EndReason.REVOKED,
            id="by hand",
        ),
    ],
)
def test_how_a_limited_invite_ended_in_silence(more: dict[str, Any], reason: EndReason) -> None:
    """It has run out if everything else that ends an invite would have been noticed."""
    last = Counter(1, 3, 0, None)
    window = Window([], [], LAGS, exact=False)._replace(**more)

    assert reason is end_reason("x", last, reading(16, {}), window)
    assert EndReason.EXPIRED is end_reason(
        "x", last._replace(expires_at=15_000), reading(16, {}), window._replace(ends={})
    )
