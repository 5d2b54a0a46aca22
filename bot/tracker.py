"""Hears of joins, leaves and invites: what happened is written down, then explained.

The shell around attribution; it knows neither discord nor SQL. `bot.keeper` keeps the windows,
`bot.closer` closes them.
The order of effects for a join:

1. its event arrives: it is written down as pending, before anything is decided;
2. one reading per guild is in flight; everybody who needs one waits for it;
3. the window closes: its verdicts and the new baseline are written in one transaction;
4. only then is the window forgotten in memory.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self, TypeVar

from bot.attribution import Arrival, Birth, End
from bot.jobs import Jobs
from bot.keeper import GuildSource, Keeper, WindowLedger, Witness
from bot.patience import Patience, until_written
from bot.platforms.platform import Membership
from bot.windows import OpenWindow, candidate
from data.models import (
    NO_GUILD,
    Certainty,
    Ending,
    EndReason,
    Invite,
    InviteFilter,
    InviteRecord,
    JoinFact,
    JoinRecord,
    Source,
    to_ms,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

EXPIRY_MARGIN = timedelta(seconds=5)
"""The platform's clock and ours may differ by seconds either way (attribution.md, rule 12)."""

MOST_INVITES = 1000
"""The platform's limit per guild."""

SILENCE = 60.0
"""Seconds: a dead connection is noticed so much later (the library's heartbeat timeout)."""


class Ledger(WindowLedger, Protocol):
    """What the tracker writes down as it happens."""

    async def record_leave(self, guild_id: int, member_id: int, left_at: datetime) -> None: ...
    async def record_invite(self, invite: Invite, seen_at: datetime) -> None: ...
    async def record_ending(self, guild_id: int, code: str, ending: Ending) -> None: ...
    async def expire(self, now: datetime) -> int: ...
    async def invite(self, guild_id: int, code: str) -> InviteRecord | None: ...
    async def invites(
        self, guild_id: int, which: InviteFilter, *, limit: int
    ) -> tuple[list[InviteRecord], int]: ...


