"""Fluxer's rate limits: buckets that leak, in place of the library's windows that open at once.

Every request adds one to its bucket, which drains evenly; one that does not fit is refused.
`Level` knows what the answers told (pure), `LeakyBucket` waits: it stands where discord.py keeps
its `Ratelimit`.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from bot.platforms.turns import Queue, UnderWay

TICK = 0.001
"""Seconds by which the platform rounds."""
FORGOTTEN = 300.0
"""Seconds after which the library may throw an idle bucket away."""


class Level:
    """What is known of a bucket. Times are seconds of any clock that only goes forward."""

    def __init__(self, capacity: int | None = None, token: float = 0.0) -> None:
        self.capacity = capacity
        """None before the first answer."""
        self.token = token
        """How long one request takes to drain: a lower bound, so the bucket seems no larger."""
        self.drained_at = 0.0
        """When nothing of what was answered is left in it."""

    def told(self, now: float, limit: int, remaining: int, reset_after: float) -> None:
        """An answer's figures: `reset_after` is the time in which the whole bucket drains.

        There are at most `limit - remaining` requests in it, of which the last has just come.
        """
        if limit != self.capacity:
            self.capacity, self.token = limit, 0.0
        used = max(limit - remaining, 1)
        self.token = max(self.token, (reset_after - TICK) / used)
        self.drained_at = max(self.drained_at, now + reset_after)

    def untold(self, now: float) -> None:
        """An answer without figures, like most failures: it took its place all the same."""
        self.drained_at = max(self.drained_at, now) + self.token

    def wait(self, now: float, outgoing: int) -> float:
        """Seconds until one more fits beside those that are not answered yet.

        Infinite while an answer has to come first.
        """
        if self.capacity is None:
            return math.inf if outgoing else 0.0
        if outgoing >= self.capacity:
            return math.inf
        left = max(self.drained_at - now, 0.0)
        return max(left - (self.capacity - 1 - outgoing) * self.token, 0.0)


class LeakyBucket:
    """The bucket of one route, as discord.py uses one: `async with bucket:` around a request.

    An answer that is overdue holds nobody up: its request has a place in the bucket by then.
    """

    def __init__(self, longest: float | None, level: Level | None = None) -> None:
        self._level = level or Level()
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._queue = Queue(longest, self._ready, self._expected)
        self._held = 0
        """Places of requests that are not answered, most of which are under way."""
        self._under_way = UnderWay()
        self._used_at = self._clock()

    @property
    def remaining(self) -> int:
        """What the library writes to its log."""
        return 0 if self._ready() else 1

    def is_inactive(self) -> bool:
        busy = self._held or len(self._queue)
        return not busy and self._clock() - self._used_at > FORGOTTEN

    def update(self, response: Any, *, use_clock: bool = False) -> None:
        """The library reports answers with figures only; `answered` hears of every one."""

    async def __aenter__(self) -> Self:
        await self.take()
        _place.set(Place(self))
        return self

    async def take(self) -> None:
        """Wait for a place; `discord.RateLimited` if that takes long."""
        await self._queue.go()
        self._held += 1
        self._used_at = self._clock()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if (place := _place.get()) is not None:
            place.given_back()

    def leave(self) -> None:
        """The request is answered, or was never one."""
        self._held -= 1
        self._queue.stir()

    def sent(self) -> int:
        """A request that has a place goes out; the number is for `back`."""
        return self._under_way.sent(self._clock())

    def back(self, number: int) -> bool:
        """Whether it still has its place."""
        return self._under_way.back(number) is not None

    def answered(self, headers: Mapping[str, str], *, fitted: bool = True) -> None:
        """`fitted` is false of a request that was refused for want of a place, and of one that is
        in the bucket already.
        """
        figures = _figures(headers)
        if figures is not None:
            self._level.told(self._clock(), *figures)
        elif fitted:
            self._level.untold(self._clock())

    def _ready(self) -> float:
        now = self._clock()
        for since in self._under_way.overdue(now):
            self._level.untold(since)
            self._held -= 1
        wait = self._level.wait(now, self._held)
        return self._under_way.patience(now) if math.isinf(wait) else wait

    def _expected(self) -> float:
        return self._ready() + len(self._queue) * self._level.token


@dataclass(slots=True)
class Place:
    """What one request has in its bucket while it is under way."""

    bucket: LeakyBucket
    held: bool = True
    """Not after a refusal, nor if the answer was overdue."""
    refused_before: bool = False
    """By any limit: it should not be again."""
    _number: int | None = None

    def sent(self) -> None:
        """Each time that it goes out."""
        self._number = self.bucket.sent()

    def answered(self, headers: Mapping[str, str]) -> None:
        """By anything but a refusal."""
        self._back()
        self.bucket.answered(headers, fitted=self.held)

    def refused(self, headers: Mapping[str, str], *, of_all: bool = False) -> None:
        """It did not fit: it will queue for another place like any.

        If it is all requests together that were too many, it never came to this bucket.
        """
        self.refused_before = True
        self._back()
        if not of_all:
            self.bucket.answered(headers, fitted=False)
            self.given_back()

    def given_back(self) -> None:
        self._back()
        if self.held:
            self.held = False
            self.bucket.leave()

    def _back(self) -> None:
        if self._number is not None:
            self.held = self.bucket.back(self._number)
            self._number = None

    async def again(self) -> None:
        """Before each time that the request goes out: it does not without a place."""
        if not self.held:
            await self.bucket.take()
            self.held = True


_place: ContextVar[Place | None] = ContextVar("place", default=None)


def place() -> Place | None:
    """That of the request that is being made in this context."""
    return _place.get()


def _figures(headers: Mapping[str, str]) -> tuple[int, int, float] | None:
    try:
        return (
            int(headers["X-RateLimit-Limit"]),
            int(headers["X-RateLimit-Remaining"]),
            float(headers["X-RateLimit-Reset-After"]),
        )
    except (KeyError, ValueError):
        return None
