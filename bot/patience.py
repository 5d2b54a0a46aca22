"""How long Usher waits for what, and how it tries again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple, TypeVar

from data.errors import LedgerUnavailableError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Patience(NamedTuple):
    """All in seconds; tests pass shorter ones."""

    unmet: Sequence[float] = (0.5, 2.0, 5.0)
    """Before each further reading, while readings explain fewer joins than happened."""
    unanswered: Sequence[float] = (0.5, 2.0, 5.0, 15.0, 30.0, 60.0)
    """Before each further attempt, while the platform gives no answer; the last repeats."""
    told_after: int = 4
    """Failed attempts after which moderators read "no answer" instead of "pending"."""
    record: Sequence[float] = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
    """Before each further question to the platform's record; the last repeats."""
    ledger: Sequence[float] = (0.2, 1.0, 5.0, 15.0)
    """Before each further attempt to write; the last repeats."""
    expiry: float = 15.0
    """Between two looks for invites that expired without a word."""


def repeating(waits: Sequence[float]) -> Iterator[float]:
    """The waits in order, then the last one for ever."""
    return chain(waits, repeat(waits[-1]))


async def until_written(write: Callable[[], Awaitable[T]], waits: Sequence[float]) -> T:
    """Try a write to the ledger until it succeeds: what has happened must not be lost."""
    for wait in repeating(waits):
        try:
            return await write()
        except LedgerUnavailableError as error:
            log.warning("not written down yet, trying again in %g s: %s", wait, error)
        await asyncio.sleep(wait)
    raise AssertionError("the last wait repeats for ever")
