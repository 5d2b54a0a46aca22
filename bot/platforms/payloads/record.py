"""Members, and the platform's record of how they came."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from bot.platforms.payloads.base import Number, Payload
from bot.platforms.platform import Membership, RecordedMember, RecordPage
from data.models import Confirmation, RecordMark, Snowflake, Source, to_ms

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


class _User(Payload):
    id: Snowflake
    bot: bool = False


class _Member(Payload):
    user: _User
    joined_at: AwareDatetime | None
    """Null for guests (the platform's own description of a member)."""

    def membership(self) -> Membership:
        joined_at = 0 if self.joined_at is None else to_ms(self.joined_at)
        return Membership(self.user.id, joined_at, self.user.bot)


class RecordEntry(Payload):
    """One member in an answer of the record (members-search)."""

    member: _Member
    join_source_type: Number = 0
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


class RecordAnswer(Payload):
    """An answer of the record; one of a guild that is still being indexed has no members."""

    members: tuple[Any, ...]
    total_result_count: Number = 0

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
