"""When to look again for those whom the record has not named when they joined.

Those of an earlier run after a start, those whose guild's record was refused once it is probed
again, and those who waited in vain every hour, for some days.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self

from bot.cases import Key
from bot.jobs import Jobs
from bot.later import Later
from bot.patience import Patience, repeating
from data.models import JoinFact

log = logging.getLogger(__name__)

MOST_MEMBERS = 20_000
"""Members that are looked for at once, and looked through for them, page by page: a raid."""

REMEMBERED = timedelta(days=7)
"""How far back joins are still looked for."""


class UnnamedLog(Protocol):
    async def unconfirmed(self, guild_id: int, since: datetime, limit: int) -> list[JoinFact]: ...
    async def guilds_unconfirmed(self, since: datetime) -> list[int]: ...
    async def closed_records(self, now: datetime) -> dict[int, datetime]: ...


Expect = Callable[[int, Collection[Key], bool], None]
"""Looks for these members of a guild; if the last argument is true, with one question only."""


class Leftovers:
    """Who is still without a name is asked of the ledger, so that nobody is kept in memory; use it
    as an async context manager.
    """

    def __init__(self, ledger: UnnamedLog, patience: Patience, expect: Expect) -> None:
        self._ledger = ledger
        self._patience = patience
        self._expect = expect
        self.closed: set[int] = set()
        """Guilds whose record was refused or is absent, until it is probed again."""
        self._later = Later(self._look_again)
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        self._jobs.start(self._begin())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._jobs.__aexit__()
        self._later.stop()

    def look_now(self, guild_id: int) -> None:
        """The record may answer by now."""
        if guild_id not in self.closed:
            self._jobs.start(self._look(guild_id))

    def look_later(self, guild_id: int) -> None:
        """Somebody waited in vain: the record lags, or gives no answer. One look has them all."""
        self._later.after(self._patience.unnamed, guild_id)

    def close(self, guild_id: int, seconds: float) -> None:
        """The record was refused: it is left alone for so long."""
        self.closed.add(guild_id)
        self._jobs.start(self._probe_later(guild_id, seconds))

    def _look_again(self, guild_id: int) -> None:
        if guild_id not in self.closed:
            self._jobs.start(self._look(guild_id, once=True))

    async def _look(self, guild_id: int, *, once: bool = False) -> None:
        try:
            since = datetime.now(UTC) - REMEMBERED
            facts = await self._ledger.unconfirmed(guild_id, since, MOST_MEMBERS)
        except Exception:
            log.exception("guild %d: its joins stay unconfirmed for now", guild_id)
            self.look_later(guild_id)
        else:
            self._expect(guild_id, [(fact.member_id, fact.joined_at) for fact in facts], once)

    async def _probe_later(self, guild_id: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.closed.discard(guild_id)
        await self._look(guild_id)

    async def _begin(self) -> None:
        for wait in repeating(self._patience.ledger):
            try:
                await self._take_up()
            except Exception:
                log.exception("joins of an earlier run stay unconfirmed for now")
            else:
                break
            await asyncio.sleep(wait)

    async def _take_up(self) -> None:
        now = datetime.now(UTC)
        closed = await self._ledger.closed_records(now)
        for guild_id, until in closed.items():
            if guild_id not in self.closed:
                self.close(guild_id, (until - now).total_seconds())
        for guild_id in await self._ledger.guilds_unconfirmed(now - REMEMBERED):
            if guild_id not in closed:
                await self._look(guild_id)
