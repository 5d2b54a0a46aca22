"""The vocabulary: frozen values that every layer shares.

One word per concept, from table to chat:

guild, member, channel, invite, code
inviter      who the platform names as the invite's creator
moderator    who asked Usher to create or revoke
credit       whom a join counts for: the member the invite was made on behalf of, else the
             moderator who asked, else the platform's inviter
use          one step of an invite's counter
join, leave, rejoin
source       what a join came through: an invite, the vanity URL, discovery, …
reading      one answer to "list this guild's invites", with the moments it was asked and answered
window       the readings and joins that have to be explained together
verdict      what we think of a join: source, certainty, candidates, evidence
record       the platform's own account of how a join came
correction   a moderator's word on a join; it outranks counters and record
campaign     the name of a purpose that an invite belongs to

Ids are integers.
Moments of the world are aware datetimes (stored as UTC milliseconds); moments on our own
monotonic clock are floats in seconds and never leave memory.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt

Snowflake = Annotated[int, Field(ge=0, lt=2**63)]
Code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\s~]+$")]


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InviteKind(StrEnum):
    GUILD = "guild"
    GROUP_DM = "group dm"
    FRIEND = "friend"
    EMOJI_PACK = "emoji pack"
    STICKER_PACK = "sticker pack"
    VANITY = "vanity"


class EndReason(StrEnum):
    REVOKED = "revoked"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    CHANNEL_DELETED = "channel deleted"
    UNKNOWN = "unknown"


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


class Reason(StrEnum):
    """Why a verdict is not certain, as a fact; the sentence is made where it is shown."""

    NO_PERMISSION = "no permission"
    NO_ANSWER = "no answer"
    NO_BASELINE = "no earlier reading"
    GAP = "gap"
    KEPT_COMING = "people kept arriving"
    HIDDEN_INVITES = "invites may be hidden"
    MORE_USES_THAN_JOINS = "more uses than joins"
    MORE_JOINS_THAN_USES = "more joins than uses"
    SEVERAL_EXPLANATIONS = "several explanations"


class Invite(Value):
    """An invite as the platform describes it."""

    guild_id: Snowflake
    code: Code
    kind: InviteKind = InviteKind.GUILD
    channel_id: Snowflake | None
    inviter_id: Snowflake | None
    created_at: AwareDatetime | None
    """On the platform's clock; null for a vanity URL."""
    expires_at: AwareDatetime | None
    max_age: NonNegativeInt = 0
    """Seconds; 0 = never expires."""
    max_uses: NonNegativeInt = 0
    """0 = unlimited."""
    temporary: bool = False
    guest: bool = False
    role_ids: tuple[Snowflake, ...] = ()
    target_user_id: Snowflake | None = None
    target_application_id: Snowflake | None = None
    uses: NonNegativeInt = 0

    @property
    def belongs_already(self) -> bool:
        """Whether people who are members already, or never will be, may use it up too."""
        return self.guest or bool(self.role_ids)

    def counter(self) -> "Counter":
        """What attribution needs of it."""
        return Counter(
            uses=self.uses,
            max_uses=self.max_uses,
            created_at=None if self.created_at is None else to_ms(self.created_at),
            expires_at=None if self.expires_at is None else to_ms(self.expires_at),
            belongs_already=self.belongs_already,
        )


class InviteRecord(Value):
    """An invite as the ledger knows it: the platform's description and what became of it."""

    id: int
    invite: Invite
    """`invite.uses` is the last known count."""
    moderator_id: Snowflake | None
    behalf_id: Snowflake | None
    """The member it was made on behalf of."""
    campaign: str | None
    reason: str | None
    """Why it was made, in the moderator's words."""
    first_seen_at: AwareDatetime
    uses_before: NonNegativeInt
    """Uses counted before Usher first saw it."""
    ended_at: AwareDatetime | None
    end_reason: EndReason | None
    ended_by: Snowflake | None
    end_note: str | None
    """Why it was revoked, in the moderator's words."""

    @property
    def credited_id(self) -> int | None:
        return self.behalf_id or self.moderator_id or self.invite.inviter_id

    @property
    def ending(self) -> "Ending | None":
        if self.ended_at is None or self.end_reason is None:
            return None
        return Ending(
            at=self.ended_at, reason=self.end_reason, by=self.ended_by, note=self.end_note
        )

    def ended(self, now: datetime) -> bool:
        """Whether it can no longer be used, also when it expired and nobody said so."""
        expires = self.invite.expires_at
        return self.ended_at is not None or (expires is not None and expires <= now)


class Creation(Value):
    """What Usher alone knows of an invite it made: who asked, for whom, and why."""

    moderator_id: Snowflake
    behalf_id: Snowflake | None = None
    campaign: str | None = None
    reason: str | None = None


class Ending(Value):
    """That an invite ended, when, how and by whom."""

    at: AwareDatetime
    reason: EndReason
    by: Snowflake | None = None
    note: str | None = None


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


class JoinFact(NamedTuple):
    """That somebody joined: written down when its event arrives, before anything is decided.

    A named tuple and not a `Value`: thousands a second pass through in a raid.
    """

    guild_id: int
    member_id: int
    joined_at: int
    """UTC milliseconds on the platform's clock."""
    arrived_at: int
    """UTC milliseconds on our clock."""
    is_bot: bool = False


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
    appeared: tuple[Invite, ...] = ()
    """Invites in the new baseline that the old one lacked."""
    uses: Mapping[str, NonNegativeInt] = {}
    """New counts of invites in both whose count changed."""
    used: Mapping[str, NonNegativeInt] = {}
    """Last known counts of invites that are gone, also of those that no settled reading showed."""
    gone: Mapping[str, Ending] = {}
    """Invites that the new baseline lacks, and how each ended."""


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
    """How verdicts from counters of one certainty fared, of the people whose way became known.

    What says nothing is neither right nor wrong: an `unknown` verdict, and a later word that
    names no source, or an invite without saying which.
    """

    certainty: Certainty
    """`certain`, `ambiguous` or `unknown`."""
    joins: NonNegativeInt = 0
    """How many were later confirmed or corrected."""
    right: NonNegativeInt = 0
    """Named the truth; if `ambiguous`, had it among the candidates."""
    wrong: NonNegativeInt = 0


class Baseline(Value):
    """The last settled reading of a guild, as the ledger kept it across a restart."""

    read_at: AwareDatetime
    """When it was answered (our clock, UTC)."""
    platform_ms: int | None
    counters: Mapping[str, Counter]
    vanity: Vanity | None


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


class InviteState(StrEnum):
    LIVE = "live"
    ENDED = "ended"
    ALL = "all"


class InviteSort(StrEnum):
    NEWEST = "newest"
    USES = "uses"
    EXPIRY = "expiry"
    """Those that expire soonest first, those that never do last."""
    LEAST = "least used"
    """Of those used equally often the oldest first: nobody misses them."""
    OLDEST = "oldest"


class InviteFilter(Value):
    """Which of a guild's invites to list, and in which order."""

    state: InviteState = InviteState.LIVE
    now: AwareDatetime | None = None
    """Given, an invite that has expired by then is no longer live, also when nobody said so."""
    campaign: str | None = None
    """In capital or small letters of ASCII, which count as the same."""
    inviter_id: Snowflake | None = None
    """The platform's inviter, the moderator who asked, or the member it was made for."""
    channel_id: Snowflake | None = None
    sort: InviteSort = InviteSort.NEWEST


def to_ms(moment: datetime) -> int:
    """UTC milliseconds of an aware datetime, rounded down; a naive one raises TypeError."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
