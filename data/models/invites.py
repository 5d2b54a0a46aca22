"""Invites: as the platform describes them, as the ledger knows them, and how to list them."""

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, NonNegativeInt

from data.models.base import Code, Snowflake, Value, to_ms
from data.models.readings import Counter


class InviteKind(StrEnum):
    GUILD = "guild"
    GROUP_DM = "group dm"
    FRIEND = "friend"
    EMOJI_PACK = "emoji pack"
    STICKER_PACK = "sticker pack"
    VANITY = "vanity"
    OTHER = "other"
    """Of a kind that the platform had not when this was written; `raw_kind` is its number."""


class EndReason(StrEnum):
    REVOKED = "revoked"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    CHANNEL_DELETED = "channel deleted"
    UNKNOWN = "unknown"


class Invite(Value):
    """An invite as the platform describes it."""

    guild_id: Snowflake
    """`NO_GUILD` for those of group DMs, friends and packs."""
    code: Code
    kind: InviteKind = InviteKind.GUILD
    raw_kind: int | None = None
    """The platform's own number, of another kind only."""
    channel_id: Snowflake | None
    pack_id: Snowflake | None = None
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

    def counter(self) -> Counter:
        """What attribution needs of it."""
        return Counter(
            uses=self.uses,
            max_uses=self.max_uses,
            created_at=None if self.created_at is None else to_ms(self.created_at),
            expires_at=None if self.expires_at is None else to_ms(self.expires_at),
            belongs_already=self.belongs_already,
        )


class Ending(Value):
    """That an invite ended, when, how and by whom."""

    at: AwareDatetime
    reason: EndReason
    by: Snowflake | None = None
    note: str | None = None


class Creation(Value):
    """What Usher alone knows of an invite it made: who asked, for whom, and why."""

    moderator_id: Snowflake
    behalf_id: Snowflake | None = None
    campaign: str | None = None
    reason: str | None = None


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
    def ending(self) -> Ending | None:
        if self.ended_at is None or self.end_reason is None:
            return None
        return Ending(
            at=self.ended_at, reason=self.end_reason, by=self.ended_by, note=self.end_note
        )

    def ended(self, now: datetime) -> bool:
        """Whether it can no longer be used, also when it expired and nobody said so."""
        expires = self.invite.expires_at
        return self.ended_at is not None or (expires is not None and expires <= now)


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
