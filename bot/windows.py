"""What is in memory of one guild between two settlements: its open window.

State and questions about it; no waiting, no clock, no platform, no ledger.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from bot.attribution import Arrival, Birth, End, Lags, Window
from bot.attribution.endings import DATE_STEP_MS
from bot.attribution.evidence import BEFORE_US
from data.models import (
    Baseline,
    Counter,
    Ending,
    EndReason,
    Invite,
    InviteRecord,
    JoinFact,
    Reading,
    Reason,
    Source,
    to_ms,
)

LONGEST_WINDOW = 120.0
"""Seconds. While people keep coming, what is there is decided all the same after this."""

SLOWEST_SPACING = 10.0
"""Seconds between two readings of a long window, at most."""

CLOCKS_APART = timedelta(minutes=1)
"""How far our clock and the platform's may differ where only ours is known."""


class Away(NamedTuple):
    """A time in which people may have joined and left unseen."""

    since: float
    """Its beginning at the earliest, on our monotonic clock."""
    joined_from: int
    """UTC milliseconds on the platform's clock: whoever joined before was missed earlier."""


class Said(Protocol):
    """What the record or a moderator says of a join."""

    @property
    def source(self) -> Source: ...
    @property
    def code(self) -> str | None: ...


def candidate(said: Said) -> str:
    """How that stands among candidates: a code, or a source with a tilde."""
    if said.source is Source.INVITE and said.code is not None:
        return said.code
    return said.source.candidate


