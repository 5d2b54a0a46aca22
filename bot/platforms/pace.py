"""All requests of a client together, on Fluxer: as many as it takes, a number that it never tells.

Its bucket over all routes takes so many requests at once and loses as many each second. Only a
refusal tells of it, and only when there is room for one more.
`Tempo` finds the number out (pure), `Pace` waits. Who else uses the token cannot be known: what
they send may have a request refused twice, and no more is concluded from it than from our own.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import discord

from bot.platforms.leaky import TICK, Level

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

    After a refusal nothing is sent until all that is under way is answered. Then what has fitted
    shows a rate that surely fits, and with nothing else on its way in, so does the next request.
    """

    def __init__(self, most: int) -> None:
        """`most` requests a second are tried as long as none is refused."""
        self._most = most
        self._proven: int | None = None
        """How much surely fits; None before the first refusal."""
        self._level = Level()
        self._set_rate(most)
        self._outgoing = 0
        self._fits: deque[Fit] = deque(maxlen=math.ceil(most * (REMEMBERED + 1)))
        self._filled_at = 0.0
        """When the last request that took a place was answered."""
        self._refused = False
        """Whether one was refused since nothing was under way."""
        self._room_at = 0.0
        self._grows_at = math.inf

    @property
    def rate(self) -> int:
        return self._rate

    def _set_rate(self, rate: int) -> None:
        self._rate = self._level.capacity = rate
        self._level.token = 1 / rate

    def wait(self, now: float) -> float:
        """Seconds until one more may be sent; infinite while an answer has to come first."""
        if self._refused:
            return math.inf
        wait = self._level.wait(now, self._outgoing)
        if wait and now >= self._grows_at:
            self._set_rate(min(self._rate * 2, self._most))
            self.hold(now)
            wait = self._level.wait(now, self._outgoing)
        return wait

    def hold(self, now: float) -> None:
        """Try no more for a while, as somebody waits who must not be refused again."""
        self._grows_at = now + GROWS

    def sent(self) -> None:
        self._outgoing += 1

    def answered(self, sent: float, now: float, *, fitted: bool) -> None:
        """It took a place, or may have: only what surely fitted counts as shown."""
        self._level.untold(now)
        self._filled_at = now
        if fitted:
            self._fits.append((sent, now))
        self._returned(now)

    def refused(self, now: float, retry_after: float) -> None:
        """There is room for one more after so many seconds, if nothing else comes in."""
        self._refused = True
        self._room_at = max(self._room_at, now + retry_after + TICK)
        self._returned(now)

    def _returned(self, now: float) -> None:
        self._outgoing -= 1
        if self._refused and not self._outgoing:
            self._refused = False
            self._proven = self._learnt(now)
            self._set_rate(self._proven)
            self.hold(now)
            room_at = max(self._room_at, self._filled_at + self._level.token + TICK)
            self._level.drained_at = room_at + (self._proven - 1) * self._level.token

    def _learnt(self, now: float) -> int:
        """If even what was proven was too much, it takes less by now."""
        if self._proven is not None and self._rate <= self._proven:
            return max(self._proven // 2, 1)
        lately = (fit for fit in self._fits if fit[1] >= now - REMEMBERED)
        return min(max(self._proven or 1, least_rate(lately)), self._most)


class Pace:
    """Waits; whoever was refused before goes first."""

    def __init__(self, most: int, longest: float | None = None) -> None:
        """`longest` is what anybody waits at most; None for as long as it takes."""
        self._tempo = Tempo(most)
        self._longest = longest
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._turns = {refused: asyncio.Lock() for refused in (False, True)}
        self._waiting = dict.fromkeys(self._turns, 0)
        self._news = asyncio.Event()

    async def turn(self, *, refused_before: bool = False) -> "Ride":
        """Wait until one more fits; `discord.RateLimited` if that takes long."""
        if not refused_before:
            self._refuse_if_long()
        self._waiting[refused_before] += 1
        try:
            async with self._turns[refused_before]:
                while wait := self._wait(refused_before=refused_before):
                    self._news.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(None if math.isinf(wait) else wait):
                            await self._news.wait()
                self._tempo.sent()
                return Ride(self._tempo, self._clock, self._news, self._clock())
        finally:
            self._waiting[refused_before] -= 1
            self._news.set()

    def _wait(self, *, refused_before: bool) -> float:
        if self._waiting[True]:
            self._tempo.hold(self._clock())
            if not refused_before:
                return math.inf
        return self._tempo.wait(self._clock())

    def _refuse_if_long(self) -> None:
        if self._longest is None:
            return
        wait = self._tempo.wait(self._clock())
        queue = sum(self._waiting.values()) / self._tempo.rate
        if (wait := queue + (0.0 if math.isinf(wait) else wait)) > self._longest:
            raise discord.RateLimited(wait)


@dataclass(slots=True)
class Ride:
    """One request that is under way, until it is told how it came back."""

    _tempo: Tempo
    _clock: Callable[[], float]
    _news: asyncio.Event
    _sent: float
    _back: bool = False

    def answered(self, *, fitted: bool) -> None:
        """`fitted` is true if it surely passed through that bucket."""
        if not self._back:
            self._back = True
            self._tempo.answered(self._sent, self._clock(), fitted=fitted)
            self._news.set()

    def refused(self, retry_after: float) -> None:
        self._back = True
        self._tempo.refused(self._clock(), retry_after)
        self._news.set()
