"""What answers and refusals tell of the bucket over all routes."""

import pytest

from bot.platforms.throttle import GROWS, REMEMBERED, Tempo
from bot.platforms.turns import OVERDUE

MOST = 40


def fit(tempo: Tempo, number: int, now: float, *, surely: bool = True) -> None:
    """So many requests at once, answered at once."""
    for _ in range(number):
        tempo.answered(tempo.sent(now), now, fitted=surely)


class TestTempo:
    def test_without_a_refusal_nothing_waits_but_what_is_too_much(self) -> None:
        """Forty at once and forty a second, whatever answers take."""
        tempo = Tempo(MOST)
        for _ in range(MOST):
            assert 0 == tempo.wait(0.0)
            first = tempo.sent(0.0)

        assert OVERDUE == tempo.wait(0.0)
        tempo.answered(first, 0.1, fitted=True)
        assert 1 / MOST == pytest.approx(tempo.wait(0.1))

    def test_after_a_refusal_all_that_is_under_way_is_waited_for(self) -> None:
        """It may still take the room that was promised."""
        tempo = Tempo(MOST)
        slow, refused = tempo.sent(0.0), tempo.sent(0.0)

        tempo.refused(refused, 0.1, 0.2)
        assert OVERDUE - 0.5 == tempo.wait(0.5)
        tempo.answered(slow, 1.0, fitted=True)

        assert 1.0 == pytest.approx(tempo.wait(1.0), abs=0.01)

    def test_what_is_overdue_is_taken_for_arrived(self) -> None:
        """It may have filled the bucket just then, and nobody waits for its answer any more."""
        tempo = Tempo(MOST)
        fit(tempo, 5, 0.0)
        tempo.sent(0.0)
        tempo.refused(tempo.sent(0.1), 0.1, 0.1)

        assert 0 < tempo.wait(OVERDUE - 0.1) < 0.2
        assert 0.2 == pytest.approx(tempo.wait(OVERDUE), abs=0.01)
        assert 5 == tempo.rate

    def test_whoever_looks_late_at_what_is_overdue(self) -> None:
        """The last that came in is what filled the bucket."""
        tempo = Tempo(MOST)
        tempo.sent(0.0)
        slow = tempo.sent(3.0)
        tempo.refused(tempo.sent(3.0), 3.0, 0.1)
        tempo.answered(slow, OVERDUE + 2, fitted=True)

        assert 0.5 == pytest.approx(tempo.wait(OVERDUE + 2.5), abs=0.01)

    def test_forty_that_are_never_answered(self) -> None:
        """They count as forty that arrived, for as long as forty take."""
        tempo = Tempo(MOST)
        for _ in range(MOST):
            tempo.sent(0.0)

        assert 0.1 == pytest.approx(tempo.wait(OVERDUE - 0.1))
        assert 1 / MOST == pytest.approx(tempo.wait(OVERDUE))
        assert 0 == tempo.wait(OVERDUE + 1)

    def test_nothing_is_concluded_from_an_answer_that_was_overdue(self) -> None:
        """It neither counts as shown nor takes another place."""
        tempo = Tempo(MOST)
        slow = tempo.sent(0.0)
        tempo.refused(tempo.sent(0.0), 0.0, 0.1)
        fit(tempo, tempo.wait(10.0) == 0, 10.0)
        before = tempo.wait(10.0)

        tempo.answered(slow, 10.0, fitted=True)

        assert 1.0 == pytest.approx(before, abs=0.01)
        assert (before, 1) == (tempo.wait(10.0), tempo.rate)

    def test_a_refusal_that_was_overdue_tells_when_there_is_room(self) -> None:
        """What was proven holds on, but nothing is sent before."""
        tempo = Tempo(MOST)
        fit(tempo, 8, 0.0)
        slow = tempo.sent(0.0)
        tempo.refused(tempo.sent(0.0), 0.0, 0.1)
        assert 0 == tempo.wait(10.0)

        tempo.refused(slow, 10.0, 0.1)

        assert 0.1 == pytest.approx(tempo.wait(10.0), abs=0.01)
        assert 8 == tempo.rate

    def test_the_room_that_was_promised_is_used(self) -> None:
        """With nothing else under way, what the refusal says is enough, and then comes the rate."""
        tempo = Tempo(MOST)
        fit(tempo, 5, 0.0)
        tempo.refused(tempo.sent(0.1), 0.1, 0.15)

        assert 5 == tempo.rate
        assert 0.15 == pytest.approx(tempo.wait(0.1), abs=0.01)
        tempo.sent(0.1)
        assert 0.35 == pytest.approx(tempo.wait(0.1), abs=0.01)

    def test_what_may_have_fitted_proves_nothing(self) -> None:
        """A request that got no answer took a place, perhaps."""
        tempo = Tempo(MOST)
        fit(tempo, 5, 0.0, surely=False)
        tempo.refused(tempo.sent(0.1), 0.1, 0.15)

        assert 1 == tempo.rate

    def test_what_fitted_long_ago_proves_nothing_any_more(self) -> None:
        """The limit may have been another then."""
        tempo = Tempo(MOST)
        fit(tempo, 30, 0.0)
        refused_at = REMEMBERED + 0.1
        tempo.refused(tempo.sent(refused_at), refused_at, 0.15)

        assert 1 == tempo.rate

    def test_what_fitted_before_the_refusal_proves_as_much_after_a_long_wait(self) -> None:
        """While one answer is waited for, nothing that was shown is forgotten."""
        tempo = Tempo(MOST)
        fit(tempo, 30, 0.0)
        tempo.refused(tempo.sent(1.0), 1.0, 0.15)
        assert 30 == tempo.rate

        tempo = Tempo(MOST)
        fit(tempo, 30, 0.0)
        tempo.sent(1.0)
        slow = tempo.sent(1.0)
        tempo.refused(tempo.sent(1.0), 1.0, 0.15)
        tempo.refused(slow, 0.9 + OVERDUE, 0.15)
        tempo.wait(1.0 + OVERDUE)
        assert 30 == tempo.rate

    def test_more_is_tried_if_somebody_waits(self) -> None:
        """Twice as much after a while, and never more than at first; what was proven stays."""
        tempo = Tempo(MOST)
        fit(tempo, 15, 0.0)
        tempo.refused(tempo.sent(0.0), 0.0, 0.01)
        assert 15 == tempo.rate

        rates = []
        for now in (GROWS - 1, GROWS, GROWS + 1, 2 * GROWS, 3 * GROWS):
            fit(tempo, tempo.rate, now)
            tempo.wait(now)
            rates.append(tempo.rate)
        assert [15, 30, 30, 40, 40] == rates

        tempo.refused(tempo.sent(3 * GROWS), 3 * GROWS, 0.01)
        assert 40 == tempo.rate

    def test_nothing_is_tried_while_nobody_waits(self) -> None:
        """Who is alone has no use for more."""
        tempo = Tempo(MOST)
        tempo.refused(tempo.sent(0.0), 0.0, 1.0)

        assert 0 == tempo.wait(10 * GROWS)
        assert 1 == tempo.rate

    def test_a_limit_that_was_lowered(self) -> None:
        """What was proven and is refused all the same holds no more."""
        tempo = Tempo(MOST)
        fit(tempo, 8, 0.0)
        rates = []
        for now in (0.0, 2.0, 4.0, 6.0, 8.0):
            tempo.refused(tempo.sent(now), now, 0.1)
            rates.append(tempo.rate)

        assert [8, 4, 2, 1, 1] == rates
