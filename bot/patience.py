"""How long Usher waits for what, and how it tries again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple, TypeVar

from data.errors import LedgerUnavailableError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Pace(NamedTuple):
    """Of log channels, in seconds; the platform takes 5 messages and 5 edits in 5 seconds."""

    look: float = 0.5
    """Between two looks for something to tell."""
    verdict: float = 3.0
    """How much longer than a verdict usually needs a line waits for it."""
    say: float = 2.0
    """Between two messages in one channel: what comes meanwhile is drawn together."""
    edit: float = 1.5
    """Between two edits in one channel, likewise."""
    again: Sequence[float] = (5.0, 15.0, 60.0, 300.0)
    """After each failure in a row; the last repeats."""


class Patience(NamedTuple):
    """All in seconds; tests pass shorter ones."""

    unmet: Sequence[float] = (0.5, 2.0, 5.0)
    """Before each further reading, while readings explain fewer joins than happened."""
    unanswered: Sequence[float] = (0.5, 2.0, 5.0, 15.0, 30.0, 60.0)
    """Before each further attempt, while the platform gives no answer; the last repeats."""
    told_after: int = 4
    """Failed attempts after which moderators read "no answer" instead of "pending"."""
    record: Sequence[float] = (22.0, 15.0, 20.0, 40.0, 80.0, 160.0, 300.0)
    """Before each further question to the platform's record; the last repeats. It lags: nobody
    shows before 20 s (measured by others), so that an earlier question would be for nothing."""
    unnamed: float = 3600.0
    """Between two looks for those whom the record did not name while they were waited for."""
    page: float = 1.0
    """Between two pages of a backfill: nobody waits for it, and much else asks the platform."""
    backfill: Sequence[float] = (5.0, 15.0, 60.0, 300.0)
    """Before each further attempt at a page; the last repeats."""
    told: float = 5.0
    """Between two changes of a message that shows how far something is."""
    followed: float = 840.0
    """How long such a message is changed: the platform lets a private answer live 15 minutes."""
    ledger: Sequence[float] = (0.2, 1.0, 5.0, 15.0)
    """Before each further attempt to write; the last repeats."""
    recount: float = 86_400.0
    """In which every guild's members are counted once, also if nothing seems to be missing."""
    expiry: float = 15.0
    """Between two looks for invites that expired without a word."""
    pace: Pace = Pace()


RECORD_FIRST = (1.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""`Patience.record` where the record knows people as soon as they have joined (Fluxer)."""


def usual(*, record_first: bool) -> Patience:
    """How patient Usher is, by how soon the platform's record knows of a join."""
    return Patience(record=RECORD_FIRST) if record_first else Patience()


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
