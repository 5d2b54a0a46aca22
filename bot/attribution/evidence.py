"""The evidence of one window, as plain values."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from data.models import Counter, Ending, Reading, Reason

BEFORE_US = float("-inf")
"""The monotonic moment of whatever happened before this process began."""


class Lags(NamedTuple):
    """How far an event and its count may lie apart, in seconds.

    The use of a join whose event arrived at `e` was counted within [e - event, e + counter],
    and shows in every reading asked at or after e + counter.
    """

    event: float
    """A: an event arrives at most this long after its use was counted."""
    counter: float
    """C: a use is counted at most this long after its event arrived."""


class Arrival(NamedTuple):
    """A join, and when its event reached us."""

    member_id: int
    joined_at: int
    """UTC milliseconds on the platform's clock; with the member it names the join."""
    arrived: float
    """On our monotonic clock."""
    late_since: float | None = None
    """When the connection had broken, if the event was replayed after that: it may be this late."""
    is_bot: bool = False

    @property
    def key(self) -> tuple[int, int]:
        return self.member_id, self.joined_at

    @property
    def due(self) -> float:
        """The earliest moment at which its event may have been due."""
        return self.arrived if self.late_since is None else min(self.late_since, self.arrived)


class Birth(NamedTuple):
    """That an invite was created while we listened: it counted from 0 at most `at`."""

    at: float
    """When we learnt it, on our monotonic clock."""
    counter: Counter
    channel_id: int | None = None
    late_since: float | None = None
    """When the connection had broken, if the event was replayed after that: it may be this late."""

    @property
    def since(self) -> float:
        """The earliest at which its event should have come."""
        return self.at if self.late_since is None else min(self.at, self.late_since)


class End(NamedTuple):
    """That an invite ended while we listened."""

    at: float
    """When we learnt it, on our monotonic clock: no use came later."""
    ending: Ending
    """As far as it is known: `EndReason.UNKNOWN` for a bare delete event."""


class Window(NamedTuple):
    """Readings and joins that have to be explained together."""

    readings: Sequence[Reading]
    """In the order they were asked; the first is the baseline."""
    joins: Sequence[Arrival]
    lags: Lags
    births: Mapping[str, Birth] = {}
    ends: Mapping[str, End] = {}
    fixed: Mapping[tuple[int, int], str] = {}
    """What the record or a moderator has settled: (member, `joined_at`) → code or ~source."""
    gap: Reason | None = None
    """Why joins or uses may have happened that are not in it; None if all are."""
    first: bool = False
    """Whether the first reading is the first ever: joins may be older than it."""
    sees_invites: bool = True
    """Whether every creation and deletion of an invite would have been announced to us."""
    sees_revocations: bool = True
    """Whether a revocation by anybody would be known to us (the audit log answered)."""
    exact: bool = True
    """Whether every use is counted; else uses of people who come at once may be lost."""
