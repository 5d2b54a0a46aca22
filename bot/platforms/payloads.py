"""Discord's JSON as our values. Pure functions; unknown fields are ignored, missing ones say so."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.platforms.platform import Membership, RecordedMember, RecordPage
from data.models import (
    Confirmation,
    Ending,
    EndReason,
    Invite,
    RecordMark,
    Snowflake,
    Source,
    to_ms,
)

GUEST_FLAG = 1 << 0
"""Bit 0 of an invite's `flags` (create_channel_invite): whoever comes by it never belongs."""

INVITE_DELETE: Final = 42
"""Audit log event: somebody deleted an invite; never written on expiry or exhaustion."""
BOT_ADD: Final = 28
"""Audit log event: somebody added a bot."""


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Thing(_Payload):
    id: Snowflake


class InvitePayload(_Payload):
    """An invite of a guild, as lists, answers and INVITE_CREATE describe it."""

    code: str
    channel: _Thing | None = None
    channel_id: Snowflake | None = None
    guild: _Thing | None = None
    guild_id: Snowflake | None = None
    inviter: _Thing | None = None
    created_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    max_age: int | None = None
    max_uses: int | None = None
    temporary: bool | None = None
    flags: int | None = None
    role_ids: tuple[Snowflake, ...] | None = None
    roles: tuple[_Thing, ...] | None = None
    target_user: _Thing | None = None
    target_application: _Thing | None = None
    uses: int | None = None

    def invite(self, guild_id: int) -> Invite:
        return Invite(
            guild_id=guild_id,
            code=self.code,
            channel_id=self.channel.id if self.channel else self.channel_id,
            inviter_id=self.inviter.id if self.inviter else None,
            created_at=self.created_at,
            expires_at=self.expires_at,
            max_age=self.max_age or 0,
            max_uses=self.max_uses or 0,
            temporary=bool(self.temporary),
            guest=bool((self.flags or 0) & GUEST_FLAG),
            role_ids=self.role_ids or tuple(role.id for role in self.roles or ()),
            target_user_id=self.target_user.id if self.target_user else None,
            target_application_id=self.target_application.id if self.target_application else None,
            uses=self.uses or 0,
        )


class _Change(_Payload):
    key: str
    old_value: Any = None


class AuditEntry(_Payload):
    """An entry of the audit log, live or fetched."""

    id: Snowflake
    action_type: int
    guild_id: Snowflake | None = None
    user_id: Snowflake | None = None
    target_id: str | None = None
    reason: str | None = None
    changes: tuple[_Change, ...] | None = None

    def deleted_code(self) -> str | None:
        """The code that was deleted; the target is not an id, so the changes name it."""
        if self.action_type != INVITE_DELETE:
            return None
        old = (change.old_value for change in self.changes or () if change.key == "code")
        return next((code for code in old if isinstance(code, str)), None)

    def revocation(self, at: datetime, own_id: int | None) -> Ending:
        """Of our own revocations the order knows the moderator; the entry only knows us."""
        if self.user_id == own_id:
            return Ending(at=at, reason=EndReason.REVOKED)
        return Ending(at=at, reason=EndReason.REVOKED, by=self.user_id, note=self.reason)


JOIN_SOURCES = {
    1: Source.OAUTH,
    2: Source.INTEGRATION,
    3: Source.DISCOVERY,
    4: Source.HUB,
    5: Source.INVITE,
    6: Source.VANITY,
    7: Source.MANUAL,
    8: Source.LOBBY,
}
"""`join_source_type` of the record; 0 says nothing, and what is not listed is some other way."""


class _User(_Thing):
    bot: bool = False


class _Member(_Payload):
    user: _User
    joined_at: AwareDatetime | None
    """Null for guests (the platform's own description of a member)."""

    def membership(self) -> Membership:
        joined_at = 0 if self.joined_at is None else to_ms(self.joined_at)
        return Membership(self.user.id, joined_at, self.user.bot)


class RecordEntry(_Payload):
    """One member in an answer of the record (members-search)."""

    member: _Member
    join_source_type: int = 0
    source_invite_code: str | None = None
    inviter_id: Snowflake | None = None

    def confirmation(self) -> Confirmation | None:
        """What it settles; None if it says less than the counters can.

        Only an invite's inviter is a person: elsewhere the id may be an integration's.
        """
        source = JOIN_SOURCES.get(self.join_source_type, Source.OTHER)
        nameless = source is Source.INVITE and self.source_invite_code is None
        if nameless or not self.join_source_type:
            return None
        if self.member.user.bot and source is Source.OAUTH:
            source = Source.BOT
        invited = source is Source.INVITE
        return Confirmation(
            member_id=self.member.user.id,
            joined_at=self.member.membership().joined_at,
            source=source,
            code=self.source_invite_code,
            inviter_id=self.inviter_id if invited else None,
            raw_source=self.join_source_type,
        )

    def recorded(self) -> RecordedMember:
        return RecordedMember(self.member.membership(), self.confirmation())


class RecordAnswer(_Payload):
    """An answer of the record; one of a guild that is still being indexed has no members."""

    members: tuple[Any, ...]
    total_result_count: int = 0

    def page(self) -> RecordPage:
        """Raises `ValueError` if nothing in it can be read; a single entry is left out."""
        found = list(_readable(self.members))
        if self.members and not found:
            raise ValueError("nothing in this page of the record can be read")
        mark = RecordMark(*found[-1].membership[:2]) if found else None
        return RecordPage(found, max(self.total_result_count, len(found)), mark)


def _readable(entries: Iterable[Any]) -> Iterator[RecordedMember]:
    for entry in entries:
        with suppress(ValidationError):
            told = RecordEntry.model_validate(entry)
            if told.member.joined_at is not None:
                yield told.recorded()


_MEMBERS = TypeAdapter(list[_Member])


def memberships(payload: object) -> list[Membership]:
    """Raises `ValueError` (pydantic's) when these are not members of a guild."""
    return [member.membership() for member in _MEMBERS.validate_python(payload)]


_LIST = TypeAdapter(list[InvitePayload])


def invite_list(payload: object) -> list[InvitePayload]:
    """Raises `ValueError` (pydantic's) when the answer is not a list of invites."""
    return _LIST.validate_python(payload)


def has_counters(invites: Iterable[InvitePayload]) -> bool:
    """Whether the answer tells uses.

    With VIEW_AUDIT_LOG but without MANAGE_GUILD the list comes without: that is not zero.
    """
    return all(invite.uses is not None for invite in invites)
