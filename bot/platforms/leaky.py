"""Fluxer's rate limits: buckets that leak, in place of the library's windows that open at once.

Every request adds one to its bucket, which drains evenly; one that does not fit is refused.
`Level` knows what the answers told (pure), `LeakyBucket` waits: it stands where discord.py keeps
its `Ratelimit`.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import discord

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
            return float("inf") if outgoing else 0.0
        if outgoing >= self.capacity:
            return float("inf")
        left = max(self.drained_at - now, 0.0)
        return max(left - (self.capacity - 1 - outgoing) * self.token, 0.0)


class LeakyBucket:
    """The bucket of one route, as discord.py uses one: `async with bucket:` around a request."""

    def __init__(self, longest: float | None, level: Level | None = None) -> None:
        self._longest = longest
        self._level = level or Level()
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._turn = asyncio.Lock()
        self._answered = asyncio.Event()
        self._waiting = 0
        self._outgoing = 0
        self._used_at = self._clock()

    @property
    def remaining(self) -> int:
        """What the library writes to its log."""
        return 0 if self._level.wait(self._clock(), self._outgoing) else 1

    def is_inactive(self) -> bool:
        busy = self._outgoing or self._waiting
        return not busy and self._clock() - self._used_at > FORGOTTEN

    def update(self, response: Any, *, use_clock: bool = False) -> None:
        """The library reports answers with figures only; `answered` hears of every one."""

    async def __aenter__(self) -> Self:
        await self.take()
        _place.set(Place(self))
        return self

    async def take(self) -> None:
        """Wait for a place, first come, first served; `discord.RateLimited` if that takes long."""
        self._refuse_if_long()
        self._waiting += 1
        try:
            async with self._turn:
                while wait := self._level.wait(self._clock(), self._outgoing):
                    self._answered.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(None if wait == float("inf") else wait):
                            await self._answered.wait()
        finally:
            self._waiting -= 1
        self._outgoing += 1
        self._used_at = self._clock()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if (place := _place.get()) is not None and place.held:
            self.leave()

    def leave(self) -> None:
        """The request is answered, or was never one."""
        self._outgoing -= 1
        self._answered.set()

    def answered(self, headers: Mapping[str, str], *, fitted: bool = True) -> None:
        """`fitted` is false of a request that was refused for want of a place."""
        figures = _figures(headers)
        if figures is not None:
            self._level.told(self._clock(), *figures)
        elif fitted:
            self._level.untold(self._clock())

    def _refuse_if_long(self) -> None:
        wait = self._level.wait(self._clock(), self._outgoing)
        if self._longest is None or wait == float("inf"):
            return
        if (wait := wait + self._waiting * self._level.token) > self._longest:
            raise discord.RateLimited(wait)


@dataclass(slots=True)
class Place:
    """What one request has in its bucket while it is under way."""

    bucket: LeakyBucket
    held: bool = True
    refused_before: bool = False
    """By any limit: it should not be again."""

    def answered(self, headers: Mapping[str, str]) -> None:
        """By anything but a refusal."""
        self.bucket.answered(headers)

    def refused(self, headers: Mapping[str, str], *, of_all: bool = False) -> None:
        """It did not fit: it will queue for another place like any.

        If it is all requests together that were too many, it never came to this bucket.
        """
        self.refused_before = True
        if of_all:
            return
        self.bucket.answered(headers, fitted=False)
        self.held = False
        self.bucket.leave()

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
