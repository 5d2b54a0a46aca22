"""Fluxer's record of how members came (members-search): what is asked, and what is told. Pure.

Times are whole seconds, so many members may share one; among them the order is the platform's own
and stays the same. A page is continued with the second in which the last one ended.
"""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from bot.errors import NoAnswerError
from bot.platforms.payloads.base import Payload
from bot.platforms.platform import Membership, RecordedMember
from data.models import Confirmation, Reason, RecordMark, Snowflake, Source

AT_ONCE: Final = 100
"""Members in one answer (the platform's limit)."""

JOIN_SOURCES: Final = {
    0: Source.CREATOR,
    1: Source.INVITE,
    2: Source.VANITY,
    3: Source.BOT,
    4: Source.MANUAL,
    6: Source.DISCOVERY,
}
"""`join_source_type`; what is not listed is some other way."""


class _Supplemental(Payload):
    """All null to whoever lacks Manage Server."""

    join_source_type: int | None = None
    source_invite_code: str | None = None
    inviter_id: Snowflake | None = None


class Recorded(Payload):
    """One member in an answer."""

    user_id: Snowflake
    joined_at: int
    """Seconds."""
    is_bot: bool = False
    supplemental: _Supplemental = Field(default_factory=_Supplemental)

    def member(self) -> RecordedMember:
        membership = Membership(self.user_id, self.joined_at * 1000, self.is_bot)
        return RecordedMember(membership, self._confirmation())

    def _confirmation(self) -> Confirmation | None:
        """None if it says less than the counters can."""
        told = self.supplemental
        if told.join_source_type is None:
            return None
        source = JOIN_SOURCES.get(told.join_source_type, Source.OTHER)
        invited = source is Source.INVITE
        if invited and told.source_invite_code is None:
            return None
        return Confirmation(
            member_id=self.user_id,
            joined_at=self.joined_at * 1000,
            source=source,
            code=told.source_invite_code if invited else None,
            inviter_id=told.inviter_id if invited else None,
            raw_source=told.join_source_type,
        )


class Found(Payload):
    """An answer."""

    members: tuple[Recorded, ...]
    total_result_count: int = 0
    indexing: bool = False

    @property
    def is_full(self) -> bool:
        return len(self.members) >= AT_ONCE


def search(
    limit: int, after: RecordMark | None, offset: int, *, oldest_first: bool
) -> dict[str, Any]:
    """The question, every field explicit."""
    asked: dict[str, Any] = {
        "limit": min(limit, AT_ONCE),
        "offset": offset,
        "sort_by": "joinedAt",
        "sort_order": "asc" if oldest_first else "desc",
    }
    if after is not None:
        asked["joined_at_gte" if oldest_first else "joined_at_lte"] = after.joined_at // 1000
        asked["limit"] = AT_ONCE  # its first members are those of the page before
    return asked


def goes_on(found: Found, after: RecordMark | None) -> bool:
    """Whether the second in which the last page ended fills this one, and more follows."""
    if after is None or not found.is_full:
        return False
    return found.members[-1].joined_at == after.joined_at // 1000


def beyond(members: Sequence[Recorded], after: RecordMark | None) -> Sequence[Recorded]:
    """Those after the mark. If it is not there any more, all: twice is better than never."""
    if after is None:
        return members
    ids = [one.user_id for one in members]
    return members[ids.index(after.member_id) + 1 :] if after.member_id in ids else members


def require_answer(found: Found, after: RecordMark | None) -> None:
    """Raises `NoAnswerError` while the record is being made, and where there is none.

    Whoever asks is a member, so that an empty record is none.
    """
    if found.indexing:
        raise NoAnswerError(Reason.NO_ANSWER, "the record is being made")
    if not found.members and after is None:
        raise NoAnswerError(Reason.NO_ANSWER, "the record is empty")
