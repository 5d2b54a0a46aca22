"""What settled joins show of the lags."""

import random
from typing import Any

import pytest

from bot.attribution import Arrival, Lags, Window, contradicts
from bot.attribution.measuring import samples
from data.models import Counter, Lag, LagSample, Reading, Reason, Vanity

LAGS = Lags(2.0, 1.0)


def reading(asked: float, uses: int | Counter | None, vanity: int = 0) -> Reading:
    """Answered a tenth of a second later; `None` lists no invite."""
    counter = Counter(uses, 0, 0, None) if isinstance(uses, int) else uses
    counters = {} if counter is None else {"a": counter}
    return Reading(asked, asked + 0.1, counters, Vanity("v", vanity), int(asked) * 1000)


def window(readings: list[Reading], *arrived: float, code: str = "a", **more: Any) -> Window:
    joins = [Arrival(n, 9_000 + n, at) for n, at in enumerate(arrived)]
    fixed = {join.key: code for join in joins}
    return Window(**{"readings": readings, "joins": joins, "lags": LAGS, "fixed": fixed, **more})


def test_a_use_shown_before_its_event_shows_the_event_lag() -> None:
    """An event that arrives after an answer that shows its use is late by at least that."""
    late = window([reading(0, 3), reading(10, 4), reading(15, 4)], 11.5)

    assert [(Lag.EVENT, pytest.approx(1.4)), (Lag.COUNTER, 0.0)] == samples(late)


def test_a_reading_that_lacks_a_use_shows_the_counter_lag() -> None:
    """A use is late by at least the time until a reading was asked that does not show it."""
    late = window([reading(0, 3), reading(10, 3), reading(15, 4)], 9.5)

    assert [LagSample(Lag.EVENT, 0.0), LagSample(Lag.COUNTER, 0.5)] == samples(late)


def test_joins_and_uses_are_paired_in_order() -> None:
    """Which of two joins made which use is not known; in order their lags are the least."""
    two = window([reading(0, 0), reading(10, 1), reading(15, 2)], 11, 9)

    assert [0.0] * 4 == [sample.seconds for sample in samples(two)]


def test_the_vanity_counter_shows_lags_too() -> None:
    """A use of the vanity URL is counted like any other."""
    came = window([reading(0, None, 1), reading(10, None, 2)], 11, code="~vanity")

    assert pytest.approx(0.9) == samples(came)[0].seconds


GUEST = Counter(0, 0, 0, None, belongs_already=True)
BOTH = [reading(0, 3), reading(10, 4)]


@pytest.mark.parametrize(
    ("readings", "more"),
    [
        pytest.param([reading(0, 3), reading(10, 5)], {}, id="a use too many"),
        pytest.param([reading(0, 3), reading(10, 3)], {}, id="a use too few"),
        pytest.param([reading(0, 0), reading(10, None)], {}, id="vanished"),
        pytest.param([reading(0, None), reading(10, 1)], {}, id="appeared"),
        pytest.param([reading(0, 3), reading(5, 2), reading(10, 4)], {}, id="fell"),
        pytest.param(
            [reading(0, 0), reading(10, Counter(1, 0, 7, None))],
            {},
            id="another invite of the code",
        ),
        pytest.param(
            [reading(0, GUEST), reading(10, GUEST._replace(uses=1))], {}, id="members may use it"
        ),
        pytest.param(BOTH, {"gap": Reason.GAP}, id="something was missed"),
        pytest.param(BOTH, {"first": True}, id="may be older than the first reading"),
        pytest.param(BOTH, {"fixed": {}}, id="nothing is settled"),
        pytest.param(BOTH, {"joins": [Arrival(0, 9_000, 11, late_since=8)]}, id="replayed"),
        pytest.param(BOTH, {"joins": [Arrival(0, 9_000, float("-inf"))]}, id="of an earlier run"),
        pytest.param(BOTH, {"joins": [Arrival(0, 9_000, 11, is_bot=True)]}, id="a bot"),
        pytest.param(BOTH[:1], {}, id="one reading"),
    ],
)
def test_nothing_is_said_where_nothing_is_proved(
    readings: list[Reading], more: dict[str, Any]
) -> None:
    """If a use may be somebody else's, or a delay is no lag, nothing is said."""
    assert [] == samples(window(readings, 11, **more))


def test_no_sample_exceeds_the_true_lags() -> None:
    """In random worlds the greatest lag that is shown never exceeds the greatest there was."""
    shown = 0
    for seed in range(1500):
        luck = random.Random(seed)
        uses = [luck.uniform(1, 1 + luck.choice([0.1, 3, 20])) for _ in range(luck.randint(1, 6))]
        lags = [luck.uniform(-1, 2) for _ in uses]
        moments = [0, *sorted(luck.uniform(0, 25) for _ in range(luck.randint(0, 12))), 30]
        readings = []
        for asked in moments:
            made = luck.uniform(asked, asked + 0.1)
            readings.append(reading(asked, sum(use <= made for use in uses)))
        greatest = {Lag.EVENT: max([0, *lags]), Lag.COUNTER: max([0, *(-lag for lag in lags)])}

        found = samples(window(readings, *(u + lag for u, lag in zip(uses, lags, strict=True))))

        assert 2 * len(uses) == len(found)
        assert all(one.seconds <= greatest[one.lag] for one in found), seed
        shown += sum(one.seconds > 0 for one in found)
    assert shown > 500


@pytest.mark.parametrize(
    ("joined", "begin", "more", "expected"),
    [
        pytest.param(8.0, -5.0, {}, False, id="the use is where the lags allow it"),
        pytest.param(1.0, -5.0, {}, True, id="counted too late"),
        pytest.param(1.0, -5.0, {"gap": Reason.GAP}, False, id="the use may have been missed"),
        pytest.param(1.0, -5.0, {"first": True}, True, id="too late, whatever was before"),
        pytest.param(1.0, 0.0, {}, False, id="it may have been counted before the first reading"),
    ],
)
def test_what_contradicts_the_lags(
    joined: float, begin: float, more: dict[str, Any], expected: bool
) -> None:
    """Something settled whose use is not where the lags allow it contradicts them."""
    readings = [reading(begin, 3), reading(5, 3), reading(10, 4)]

    assert expected == contradicts(window(readings, joined, **more))


def test_a_hidden_code_contradicts_nothing() -> None:
    """Who cannot see every invite cannot say that a use is missing."""
    hidden = window(BOTH, 8, code="x")

    assert contradicts(hidden)
    assert not contradicts(hidden._replace(sees_invites=False))


def test_where_uses_may_be_lost_all_have_to_be_settled() -> None:
    """A use that was lost may be made up for by somebody of whom nothing is known."""
    came = window([reading(0, 3), reading(10, 4)], 9.5, exact=False)
    beside = came._replace(joins=[*came.joins, Arrival(7, 9_500, 9.5)])

    assert 2 == len(samples(came))
    assert [] == samples(beside)
    assert 2 == len(samples(beside._replace(exact=True)))
