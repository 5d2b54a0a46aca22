"""Follows joins, leaves and invites: what happened is written down, then explained.

The shell around attribution; it knows neither discord nor SQL.
The order of effects for a join:

1. its event arrives: it is written down as pending, before anything is decided;
2. one reading per guild is in flight; everybody who needs one waits for it;
3. the window closes: its verdicts and the new baseline are written in one transaction;
4. only then is the window forgotten in memory.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self, TypeVar

from bot.attribution import Arrival, Birth, End
from bot.closer import Closer, InviteSource, Settled, SettlementLog
from bot.errors import NoAnswerError
from bot.jobs import Jobs
from bot.patience import Patience, repeating, until_written
from bot.windows import OpenWindow
from data.models import (
    Baseline,
    Ending,
    EndReason,
    Invite,
    InviteFilter,
    InviteRecord,
    JoinFact,
    Reason,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

EXPIRY_MARGIN = timedelta(seconds=5)
"""The platform's clock and ours may differ by seconds either way (attribution.md, rule 12)."""

TOLD_BEFORE = timedelta(minutes=1)
"""An invite may be told of so long before the window that it belongs to is settled."""

MOST_INVITES = 1000
"""The platform's limit per guild."""

SILENCE = 60.0
"""Seconds: a dead connection is noticed so much later (the library's heartbeat timeout)."""

MOST_UNSETTLED = 10_000
"""Invites read and not yet settled, over all guilds: until then each is kept in full."""

READERS = 3
"""Guilds read at once after a start or a gap, so that a thousand guilds do not stop the joins."""


class Ledger(SettlementLog, Protocol):
    """What the tracker writes down and asks again after a restart."""

    async def record_join(self, fact: JoinFact) -> bool: ...
    async def record_leave(self, guild_id: int, member_id: int, left_at: datetime) -> None: ...
    async def record_invite(self, invite: Invite, seen_at: datetime) -> None: ...
    async def record_ending(self, guild_id: int, code: str, ending: Ending) -> None: ...
    async def expire(self, now: datetime) -> int: ...
    async def baseline(self, guild_id: int) -> Baseline | None: ...
    async def pending(self, guild_id: int) -> list[JoinFact]: ...
    async def unlisted(self, guild_id: int, since: datetime) -> list[InviteRecord]: ...
    async def invite(self, guild_id: int, code: str) -> InviteRecord | None: ...
    async def invites(
        self, guild_id: int, which: InviteFilter, *, limit: int
    ) -> tuple[list[InviteRecord], int]: ...


