"""Readings of counters, and the evidence of a window that comes of them."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import AwareDatetime, NonNegativeInt

from data.models.base import Value


class Counter(NamedTuple):
    """What attribution needs of one invite in a reading.

    A named tuple and not a `Value`: one is kept in memory for every live invite of every guild.
    """

    uses: int
    max_uses: int
    created_at: int | None
    """UTC milliseconds on the platform's clock."""
    expires_at: int | None
    """UTC milliseconds on the platform's clock."""
    belongs_already: bool = False


class Vanity(NamedTuple):
    """The vanity counter; `code` is None where the guild has no vanity URL."""

    code: str | None
    uses: int


class Reading(NamedTuple):
    """One answer to "list this guild's invites"; "no answer" is no reading at all."""

    asked: float
    answered: float
    """Both on our monotonic clock, in seconds."""
    counters: Mapping[str, Counter]
    vanity: Vanity | None
    """None = the vanity counter did not answer."""
    platform_ms: int | None
    """The platform's own time of the answer (UTC ms, whole seconds), from its `Date` header."""


class Baseline(Value):
    """The last settled reading of a guild, as the ledger kept it across a restart."""

    read_at: AwareDatetime
    """When it was answered (our clock, UTC)."""
    platform_ms: int | None
    counters: Mapping[str, Counter]
    vanity: Vanity | None
    begun_ms: int | None = None
    """The platform's time of the first reading ever (UTC ms); ours, if it told none."""


class Gain(Value):
    """What one code (or `~vanity`) gained in a window: between `low` and `high` uses."""

    code: str
    low: NonNegativeInt
    high: NonNegativeInt | None
    """None = no upper bound."""


class WindowRecord(Value):
    """The evidence that the verdicts of one window share."""

    opened_at: AwareDatetime
    """When the last reading before its joins was asked (our clock, UTC)."""
    closed_at: AwareDatetime
    """When the reading that closed it was answered."""
    joins: NonNegativeInt
    gap: bool
    """Whether events may have been missed in it."""
    gains: tuple[Gain, ...]
    """Of the codes that gained, or may have."""
    unexplained: NonNegativeInt
    """Uses that no join of the window accounts for. They stay here, never carried over."""
