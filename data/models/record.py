"""What the platform's own record tells, and how it is read backwards."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, Field, NonNegativeInt

from data.models.base import Code, Snowflake, Value
from data.models.joins import JoinFact, Source


class Confirmation(Value):
    """What the platform's record says of one membership."""

    member_id: Snowflake
    joined_at: int
    """Names the membership: UTC milliseconds."""
    source: Source
    code: Code | None = None
    inviter_id: Snowflake | None = None
    """Whom the record names, if it is a person."""
    raw_source: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    """The platform's own number of the source, kept as it came when it is unknown to us."""


class RecordMark(NamedTuple):
    """Where a page of the record ended, to page on from."""

    member_id: int
    joined_at: int
    """UTC milliseconds."""


class Backfill(Value):
    """How far a guild's record has been read for those who joined before Usher did."""

    guild_id: Snowflake
    moderator_id: Snowflake
    """Who asked for it."""
    begun_at: AwareDatetime
    mark: RecordMark | None
    """Page on after this one; None: nothing has been read yet."""
    members: NonNegativeInt
    """How many have been read so far."""
    named: NonNegativeInt
    """Of them, how many the record named a way for."""
    total: NonNegativeInt | None
    """How many members the record knows, as it told last."""
    finished_at: AwareDatetime | None


class BackfillPage(Value):
    """What one page of the record adds to the ledger, written in one transaction."""

    facts: tuple[JoinFact, ...]
    """All of them met in a backfill."""
    confirmations: tuple[Confirmation, ...]
    mark: RecordMark | None
    """Where the page ended; None, of an empty one, keeps the mark there was."""
    total: NonNegativeInt
    last: bool
    """Nothing follows."""


class Lag(StrEnum):
    """What may come late, as confirmed joins show it (attribution.md, "Lags")."""

    EVENT = "event"
    """The event of a join, after its use was counted."""
    COUNTER = "counter"
    """The use, after the event of its join had arrived."""


class LagSample(NamedTuple):
    """That one confirmed join shows a lag of at least so many seconds; 0 = it shows none."""

    lag: Lag
    seconds: float


class LagCount(Value):
    """How many confirmed joins showed a lag of one size."""

    lag: Lag
    seconds: float
    """No more than this, and more than the next smaller size; the largest has no bound."""
    joins: NonNegativeInt
