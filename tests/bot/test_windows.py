from datetime import UTC, datetime

import pytest

from bot.attribution import Arrival, Birth, End, Lags
from bot.attribution.evidence import BEFORE_US
from bot.windows import LONGEST_WINDOW, SLOWEST_SPACING, OpenWindow
from data.models import Baseline, Counter, Ending, EndReason, JoinFact, Reading, Reason, Vanity

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OLD = Counter(0, 0, 0, None)


def reading(at: float, *codes: str) -> Reading:
    return Reading(at, at + 0.1, dict.fromkeys(codes, OLD), Vanity(None, 0), None)


def come(window: OpenWindow, member_id: int, arrived: float, *, is_bot: bool = False) -> None:
    window.joins[member_id, 1] = Arrival(member_id, 1, arrived, None, is_bot)


@pytest.fixture
def window() -> OpenWindow:
    return OpenWindow(7, Lags(event=2.0, counter=1.0))


def test_nobody_needs_no_reading(window: OpenWindow) -> None:
    """Where nobody came there is nothing to read for, bots included."""
    come(window, 1, 10, is_bot=True)

    assert window.uncovered() is None


def test_read_when_the_first_use_must_show(window: OpenWindow) -> None:
    """The first reading is due the lag of counters after the first arrival."""
    come(window, 1, 10)
    come(window, 2, 10.5)

    assert 11 == window.next_reading_at()


def test_a_reading_asked_too_early_does_not_cover(window: OpenWindow) -> None:
    """A use need not show before the lag of counters has passed."""
    come(window, 1, 10)
    come(window, 2, 10.5)
    window.take(reading(11.2), {})

    assert 10.5 == window.uncovered()
    assert not window.settled_down()
    window.take(reading(11.5), {})
    assert window.uncovered() is None
    assert window.settled_down()


def test_readings_of_a_raid_spread_out(window: OpenWindow) -> None:
    """The longer a raid lasts the rarer it is read, but never more rarely than the limit."""
    gaps = []
    for at in range(100):
        come(window, at, at * 10)
        window.take(reading(at * 10), {})
        gaps.append(window.next_reading_at() - window.readings[-1].asked)
        window.joins.clear()

    assert gaps == sorted(gaps)
    assert 0 < gaps[0] < gaps[-1] == SLOWEST_SPACING


def test_nobody_on_the_way(window: OpenWindow) -> None:
    """A window does not close while a join is being written down or the connection is broken."""
    window.take(reading(10), {})
    assert window.settled_down()

    with window.writing_down(1), window.writing_down(1):
        assert not window.settled_down()
        assert {1} == window.arriving.keys()
    assert window.settled_down()

    window.broken_since = 5.0
    assert not window.settled_down()


def test_a_raid_without_end_is_overdue(window: OpenWindow) -> None:
    """A window that has been read for too long is to be closed all the same."""
    assert not window.overdue(1e9)
    window.take(reading(10), {})

    assert not window.overdue(10 + LONGEST_WINDOW)
    assert window.overdue(11 + LONGEST_WINDOW)


def test_loading_happens_once(window: OpenWindow) -> None:
    """What an earlier run left is taken over once, behind a gap, and never over what is here."""
    come(window, 1, 10)
    kept = Baseline(read_at=NOW, platform_ms=5, counters={"a": OLD}, vanity=None)
    pending = [JoinFact(7, member_id, 1, 1) for member_id in (1, 2)]

    window.load(kept, pending, [], 30)
    window.load(None, [JoinFact(7, 3, 1, 1)], [], 40)

    assert [10, BEFORE_US] == [join.arrived for join in window.joins.values()]
    assert 30 == window.gap_at
    assert window.baseline is not None
    assert BEFORE_US == window.baseline.answered


def test_a_guild_seen_for_the_first_time_has_no_gap(window: OpenWindow) -> None:
    """Without a baseline there is no time in which something could have been missed."""
    window.load(None, [], [], 30)

    assert window.gap_at is None
    assert window.evidence().first


def test_what_arrived_meanwhile_stays(window: OpenWindow) -> None:
    """Forgetting a settled window keeps whoever came after it was decided."""
    come(window, 1, 10)
    window.take(reading(12, "a", "b"), {})
    decided = window.evidence()
    come(window, 2, 20)

    window.forget(decided, NOW)

    assert [2] == [member_id for member_id, _ in window.joins]
    assert reading(12, "a", "b") == window.baseline
    assert [] == window.readings


def test_what_is_not_over_is_remembered(window: OpenWindow) -> None:
    """Births and ends after the last reading belong to the next window; settled ones do not."""
    unknown = Ending(at=NOW, reason=EndReason.UNKNOWN)
    window.births |= {"early": Birth(9, OLD), "late": Birth(12.05, OLD)}
    window.ends |= {
        "live": End(12.05, unknown),
        "late": End(12.06, unknown),
        "gone": End(9, unknown),
    }
    window.take(reading(8, "gone"), {})
    window.take(reading(12, "live", "early"), {})

    window.forget(window.evidence(), NOW)

    assert {"late"} == window.births.keys()
    assert {"live", "late"} == window.ends.keys()


def test_who_added_a_bot_is_remembered_until_the_bot_is_settled(window: OpenWindow) -> None:
    """The audit entry may come before the bot does."""
    window.adders |= {1: 5, 2: 6}
    come(window, 1, 10, is_bot=True)
    window.take(reading(12), {})
    decided = window.evidence()
    come(window, 2, 13, is_bot=True)

    window.forget(decided, NOW)

    assert {2: 6} == window.adders


def test_which_endings_the_audit_log_may_explain(window: OpenWindow) -> None:
    """Invites that vanished without a known reason, also those that no list showed, but none that
    was made after the last.
    """
    limited = OLD._replace(max_uses=1)
    window.baseline = Reading(0, 0, {"a": limited, "b": limited, "c": OLD}, None, None)
    window.births |= {"d": Birth(5, limited), "e": Birth(13, limited)}
    window.ends["b"] = End(5, Ending(at=NOW, reason=EndReason.REVOKED))
    window.take(reading(12), {})

    assert {"a", "c", "d"} == set(window.known_gone())


def test_a_gap_ends_with_a_reading_that_shows_all_that_was_missed(window: OpenWindow) -> None:
    """A reading asked before every missed use must show does not end the gap."""
    window.gap_at, window.wanted = 12.0, True
    window.take(reading(12.5), {})
    window.forget(window.evidence(), NOW)
    assert 12.0 == window.gap_at
    assert window.wanted

    window.take(reading(13), {})
    assert Reason.GAP is window.evidence().gap
    window.forget(window.evidence(), NOW)

    assert window.evidence().gap is None
    assert not window.wanted


def test_hidden_for_a_moment_is_hidden(window: OpenWindow) -> None:
    """If an invite can have come and gone unannounced, the whole window says so."""
    window.look(5, sees_invites=False)
    window.look(6, sees_invites=True)
    window.take(reading(12), {})
    assert not window.evidence().sees_invites

    window.forget(window.evidence(), NOW)

    window.take(reading(20), {})
    assert window.evidence().sees_invites


def test_a_guild_that_is_left_waits_for_nothing(window: OpenWindow) -> None:
    """After Usher was removed nothing holds the window any more."""
    window.broken_since, window.removed = 5.0, True

    with window.writing_down():
        assert not window.held
