"""Tells how those came who joined before Usher did, by paging through the platform's record.

Oldest first, one page at a time. A page is written down together with where it ended, so that a
restart goes on from there; a question that gets no answer is asked again, ever more rarely.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, Self

from bot.errors import NoAnswerError
from bot.jobs import Jobs
from bot.patience import Patience, until_written
from bot.platforms.platform import MEMBERS_AT_ONCE, Capabilities, RecordPage
from bot.precision import as_known
from bot.record_pages import announced_from, require_order, seconds_left, taken
from data.models import Backfill, BackfillPage, Baseline, Reason, RecordMark, to_ms

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Guilds that are asked about at the same moment: readings, verdicts and commands go first."""

PACED_BY = 10
"""Pages that tell how fast it goes."""

Tell = Callable[["Progress", bool], Awaitable[None]]
"""Shows how far a backfill is, and whether more will be told."""


class Problem(NamedTuple):
    """Why a backfill does not go on at the moment."""

    detail: str
    refused: bool
    """Asking again soon would be no use."""
    again_at: datetime


class Progress(NamedTuple):
    """How far a backfill is."""

    backfill: Backfill
    problem: Problem | None = None
    seconds_left: float | None = None
    """At the pace of the last pages; None while that cannot be told."""


class RecordSource(Protocol):
    @property
    def capabilities(self) -> Capabilities: ...
    async def record(
        self,
        guild_id: int,
        limit: int,
        *,
        after: RecordMark | None = None,
        oldest_first: bool = False,
    ) -> RecordPage: ...


class BackfillLog(Protocol):
    async def begin_backfill(self, guild_id: int, moderator_id: int, at: datetime) -> Backfill: ...
    async def fill(self, guild_id: int, page: BackfillPage, at: datetime) -> Backfill: ...
    async def backfill(self, guild_id: int) -> Backfill | None: ...
    async def baseline(self, guild_id: int) -> Baseline | None: ...
    async def backfills_unfinished(self) -> list[int]: ...
    async def memberships(self, guild_id: int, members: Sequence[int]) -> list[tuple[int, int]]: ...