@dataclass(slots=True)
class OpenWindow:
    """One guild's evidence since its baseline.

    `baseline` is the last settled reading; None before the first ever, which was at `begun_ms`:
    whoever joined before was here before Usher. Until then that is whoever joined before `met_ms`
    (UTC), when Usher was first there.
    `joins` are written down already; `arriving` counts events that are being written down right
    now by the member that they tell of, 0 of none, and no window closes while there are any.
    `wanted` asks for a reading although nobody joined.
    `gap_at` is set while events may have been missed since the baseline: when that was last so.
    `hidden_at` is set if an invite may have come and gone unannounced: when that was last so.
    `removed` is true once Usher was removed from the guild: nothing more is decided.
    `broken_since` is set while the connection that brings this guild's events is broken.
    `away` is set while people may have joined or left unseen who have not been looked for yet.
    `counted_at` is when that was last looked into for no better reason than a doubt, and whoever
    joined before `counted_ms` (UTC, a minute earlier for the clocks' sake) was looked for then.
    `searched` is true while they are, and `patient` while the window waits for that.
    """

    guild_id: int
    lags: Lags
    baseline: Reading | None = None
    baseline_at: datetime | None = None
    begun_ms: int | None = None
    met_ms: int | None = None
    loaded: bool = False
    watched: bool = False
    wanted: bool = False
    gap_at: float | None = None
    gap_reason: Reason = Reason.GAP
    sees_invites: bool = True
    hidden_at: float | None = None
    removed: bool = False
    broken_since: float | None = None
    away: Away | None = None
    counted_at: float | None = None
    counted_ms: int = 0
    searched: bool = False
    patient: bool = False
    arriving: dict[int, int] = field(default_factory=dict)
    joins: dict[tuple[int, int], Arrival] = field(default_factory=dict)
    """By member and `joined_at`."""
    readings: list[Reading] = field(default_factory=list)
    invites: Mapping[str, Invite] = field(default_factory=dict)
    homes: dict[str, int | None] = field(default_factory=dict)
    """The channels of invites that an earlier reading of this window had."""
    births: dict[str, Birth] = field(default_factory=dict)
    ends: dict[str, End] = field(default_factory=dict)
    fixed: dict[tuple[int, int], str] = field(default_factory=dict)
    """Joins that a moderator has settled already → a code or a ~source."""
    adders: dict[int, int] = field(default_factory=dict)
    """Bot → who added it, by the audit log."""
    gone_channels: dict[int, Ending] = field(default_factory=dict)
    """Deleted lately, with their invites: some of these may be announced only now."""

    def load(
        self,
        kept: Baseline | None,
        pending: Iterable[JoinFact],
        unlisted: Iterable[InviteRecord],
        now: float,
    ) -> None:
        """Once: the baseline and the undecided joins of an earlier run, with a gap in between.

        `unlisted` are invites of that run that its baseline does not have.
        """
        if self.loaded:
            return
        self.loaded = True
        for fact in pending:
            join = Arrival(fact.member_id, fact.joined_at, BEFORE_US, None, fact.is_bot)
            self.joins.setdefault((fact.member_id, fact.joined_at), join)
        for record in unlisted:
            invite = record.invite
            counter = invite.counter()._replace(uses=0)
            self.births.setdefault(invite.code, Birth(BEFORE_US, counter, invite.channel_id))
            if record.ending is not None:
                # Whoever is found later may have come by it, and they count as late as we look.
                self.ends.setdefault(invite.code, End(now, record.ending))
        if kept is not None:
            self.baseline_at = kept.read_at
            self.begun_ms = kept.begun_ms
            self.baseline = Reading(
                BEFORE_US, BEFORE_US, kept.counters, kept.vanity, kept.platform_ms
            )
            self.was_away(now)

    def look(self, now: float, *, sees_invites: bool) -> None:
        """Note whether invites are announced to us; hidden for a moment is hidden."""
        if not (sees_invites and self.sees_invites):
            self.hidden_at = now
        self.sees_invites = sees_invites

    def was_away(self, now: float) -> None:
        """Note that events were missed: people may have come and gone unseen."""
        self.miss(now)
        self.doubt(now)

    def doubt(self, now: float) -> None:
        """Note that somebody may have joined or left unannounced since the baseline.

        Of a guild that we have never been in everybody was here before us.
        """
        if self.baseline is None:
            if self.met_ms is not None:
                self.away = self.away or Away(now, self.met_ms)
            return
        since = now if self.baseline.asked == BEFORE_US else self.baseline.asked
        joined_from = self.baseline.platform_ms
        if joined_from is None and self.baseline_at is not None:
            joined_from = to_ms(self.baseline_at - CLOCKS_APART)
        before = self.away or Away(since, joined_from or 0)
        self.away = Away(min(since, before.since), min(joined_from or 0, before.joined_from))

    def begun(self, away: Away) -> int:
        """Since when nobody should be missing in the ledger (UTC ms, the platform's clock)."""
        return away.joined_from if self.begun_ms is None else self.begun_ms

    def found(
        self, facts: Iterable[JoinFact], away: Away, now: float
    ) -> dict[tuple[int, int], Arrival]:
        """Those who joined unseen: some time since then, at the latest just now."""
        return {
            (fact.member_id, fact.joined_at): Arrival(
                fact.member_id, fact.joined_at, now, away.since, fact.is_bot
            )
            for fact in facts
        }

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

    @property
    def held(self) -> bool:
        """Whether something that belongs to this window is still on its way into it."""
        return (bool(self.arriving) or self._behind) and not self.removed

    @contextmanager
    def writing_down(self, member_id: int = 0) -> Iterator[None]:
        """Let no window close, nor the member be named, until that is done."""
        self.arriving[member_id] = self.arriving.get(member_id, 0) + 1
        try:
            yield
        finally:
            left = self.arriving.pop(member_id) - 1
            if left:
                self.arriving[member_id] = left

    @property
    def catching_up(self) -> bool:
        """Whether we may not know yet who has joined and left."""
        return not self.loaded or self._behind

    @property
    def _behind(self) -> bool:
        """Whether events that have happened are still to be replayed, or to be made up for."""
        return self.patient or self.broken_since is not None

    def settled_down(self) -> bool:
        """Whether the last reading covers everybody, and nobody is on the way."""
        return not self.held and self.uncovered() is None

    def overdue(self, now: float) -> bool:
        return bool(self.readings) and now - self.readings[0].asked > LONGEST_WINDOW

    def take(self, reading: Reading, invites: Mapping[str, Invite]) -> None:
        self.wanted = self.wanted and not self._ends_gap(reading)
        self.readings.append(reading)
        vanished = self.invites.keys() - invites.keys()
        self.homes |= {code: self.invites[code].channel_id for code in vanished}
        self.invites = invites

    def miss(self, now: float, reason: Reason = Reason.GAP) -> None:
        """Note that up to now something may have happened that is not in the window."""
        self.gap_at, self.gap_reason = now, reason

    def _ends_gap(self, reading: Reading) -> bool:
        """Whether every use that was missed must show in this reading, or an earlier one."""
        return self.gap_at is None or reading.asked >= self.gap_at + self.lags.counter

    def ahead(self, now: float, wall_ms: int) -> int:
        """Milliseconds that the platform's clock is surely ahead of ours, rounded up; 0 if it may
        not be. `now` and `wall_ms` are the same moment on our two clocks.

        It tells whole seconds with its answers, which take a while (attribution.md, rule 12).
        """
        for reading in reversed([self.baseline, *self.readings]):
            if reading is None or reading.platform_ms is None or reading.answered == BEFORE_US:
                continue
            answered_ms = wall_ms - int((now - reading.answered) * 1000)
            least = reading.platform_ms - answered_ms
            taken = int((reading.answered - reading.asked) * 1000)
            return least + DATE_STEP_MS + taken if least > 0 else 0
        return 0

    def known_gone(self) -> dict[str, Counter]:
        """Invites that vanished without a known reason, as last seen: the audit log may know."""
        if not self.readings:
            return {}
        last = self.readings[-1]
        known = {**(self.baseline.counters if self.baseline else {})}
        known |= {
            code: birth.counter
            for code, birth in self.births.items()
            if code in self.ends or birth.at <= last.asked
        }
        for reading in self.readings:
            known |= reading.counters
        explained = {
            code for code, end in self.ends.items() if end.ending.reason is not EndReason.UNKNOWN
        }
        return {
            code: counter
            for code, counter in known.items()
            if code not in last.counters and code not in explained
        }

    def evidence(self) -> Window:
        before = [self.baseline] if self.baseline else []
        return Window(
            readings=(*before, *self.readings),
            joins=tuple(self.joins.values()),
            lags=self.lags,
            births=dict(self.births),
            ends=dict(self.ends),
            fixed=dict(self.fixed),
            gap=None if self.gap_at is None else self.gap_reason,
            first=self.baseline is None,
            sees_invites=self.hidden_at is None,
        )

    def drop(self, keys: set[tuple[int, int]]) -> None:
        """Take joins, (member, joined_at), out of the window."""
        self.joins = {key: join for key, join in self.joins.items() if key not in keys}
        self.fixed = {key: what for key, what in self.fixed.items() if key not in keys}

    def forget(self, decided: Window, baseline_at: datetime | None) -> None:
        """Start anew from the last reading; what arrived meanwhile belongs to the next window."""
        self.drop({join.key for join in decided.joins})
        if not self.readings:
            return
        last = decided.readings[-1]
        if self._ends_gap(last):
            self.gap_at = None
        if self.sees_invites and self.hidden_at is not None and self.hidden_at <= last.answered:
            self.hidden_at = None
        self.gone_channels = {}
        self.readings = [r for r in self.readings if r.asked > last.asked]
        self.baseline, self.baseline_at = last, baseline_at
        if self.begun_ms is None:
            self.begun_ms = decided.readings[0].platform_ms
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
        self.homes = {}
        if not self.readings:
            self.invites = {}
        here = {member_id for member_id, _ in self.joins}
        self.adders = {bot: by for bot, by in self.adders.items() if bot in here}
