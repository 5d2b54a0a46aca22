"""Joins, and what is thought of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, NonNegativeInt

from data.models.base import Code, Snowflake, Value
from data.models.invites import Ending, Invite
from data.models.readings import Reading, WindowRecord


class Source(StrEnum):
    """What a join came through (attribution.md, "Sources")."""

    INVITE = "invite"
    VANITY = "vanity"
    DISCOVERY = "discovery"
    BOT = "bot"
    OAUTH = "oauth"
    HUB = "hub"
    INTEGRATION = "integration"
    MANUAL = "manual"
    LOBBY = "lobby"
    CREATOR = "creator"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def candidate(self) -> str:
        """How this source is written among candidates: `~other`. A code never has a tilde."""
        return f"~{self.value}"


class Certainty(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    CERTAIN = "certain"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"
    CORRECTED = "corrected"


class Met(StrEnum):
    """How a membership came to be written down."""

    JOINING = "joining"
    LEAVING = "leaving"
    """It was there before Usher; `joined_at` is then not known."""
    GAP = "gap"
    """It began while Usher was away, and was found afterwards."""
    BACKFILL = "backfill"
    """It was there before Usher, and was found in the platform's record."""


class Reason(StrEnum):
    """Why a verdict is not certain, as a fact; the sentence is made where it is shown."""

    NO_PERMISSION = "no permission"
    NO_ANSWER = "no answer"
    NO_BASELINE = "no earlier reading"
    GAP = "gap"
    KEPT_COMING = "people kept arriving"
    HIDDEN_INVITES = "invites may be hidden"
    CONTRADICTED = "contradicted"
    """What is settled does not fit the counters, so that they decide nothing."""
    MORE_USES_THAN_JOINS = "more uses than joins"
    MORE_JOINS_THAN_USES = "more joins than uses"
    USES_MAY_BE_LOST = "uses may be lost"
    SEVERAL_EXPLANATIONS = "several explanations"


class JoinFact(NamedTuple):
    """That somebody joined: written down when it is heard of, before anything is decided.

    A named tuple and not a `Value`: thousands a second pass through in a raid.
    """

    guild_id: int
    member_id: int
    joined_at: int
    """UTC milliseconds on the platform's clock."""
    arrived_at: int
    """UTC milliseconds on our clock."""
    is_bot: bool = False
    met: Met = Met.JOINING


class Verdict(Value):
    """What we think of one join."""

    member_id: Snowflake
    joined_at: int
    """Names the join: UTC milliseconds."""
    certainty: Certainty
    source: Source
    code: str | None = None
    """Of the invite or the vanity URL, when the source is one of them."""
    actor_id: Snowflake | None = None
    """Who added the bot, when the source is `bot` and the audit log named somebody."""
    candidates: tuple[str, ...] = ()
    """Sorted codes and `~sources`; empty unless the certainty is `ambiguous`."""
    reason: Reason | None = None


class Settlement(Value):
    """Everything that closing a window changes, written in one transaction."""

    guild_id: Snowflake
    decided_at: AwareDatetime
    verdicts: tuple[Verdict, ...] = ()
    window: WindowRecord | None = None
    """None when there was no reading to decide from."""
    baseline: Reading | None = None
    """The reading that is the baseline from now on; None leaves the old one."""
    begun_ms: int | None = None
    """The platform's time of the first reading ever (UTC ms); it counts once."""
    appeared: tuple[Invite, ...] = ()
    """Invites in the new baseline that the old one lacked."""
    uses: Mapping[str, NonNegativeInt] = {}
    """New counts of invites in both whose count changed."""
    used: Mapping[str, NonNegativeInt] = {}
    """Last known counts of invites that are gone, also of those that no settled reading showed."""
    gone: Mapping[str, Ending] = {}
    """Invites that the new baseline lacks, and how each ended."""


class Correction(Value):
    """What a moderator says of one join."""

    join_id: int
    moderator_id: Snowflake
    source: Source
    code: Code | None = None
    note: str | None = None
    """Why, in the moderator's words."""
    at: AwareDatetime


class Accuracy(Value):
    """How verdicts of one certainty fared, of the people of whom somebody knew better later: the
    record or a moderator of what counters said, a moderator of what the record had confirmed.

    What says nothing is neither right nor wrong: an `unknown` verdict, and a later word that
    names no source, or an invite without saying which.
    """

    certainty: Certainty
    """`confirmed`, `certain`, `ambiguous` or `unknown`."""
    joins: NonNegativeInt = 0
    """How many were later confirmed or corrected."""
    right: NonNegativeInt = 0
    """Named the truth; if `ambiguous`, had it among the candidates."""
    wrong: NonNegativeInt = 0


class JoinRecord(Value):
    """A membership and the verdict that stands."""

    id: int
    guild_id: Snowflake
    member_id: Snowflake
    joined_at: AwareDatetime | None
    """None for a member who was there before Usher and was first met when leaving."""
    arrived_at: AwareDatetime
    met: Met
    is_bot: bool
    number: int
    """Which join of this member in this guild it is, from 1."""
    left_at: AwareDatetime | None
    certainty: Certainty
    source: Source
    code: str | None
    inviter_id: Snowflake | None
    moderator_id: Snowflake | None
    credited_id: Snowflake | None
    campaign: str | None
    actor_id: Snowflake | None
    candidates: tuple[str, ...]
    reason: Reason | None
    decided_at: AwareDatetime | None
    decided_by: str | None
    """`counters`, `record`, or the id of the moderator who corrected it."""
    window: WindowRecord | None
    raw_source: int | None = None
    """The platform's own number of the source, as the record told it."""
    note: str | None = None
    """Why it was corrected, in the moderator's words."""


class VerdictRecord(Value):
    """One entry of a join's history: what was thought of it, since when, and who said so.

    An entry that undoes a correction restates what stood before that: `pending`, if nothing did.
    """

    id: int
    decided_at: AwareDatetime
    decided_by: str
    """`counters`, `record`, or the id of the moderator who corrected it; of the verdict that is
    restated, where one is."""
    certainty: Certainty
    source: Source
    code: str | None
    actor_id: Snowflake | None
    inviter_id: Snowflake | None
    """Whom the record names."""
    raw_source: int | None
    candidates: tuple[str, ...]
    reason: Reason | None
    window: WindowRecord | None
    note: str | None
    undoes: int | None
    """The entry of the correction that this one took back."""
    undoer_id: Snowflake | None
