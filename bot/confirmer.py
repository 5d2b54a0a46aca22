"""Settles verdicts by the platform's own record, in batches, and solves what remains again.

The record lags by half a minute or so, and may be absent: then verdicts stay as they are.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

from bot.attribution import Arrival, Window, decide
from bot.attribution.decision import contradicts
from bot.attribution.measuring import samples
from bot.cases import GIVE_UP, Case, Hope, Key, Solved
from bot.errors import NoAnswerError
from bot.jobs import Jobs
from bot.patience import Patience, repeating, until_written
from bot.platforms.platform import MEMBERS_AT_ONCE, RecordPage
from bot.windows import candidate
from data.models import (
    Certainty,
    Confirmation,
    JoinFact,
    JoinRecord,
    LagSample,
    RecordMark,
    Settlement,
    Source,
    WindowRecord,
    to_ms,
)

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Guilds whose record is asked at the same moment: readings and commands go first."""

SPARE = 25
"""Members asked for beyond those that wait: others may have joined since."""

MOST_PAGES = 20
"""Pages of the record for one question: a raid of twenty thousand."""

LAST_CHANCE = 60.0
"""Seconds for which a join is looked for that the record should have had long ago."""

REMEMBERED = timedelta(days=7)
"""How far back joins of an earlier run are still looked for after a start."""


class RecordSource(Protocol):
    async def record(
        self, guild_id: int, limit: int, *, after: RecordMark | None = None
    ) -> RecordPage: ...


class ConfirmationLog(Protocol):
    async def confirm(
        self, guild_id: int, confirmations: Sequence[Confirmation], decided_at: datetime
    ) -> int: ...
    async def settle(self, settlement: Settlement) -> None: ...
    async def unconfirmed(self, guild_id: int, since: datetime, limit: int) -> list[JoinFact]: ...
    async def guilds_unconfirmed(self, since: datetime) -> list[int]: ...
    async def close_record(self, guild_id: int, until: datetime | None) -> None: ...
    async def closed_records(self, now: datetime) -> dict[int, datetime]: ...
    async def count_lags(self, samples: Sequence[LagSample]) -> None: ...


Confirmed = Callable[[int, Mapping[Key, str]], None]
"""Told what the record named in a guild: a window that is still open must know."""


