"""Brings one open window to its end: wait, read, decide, write, and only then forget."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from bot.attribution import Arrival, Decision, Lags, Window, decide
from bot.attribution.settlement import settlement, with_adders
from bot.errors import NoAnswerError
from bot.inquiry import Informant, Inquiry, KnownInvites
from bot.patience import Patience, repeating, until_written
from bot.platforms.platform import Listing
from bot.windows import OpenWindow
from data.models import Reading, Reason, Settlement, WindowRecord

log = logging.getLogger(__name__)


AT_ONCE = 5
"""Guilds asked at the same moment. With a tenth of a second for an answer that makes the platform's
50 requests a second; more would only wait elsewhere, and hold up the joins there."""

IN_ONE_GO = 100
"""Joins, and codes where each may have been used, that are decided in one turn of the event loop:
a few milliseconds' work."""


class InviteSource(Informant, Protocol):
    """What attribution asks of a platform."""

    @property
    def lags(self) -> Lags: ...
    @property
    def exact_counters(self) -> bool: ...
    def sees_invites(self, guild_id: int) -> bool: ...
    async def list_invites(self, guild_id: int) -> Listing: ...


class SettlementLog(KnownInvites, Protocol):
    async def settle(self, settlement: Settlement) -> None: ...


Settled = Callable[[int, Window, WindowRecord | None], None]
"""Told of each window that was settled: its guild, its evidence, and the row it became."""


Search = Callable[[OpenWindow], bool]
"""Begins to look for people who joined unannounced, and says whether it did; the window is held
meanwhile."""


class _Look(NamedTuple):
    """A window as it may be decided."""

    taken: Window
    preview: Decision
    cut: bool
    """Whether others are on the way, or looked for: it has lasted too long to wait for them."""