class Tracker:
    """Hears what happens; use it as an async context manager."""

    def __init__(
        self,
        source: GuildSource,
        ledger: Ledger,
        *,
        patience: Patience,
        clock: Callable[[], float],
        witness: Witness,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._witness = witness
        self._keeper = Keeper(source, ledger, patience, clock, witness)
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._keeper.__aenter__()
        await self._jobs.__aenter__()
        self._jobs.start(self._expire())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop at once: what is undecided is pending in the ledger, and decided after a start."""
        await self._jobs.__aexit__()
        await self._keeper.__aexit__()

    # What people and the platform do

    async def joined(self, fact: JoinFact, arrived: float | None = None) -> None:
        """Write a join down, then see to it that it is explained."""
        arrived = self._clock() if arrived is None else arrived
        window = self._keeper.window(fact.guild_id)
        late_since = window.broken_since
        join = Arrival(fact.member_id, fact.joined_at, arrived, late_since, fact.is_bot)
        with window.writing_down(fact.member_id):
            new = await self._write(lambda: self._ledger.record_join(fact))
            takes_it = self._keeper.successor(window)
            if new:
                takes_it.joins[join.key] = join
        if new:
            self._keeper.watch(takes_it)
            self._witness.joined(fact.guild_id, join)

    async def left(self, guild_id: int, member_id: int) -> None:
        """The event has no time of its own; it is dated by the platform's clock as `joined_at` is,
        or somebody who leaves at once would leave before they came.
        """
        now = datetime.now(UTC)
        ahead = self._keeper.window(guild_id).ahead(self._clock(), to_ms(now))
        left_at = now + timedelta(milliseconds=ahead)
        self._witness.left(guild_id, member_id)
        await self._write(lambda: self._ledger.record_leave(guild_id, member_id, left_at))

    async def invite_created(self, invite: Invite) -> None:
        """An invite was made while we listened: it counts from 0.

        One of a group DM or a pack is written down, and explains nobody's join.
        """
        if invite.guild_id == NO_GUILD:
            await self._record_invite(invite)
            return
        window = self._keeper.window(invite.guild_id)
        counter = invite.counter()._replace(uses=0)
        birth = Birth(self._clock(), counter, invite.channel_id, window.broken_since)
        window.births.setdefault(invite.code, birth)
        ending = window.gone_channels.get(invite.channel_id or 0)
        if ending is not None:
            window.ends.setdefault(invite.code, End(birth.at, ending))
        await self._record_invite(invite)
        if ending is not None:
            await self._record_end(invite.guild_id, invite.code, ending)

    async def invite_ended(self, guild_id: int, code: str, ending: Ending) -> None:
        """An invite ended; better evidence may follow, in any order, and never gets worse."""
        if guild_id != NO_GUILD:
            self._note_end(self._keeper.window(guild_id), code, ending)
        await self._record_end(guild_id, code, ending)

    async def channel_deleted(self, guild_id: int, channel_id: int) -> None:
        """Its invites went with it, also those that a bare delete event has just named."""
        ending = Ending(at=datetime.now(UTC), reason=EndReason.CHANNEL_DELETED)
        window = self._keeper.window(guild_id)
        window.gone_channels[channel_id] = ending
        with window.writing_down():
            codes = await self._codes_in(window, channel_id)
            for code in codes:  # all before the first is written: no window may see a half of it
                self._note_end(window, code, ending)
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
        told = dict(window.ends)
        for code, end in told.items():
            bare = end.ending.reason is EndReason.UNKNOWN and end.at >= since
            if bare and code not in codes:
                record = await self._ledger.invite(window.guild_id, code)
                if record is not None and record.invite.channel_id == channel_id:
                    codes.add(code)
        return sorted(code for code in codes if code not in told or told[code].at >= since)

    def _note_end(self, window: OpenWindow, code: str, ending: Ending) -> None:
        known = window.ends.get(code)
        if known is None:
            window.ends[code] = End(self._clock(), ending)
        elif ending.reason is not EndReason.UNKNOWN:
            window.ends[code] = End(known.at, ending)

    async def _record_invite(self, invite: Invite) -> None:
        now = datetime.now(UTC)
        await self._write(lambda: self._ledger.record_invite(invite, now))

    async def _record_end(self, guild_id: int, code: str, ending: Ending) -> None:
        await self._write(lambda: self._ledger.record_ending(guild_id, code, ending))

    def bot_added(self, guild_id: int, bot_id: int, by: int) -> None:
        self._keeper.window(guild_id).adders[bot_id] = by

    def confirmed(
        self, guild_id: int, named: Mapping[tuple[int, int], str]
    ) -> set[tuple[int, int]]:
        """The record has named joins, (member, `joined_at`) → a code or a ~source; come back with
        those whose window is open.
        """
        window = self._keeper.known(guild_id)
        if window is None:
            return set()
        waiting = named.keys() & window.joins.keys() - window.fixed.keys()
        window.fixed |= {key: named[key] for key in waiting}
        return waiting

    def shown(self, guild_id: int, members: Collection[Membership]) -> None:
        """The record tells of these members, for whatever reason it was asked."""
        self._keeper.shown(guild_id, members)

    def catching_up(self, guild_id: int) -> bool:
        """Whether we may not know yet who has joined and left."""
        window = self._keeper.known(guild_id)
        return window is None or window.catching_up

    def arriving(self, guild_id: int) -> AbstractSet[int]:
        """Members of whom an event is being written down right now."""
        window = self._keeper.known(guild_id)
        return window.arriving.keys() if window is not None else frozenset()

    def corrected(self, join: JoinRecord) -> bool:
        """A moderator has spoken, or taken it back: that counts in an open window, too."""
        if join.joined_at is None:
            return False
        window = self._keeper.window(join.guild_id)
        key = (join.member_id, to_ms(join.joined_at))
        waits = key in window.joins
        window.fixed.pop(key, None)
        known = join.certainty is Certainty.CORRECTED and join.source is not Source.UNKNOWN
        if waits and known:
            window.fixed[key] = candidate(join)
        return waits

    # What happens to our connection

    def guild_available(self, guild_id: int) -> None:
        """Events may have been missed: read again when there is time, look who is there."""
        window = self._keeper.window(guild_id)
        window.look(self._clock(), sees_invites=self._source.sees_invites(guild_id))
        self._keeper.came_back(window)

    def sight_changed(self, guild_id: int) -> None:
        """Invites may have been missed, but nobody who joined: what we may see has changed."""
        window = self._keeper.window(guild_id)
        window.look(self._clock(), sees_invites=self._source.sees_invites(guild_id))
        self._keeper.read_again(window)

    def event_lost(self, guild_id: int) -> None:
        """Something was told of invites or members that nobody could read: look what it was."""
        self._keeper.doubt(self._keeper.window(guild_id))

    def permissions_changed(self, guild_id: int, *, seen_before: bool = True) -> None:
        """What is announced to us may have changed, if only for a moment."""
        window = self._keeper.window(guild_id)
        window.look(self._clock(), sees_invites=seen_before)
        window.look(self._clock(), sees_invites=self._source.sees_invites(guild_id))

    def guild_removed(self, guild_id: int) -> None:
        """Usher was removed: what is pending stays in the ledger, and is decided from there."""
        self._keeper.drop(guild_id)

    def guilds(self) -> list[int]:
        """Those that something is in memory of."""
        return self._keeper.guilds()

    def connection_broken(self, guild_ids: Iterable[int]) -> None:
        """No window of these guilds closes until their events flow again."""
        since = self._clock() - SILENCE
        for guild_id in guild_ids:
            window = self._keeper.window(guild_id)
            window.broken_since = since if window.broken_since is None else window.broken_since

    def connection_resumed(self, guild_ids: Iterable[int]) -> None:
        """Every missed event has been replayed, late."""
        for guild_id in guild_ids:
            self._keeper.window(guild_id).broken_since = None

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
