"""Settles verdicts by the platform's own record, in batches, and solves what remains again.

The record lags by half a minute or so, and may be absent: then verdicts stay as they are.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self

from bot.attribution import Arrival, Window
from bot.cases import GIVE_UP, Case, Hope, Key, Solved
from bot.errors import NoAnswerError
from bot.jobs import Jobs
from bot.leftovers import MOST_MEMBERS, Leftovers, UnnamedLog
from bot.patience import Patience, until_written
from bot.platforms.platform import MEMBERS_AT_ONCE, Membership, RecordPage
from bot.priming import Primer
from bot.resolving import Resolver, SolvedLog
from bot.second_times import LOOKS_AGAIN, Events, Memberships, SecondTimes, SteppedRecord
from bot.windows import candidate
from data.models import (
    Certainty,
    Confirmation,
    JoinRecord,
    RecordMark,
    Source,
    WindowRecord,
    to_ms,
)

log = logging.getLogger(__name__)

AT_ONCE, AT_ONCE_FIRST = 2, 8
"""Guilds whose record is asked at the same moment: readings and commands go first, unless the
record does."""

SPARE = 25
"""Members asked for beyond those that wait: others may have joined since."""

LAST_CHANCE = 60.0
"""Seconds for which a join is looked for that the record should have had long ago."""

SILENCE = GIVE_UP
"""Seconds without any answer after which there is no record, where it should come first …"""

LEFT_ALONE = 3600.0
"""… and seconds until it is tried again."""


class RecordSource(SteppedRecord, Protocol):
    async def record(
        self, guild_id: int, limit: int, *, after: RecordMark | None = None
    ) -> RecordPage: ...


class ConfirmationLog(UnnamedLog, SolvedLog, Memberships, Protocol):
    async def confirm(
        self, guild_id: int, confirmations: Sequence[Confirmation], decided_at: datetime
    ) -> int: ...
    async def close_record(self, guild_id: int, until: datetime | None) -> None: ...


class OpenWindows(Events, Protocol):
    """They know what the record names before they close, and whom it shows that was not announced;
    see `bot.tracker.Tracker`.
    """

    def confirmed(self, guild_id: int, named: Mapping[Key, str]) -> set[Key]: ...
    def shown(self, guild_id: int, members: Collection[Membership]) -> None: ...


class Confirmer:
    """One case per guild that waits; use it as an async context manager."""

    def __init__(
        self,
        source: RecordSource,
        ledger: ConfirmationLog,
        patience: Patience,
        clock: Callable[[], float],
        windows: Callable[[], OpenWindows],
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._windows = windows
        self._cases: dict[int, Case] = {}
        self._silent_since: dict[int, float] = {}
        """By guild, since when there was no answer: people may come one by one."""
        self._early: dict[int, set[Key]] = {}
        """By guild, whom the record has named while their window was open: it outlives a case."""
        first = source.capabilities.record_first
        self._asking = asyncio.Semaphore(AT_ONCE_FIRST if first else AT_ONCE)
        self._primer = Primer(source, patience)
        self._resolver = Resolver(ledger, patience)
        self._second_times = SecondTimes(source, ledger)
        self._leftovers = Leftovers(ledger, patience, self._expect)
        self._closed = self._leftovers.closed
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        await self._primer.__aenter__()
        await self._leftovers.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leftovers.__aexit__()
        await self._primer.__aexit__()
        await self._jobs.__aexit__()
        for case in self._cases.values():
            if case.timer is not None:
                case.timer.cancel()

    def guild_available(self, guild_id: int) -> None:
        """We may ask about it, but may have missed events: see to it that there is a record."""
        if (case := self._cases.get(guild_id)) is not None:
            case.unhear()
        self._prime(guild_id)

    def _prime(self, guild_id: int) -> None:
        if self._source.capabilities.record_first:
            self._primer.prime(guild_id)

    def guild_removed(self, guild_id: int) -> None:
        """Whom the record has not named stays so, unless Usher comes back."""
        self._early.pop(guild_id, None)
        self._silent_since.pop(guild_id, None)
        if (case := self._cases.get(guild_id)) is not None:
            case.forget()

    def sight_changed(self, guild_id: int) -> None:
        """What we may see has changed: whoever was not named for that is looked for again."""
        self._prime(guild_id)
        self._leftovers.look_now(guild_id)

    def joined(self, guild_id: int, join: Arrival) -> None:
        """Somebody joined: in a long raid the record knows them before the counters do."""
        if not join.is_bot and guild_id not in self._closed:
            now = self._clock()
            case = self._cases.get(guild_id) or self._patient_case(guild_id)
            case.undecided.add(join.key)
            case.expect(join.key, self._hope(now, join.key))

    def left(self, guild_id: int, member_id: int) -> None:
        """Of somebody who was asked about in vain until now nothing more is to be learnt."""
        case = self._cases.get(guild_id)
        if case is not None and case.left(member_id):
            self._leftovers.look_later(guild_id)

    def found(self, guild_id: int, joins: Collection[Arrival]) -> None:
        """These joined a while ago, and were not announced: the record should have them."""
        keys = {join.key for join in joins if not join.is_bot}
        if keys and guild_id not in self._closed:
            self._case(guild_id).undecided |= keys
            self._expect(guild_id, keys)

    def settled(self, guild_id: int, evidence: Window, record: WindowRecord | None) -> None:
        """A window was decided by counters: what the record says of it may change it."""
        people = {join.key for join in evidence.joins if not join.is_bot}
        early = self._named_early(guild_id, people)
        by_word = evidence.fixed.keys() - early
        closed = guild_id in self._closed
        if not people or (closed and len(people) == 1 and not by_word):
            return
        case = self._cases.get(guild_id) or self._case(guild_id)
        named = case.decide(people)
        if evidence.readings:
            until = self._clock() + GIVE_UP if closed or by_word else 0.0
            recorded = early & evidence.fixed.keys()
            case.keep(Solved(evidence, record, until, recorded))
        if closed:
            return
        unnamed = people - evidence.fixed.keys()
        known = {key: named[key] for key in unnamed & named.keys()}
        self._expect(guild_id, unnamed - known.keys() - case.waiting.keys())
        if known:  # named while the window was being written
            self._jobs.start(self._resolver.solve_again(case, known, by_record=True))

    async def corrected(self, join: JoinRecord) -> None:
        """A moderator has spoken, or taken it back: solve again what is still kept."""
        if join.joined_at is None:
            return
        key = (join.member_id, to_ms(join.joined_at))
        self._named_early(join.guild_id, {key})
        settled = join.certainty in (Certainty.CORRECTED, Certainty.CONFIRMED)
        if not settled and join.guild_id not in self._closed:
            self._expect(join.guild_id, [key])
        case = self._cases.get(join.guild_id)
        if case is None:
            return
        if settled:
            case.waiting.pop(key, None)
        known = settled and join.source is not Source.UNKNOWN
        by_record = join.certainty is Certainty.CONFIRMED
        what = {key: candidate(join) if known else None}
        await self._resolver.solve_again(case, what, by_record=by_record)

    def _named_early(self, guild_id: int, joins: AbstractSet[Key]) -> frozenset[Key]:
        """Which of these the record has named early; they are forgotten."""
        early = self._early.get(guild_id, set())
        found = frozenset(early & joins)
        early -= joins
        if not early:
            self._early.pop(guild_id, None)
        return found

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

    def _expect(self, guild_id: int, joins: Collection[Key], once: bool = False) -> None:
        """Look for these from now on. Who joined a while ago should be there already."""
        if joins:
            case, now, wall = self._case(guild_id), self._clock(), to_ms(datetime.now(UTC))
            least = 0.0 if once else LAST_CHANCE
            for join in joins:
                age = max(wall - join[1], 0) / 1000
                case.expect(join, self._hope(now, join, age, least))

    def _hope(self, now: float, join: Key, age: float = 0.0, least: float = 0.0) -> Hope:
        """Of somebody who joined so long ago, looked for that long at least, in seconds.

        The age is by two clocks that may differ: what must not be too short does not go by it.
        """
        apart = self._second_times.heard_of_after(join)
        lag = max(self._patience.record[0] - age, 0.0)
        return Hope(now + lag, now + max(GIVE_UP - age, least), now + apart)

    # Asking

    async def _watch(self, case: Case) -> None:
        """Ask the record until nobody waits, more and more rarely."""
        while case.waiting or case.windows:
            try:
                await self._pause(case)
                if self._second_times.may_be_untold(case, self._windows()):
                    self._give_up(case)
                    await asyncio.sleep(LOOKS_AGAIN)
                    continue
                if case.next_question_at(self._patience.record) <= self._clock():
                    with case.asking():
                        await self._ask(case)
                await self._name(case)
                await self._resolver.let_go(case, self._clock())
            except NoAnswerError as error:
                silent = self._is_silent(case.guild_id) and case.tries > 1  # not one fault alone
                absent = silent and self._source.capabilities.record_first
                wait = LEFT_ALONE if absent else error.retry_after
                if wait is not None:
                    log.info("guild %d: no record for now: %s", case.guild_id, error)
                    await self._refused(case, wait)
            except Exception:
                log.exception("guild %d: its joins stay unconfirmed for now", case.guild_id)
        # No `await` since the last look at who waits.
        self._cases.pop(case.guild_id, None)

    def _is_silent(self, guild_id: int) -> bool:
        """Whether there has been no answer for long, the one that should have come now included."""
        now = self._clock()
        return now - self._silent_since.setdefault(guild_id, now) > SILENCE

    async def _refused(self, case: Case, seconds: float) -> None:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        self._leftovers.close(case.guild_id, seconds)
        case.without_record(self._clock() + GIVE_UP)
        await self._write(lambda: self._ledger.close_record(case.guild_id, until))

    async def _pause(self, case: Case) -> None:
        """Wait for the next moment to ask or to name; somebody new may bring it nearer."""
        while True:
            case.fresh.clear()
            case.wakes_at = case.next_look_at(self._patience.record)
            if case.wakes_at <= self._clock():
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(case.wakes_at - self._clock()):
                    await case.fresh.wait()

    def _give_up(self, case: Case) -> None:
        if case.give_up(self._clock()):
            self._leftovers.look_later(case.guild_id)

    async def _ask(self, case: Case) -> None:
        """Page back to the first of those who wait; mostly one request has them all."""
        now = self._clock()
        self._give_up(case)
        case.ask(now)
        precision = self._source.capabilities.record_precision_ms
        oldest = case.oldest(now)
        limit = min(len(case.unheard()) + SPARE, MEMBERS_AT_ONCE)
        if to_ms(datetime.now(UTC)) - oldest > GIVE_UP * 1000:
            limit = MEMBERS_AT_ONCE  # many may have come since, and one request is to do
        after: RecordMark | None = None
        looked, missed = 0, case.missed
        while case.unheard() and looked < MOST_MEMBERS:
            async with self._asking:
                page = await self._source.record(case.guild_id, limit, after=after)
            self._silent_since.pop(case.guild_id, None)
            if case.missed != missed or self._second_times.may_be_untold(case, self._windows()):
                break
            self._windows().shown(case.guild_id, [each.membership for each in page.members])
            case.hear(page.confirmations, precision)
            await self._name(case)
            after, limit = page.mark, MEMBERS_AT_ONCE
            looked += len(page.members)
            if after is None or after.joined_at // precision < oldest // precision:
                break

    async def _name(self, case: Case) -> None:
        """Write down what was heard of those who wait, and solve their windows again."""
        now = self._clock()
        found = await self._second_times.apart(case, case.sure(now), self._windows(), now)
        if not found:
            return
        said, at = list(found.values()), datetime.now(UTC)
        await self._write(lambda: self._ledger.confirm(case.guild_id, said, at))
        # A moderator may have spoken meanwhile, whose word stands.
        named = {key: candidate(said) for key, said in found.items() if key in case.waiting}
        case.name(named)
        if early := self._windows().confirmed(case.guild_id, named):
            self._early.setdefault(case.guild_id, set()).update(early)
        await self._resolver.solve_again(case, named, by_record=True)

    async def _write(self, write: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        await until_written(write, self._patience.ledger)