@dataclass(slots=True, eq=False)
class _Case:
    """The backfill of one guild, until it is finished."""

    backfill: Backfill
    until: int
    """Whoever joined before is taken (UTC milliseconds on the platform's clock) …"""
    begun_ms: int | None
    """… and whoever joined since, under Usher's eyes, was missed; None before its first reading."""
    there: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the guild is available."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody wants it to go on now."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, when there is something new to tell."""
    problem: Problem | None = None
    tries: int = 0
    pages: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=PACED_BY))
    """When the last pages were written, on our monotonic clock → members read by then."""
    seen: frozenset[int] = frozenset()
    """Members of the last page; what an answer repeats of them counts once."""

    def progress(self) -> Progress:
        left = seconds_left(self.backfill.total, self.pages)
        return Progress(self.backfill, self.problem, left)


class Backfiller:
    """One case per guild whose backfill is not finished; use it as an async context manager."""

    def __init__(
        self,
        source: RecordSource,
        ledger: BackfillLog,
        patience: Patience,
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._cases: dict[int, _Case] = {}
        self._beginning = asyncio.Lock()
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._following: dict[tuple[int, int], object] = {}
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        """Take up what an earlier run did not finish, as soon as its guilds are available."""
        await self._jobs.__aenter__()
        for guild_id in await self._ledger.backfills_unfinished():
            backfill = await self._ledger.backfill(guild_id)
            assert backfill is not None, "the ledger has just named it"
            await self._start(backfill)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._jobs.__aexit__()

    async def begin(self, guild_id: int, moderator_id: int, at: datetime) -> Progress:
        """Begin a backfill, or let one that waits go on now.

        `at` is on the platform's clock, as the times are that it is compared with.
        """
        async with self._beginning:  # so that one guild has one case
            case = self._cases.get(guild_id)
            if case is None:
                begun = await self._ledger.begin_backfill(guild_id, moderator_id, at)
                case = await self._start(begun)
        case.there.set()
        if case.problem is not None:
            case.asked.set()
        return case.progress()

    async def progress(self, guild_id: int) -> Progress | None:
        """How far the guild's backfill is, or what became of the last one."""
        case = self._cases.get(guild_id)
        if case is not None:
            return case.progress()
        backfill = await self._ledger.backfill(guild_id)
        return None if backfill is None else Progress(backfill)

    def follow(self, guild_id: int, member_id: int, tell: Tell) -> None:
        """Let somebody see how it goes, for a while; again, and only the latest call counts."""
        if (case := self._cases.get(guild_id)) is not None:
            self._jobs.start(self._follow(case, (guild_id, member_id), tell))

    def guild_available(self, guild_id: int) -> None:
        if (case := self._cases.get(guild_id)) is not None:
            case.there.set()
            case.asked.set()

    def guild_gone(self, guild_id: int) -> None:
        """An outage, or Usher was removed: nothing is asked until the guild is there again."""
        if (case := self._cases.get(guild_id)) is not None:
            case.there.clear()

    async def _start(self, backfill: Backfill) -> _Case:
        case = _Case(backfill, *await self._bounds(backfill))
        self._cases[backfill.guild_id] = case
        self._jobs.start(self._run(case))
        return case

    async def _bounds(self, backfill: Backfill) -> tuple[int, int | None]:
        """Of a step within which somebody may have been announced, nobody is taken."""
        baseline = await self._ledger.baseline(backfill.guild_id)
        step = self._source.capabilities.record_precision_ms
        until = announced_from(backfill, baseline) // step * step
        return until, None if baseline is None else baseline.begun_ms

    async def _run(self, case: _Case) -> None:
        """Page on until the record has told of everybody."""
        while case.backfill.finished_at is None:
            await case.there.wait()
            case.asked.clear()
            wait = await self._attempt(case)
            case.news.set()
            case.news = asyncio.Event()
            if case.backfill.finished_at is None:
                await self._pause(case, wait)
        log.info("guild %d: backfilled %d", case.backfill.guild_id, case.backfill.members)
        # No `await` since the last look: nobody can have asked for more in between.
        del self._cases[case.backfill.guild_id]

    async def _attempt(self, case: _Case) -> float:
        """Read one page, and say how many seconds to wait before the next request."""
        try:
            await self._read(case)
        except NoAnswerError as error:
            refused = error.retry_after is not None or error.reason is Reason.NO_PERMISSION
            return self._postpone(case, str(error), error.retry_after, refused=refused)
        except Exception:
            log.exception("guild %d: its backfill waits", case.backfill.guild_id)
            return self._postpone(case, "a fault of my own")
        case.problem, case.tries = None, 0
        case.pages.append((self._clock(), case.backfill.members))
        return self._patience.page

    async def _read(self, case: _Case) -> None:
        """One page, written down with where it ended; only then it counts."""
        guild_id, mark = case.backfill.guild_id, case.backfill.mark
        async with self._asking:
            page = await self._source.record(
                guild_id, MEMBERS_AT_ONCE, after=mark, oldest_first=True
            )
        require_order(page, mark)
        page = await self._as_known(guild_id, page)
        now = datetime.now(UTC)
        if case.begun_ms is None:
            case.until, case.begun_ms = await self._bounds(case.backfill)
        part = taken(page, guild_id, case.until, case.seen, to_ms(now), case.begun_ms)
        case.backfill = await until_written(
            lambda: self._ledger.fill(guild_id, part, now), self._patience.ledger
        )
        case.seen = frozenset(each.membership.member_id for each in page.members)

    async def _as_known(self, guild_id: int, page: RecordPage) -> RecordPage:
        """The page with the exact times of those whom the ledger has already."""
        precision = self._source.capabilities.record_precision_ms
        if precision == 1:
            return page
        members = [each.membership.member_id for each in page.members]
        return as_known(page, await self._ledger.memberships(guild_id, members), precision)

    def _postpone(
        self, case: _Case, detail: str, retry_after: float | None = None, *, refused: bool = False
    ) -> float:
        waits = self._patience.backfill
        wait = waits[min(case.tries, len(waits) - 1)] if retry_after is None else retry_after
        again_at = datetime.now(UTC) + timedelta(seconds=wait)
        case.problem = Problem(detail, refused, again_at)
        case.tries += 1
        case.pages.clear()  # the time that was waited is no pace
        log.info("guild %d: no page of its record: %s", case.backfill.guild_id, detail)
        return wait

    async def _pause(self, case: _Case, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await case.asked.wait()

    async def _follow(self, case: _Case, who: tuple[int, int], tell: Tell) -> None:
        me = self._following[who] = object()
        until = self._clock() + self._patience.followed
        try:
            while self._following[who] is me:
                news, left = case.news, until - self._clock()
                await tell(case.progress(), left > 0)
                if case.backfill.finished_at is not None or left <= 0:
                    break
                await asyncio.sleep(self._patience.told)
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(until - self._clock(), 0)):
                        await news.wait()
        except Exception as error:  # noqa: BLE001 - whoever followed may have closed the message
            log.info("guild %d: nobody follows its backfill any more: %s", who[0], error)
        if self._following.get(who) is me:
            del self._following[who]