class Closer:
    """Reads at the right moments and closes windows.

    `clock` is our monotonic clock in seconds, the same that stamped the arrivals.
    """

    def __init__(
        self,
        source: InviteSource,
        ledger: SettlementLog,
        patience: Patience,
        clock: Callable[[], float],
        settled: Settled,
        search: Search,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._settled = settled
        self._search = search
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._deciding = asyncio.Lock()
        self._inquiry = Inquiry(source, ledger)

    async def close(self, window: OpenWindow) -> None:
        """Wait and read until the window can be decided, then settle it."""
        if self._needs_no_reading(window):
            # The audit entry that names who added a bot may come a little later.
            await self._sleep_until(self._clock() + window.lags.event)
            if self._needs_no_reading(window):
                await self.settle(window)
                return
        look = await self._look_when_quiet(window)
        if look is not None and not window.removed:
            await self._settle(window, look.taken, cut=look.cut)

    async def _look_when_quiet(self, window: OpenWindow) -> _Look | None:
        """Read until the window can be decided; None if it ended without a reading."""
        unmet = iter(self._patience.unmet)
        too_early: Reading | None = None
        while await self._read_when_due(window):
            if too_early is not None:
                # The counter may be later than the lags admit: what it gains now must be able to
                # explain those whom the reading before left unexplained.
                window.readings.remove(too_early)
                too_early = None
            look = await self._complete(window)
            if look is None:
                continue
            wait = next(unmet, None) if look.preview.unmet else None
            if wait is None or window.overdue(self._clock()):
                return look
            too_early = window.readings[-1]
            await asyncio.sleep(wait)
        return None

    async def _complete(self, window: OpenWindow) -> _Look | None:
        """The window once nobody is on the way, and its preview; None if somebody arrived before.

        If uses were counted that nobody's join explains, an event may have been lost.
        """
        look = await self._look(window)
        if look is None:
            return None
        nobody = look.taken.gap is None and look.preview.unexplained
        return await self._look(window) if nobody and self._search(window) else look

    async def _look(self, window: OpenWindow) -> _Look | None:
        if not await self._stays_quiet(window):
            return None
        taken = self._taken(window)
        waits = window.searched or not window.settled_down()
        cut = waits and window.overdue(self._clock())
        return _Look(taken, await self._preview(taken), cut)

    async def read(self, window: OpenWindow) -> None:
        """Take one reading; raises `NoAnswerError`, and then nothing has changed."""
        async with self._asking:
            listing = await self._source.list_invites(window.guild_id)
        window.take(listing.reading, listing.invites)

    async def settle(self, window: OpenWindow) -> None:
        """Decide the window and write everything that follows in one transaction."""
        await self._settle(window, self._taken(window), cut=False)

    async def _settle(self, window: OpenWindow, taken: Window, *, cut: bool) -> None:
        evidence = await self._inquiry.endings(window, taken)
        if cut:
            evidence = self._cut(evidence)
        decision = await self._decided(evidence)
        more = await self._inquiry.unseen(window, evidence, decision)
        if more is not evidence:
            evidence, decision = more, await self._decided(more)
        await self._inquiry.adders(window, evidence)
        change = self._change(window, evidence, decision)
        await until_written(lambda: self._ledger.settle(change), self._patience.ledger)
        # No `await` beyond this point: memory follows the ledger in one step.
        opened_at = self._wall(evidence.readings[-1].asked) if window.readings else None
        window.forget(evidence, opened_at)
        if cut:  # whoever joined just now may have been counted already
            window.miss(self._clock(), Reason.KEPT_COMING)
            window.wanted = True
        self._settled(window.guild_id, evidence, change.window)

    def _cut(self, evidence: Window) -> Window:
        """Decide those whom the last reading must show, though others are still coming."""
        shown = evidence.readings[-1].asked - evidence.lags.counter
        joins = [join for join in evidence.joins if join.arrived <= shown]
        return evidence._replace(joins=joins, gap=evidence.gap or Reason.KEPT_COMING)

    def _needs_no_reading(self, window: OpenWindow) -> bool:
        """Whether only bots have come: their arrival is no invite's use."""
        return not (window.people() or window.wanted or window.readings)

    async def _read_when_due(self, window: OpenWindow) -> bool:
        """Wait for the right moment and read; False if the window ended without a reading."""
        await self._sleep_until(window.next_reading_at())
        for attempt, wait in enumerate(repeating(self._patience.unanswered), start=1):
            if window.removed:
                return False
            try:
                await self.read(window)
            except NoAnswerError as error:
                log.warning(
                    "guild %d: no reading (attempt %d): %s", window.guild_id, attempt, error
                )
                if await self._give_up(window, error.reason, attempt):
                    return False
            else:
                return True
            await asyncio.sleep(wait)
        raise AssertionError("the last wait repeats for ever")

    async def _give_up(self, window: OpenWindow, reason: Reason, attempt: int) -> bool:
        """Say "unknown" where nothing can be read; True if nothing more can come of this window.

        Without an answer the window stays open: a later reading may still decide it.
        Without permission no reading will come, and the next one will have a gap before it.
        """
        hopeless = reason is Reason.NO_PERMISSION
        if not hopeless and attempt < self._patience.told_after:
            return False
        joins = tuple(window.joins.values())
        blank = await self._unexplained(window, joins, reason)
        if hopeless:
            window.drop({join.key for join in joins})
            window.miss(self._clock())
            self._settled(window.guild_id, blank, None)
        return hopeless

    async def say_unknown(
        self, window: OpenWindow, joins: Sequence[Arrival], reason: Reason
    ) -> None:
        """Settle joins that belong to no window any more: only the record can tell."""
        self._settled(window.guild_id, await self._unexplained(window, joins, reason), None)

    async def _unexplained(
        self, window: OpenWindow, joins: Sequence[Arrival], reason: Reason
    ) -> Window:
        """Write down that nothing is known of these, and why; return that as evidence."""
        blank = Window((), joins, window.lags, fixed=dict(window.fixed))
        said = [
            verdict.model_copy(update={"reason": reason}) if verdict.reason else verdict
            for verdict in decide(blank).verdicts
        ]
        change = Settlement(
            guild_id=window.guild_id, decided_at=datetime.now(UTC), verdicts=tuple(said)
        )
        await until_written(lambda: self._ledger.settle(change), self._patience.ledger)
        return blank

    async def _stays_quiet(self, window: OpenWindow) -> bool:
        """Wait until the last reading closes the window; False if somebody arrived before."""
        if window.uncovered() is not None and not window.overdue(self._clock()):
            return False
        await self._sleep_until(window.quiet_at())
        # A flag, not an Event each: thousands of guilds are idle, few ever wait here.
        while window.held:
            if window.overdue(self._clock()):
                window.patient = False  # whoever is found later is unknown
            await asyncio.sleep(window.lags.event / 4)
        return window.removed or window.settled_down() or window.overdue(self._clock())

    async def _preview(self, taken: Window) -> Decision:
        """Whether a later reading might explain a join that none explains yet, or whether there
        are uses of nobody, if there were no invites but those that we know.
        """
        gap = taken.gap and Reason.KEPT_COMING
        return await self._decided(taken._replace(sees_invites=True, gap=gap))

    async def _decided(self, evidence: Window) -> Decision:
        """One window in each turn of the loop: after a burst in many guilds, all are due at once.

        A raid takes up to a second, in which the loop must not stand still: it has a thread.
        """
        async with self._deciding:
            if _size(evidence) > IN_ONE_GO:
                return await asyncio.to_thread(decide, evidence)
            decision = decide(evidence)
            await asyncio.sleep(0)  # still holding it: whoever is next has the next turn
            return decision

    def _taken(self, window: OpenWindow) -> Window:
        """The window as it is now: who joins while it is being decided belongs to the next one."""
        window.look(self._clock(), sees_invites=self._source.sees_invites(window.guild_id))
        return window.evidence()._replace(exact=self._source.exact_counters)

    def _change(self, window: OpenWindow, evidence: Window, decision: Decision) -> Settlement:
        verdicts = with_adders(decision.verdicts, window.adders)
        now = datetime.now(UTC)
        change = settlement(
            window.guild_id,
            evidence,
            decision._replace(verdicts=verdicts),
            window.invites,
            window.baseline_at or now,
            now,
        )
        if not window.readings:
            return Settlement(guild_id=window.guild_id, decided_at=now, verdicts=verdicts)
        return change

    def _wall(self, moment: float) -> datetime:
        return datetime.now(UTC) - timedelta(seconds=max(self._clock() - moment, 0))

    async def _sleep_until(self, moment: float) -> None:
        """A hair longer: a reading asked a nanosecond early would not count."""
        await asyncio.sleep(max(moment - self._clock() + 0.001, 0))


def _size(evidence: Window) -> int:
    """How much there is to decide; where every use is counted only codes that moved take time."""
    codes = 0 if evidence.exact or not evidence.readings else len(evidence.readings[-1].counters)
    return len(evidence.joins) + codes
