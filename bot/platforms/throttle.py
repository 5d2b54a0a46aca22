"""All requests of a client together, on Fluxer: as many as it takes, a number that it never tells.

Its bucket over all routes takes so many requests at once and loses as many each second. Only a
refusal tells of it, and only when there is room for one more.
`Tempo` finds the number out (pure), `Throttle` waits. Who else uses the token cannot be known: what
they send may have a request refused twice, and no more is concluded from it than from our own.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.platforms.leaky import TICK, Level
from bot.platforms.turns import Queue, UnderWay

REMEMBERED = 5.0
"""Seconds for which it is known what fitted."""
GROWS = 20.0
"""Seconds without a refusal after which twice as much is tried, if somebody has to wait."""

Fit = tuple[float, float]
"""When a request that fitted was sent, and when it was answered; it came in between."""


def least_rate(fits: Iterable[Fit]) -> int:
    """What the bucket surely takes in a second: no more can have fitted than it holds when full
    and loses meanwhile.
    """
    latest_first = sorted(fits, reverse=True)
    end = max((answered for _, answered in latest_first), default=0.0)
    return max(
        (
            math.ceil(number / (1.0 + TICK + end - sent))
            for number, (sent, _) in enumerate(latest_first, 1)
        ),
        default=1,
    )


class Tempo:
    """What is known of that bucket. Times are seconds of any clock that only goes forward.

    After a refusal nothing is sent until all that is under way is answered or overdue. Then what
    has fitted shows a rate that surely fits, and with nothing else on its way in, so does the next
    request.
    """

    def __init__(self, most: int) -> None:
        """`most` requests a second are tried as long as none is refused."""
        self._most = most
        self._proven: int | None = None
        """How much surely fits; None before the first refusal."""
        self._level = Level()
        self._set_rate(most)
        self._under_way = UnderWay()
        self._fits: deque[Fit] = deque(maxlen=math.ceil(most * (REMEMBERED + 1)))
        self._filled_at = 0.0
        """When the last request that took a place was answered, or overdue."""
        self._refused_at: float | None = None
        """When one was first refused since nothing was under way."""
        self._room_at = 0.0
        self._grows_at = math.inf

    @property
    def rate(self) -> int:
        return self._rate

    def _set_rate(self, rate: int) -> None:
        self._rate = self._level.capacity = rate
        self._level.token = 1 / rate

    def wait(self, now: float) -> float:
        """Seconds until one more may be sent, or until an answer that has to come is overdue."""
        for since in self._under_way.overdue(now):
            self._filled(since)
        self._learn(now)
        if self._refused_at is not None:
            return self._under_way.patience(now)
        wait = self._level.wait(now, len(self._under_way))
        if wait and now >= self._grows_at:
            self._set_rate(min(self._rate * 2, self._most))
            self.hold(now)
            wait = self._level.wait(now, len(self._under_way))
        return self._under_way.patience(now) if math.isinf(wait) else wait

    def hold(self, now: float) -> None:
        """Try no more for a while, as somebody waits who must not be refused again."""
        self._grows_at = now + GROWS

    def sent(self, now: float) -> int:
        """The number under which it is answered or refused."""
        return self._under_way.sent(now)

    def answered(self, number: int, now: float, *, fitted: bool) -> None:
        """It took a place, or may have: only what surely fitted counts as shown.

        An answer that was overdue says nothing new.
        """
        sent = self._under_way.back(number)
        if sent is None:
            return
        self._filled(now)
        if fitted:
            self._fits.append((sent, now))
        self._learn(now)

    def refused(self, number: int, now: float, retry_after: float) -> None:
        """There is room for one more after so many seconds, if nothing else comes in.

        Of one that was overdue no more is concluded: nobody knows what it came among.
        """
        self._room_at = max(self._room_at, now + retry_after + TICK)
        if self._under_way.back(number) is None:
            self._level.drained_at = max(self._level.drained_at, self._drained_after(self._room_at))
            return
        if self._refused_at is None:
            self._refused_at = now
        self._learn(now)

    def _filled(self, at: float) -> None:
        self._level.untold(at)
        self._filled_at = max(self._filled_at, at)

    def _drained_after(self, room_at: float) -> float:
        """When the bucket is empty that has room for one more at that time."""
        return room_at + (self._rate - 1) * self._level.token

    def _learn(self, now: float) -> None:
        """From a refusal, once nothing is under way."""
        if self._refused_at is None or len(self._under_way):
            return
        self._proven = self._shown(self._refused_at)
        self._refused_at = None
        self._set_rate(self._proven)
        self.hold(now)
        room_at = max(self._room_at, self._filled_at + self._level.token + TICK)
        self._level.drained_at = self._drained_after(room_at)

    def _shown(self, refused_at: float) -> int:
        """If even what was proven was too much, it takes less by now."""
        if self._proven is not None and self._rate <= self._proven:
            return max(self._proven // 2, 1)
        lately = (fit for fit in self._fits if fit[1] >= refused_at - REMEMBERED)
        return min(max(self._proven or 1, least_rate(lately)), self._most)


class Throttle:
    """Waits; whoever was refused before goes first."""

    def __init__(self, most: int, longest: float | None = None) -> None:
        """`longest` is what anybody waits at most who was not refused before; None for as long as
        it takes.
        """
        self._tempo = Tempo(most)
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._refused = Queue(None, self._room, self._expected)
        self._others = Queue(longest, self._room_for_others, self._expected)

    async def turn(self, *, refused_before: bool = False) -> "Ride":
        """Wait until one more fits; `discord.RateLimited` if that takes long."""
        try:
            await (self._refused if refused_before else self._others).go()
            return Ride(self, self._tempo.sent(self._clock()))
        finally:
            self._stir()

    def answered(self, number: int, *, fitted: bool) -> None:
        self._tempo.answered(number, self._clock(), fitted=fitted)
        self._stir()

    def refused(self, number: int, retry_after: float) -> None:
        self._tempo.refused(number, self._clock(), retry_after)
        self._stir()

    def _stir(self) -> None:
        self._refused.stir()
        self._others.stir()

    def _room(self) -> float:
        """In how many seconds; nothing is tried on those who were refused before."""
        if len(self._refused):
            self._tempo.hold(self._clock())
        return self._tempo.wait(self._clock())

    def _room_for_others(self) -> float:
        return math.inf if len(self._refused) else self._room()

    def _expected(self) -> float:
        return self._room() + (len(self._refused) + len(self._others)) / self._tempo.rate


@dataclass(frozen=True, slots=True)
class Ride:
    """One request that is under way. It comes back once: what is said later changes nothing."""

    _throttle: Throttle
    _number: int

    def answered(self, *, fitted: bool) -> None:
        """`fitted` is true if it surely passed through that bucket."""
        self._throttle.answered(self._number, fitted=fitted)

    def refused(self, retry_after: float) -> None:
        self._throttle.refused(self._number, retry_after)
