"""What Usher asks of a platform. Nothing above this file knows which platform it is."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from pydantic import Field

from bot.attribution import Lags
from data.models import Confirmation, Ending, Invite, Reading, RecordMark, Snowflake, Value

MAX_AGE_LIMIT = 604_800
"""Seconds; the documented upper bound of `max_age` (create_channel_invite)."""
MAX_USES_LIMIT = 100
"""The documented upper bound of `max_uses`."""
MEMBERS_AT_ONCE = 1000
"""Members in one answer, of the record as of the list of members (the platform's limit)."""


class Capabilities(Value):
    """What a platform can do; what it cannot is not offered."""

    slash_commands: bool
    components: bool
    ephemeral_replies: bool
    exact_counters: bool
    role_invites: bool
    target_users: bool
    vanity: bool


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
    def own_id(self) -> int | None:
        """Our own member's id; None before we are connected."""

    def link(self, code: str) -> str:
        """The address that people click."""

    def code(self, text: str) -> str | None:
        """The code in what somebody typed: a bare code or one of the platform's links."""

    def sees_invites(self, guild_id: int) -> bool:
        """Whether every creation and deletion of an invite in this guild is announced to us."""

    async def list_invites(self, guild_id: int) -> Listing: ...

    async def revocations(self, guild_id: int) -> Mapping[str, Ending]:
        """Who deleted which code lately, by the audit log."""

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