class Confirmer:
    """One case per guild that waits; use it as an async context manager."""

    def __init__(
        self,
        source: RecordSource,
        ledger: ConfirmationLog,
        patience: Patience,
        clock: Callable[[], float],
        confirmed: Confirmed,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._confirmed = confirmed
        self._cases: dict[int, Case] = {}
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._closed: set[int] = set()
        """Guilds whose record was refused or is absent, until it is probed again."""
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        self._jobs.start(self._begin())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._jobs.__aexit__()
        for case in self._cases.values():
            if case.timer is not None:
                case.timer.cancel()

    def joined(self, guild_id: int, join: Arrival) -> None:
        """Somebody joined: in a long raid the record knows them before the counters do."""
        if not join.is_bot and guild_id not in self._closed:
            now = self._clock()
            case = self._cases.get(guild_id) or self._patient_case(guild_id)
            case.undecided.add(join.key)
            case.expect(join.key, Hope(now + self._patience.record[0], now + GIVE_UP))

    def settled(self, guild_id: int, evidence: Window, record: WindowRecord | None) -> None:
        """A window was decided by counters: what the record says of it may change it."""
        people = {join.key for join in evidence.joins if not join.is_bot}
        closed = guild_id in self._closed
        if not people or (closed and len(people) == 1):
            return
        case = self._cases.get(guild_id) or self._case(guild_id)
        if evidence.readings:
            until = self._clock() + GIVE_UP if closed else 0.0
            case.keep(Solved(evidence, record, until))
        if closed:
            return
        unnamed = people - evidence.fixed.keys()
        named = case.decide(people)
        known = {key: named[key] for key in unnamed & named.keys()}
        self._expect(guild_id, unnamed - known.keys() - case.waiting.keys())
        if known:  # named while the window was being written
            self._jobs.start(self._solve_again(case, known))

    async def corrected(self, join: JoinRecord) -> None:
        """A moderator has spoken, or taken it back: solve again what is still kept."""
        if join.joined_at is None:
            return
        key = (join.member_id, to_ms(join.joined_at))
        settled = join.certainty in (Certainty.CORRECTED, Certainty.CONFIRMED)
        if not settled and join.guild_id not in self._closed:
            self._expect(join.guild_id, [key])
        case = self._cases.get(join.guild_id)
        if case is None:
            return
        if settled:
            case.waiting.pop(key, None)
        known = settled and join.source is not Source.UNKNOWN
        await self._solve_again(case, {key: candidate(join) if known else None})

    def _case(self, guild_id: int) -> Case:
        case = self._cases.get(guild_id)
        if case is None:
            case = self._cases[guild_id] = Case(guild_id)
        self._begin_watch(case)
        return case

    def _patient_case(self, guild_id: int) -> Case:
        """One that costs no more than a timer until the record can know anybody: people may join
        ten thousand guilds at once.
        """
        case = self._cases[guild_id] = Case(guild_id)
        loop, wait = asyncio.get_running_loop(), self._patience.record[0]
        case.timer = loop.call_later(wait, self._begin_watch, case)
        return case

    def _begin_watch(self, case: Case) -> None:
        if case.timer is not None:
            case.timer.cancel()
        if not case.watched:
            case.watched = True
            self._jobs.start(self._watch(case))

    def _expect(self, guild_id: int, joins: Collection[Key]) -> None:
        """Look for these from now on. Who joined a while ago should be there already."""
        if joins:
            case, now, wall = self._case(guild_id), self._clock(), to_ms(datetime.now(UTC))
            for join in joins:
                age = max(wall - join[1], 0) / 1000
                lag = max(self._patience.record[0] - age, 0)
                case.expect(join, Hope(now + lag, now + max(GIVE_UP - age, LAST_CHANCE)))

    # What an earlier run left, and records that were refused

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
            if guild_id not in self._closed:
                self._close(guild_id, (until - now).total_seconds())
        for guild_id in await self._ledger.guilds_unconfirmed(now - REMEMBERED):
            if guild_id not in closed:
                await self._pick_up(guild_id)

    async def _pick_up(self, guild_id: int) -> None:
        """Look for those who could not be confirmed when they joined."""
        now = datetime.now(UTC)
        facts = await self._ledger.unconfirmed(
            guild_id, now - REMEMBERED, MOST_PAGES * MEMBERS_AT_ONCE
        )
        self._expect(guild_id, [(fact.member_id, fact.joined_at) for fact in facts])

    def _close(self, guild_id: int, seconds: float) -> None:
        self._closed.add(guild_id)
        self._jobs.start(self._probe_later(guild_id, seconds))

    async def _probe_later(self, guild_id: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._closed.discard(guild_id)
        try:
            await self._pick_up(guild_id)
        except Exception:
            log.exception("guild %d: its joins stay unconfirmed", guild_id)

    # Asking

    async def _watch(self, case: Case) -> None:
        """Ask the record until nobody waits, more and more rarely."""
        while case.waiting or case.windows:
            try:
                await self._pause(case)
                if case.waiting:
                    await self._ask(case)
                await self._let_go(case)
            except NoAnswerError as error:
                if error.retry_after is not None:
                    log.info("guild %d: no record for now: %s", case.guild_id, error)
                    await self._refused(case, error.retry_after)
            except Exception:
                log.exception("guild %d: its joins stay unconfirmed for now", case.guild_id)
        # No `await` since the last look at who waits.
        self._cases.pop(case.guild_id, None)

    async def _refused(self, case: Case, seconds: float) -> None:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        self._close(case.guild_id, seconds)
        case.without_record(self._clock() + GIVE_UP)
        await self._write(lambda: self._ledger.close_record(case.guild_id, until))

    async def _pause(self, case: Case) -> None:
        """Wait for the next moment to ask; somebody new may bring it nearer."""
        while True:
            case.fresh.clear()
            case.wakes_at = case.next_question_at(self._patience.record)
            if case.wakes_at <= self._clock():
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(case.wakes_at - self._clock()):
                    await case.fresh.wait()

    async def _ask(self, case: Case) -> None:
        """Page back to the first of those who wait; mostly one request has them all."""
        now = self._clock()
        case.ask(now)
        oldest = case.oldest(now)
        limit = min(len(case.waiting) + SPARE, MEMBERS_AT_ONCE)
        after: RecordMark | None = None
        for _ in range(MOST_PAGES if case.waiting else 0):
            async with self._asking:
                page = await self._source.record(case.guild_id, limit, after=after)
            await self._take(case, page)
            after, limit = page.mark, MEMBERS_AT_ONCE
            if not case.waiting or after is None or after.joined_at < oldest:
                break

    async def _take(self, case: Case, page: RecordPage) -> None:
        """Write down what a page tells of those who wait, and solve their windows again."""
        told = [member.confirmation for member in page.members if member.confirmation is not None]
        found = {(said.member_id, said.joined_at): said for said in told}
        found = {key: found[key] for key in case.waiting.keys() & found.keys()}
        if not found:
            return
        now = datetime.now(UTC)
        said = list(found.values())
        await self._write(lambda: self._ledger.confirm(case.guild_id, said, now))
        named = {key: candidate(said) for key, said in found.items()}
        case.name(named)
        self._confirmed(case.guild_id, named)
        await self._solve_again(case, named)

    # Solving again

    async def _solve_again(self, case: Case, settled: Mapping[Key, str | None]) -> None:
        """One confirmed join can make its neighbours certain, or show that they were not.

        None is what a moderator took back: it settles nothing any more.
        """
        async with case.solving:
            for solved in case.windows:  # a window that comes meanwhile makes another list
                if settled.keys() & solved.keys():
                    again = solved.with_settled(settled)
                    await self._resettle(case.guild_id, again)
                    case.replace(solved, again)

    async def _resettle(self, guild_id: int, again: Solved) -> None:
        verdicts = (await asyncio.to_thread(decide, again.evidence)).verdicts
        if verdicts:
            change = Settlement(
                guild_id=guild_id,
                decided_at=datetime.now(UTC),
                verdicts=verdicts,
                window=again.record,
            )
            await self._write(lambda: self._ledger.settle(change))

    async def _let_go(self, case: Case) -> None:
        """Of windows that nobody waits for any more only what they show of the lags is kept."""
        done = case.let_go(self._clock())
        shown = [sample for one in done for sample in samples(one.evidence)]
        if shown:
            await self._write(lambda: self._ledger.count_lags(shown))
        if any(contradicts(one.evidence) for one in done):
            log.warning(
                "guild %d: the record contradicts the lags that are set; see `usher lags`",
                case.guild_id,
            )

    async def _write(self, write: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        await until_written(write, self._patience.ledger)
