"""What is kept of one guild while joins in it wait for the platform's record.

State and questions about it; no waiting, no platform, no ledger.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.attribution import Window
from data.models import WindowRecord

Key = tuple[int, int]
"""Member and `joined_at`: names a membership within a guild."""

MOST_WINDOWS = 50
"""Windows of one guild that are kept to be solved again; older ones keep their verdicts."""

GIVE_UP = 900.0
"""Seconds after which a join that the record does not show stays as the counters have it."""

LATELY = 120.0
"""Seconds in which the record surely has somebody who joined."""


class Solved(NamedTuple):
    """A window as it was decided, kept while the record may still change it."""

    evidence: Window
    record: WindowRecord | None

    def keys(self) -> set[Key]:
        return {join.key for join in self.evidence.joins}

    def with_settled(self, settled: Mapping[Key, str | None]) -> "Solved":
        """None is what settles nothing any more."""
        ours = {key: settled[key] for key in settled.keys() & self.keys()}
        both = {**self.evidence.fixed, **ours}
        fixed = {key: what for key, what in both.items() if what is not None}
        return self._replace(evidence=self.evidence._replace(fixed=fixed))


@dataclass(slots=True)
class Case:
    """One guild that waits for its record."""

    guild_id: int
    waiting: dict[Key, float] = field(default_factory=dict)
    """Joins without a confirmation → until when they are looked for, on our monotonic clock."""
    known: dict[Key, str] = field(default_factory=dict)
    """What the record has named of those who waited → a code or a ~source."""
    windows: list[Solved] = field(default_factory=list)
    solving: asyncio.Lock = field(default_factory=asyncio.Lock)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)
    tries: int = 0

    def expect(self, until: Mapping[Key, float]) -> None:
        """Look for these from now on, each until its own moment."""
        self.waiting = {**until, **self.waiting}
        self.tries = 0
        self.fresh.set()

    def keep(self, window: Solved) -> None:
        self.windows = [*self.windows, window][-MOST_WINDOWS:]

    def replace(self, window: Solved, again: Solved) -> None:
        self.windows = [again if one is window else one for one in self.windows]

    def give_up(self, now: float) -> None:
        """Look no longer for those whom the record should have had by now."""
        self.waiting = {key: until for key, until in self.waiting.items() if until > now}

    def name(self, named: Mapping[Key, str]) -> None:
        """The record has spoken of these."""
        self.waiting = {k: until for k, until in self.waiting.items() if k not in named}
        self.known |= named

    def let_go(self) -> list[Solved]:
        """Forget the windows that nobody waits for any more, and return them."""
        done = [one for one in self.windows if not one.keys() & self.waiting.keys()]
        self.windows = [one for one in self.windows if one.keys() & self.waiting.keys()]
        return done

    def oldest(self, now: float) -> int:
        """How far to page back, in UTC milliseconds of `joined_at`.

        While people keep coming only to those who came lately: whoever was not there then has
        left, or is asked for when it is quiet.
        """
        lately = now + GIVE_UP - LATELY
        fresh = [key for key, until in self.waiting.items() if self.tries or until > lately]
        return min((joined_at for _, joined_at in fresh or self.waiting), default=0)
