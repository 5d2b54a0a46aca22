"""What Usher asks of a platform. Nothing above this file knows which platform it is."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from pydantic import Field

from bot.attribution import Lags
from data.models import (
    Confirmation,
    Ending,
    Invite,
    Reading,
    RecordMark,
    Snowflake,
    Source,
    Value,
    Vanity,
)

MAX_AGE_LIMIT = 604_800
"""Seconds; the documented upper bound of `max_age` (create_channel_invite)."""
MAX_USES_LIMIT = 100
"""The documented upper bound of `max_uses`."""
MEMBERS_AT_ONCE = 1000
"""Members in one answer, of the record as of the list of members: no platform gives more."""


class Capabilities(Value):
    """What a platform can do; what it cannot is not offered."""

    slash_commands: bool
    components: bool
    ephemeral_replies: bool
    exact_counters: bool
    role_invites: bool
    target_users: bool
    vanity: bool
    record_first: bool
    """The record is the source of truth, and counters only tell the least that can be."""
    record_precision_ms: int
    """To how many milliseconds the record tells when somebody joined."""
    silent_endings: bool
    """Invites expire, run out and go with their channel without a word: what an event tells of is
    somebody's doing."""
    sources: frozenset[Source]
    """What a join can have come through, as far as the platform has such a way."""
    channel_revokes: bool
    """Whoever manages its channel may revoke an invite; where not, whoever made it may."""
    packs: bool
    """There are packs of emoji and stickers, with invites of their own."""


class InviteOrder(Value):
    """An invite to be created, every field explicit: the platforms' defaults differ."""

    channel_id: Snowflake
    max_age: int = Field(default=0, ge=0, le=MAX_AGE_LIMIT)
    """Seconds; 0 = never expires."""
    max_uses: int = Field(default=0, ge=0, le=MAX_USES_LIMIT)
    """0 = unlimited."""
    temporary: bool = False
    unique: bool = True
    role_ids: tuple[Snowflake, ...] = ()
    target_user_id: Snowflake | None = None
    target_application_id: Snowflake | None = None


class Listing(NamedTuple):
    """One answer to "list this guild's invites": the reading, and the invites in full."""

    reading: Reading
    invites: Mapping[str, Invite]


class Shown(NamedTuple):
    """Invites to be shown; a baseline needs all of them."""

    invites: Sequence[Invite]
    unreadable: int = 0
    """How many more there are that cannot be read."""


class Membership(NamedTuple):
    """That somebody is a member now, and since when."""

    member_id: int
    joined_at: int
    """UTC milliseconds on the platform's clock."""
    is_bot: bool


class RecordedMember(NamedTuple):
    """A member as the platform's record has them."""

    membership: Membership
    confirmation: Confirmation | None
    """None if it names no way, or less of it than the counters can."""


class RecordPage(NamedTuple):
    """One answer of the record."""

    members: Sequence[RecordedMember]
    """In the order that was asked for."""
    total: int
    """How many members it knows in all."""
    mark: RecordMark | None
    """Where the next page begins; None of an empty one."""

    @property
    def confirmations(self) -> list[Confirmation]:
        return [each.confirmation for each in self.members if each.confirmation is not None]


class Platform(Protocol):
    """What Usher asks; every call has a limit in time.

    Questions raise `NoAnswerError`; orders raise `RefusedError` with a sentence for the moderator.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def lags(self) -> Lags: ...

    @property
    def exact_counters(self) -> bool:
        """Whether every use is counted; else uses are lost, and a difference is a lower bound."""

    @property
    def own_id(self) -> int | None:
        """Our own member's id; None before we are connected."""

    def link(self, code: str) -> str:
        """The address that people click."""

    def code(self, text: str) -> str | None:
        """The code in what somebody typed: a bare code or one of the platform's links."""

    def announced(self, payload: object) -> Invite | None:
        """The invite that an event tells of, of whatever kind; None if that cannot be read."""

    def sees_invites(self, guild_id: int) -> bool:
        """Whether every creation and deletion of an invite in this guild is announced to us."""

    async def list_invites(self, guild_id: int) -> Listing: ...

    async def channel_invites(self, guild_id: int, channel_id: int) -> Shown:
        """The live invites of one channel of a guild, for whoever manages that channel only."""

    async def revocations(self, guild_id: int, since: int) -> Mapping[str, Ending]:
        """Who deleted which code, by the audit log: all since then (UTC ms, its own clock)."""

    async def creations(self, guild_id: int, since: int) -> Mapping[str, int]:
        """Which codes were made since then, and when, by the audit log: likewise."""

    async def adders(self, guild_id: int, since: int) -> Mapping[int, int]:
        """Who added which bot since then (bot → person), by the audit log: likewise."""

    async def channels(self, guild_id: int) -> Collection[int]:
        """The channels that the guild has now, whatever we were told of them."""

    async def record(
        self,
        guild_id: int,
        limit: int,
        *,
        after: RecordMark | None = None,
        oldest_first: bool = False,
    ) -> RecordPage:
        """The platform's own account of how members came, at most 1000 of them, newest first."""

    async def members(self, guild_id: int, after: int = 0) -> Sequence[Membership]:
        """Who is a member now, in the order of ids; less than 1000 are the last."""

    async def create_invite(self, order: InviteOrder, audit_reason: str) -> Invite:
        """Create it, or get the existing one that fits when `unique` is false."""

    async def revoke_invite(self, guild_id: int, code: str, audit_reason: str) -> None: ...

    async def operated_by(self, user_id: int) -> bool:
        """Whether this person runs us, by the platform's account of our application."""

    async def vanity(self, guild_id: int) -> Vanity:
        """The guild's vanity URL and how often it was used; its code is null if it has none."""

    async def set_vanity(self, guild_id: int, code: str | None, audit_reason: str) -> str | None:
        """Set it, or remove it (null), and say which it is now."""
