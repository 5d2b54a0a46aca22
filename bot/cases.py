"""What is kept of one guild while joins in it wait for the platform's record.

State and questions about it; no waiting, no platform, no ledger.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.attribution import Window
from data.models import Confirmation, WindowRecord

Key = tuple[int, int]
"""Member and `joined_at`: names a membership within a guild."""

MOST_WINDOWS = 50
"""Windows of one guild that are kept to be solved again; older ones keep their verdicts."""

GIVE_UP = 900.0
"""Seconds after which a join that the record does not show stays as the counters have it."""

LATELY = 120.0
"""Seconds in which the record surely has somebody who joined."""


class Hope(NamedTuple):
    """That the record will name a join; moments are on our monotonic clock."""

    shows_at: float
    """It should not be there before."""
    until: float
    """How long it is looked for."""
    sure_at: float = float("-inf")
    """Before, what the record says within its step may be of a later time of the same member."""


class Solved(NamedTuple):
    """A window as it was decided, kept while the record may still change it."""

    evidence: Window
    record: WindowRecord | None
    until: float = 0.0
    """How long it is kept at least, on our monotonic clock, for a moderator may know more."""
    recorded: frozenset[Key] = frozenset()
    """Of those who are settled in it, whom the record has named."""

    def keys(self) -> set[Key]:
        return {join.key for join in self.evidence.joins}

    def by_record(self) -> Window:
        """The evidence without what only a moderator says: that proves nothing of the lags."""
        both = self.evidence.fixed.items()
        fixed = {key: what for key, what in both if key in self.recorded}
        return self.evidence._replace(fixed=fixed)

    def with_settled(self, settled: Mapping[Key, str | None], *, by_record: bool) -> "Solved":
        """None is what settles nothing any more."""
        ours = {key: settled[key] for key in settled.keys() & self.keys()}
        both = {**self.evidence.fixed, **ours}
        fixed = {key: what for key, what in both.items() if what is not None}
        recorded = self.recorded | ours.keys() if by_record else self.recorded - ours.keys()
        return self._replace(evidence=self.evidence._replace(fixed=fixed), recorded=recorded)


@dataclass(slots=True)
class Case:
    """One guild that waits for its record."""

    guild_id: int
    waiting: dict[Key, Hope] = field(default_factory=dict)
    """Joins without a confirmation."""
    heard: dict[Key, Confirmation] = field(default_factory=dict)
    """What the record says of some of them, until that is surely of this time."""
    undecided: set[Key] = field(default_factory=set)
    """Joins whose window is still open."""
    known: dict[Key, str] = field(default_factory=dict)
    """What the record has named of these → a code or a ~source, until their window is settled."""
    windows: list[Solved] = field(default_factory=list)
    watched: bool = False
    timer: asyncio.TimerHandle | None = None
    """Until it is watched: nobody shows before."""
    solving: asyncio.Lock = field(default_factory=asyncio.Lock)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)
    wakes_at: float = float("-inf")
    """When the next question is due, as far as that was known when the wait for it began."""
    gone: set[Key] | None = None
    """Who has left while an answer is on its way; None while there is none."""
    missed: int = 0
    """Times that events were missed."""
    asked_at: float = float("-inf")
    named_at: float = float("-inf")
    tries: int = 0
    """Questions since the last one that somebody new was asked about in."""

    def expect(self, join: Key, hope: Hope) -> None:
        """Look for somebody from now on: cheap, for in a raid it happens thousands of times."""
        if self.waiting.setdefault(join, hope) is hope and hope.shows_at < self.wakes_at:
            self.fresh.set()

    def next_look_at(self, waits: Sequence[float]) -> float:
        """When there is something to do: to ask, or to name those of whom was heard (both not
        oftener than the first of the waits), or, when nobody waits, to forget windows.
        """
        if not self.waiting:
            return min((window.until for window in self.windows), default=0.0)
        sure = [self.waiting[key].sure_at for key in self.heard if key in self.waiting]
        name = max(min(sure), self.named_at + waits[0]) if sure else float("inf")
        return min(name, self.next_question_at(waits))

    def next_question_at(self, waits: Sequence[float]) -> float:
        """When to ask: once somebody new should show, else more and more rarely."""
        hopes = self.unheard().values()
        if not hopes:
            return float("inf")
        new = [hope.shows_at for hope in hopes if hope.shows_at > self.asked_at]
        first = max(min(new), self.asked_at + waits[0]) if new else float("inf")
        again = self.asked_at + waits[min(self.tries, len(waits) - 1)]
        return first if len(new) == len(hopes) else min(first, again)

    def unheard(self) -> dict[Key, Hope]:
        """Those of whom the record has said nothing yet."""
        return {key: hope for key, hope in self.waiting.items() if key not in self.heard}

    def give_up(self, now: float) -> bool:
        """Look no longer for those of whom there is no hope, and say whether there were any.
        Everybody is asked about once at least.
        """
        waited = len(self.waiting)
        self.waiting = {
            key: hope
            for key, hope in self.waiting.items()
            if key in self.heard or hope.until > now or hope.shows_at > self.asked_at
        }
        return len(self.waiting) < waited

    def ask(self, now: float) -> None:
        """Note that this is asked now."""
        new = any(self.asked_at < hope.shows_at <= now for hope in self.waiting.values())
        self.tries = 1 if new else self.tries + 1
        self.asked_at = now

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While an answer is on its way, it may still name those who have left meanwhile."""
        self.gone = set()
        try:
            yield
        finally:
            self.drop(self.gone - self.heard.keys())
            self.gone = None

    def hear(self, told: Iterable[Confirmation], precision: int) -> None:
        """Keep what is said of those who wait, by a record that tells times in steps of `precision`
        ms. Said otherwise before, it is of two times, and of no use for either.
        """
        named = {(one.member_id, one.joined_at // precision): one for one in told}
        for member_id, joined_at in list(self.waiting):
            said = named.get((member_id, joined_at // precision))
            if said is not None:
                exact = said.model_copy(update={"joined_at": joined_at})
                if self.heard.setdefault((member_id, joined_at), exact) != exact:
                    self.drop([(member_id, joined_at)])

    def sure(self, now: float) -> dict[Key, Confirmation]:
        """What was heard and can be of no later time that we do not know of."""
        due = {key for key in self.heard if key in self.waiting and self._is_sure(key, now)}
        if due:
            self.named_at = now
        return {key: self.heard[key] for key in due}

    def _is_sure(self, key: Key, now: float) -> bool:
        return self.waiting[key].sure_at <= now

    def drop(self, keys: Collection[Key]) -> None:
        """Wait for them no longer."""
        for key in keys:
            self.waiting.pop(key, None)
            self.heard.pop(key, None)

    def put_off(self, keys: AbstractSet[Key], until: float) -> None:
        """What was heard of these is not sure before then."""
        for key in keys & self.waiting.keys():
            self.waiting[key] = self.waiting[key]._replace(sure_at=until)

    def unhear(self) -> None:
        """Events were missed: what was heard may be of a membership that nobody told of."""
        self.heard = {}
        self.missed += 1

    def left(self, member_id: int) -> bool:
        """Somebody is no member any more, whom the record does not have from now on: what it says
        of them is of another time. Come back with whether they were waited for.
        """
        gone = {key for key in self.unheard() if key[0] == member_id}
        if self.gone is None:
            self.drop(gone)
        else:
            self.gone |= gone
        return bool(gone)

    def forget(self) -> None:
        """Usher is not there any more."""
        self.waiting, self.heard, self.windows = {}, {}, []
        self.fresh.set()

    def keep(self, window: Solved) -> None:
        self.windows = [*self.windows, window][-MOST_WINDOWS:]

    def replace(self, window: Solved, again: Solved) -> None:
        self.windows = [again if one is window else one for one in self.windows]

    def name(self, named: Mapping[Key, str]) -> None:
        """The record has spoken of these."""
        self.drop(named)
        self.known |= {key: what for key, what in named.items() if key in self.undecided}

    def decide(self, joins: AbstractSet[Key]) -> dict[Key, str]:
        """Their window is settled; return what the record had named of them by then."""
        self.undecided -= joins
        return {key: self.known.pop(key) for key in joins & self.known.keys()}

    def let_go(self, now: float) -> list[Solved]:
        """Forget the windows that nobody waits for any more, and return them."""
        done = [one for one in self.windows if not self._needs(one, now)]
        self.windows = [one for one in self.windows if self._needs(one, now)]
        return done

    def _needs(self, window: Solved, now: float) -> bool:
        return window.until > now or bool(window.keys() & self.waiting.keys())

    def without_record(self, until: float) -> None:
        """The record is refused: nobody waits for it, but moderators may still speak."""
        self.waiting, self.heard = {}, {}
        self.windows = [one._replace(until=until) for one in self.windows]

    def oldest(self, now: float) -> int:
        """How far to page back, in UTC milliseconds of `joined_at`.

        While people keep coming only to those who came lately: whoever was not there then has
        left, or is asked for when it is quiet.
        """
        unheard = self.unheard()
        late = [key for key, hope in unheard.items() if hope.shows_at > now - LATELY]
        some = late if self.tries == 1 and late else unheard
        return min((joined_at for _, joined_at in some), default=0)
