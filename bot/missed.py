"""Looks for who joined or left while nobody told us, one search per guild at a time.

After a gap there is every reason to; else a doubt is enough: an event that cannot be read, uses
that nobody's join explains, somebody whom the record knows and the ledger does not, or that nobody
has looked for long.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, Self

from bot.census import Census, MemberLedger, MemberSource
from bot.errors import NoAnswerError
from bot.jobs import Jobs
from bot.later import Later
from bot.patience import Patience, repeating
from bot.platforms.platform import Membership
from bot.windows import CLOCKS_APART, Away, OpenWindow
from data.models import JoinFact, to_ms

log = logging.getLogger(__name__)

HELD_FOR = 30.0
"""Seconds that a window waits for those who joined unseen; whoever is found later is unknown."""

COUNTED_LATELY = 600.0
"""Seconds between two searches that nothing but a doubt gives a reason for."""

SAME_MS = 1000
"""Times of one join that are less apart: not every platform tells them alike everywhere."""


class MissedLedger(MemberLedger, Protocol):
    async def memberships(self, guild_id: int, members: Sequence[int]) -> list[tuple[int, int]]: ...


TakeIn = Callable[[OpenWindow, Sequence[JoinFact], Away], Awaitable[None]]
"""Sees to those who were found: they joined within that time."""


class Missed:
    """Searches, now or later; use it as an async context manager.

    `windows` are those that are open, by guild.
    """

    def __init__(
        self,
        source: MemberSource,
        ledger: MissedLedger,
        patience: Patience,
        clock: Callable[[], float],
        windows: Mapping[int, OpenWindow],
        take_in: TakeIn,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._census = Census(source, ledger, patience)
        self._patience = patience
        self._clock = clock
        self._windows = windows
        self._take_in = take_in
        self._later = Later(self._doubt_again)
        """Guilds that there is a doubt about, and that were searched lately."""
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        self._jobs.start(self._count_in_turn())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._jobs.__aexit__()
        self._later.stop()

    def doubt(self, window: OpenWindow) -> bool:
        """Search, as an event may have been lost, and say whether the window waits for that.

        Not often, for it may be as it seems: within a while after a search only once that is over.
        """
        wait = self._counted_lately(window)
        if wait > 0:
            self._later.after(wait, window.guild_id)
            return False
        now = self._clock()
        window.counted_at, window.counted_ms = now, to_ms(datetime.now(UTC) - CLOCKS_APART)
        window.doubt(now)
        self.search(window)
        return window.patient

    def search(self, window: OpenWindow) -> None:
        """Look for them if there is a reason; until then the window stays open."""
        if window.away is None:
            return
        window.patient = True
        if not window.searched:
            window.searched = True
            self._jobs.start(self._find_missed(window))

    def shown(self, window: OpenWindow, members: Collection[Membership]) -> None:
        """The record tells of these: whoever joined before our eyes should be in the ledger.

        Whoever joined just now may still be announced, and whoever joined before the last search
        for a doubt was found by it, or is no member.
        """
        if window.begun_ms is None:
            return
        since = max(window.begun_ms, window.counted_ms)
        until = to_ms(datetime.now(UTC) - CLOCKS_APART)
        seen = [
            (member_id, joined_at)
            for member_id, joined_at, _ in members
            if since <= joined_at < until and member_id != self._source.own_id
        ]
        if seen:
            self._jobs.start(self._compare(window, seen))

    def forget(self, guild_id: int) -> None:
        self._later.forget(guild_id)

    def _counted_lately(self, window: OpenWindow) -> float:
        """Seconds until a doubt is reason enough again; not more than zero if it is."""
        if window.counted_at is None:
            return 0
        return window.counted_at + COUNTED_LATELY - self._clock()

    def _doubt_again(self, guild_id: int) -> None:
        window = self._windows.get(guild_id)
        if window is not None:
            self.doubt(window)

    async def _compare(self, window: OpenWindow, seen: Sequence[tuple[int, int]]) -> None:
        try:
            known = await self._ledger.memberships(window.guild_id, [one for one, _ in seen])
        except Exception:
            log.exception("guild %d: whom the record shows is not compared", window.guild_id)
            return
        times: dict[int, list[int]] = {}
        for member_id, joined_at in known:
            times.setdefault(member_id, []).append(joined_at)
        unknown = [
            member_id
            for member_id, joined_at in seen
            if all(abs(joined_at - time) >= SAME_MS for time in times.get(member_id, ()))
        ]
        if unknown:
            log.info("guild %d: the record has %d unannounced", window.guild_id, len(unknown))
            self.doubt(window)

    async def _count_in_turn(self) -> None:
        """Look who is there once in a while: a lost event leaves no trace of its own."""
        while True:
            for guild_id in list(self._windows) or [0]:
                await asyncio.sleep(self._patience.recount / max(len(self._windows), 1))
                window = self._windows.get(guild_id)
                if window is not None and window.loaded and self._counted_lately(window) <= 0:
                    self.doubt(window)

    async def _find_missed(self, window: OpenWindow) -> None:
        """Try until it succeeds: somebody who is never written down would be lost."""
        turns = _Turns(window)
        for wait in repeating(self._patience.unanswered):
            try:
                while (away := window.away) is not None and not window.removed:
                    await self._find(window, away, turns)
            except NoAnswerError as error:
                log.warning("guild %d: who joined unseen is not known: %s", window.guild_id, error)
            except Exception:
                log.exception("guild %d: who joined unseen is not known", window.guild_id)
            else:
                break
            await asyncio.sleep(wait)
        # No `await` since the last look: nothing can have been missed in between.
        turns.end()
        window.searched = window.patient = False

    async def _find(self, window: OpenWindow, away: Away, turns: "_Turns") -> None:
        begun = partial(turns.begin, away)
        facts = await self._census.take(window.guild_id, window.begun(away), begun)
        # No `await` until the window has them, or it could close in between.
        if window.away is away:  # an equal one would be a later gap
            window.away = None
        if facts:
            log.info("guild %d: %d joined while nobody told us", window.guild_id, len(facts))
            await self._take_in(window, facts, away)


class _Turns:
    """How long a window waits for one search: for each gap from its first turn on, and no longer
    if a search has to be tried again.
    """

    def __init__(self, window: OpenWindow) -> None:
        self._window = window
        self._away: Away | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, away: Away) -> None:
        if away is not self._away:
            self.end()
            self._away = away
            self._timer = asyncio.get_running_loop().call_later(HELD_FOR, self._lose_patience)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _lose_patience(self) -> None:
        self._window.patient = False
