"""Keeps the open windows: who is read when, who is looked for, and when each is closed."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self

from bot.attribution import Arrival, Window
from bot.census import MemberSource
from bot.closer import Closer, InviteSource, SettlementLog
from bot.errors import NoAnswerError
from bot.jobs import Jobs
from bot.later import Later
from bot.missed import COUNTED_LATELY, Missed, MissedLedger
from bot.patience import Patience, repeating
from bot.platforms.platform import Membership
from bot.windows import Away, OpenWindow
from data.models import Baseline, InviteRecord, JoinFact, Reason, WindowRecord, to_ms

log = logging.getLogger(__name__)

TOLD_BEFORE = timedelta(minutes=1)
"""An invite may be told of so long before the window that it belongs to is settled."""

MOST_UNSETTLED = 10_000
"""Invites read and not yet settled, over all guilds: until then each is kept in full."""

READERS = 3
"""Guilds read at once after a start or a gap, so that a thousand guilds do not stop the joins."""


DOUBTED_FOR = 10.0
"""Seconds in which each event that cannot be read is reason enough for another reading."""


class GuildSource(InviteSource, MemberSource, Protocol):
    """What the keeper asks of a platform."""


class WindowLedger(SettlementLog, MissedLedger, Protocol):
    """What it takes up again after a restart, and what it writes down."""

    async def baseline(self, guild_id: int) -> Baseline | None: ...
    async def pending(self, guild_id: int) -> list[JoinFact]: ...
    async def meet(self, guild_id: int, at: int) -> int | None: ...
    async def unlisted(self, guild_id: int, since: datetime) -> list[InviteRecord]: ...


class Witness(Protocol):
    """Who looks for confirmation of what the counters say."""

    def joined(self, guild_id: int, join: Arrival) -> None: ...
    def found(self, guild_id: int, joins: Collection[Arrival]) -> None: ...
    def left(self, guild_id: int, member_id: int) -> None: ...
    def settled(self, guild_id: int, evidence: Window, record: WindowRecord | None) -> None: ...


class Keeper:
    """One open window per guild; use it as an async context manager."""

    def __init__(
        self,
        source: GuildSource,
        ledger: WindowLedger,
        patience: Patience,
        clock: Callable[[], float],
        witness: Witness,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._witness = witness
        self._windows: dict[int, OpenWindow] = {}
        self._missed = Missed(source, ledger, patience, clock, self._windows, self._take_in)
        self._closer = Closer(source, ledger, patience, clock, witness.settled, self._missed.doubt)
        self._to_read: asyncio.Queue[OpenWindow] = asyncio.Queue()
        self._queued: set[int] = set()
        """Guilds in that queue: once is enough, however many reasons there are."""
        self._again = Later(self._want_again)
        """Guilds whose reading failed."""
        self._ripening: deque[OpenWindow] = deque()
        self._unsettled = 0
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        await self._missed.__aenter__()
        for job in (*[self._read_wanted] * READERS, self._settle_ripe):
            self._jobs.start(job())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop at once: what is undecided is pending in the ledger, and decided after a start."""
        await self._missed.__aexit__()
        await self._jobs.__aexit__()
        self._again.stop()

    def guilds(self) -> list[int]:
        """Those that something is in memory of."""
        return list(self._windows)

    def known(self, guild_id: int) -> OpenWindow | None:
        """The window of a guild that there is something in memory of."""
        return self._windows.get(guild_id)

    def window(self, guild_id: int) -> OpenWindow:
        window = self._windows.get(guild_id)
        if window is None:
            window = self._windows[guild_id] = OpenWindow(guild_id, self._source.lags)
        return window

    def drop(self, guild_id: int) -> None:
        """What is pending stays in the ledger, and is decided from there."""
        window = self._windows.pop(guild_id, None)
        if window is not None:
            window.removed = True
        self._missed.forget(guild_id)
        self._again.forget(guild_id)

    def successor(self, window: OpenWindow) -> OpenWindow:
        """Itself; another one once Usher was removed from the guild and added again."""
        return self._windows.get(window.guild_id, window)

    def watch(self, window: OpenWindow) -> None:
        """Somebody waits for a verdict."""
        if not window.watched:
            window.watched = True
            self._jobs.start(self._close(window))

    def read_again(self, window: OpenWindow) -> None:
        """Invites may have changed unseen: read them when there is time, and compare."""
        window.miss(self._clock())
        window.wanted = True
        self._want(window)

    def doubt(self, window: OpenWindow) -> None:
        """Something was told that nobody could read: read again and look for people who came or
        left. If it is told again and again, both are done now and then only.
        """
        now = self._clock()
        if self._missed.doubt(window):
            self.read_again(window)
            return
        window.miss(now)
        if window.counted_at is not None and now - window.counted_at > DOUBTED_FOR:
            window.wanted = False
            self._again.after(COUNTED_LATELY, window.guild_id)

    def _want(self, window: OpenWindow) -> None:
        self._again.forget(window.guild_id)
        if window.guild_id not in self._queued:
            self._queued.add(window.guild_id)
            self._to_read.put_nowait(window)

    def _want_again(self, guild_id: int) -> None:
        window = self._windows.get(guild_id)
        if window is not None:
            window.wanted = True
            self._want(window)

    def came_back(self, window: OpenWindow) -> None:
        """The guild was out of sight: people may have come and gone as well."""
        window.broken_since = None
        window.was_away(self._clock())
        self.read_again(window)
        self._missed.search(window)

    def shown(self, guild_id: int, members: Collection[Membership]) -> None:
        """The record tells of these members: somebody's join may never have been announced."""
        window = self._windows.get(guild_id)
        if window is not None:
            self._missed.shown(window, members)

    # How windows come to their end

    async def _close(self, window: OpenWindow) -> None:
        """Close windows of one guild until nobody waits for a verdict."""
        for wait in repeating(self._patience.unanswered):
            try:
                await self._load(window)
                while window.joins and not window.removed:
                    await self._closer.close(window)
            except Exception:
                log.exception("guild %d: its joins stay pending for now", window.guild_id)
            else:
                break
            await asyncio.sleep(wait)
        # No `await` since the last look at its joins: nobody can have come in between.
        self._release(window, failed=False)

    def _release(self, window: OpenWindow, *, failed: bool) -> None:
        """Whoever joined meanwhile is seen to now, and a reading that is still wanted is not lost.

        Whoever failed says when to try again.
        """
        window.watched = False
        if window.removed:
            return
        if window.joins:
            self.watch(window)
        elif window.wanted and not failed:
            self._want(window)

    async def _load(self, window: OpenWindow) -> None:
        if window.loaded:
            return
        kept = await self._ledger.baseline(window.guild_id)
        pending = await self._ledger.pending(window.guild_id)
        unlisted = []
        if kept is not None:
            unlisted = await self._ledger.unlisted(window.guild_id, kept.read_at - TOLD_BEFORE)
        window.load(kept, pending, unlisted, self._clock())
        if kept is None:
            await self._meet(window, pending)
        self._missed.search(window)

    async def _meet(self, window: OpenWindow, pending: Iterable[JoinFact]) -> None:
        """Nothing was read so far, but somebody may have joined since we were first there."""
        first = min((fact.arrived_at for fact in pending), default=to_ms(datetime.now(UTC)))
        before = await self._ledger.meet(window.guild_id, first)
        window.met_ms = first if before is None else before
        if before is not None:
            window.was_away(self._clock())

    async def _read_wanted(self) -> None:
        """Read the guilds that nobody joined right now, a few at a time."""
        while True:
            window = self.successor(await self._to_read.get())
            self._queued.discard(window.guild_id)
            while self._unsettled > MOST_UNSETTLED:  # noqa: ASYNC110 - one look in a while will do
                await asyncio.sleep(self._source.lags.event / 4)
            try:
                await self._read(window)
            except NoAnswerError as error:
                log.warning("guild %d: no reading: %s", window.guild_id, error)
                self._ask_again(window, error.reason)
            except Exception:
                log.exception("guild %d: reading failed", window.guild_id)
                self._ask_again(window, Reason.NO_ANSWER)

    async def _read(self, window: OpenWindow) -> None:
        await self._load(window)
        await self._until_gap_is_over(window)
        if window.removed:
            return
        if window.wanted and not window.watched and not window.joins:
            async with self._held(window):
                await self._closer.read(window)
            self._ripening.append(window)
            self._unsettled += len(window.invites)
        elif window.joins:
            self.watch(window)

    async def _until_gap_is_over(self, window: OpenWindow) -> None:
        """A use that was missed must show in the reading that is to end the gap."""
        if window.gap_at is not None:
            over_at = window.gap_at + window.lags.counter + 0.001
            await asyncio.sleep(max(over_at - self._clock(), 0))

    def _ask_again(self, window: OpenWindow, reason: Reason) -> None:
        """Later; much later where a permission is missing: getting it is an event of its own."""
        if window.removed:
            return
        later = self._patience.unanswered[-1]
        if reason is Reason.NO_PERMISSION:
            later *= 10
        self._again.forget(window.guild_id)
        self._again.after(later, window.guild_id)

    async def _settle_ripe(self) -> None:
        """Make readings the baseline once nobody can have joined before them unannounced."""
        while True:
            await asyncio.sleep(self._source.lags.event / 4)
            for window in [self._ripening.popleft() for _ in range(len(self._ripening))]:
                if window.watched or window.removed or not window.readings:
                    continue  # somebody joined: that window is brought to its end elsewhere
                if window.settled_down() and window.quiet_at() < self._clock():
                    await self._settle(window)
                else:
                    self._ripening.append(window)
            self._unsettled = sum(len(window.invites) for window in self._ripening)

    async def _settle(self, window: OpenWindow) -> None:
        try:
            async with self._held(window):
                await self._closer.settle(window)
        except Exception:
            log.exception("guild %d: settling failed", window.guild_id)

    @asynccontextmanager
    async def _held(self, window: OpenWindow) -> AsyncIterator[None]:
        """Nobody else reads or settles this guild meanwhile; whoever joined is seen to after."""
        window.watched = True
        failed = True
        try:
            yield
            failed = False
        finally:
            self._release(window, failed=failed)

    # Who joined or left unseen

    async def _take_in(self, window: OpenWindow, facts: Sequence[JoinFact], away: Away) -> None:
        """Those who joined before the baseline belong to no window any more."""
        window = self.successor(window)
        found = window.found(facts, away, self._clock())
        since = away.joined_from if window.patient else float("inf")
        late = [join for join in found.values() if join.joined_at < since]
        theirs = {key: join for key, join in found.items() if join.joined_at >= since}
        window.joins |= theirs
        if window.joins:
            self.watch(window)
        self._witness.found(window.guild_id, theirs.values())
        if late:
            await self._closer.say_unknown(window, late, Reason.GAP)
