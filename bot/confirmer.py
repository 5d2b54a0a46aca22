"""Settles verdicts by the platform's own record, in batches, and solves what remains again.

The record lags by half a minute or so, and may be absent: then verdicts stay as they are.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, Self

from bot.attribution import Window, decide
from bot.errors import NoAnswerError
from bot.jobs import Jobs
from bot.patience import Patience, until_written
from data.models import Confirmation, JoinFact, Settlement, Source, WindowRecord

log = logging.getLogger(__name__)

Key = tuple[int, int]
"""Member and `joined_at`: names a membership within a guild."""

AT_ONCE = 2
"""Guilds whose record is asked at the same moment: readings and commands go first."""

MOST_AT_ONCE = 1000
"""Members in one answer of the record (the platform's limit)."""

SPARE = 25
"""Members asked for beyond those that wait: others may have joined since."""

MOST_WINDOWS = 50
"""Windows of one guild that are kept to be solved again; older ones keep their verdicts."""

GIVE_UP = 900.0
"""Seconds after which a join that the record does not show stays as the counters have it."""

REMEMBERED = timedelta(hours=1)
"""How far back joins of an earlier run are still looked for after a start."""


class RecordSource(Protocol):
    async def record(self, guild_id: int, newest: int) -> Sequence[Confirmation]: ...


class ConfirmationLog(Protocol):
    async def confirm(
        self, guild_id: int, confirmations: Sequence[Confirmation], decided_at: datetime
    ) -> int: ...
    async def settle(self, settlement: Settlement) -> None: ...
    async def unconfirmed(self, guild_id: int, since: datetime, limit: int) -> list[JoinFact]: ...
    async def guilds_unconfirmed(self, since: datetime) -> list[int]: ...


class _Solved(NamedTuple):
    """A window as it was decided, kept while the record may still change it."""

    evidence: Window
    record: WindowRecord | None


@dataclass(slots=True)
class _Case:
    """One guild that waits for its record."""

    guild_id: int
    waiting: dict[Key, float] = field(default_factory=dict)
    """Joins without a confirmation → when they began to wait, on our monotonic clock."""
    windows: list[_Solved] = field(default_factory=list)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)
    tries: int = 0
    watched: bool = False


class Confirmer:
    """One case per guild that waits; use it as an async context manager."""

    def __init__(
        self,
        source: RecordSource,
        ledger: ConfirmationLog,
        patience: Patience,
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._cases: dict[int, _Case] = {}
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._closed_until: dict[int, float] = {}
        """Guilds whose record is refused or absent → when to probe again."""
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        self._jobs.start(self._pick_up())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._jobs.__aexit__()

    def settled(self, guild_id: int, evidence: Window, record: WindowRecord | None) -> None:
        """A window was decided by counters: look for its people in the record."""
        keys = [join.key for join in evidence.joins if not join.is_bot]
        if keys and self._closed_until.get(guild_id, 0) <= self._clock():
            self._expect(guild_id, keys, _Solved(evidence, record) if evidence.readings else None)

    def _expect(self, guild_id: int, keys: Iterable[Key], solved: _Solved | None) -> None:
        case = self._cases.setdefault(guild_id, _Case(guild_id))
        case.waiting |= dict.fromkeys(keys, self._clock())
        if solved is not None:
            case.windows = [*case.windows, solved][-MOST_WINDOWS:]
        case.tries = 0
        case.fresh.set()
        if not case.watched:
            case.watched = True
            self._jobs.start(self._watch(case))

    async def _pick_up(self) -> None:
        """After a start, look for those whom an earlier run did not get confirmed."""
        since = datetime.now(UTC) - REMEMBERED
        try:
            for guild_id in await self._ledger.guilds_unconfirmed(since):
                facts = await self._ledger.unconfirmed(guild_id, since, MOST_AT_ONCE)
                self._expect(guild_id, [(f.member_id, f.joined_at) for f in facts], None)
        except Exception:
            log.exception("joins of an earlier run stay unconfirmed")

    async def _watch(self, case: _Case) -> None:
        """Ask the record until nobody waits, more and more rarely."""
        while case.waiting:
            await self._pause(case)
            try:
                await self._ask(case)
            except NoAnswerError as error:
                if error.retry_after is not None:
                    self._closed_until[case.guild_id] = self._clock() + error.retry_after
                    log.info("guild %d: no record for now: %s", case.guild_id, error)
                    break
            except Exception:
                log.exception("guild %d: its joins stay unconfirmed for now", case.guild_id)
        # No `await` since the last look at who waits.
        self._cases.pop(case.guild_id, None)

    async def _pause(self, case: _Case) -> None:
        """Wait for the next moment to ask; somebody fresh brings it nearer."""
        waits = self._patience.record
        if case.fresh.is_set():
            case.fresh.clear()
            await asyncio.sleep(waits[0])
            return
        case.tries += 1
        try:
            async with asyncio.timeout(waits[min(case.tries, len(waits) - 1)]):
                await case.fresh.wait()
        except TimeoutError:
            return

    async def _ask(self, case: _Case) -> None:
        """One request for all who wait; what it tells is written down, and windows solved again."""
        oldest = self._clock() - GIVE_UP
        case.waiting = {key: since for key, since in case.waiting.items() if since > oldest}
        newest = min(len(case.waiting) + SPARE, MOST_AT_ONCE)
        async with self._asking:
            entries = await self._source.record(case.guild_id, newest)
        told = {(entry.member_id, entry.joined_at): entry for entry in entries}
        found = [told[key] for key in case.waiting.keys() & told.keys()]
        if found:
            now = datetime.now(UTC)
            await self._write(lambda: self._ledger.confirm(case.guild_id, found, now))
            for entry in found:
                case.waiting.pop((entry.member_id, entry.joined_at), None)
            await self._solve_again(case, found)

    async def _solve_again(self, case: _Case, found: Sequence[Confirmation]) -> None:
        """One confirmed join can make its neighbours certain, or show that they were not."""
        settled = {(entry.member_id, entry.joined_at): candidate(entry) for entry in found}
        kept = []
        for evidence, record in case.windows:
            ours = {join.key for join in evidence.joins} & settled.keys()
            fixed = {**evidence.fixed, **{key: settled[key] for key in ours}}
            again = evidence._replace(fixed=fixed)
            if ours:
                await self._resettle(case.guild_id, again, record)
            if any(join.key not in fixed and join.key in case.waiting for join in again.joins):
                kept.append(_Solved(again, record))
        case.windows = kept

    async def _resettle(self, guild_id: int, again: Window, record: WindowRecord | None) -> None:
        verdicts = (await asyncio.to_thread(decide, again)).verdicts
        if verdicts:
            change = Settlement(
                guild_id=guild_id, decided_at=datetime.now(UTC), verdicts=verdicts, window=record
            )
            await self._write(lambda: self._ledger.settle(change))

    async def _write(self, write: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        await until_written(write, self._patience.ledger)


def candidate(entry: Confirmation) -> str:
    """What the record says as it stands among candidates: a code, or a source with a tilde."""
    if entry.source is Source.INVITE and entry.code is not None:
        return entry.code
    return entry.source.candidate
