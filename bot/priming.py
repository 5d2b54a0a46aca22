"""Has the platform begin its record of each guild, where it keeps none before it was asked.

Whoever joins before that is never in it, so it is asked as soon as a guild can be; not of all at
once, for a thousand guilds must not keep those waiting who have just joined.
"""

import asyncio
import logging
from collections import Counter
from typing import Protocol, Self

from bot.errors import NoAnswerError
from bot.jobs import Jobs
from bot.later import Later
from bot.patience import Patience
from bot.platforms.platform import RecordPage
from data.models import Reason

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Guilds that are asked about at the same moment."""

MOST_TRIES = 4
"""Questions about one guild, if none is answered: the first of them may have been enough."""


class RecordSource(Protocol):
    async def record(self, guild_id: int, limit: int) -> RecordPage: ...


class Primer:
    """Asks about one guild after another; use it as an async context manager."""

    def __init__(self, source: RecordSource, patience: Patience) -> None:
        self._source = source
        self._waits = patience.unanswered
        self._wanted: asyncio.Queue[int] = asyncio.Queue()
        self._queued: set[int] = set()
        self._tries: Counter[int] = Counter()
        self._later = Later(self._want)
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        for _ in range(AT_ONCE):
            self._jobs.start(self._prime_wanted())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._jobs.__aexit__()
        self._later.stop()

    def prime(self, guild_id: int) -> None:
        """As soon as it is this guild's turn; once is enough, however many reasons there are."""
        del self._tries[guild_id]
        self._want(guild_id)

    def _want(self, guild_id: int) -> None:
        self._later.forget(guild_id)
        if guild_id not in self._queued:
            self._queued.add(guild_id)
            self._wanted.put_nowait(guild_id)

    async def _prime_wanted(self) -> None:
        while True:
            guild_id = await self._wanted.get()
            self._queued.discard(guild_id)
            if not await self._primed(guild_id):
                self._want_later(guild_id)

    def _want_later(self, guild_id: int) -> None:
        """A few times; after that the first who joins is the next to ask for it."""
        self._tries[guild_id] += 1
        tries = self._tries[guild_id]
        if tries < MOST_TRIES:
            self._later.after(self._waits[min(tries, len(self._waits) - 1)], guild_id)

    async def _primed(self, guild_id: int) -> bool:
        """Whether asking again soon would be no use.

        Where a permission is missing, getting it is an event of its own.
        """
        try:
            await self._source.record(guild_id, 1)
        except NoAnswerError as error:
            if self._tries[guild_id] + 1 == MOST_TRIES:
                log.info("guild %d: no record for now: %s", guild_id, error)
            return error.reason is Reason.NO_PERMISSION or error.retry_after is not None
        except Exception:
            log.exception("guild %d: its record may not have begun", guild_id)
            return False
        return True
