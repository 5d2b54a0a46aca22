"""What is in memory of one guild between two settlements: its open window.

State and questions about it; no waiting, no clock, no platform, no ledger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.attribution import Arrival, Birth, End, Lags, Window
from bot.attribution.evidence import BEFORE_US
from data.models import Baseline, EndReason, Invite, JoinFact, Reading

LONGEST_WINDOW = 600.0
"""Seconds. A raid that never pauses is decided all the same after this, as if with a gap."""

SLOWEST_SPACING = 10.0
"""Seconds between two readings of a long window, at most."""


@dataclass(slots=True)
class OpenWindow:
    """One guild's evidence since its baseline.

    `baseline` is the last settled reading; None before the first ever.
    `joins` are written down already; `arriving` counts those that are being written right now,
    and no window closes while there are any.
    `wanted` asks for a reading although nobody joined.
    `gap` is true while events may have been missed since the baseline.
    `broken_since` is set while the connection that brings this guild's events is broken.
    """

    guild_id: int
    lags: Lags
    baseline: Reading | None = None
    baseline_at: datetime | None = None
    loaded: bool = False
    watched: bool = False
    wanted: bool = False
    gap: bool = False
    broken_since: float | None = None
    arriving: int = 0
    joins: dict[tuple[int, int], Arrival] = field(default_factory=dict)
    """By member and `joined_at`."""
    readings: list[Reading] = field(default_factory=list)
    invites: Mapping[str, Invite] = field(default_factory=dict)
    births: dict[str, Birth] = field(default_factory=dict)
    ends: dict[str, End] = field(default_factory=dict)
    adders: dict[int, int] = field(default_factory=dict)
    """Bot → who added it, by the audit log."""

    def load(self, kept: Baseline | None, pending: Iterable[JoinFact]) -> None:
        """Once: the baseline and the undecided joins of an earlier run, with a gap in between."""
        if self.loaded:
            return
        self.loaded = True
        for fact in pending:
            join = Arrival(fact.member_id, fact.joined_at, BEFORE_US, None, fact.is_bot)
            self.joins.setdefault((fact.member_id, fact.joined_at), join)
        if kept is not None:
            self.baseline_at, self.gap = kept.read_at, True
            self.baseline = Reading(
                BEFORE_US, BEFORE_US, kept.counters, kept.vanity, kept.platform_ms
            )

    def people(self) -> list[Arrival]:
        return [join for join in self.joins.values() if not join.is_bot]

    def uncovered(self) -> float | None:
        """When the first person arrived whose use the last reading need not show; None if nobody.

        A use shows for certain only in a reading asked `lags.counter` after its event.
        """
        since = self.readings[-1].asked if self.readings else float("-inf")
        late = [j.arrived for j in self.people() if j.arrived + self.lags.counter > since]
        return min(late, default=None)

    def next_reading_at(self) -> float:
        """The moment at which a reading decides most: once the first new use must show in it."""
        first = self.uncovered()
        soonest = float("-inf") if first is None else first + self.lags.counter
        if not self.readings:
            return soonest
        spacing = min(self.lags.counter * (1 + len(self.readings) / 4), SLOWEST_SPACING)
        return max(soonest, self.readings[-1].asked + spacing)

    def quiet_at(self) -> float:
        """From when on the last reading closes the window, if nobody arrives before."""
        return self.readings[-1].answered + self.lags.event

    def settled_down(self) -> bool:
        """Whether the last reading covers everybody, and nobody is on the way."""
        return not self.arriving and self.broken_since is None and self.uncovered() is None

    def overdue(self, now: float) -> bool:
        return bool(self.readings) and now - self.readings[0].asked > LONGEST_WINDOW

    def take(self, reading: Reading, invites: Mapping[str, Invite]) -> None:
        self.wanted = False
        self.readings.append(reading)
        self.invites = invites

    def known_gone(self) -> Iterable[str]:
        """Limited invites that vanished without a known reason: the audit log may know."""
        last = self.readings[-1].counters if self.readings else {}
        known = {**(self.baseline.counters if self.baseline else {})}
        known |= {code: birth.counter for code, birth in self.births.items()}
        for reading in self.readings:
            known |= reading.counters
        for code, counter in known.items():
            end = self.ends.get(code)
            unexplained = end is None or end.ending.reason is EndReason.UNKNOWN
            if code not in last and counter.max_uses and unexplained:
                yield code

    def evidence(self, *, sees_invites: bool, sees_revocations: bool) -> Window:
        before = [self.baseline] if self.baseline else []
        return Window(
            readings=(*before, *self.readings),
            joins=tuple(self.joins.values()),
            lags=self.lags,
            births=dict(self.births),
            ends=dict(self.ends),
            gap=self.gap,
            first=self.baseline is None,
            sees_invites=sees_invites,
            sees_revocations=sees_revocations,
        )

    def drop(self, decided: set[tuple[int, int]]) -> None:
        """Give up on joins, (member, joined_at), that no reading will ever explain."""
        self.joins = {key: join for key, join in self.joins.items() if key not in decided}
        self.gap = True

    def forget(self, decided: Window, baseline_at: datetime | None, *, gap: bool) -> None:
        """Start anew from the last reading; what arrived meanwhile belongs to the next window."""
        gap = gap or (self.gap and not self.readings)
        self.drop({(join.member_id, join.joined_at) for join in decided.joins})
        self.gap = gap
        if not self.readings:
            return
        last = decided.readings[-1]
        self.readings = [r for r in self.readings if r.asked > last.asked]
        self.baseline, self.baseline_at = last, baseline_at
        shown = {code for reading in decided.readings for code in reading.counters}
        self.births = {
            code: birth
            for code, birth in self.births.items()
            if birth.at > last.asked and code not in shown
        }
        self.ends = {
            code: end
            for code, end in self.ends.items()
            if code in last.counters or (end.at > last.asked and code not in shown)
        }
        if not self.readings:
            self.invites = {}
        here = {member_id for member_id, _ in self.joins}
        self.adders = {bot: by for bot, by in self.adders.items() if bot in here}