class Tracker:
    """One open window per guild; use it as an async context manager."""

    def __init__(
        self,
        source: InviteSource,
        ledger: Ledger,
        *,
        patience: Patience,
        clock: Callable[[], float],
        settled: Settled,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._closer = Closer(source, ledger, patience, clock, settled)
        self._windows: dict[int, OpenWindow] = {}
        self._to_read: asyncio.Queue[OpenWindow] = asyncio.Queue()
        self._ripening: deque[OpenWindow] = deque()
        self._unsettled = 0
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        for job in (*[self._read_wanted] * READERS, self._settle_ripe, self._expire):
            self._jobs.start(job())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop at once: what is undecided is pending in the ledger, and decided after a start."""
        await self._jobs.__aexit__()

    # What people and the platform do

    async def joined(self, fact: JoinFact, arrived: float | None = None) -> None:
        """Write a join down, then see to it that it is explained."""
        arrived = self._clock() if arrived is None else arrived
        window = self._window(fact.guild_id)
        late_since = window.broken_since
        window.arriving += 1
        try:
            new = await self._write(lambda: self._ledger.record_join(fact))
            if new:
                window.joins[fact.member_id, fact.joined_at] = Arrival(
                    fact.member_id, fact.joined_at, arrived, late_since, fact.is_bot
                )
        finally:
            window.arriving -= 1
        if new:
            self._watch(window)

    async def left(self, guild_id: int, member_id: int) -> None:
        now = datetime.now(UTC)
        await self._write(lambda: self._ledger.record_leave(guild_id, member_id, now))

    async def invite_created(self, invite: Invite) -> None:
        """An invite was made while we listened: it counts from 0."""
        birth = Birth(self._clock(), invite.counter()._replace(uses=0), invite.channel_id)
        window = self._window(invite.guild_id)
        window.births.setdefault(invite.code, birth)
        ending = window.gone_channels.get(invite.channel_id or 0)
        if ending is not None:
            window.ends.setdefault(invite.code, End(birth.at, ending))
        now = datetime.now(UTC)
        await self._write(lambda: self._ledger.record_invite(invite, now))
        if ending is not None:
            await self._record_end(invite.guild_id, invite.code, ending)

    async def invite_ended(self, guild_id: int, code: str, ending: Ending) -> None:
        """An invite ended; better evidence may follow, in any order, and never gets worse."""
        self._note_end(self._window(guild_id), code, ending)
        await self._record_end(guild_id, code, ending)

    async def channel_deleted(self, guild_id: int, channel_id: int) -> None:
        """Its invites went with it, also those that a bare delete event has just named."""
        ending = Ending(at=datetime.now(UTC), reason=EndReason.CHANNEL_DELETED)
        window = self._window(guild_id)
        window.gone_channels[channel_id] = ending
        window.arriving += 1
        try:
            codes = await self._codes_in(window, channel_id)
            for code in codes:  # all before the first is written: no window may see a half of it
                self._note_end(window, code, ending)
        finally:
            window.arriving -= 1
        for code in codes:
            await self._record_end(guild_id, code, ending)

    async def _codes_in(self, window: OpenWindow, channel_id: int) -> list[str]:
        """Invites of a channel that live as far as we know, or whose end has just been told."""
        which = InviteFilter(channel_id=channel_id)
        records, _ = await self._ledger.invites(window.guild_id, which, limit=MOST_INVITES)
        codes = {record.invite.code for record in records}
        codes |= {c for c, invite in window.invites.items() if invite.channel_id == channel_id}
        codes |= {c for c, birth in window.births.items() if birth.channel_id == channel_id}
        since = self._clock() - window.lags.event  # one deletion, several events
        for code, end in list(window.ends.items()):
            bare = end.ending.reason is EndReason.UNKNOWN and end.at >= since
            if bare and code not in codes:
                record = await self._ledger.invite(window.guild_id, code)
                if record is not None and record.invite.channel_id == channel_id:
                    codes.add(code)
        return sorted(codes)

    def _note_end(self, window: OpenWindow, code: str, ending: Ending) -> None:
        known = window.ends.get(code)
        if known is None:
            window.ends[code] = End(self._clock(), ending)
        elif ending.reason is not EndReason.UNKNOWN:
            window.ends[code] = End(known.at, ending)

    async def _record_end(self, guild_id: int, code: str, ending: Ending) -> None:
        await self._write(lambda: self._ledger.record_ending(guild_id, code, ending))

    def bot_added(self, guild_id: int, bot_id: int, by: int) -> None:
        self._window(guild_id).adders[bot_id] = by

    # What happens to our connection

    def guild_available(self, guild_id: int) -> None:
        """Events may have been missed: read again when there is time, and compare."""
        window = self._window(guild_id)
        window.broken_since = None
        now = self._clock()
        window.miss(now)
        window.wanted = True
        window.look(now, sees_invites=self._source.sees_invites(guild_id))
        self._to_read.put_nowait(window)

    def permissions_changed(self, guild_id: int, *, seen_before: bool = True) -> None:
        """What is announced to us may have changed, if only for a moment."""
        window = self._window(guild_id)
        window.look(self._clock(), sees_invites=seen_before)
        window.look(self._clock(), sees_invites=self._source.sees_invites(guild_id))

    def guild_removed(self, guild_id: int) -> None:
        """Usher was removed: what is pending stays in the ledger, and is decided from there."""
        window = self._windows.pop(guild_id, None)
        if window is not None:
            window.removed = True

    def guilds(self) -> list[int]:
        """Those that something is in memory of."""
        return list(self._windows)

    def connection_broken(self, guild_ids: Iterable[int]) -> None:
        """No window of these guilds closes until their events flow again."""
        since = self._clock() - SILENCE
        for guild_id in guild_ids:
            window = self._window(guild_id)
            window.broken_since = since if window.broken_since is None else window.broken_since

    def connection_resumed(self, guild_ids: Iterable[int]) -> None:
        """Every missed event has been replayed, late."""
        for guild_id in guild_ids:
            self._window(guild_id).broken_since = None

    # How windows come to their end

    def _window(self, guild_id: int) -> OpenWindow:
        window = self._windows.get(guild_id)
        if window is None:
            window = self._windows[guild_id] = OpenWindow(guild_id, self._source.lags)
        return window

    def _watch(self, window: OpenWindow) -> None:
        if not window.watched:
            window.watched = True
            self._jobs.start(self._close(window))

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
            self._watch(window)
        elif window.wanted and not failed:
            self._to_read.put_nowait(window)

    async def _load(self, window: OpenWindow) -> None:
        if window.loaded:
            return
        kept = await self._ledger.baseline(window.guild_id)
        pending = await self._ledger.pending(window.guild_id)
        unlisted = []
        if kept is not None:
            unlisted = await self._ledger.unlisted(window.guild_id, kept.read_at - TOLD_BEFORE)
        window.load(kept, pending, unlisted, self._clock())

    async def _read_wanted(self) -> None:
        """Read the guilds that nobody joined right now, a few at a time."""
        while True:
            window = await self._to_read.get()
            while self._unsettled > MOST_UNSETTLED:  # noqa: ASYNC110 - one look in a while will do
                await asyncio.sleep(self._source.lags.event / 4)
            try:
                await self._load(window)
                await self._until_gap_is_over(window)
                if window.wanted and not window.watched and not window.joins:
                    async with self._held(window):
                        await self._closer.read(window)
                    self._ripening.append(window)
                    self._unsettled += len(window.invites)
                elif window.joins:
                    self._watch(window)
            except NoAnswerError as error:
                log.warning("guild %d: no reading: %s", window.guild_id, error)
                self._ask_again(window, error.reason)
            except Exception:
                log.exception("guild %d: reading failed", window.guild_id)

    async def _until_gap_is_over(self, window: OpenWindow) -> None:
        """A use that was missed must show in the reading that is to end the gap."""
        if window.gap_at is not None:
            over_at = window.gap_at + window.lags.counter + 0.001
            await asyncio.sleep(max(over_at - self._clock(), 0))

    def _ask_again(self, window: OpenWindow, reason: Reason) -> None:
        """Later; much later where a permission is missing: getting it is an event of its own."""
        later = self._patience.unanswered[-1]
        if reason is Reason.NO_PERMISSION:
            later *= 10
        asyncio.get_running_loop().call_later(later, self._to_read.put_nowait, window)

    async def _settle_ripe(self) -> None:
        """Make readings the baseline once nobody can have joined before them unannounced."""
        while True:
            await asyncio.sleep(self._source.lags.event / 4)
            for window in [self._ripening.popleft() for _ in range(len(self._ripening))]:
                if window.watched or not window.readings:
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

    async def _expire(self) -> None:
        """Notice what no event tells: invites whose time is over."""
        while True:
            await asyncio.sleep(self._patience.expiry)
            try:
                await self._ledger.expire(datetime.now(UTC) - EXPIRY_MARGIN)
            except Exception:
                log.exception("looking for expired invites failed")

    async def _write(self, write: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return await until_written(write, self._patience.ledger)
