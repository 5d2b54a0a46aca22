"""Waiting for room, in order and not for ever; and what is under way and not answered yet.

What all limits of Fluxer have in common, whatever they are limits of: `Queue` waits, `UnderWay`
knows (pure).
"""

import asyncio
import itertools
import math
from collections.abc import Callable
from contextlib import suppress

import discord

OVERDUE = 5.0
"""Seconds after which nobody waits for an answer any more: the request is taken for arrived."""


class UnderWay:
    """Requests that were sent, until they come back or are overdue."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._sent: dict[int, float] = {}
        """When, by number: the oldest is the first."""

    def __len__(self) -> int:
        return len(self._sent)

    def sent(self, now: float) -> int:
        """The number under which it will come back."""
        number = next(self._numbers)
        self._sent[number] = now
        return number

    def back(self, number: int) -> float | None:
        """When it was sent; None if it is not waited for any more, or came back before."""
        return self._sent.pop(number, None)

    def overdue(self, now: float) -> list[float]:
        """When each of those became overdue that did since the last time: they are left out."""
        late = [number for number, sent in self._sent.items() if sent + OVERDUE <= now]
        return [self._sent.pop(number) + OVERDUE for number in late]

    def patience(self, now: float) -> float:
        """Seconds until the oldest is overdue; infinite if nothing is under way."""
        return max(next(iter(self._sent.values()), math.inf) + OVERDUE - now, 0.0)


class Queue:
    """Those who wait for room: first come, first served."""

    def __init__(
        self, longest: float | None, ready: Callable[[], float], expected: Callable[[], float]
    ) -> None:
        """`longest` is what anybody waits at most; None for as long as it takes.

        `ready` says in how many seconds the first may go, and `expected` what the next to come
        would have to wait; both are infinite while that depends on news.
        """
        self._longest = longest
        self._ready = ready
        self._expected = expected
        self._turn = asyncio.Lock()
        self._news = asyncio.Event()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def stir(self) -> None:
        """There is news: let the first look again."""
        self._news.set()

    async def go(self) -> None:
        """Wait for a turn; `discord.RateLimited` if that takes long, at once where it is known."""
        longest = self._longest
        if longest is not None and longest < (expected := self._expected()) < math.inf:
            raise discord.RateLimited(expected)
        self._waiting += 1
        try:
            async with asyncio.timeout(longest), self._turn:
                await self._until_ready()
        except TimeoutError:
            assert longest is not None, "nothing else ends the wait"
            raise discord.RateLimited(longest) from None
        finally:
            self._waiting -= 1

    async def _until_ready(self) -> None:
        while wait := self._ready():
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if math.isinf(wait) else wait):
                    await self._news.wait()
