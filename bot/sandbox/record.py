"""The platform's own record of joins: what it holds of each membership, and from when on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.sandbox import payloads
from bot.sandbox.entities import SOURCES, Member, Origin
from bot.sandbox.members import check_source

if TYPE_CHECKING:  # a guild carries when its record is ready
    from bot.sandbox.guild import Guild

JSON = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAME_MOMENT = 0.005
"""Joins while the clock stands are dated a little later each; they still show together."""


@dataclass(slots=True, frozen=True)
class Entry:
    """One membership as the record tells it; people who left have none."""

    member: Member
    origin: Origin
    application_id: int | None = None
    channel_id: int | None = None

    @property
    def source_type(self) -> int:
        return SOURCES[self.origin.source]

    @property
    def joined_ms(self) -> int:
        """Whole milliseconds of the time that `joined_at` shows: all that searches compare."""
        shown = datetime.fromtimestamp(self.member.joined_at, UTC)
        return (shown - EPOCH) // timedelta(milliseconds=1)


def told(guild: "Guild", source: str, code: str | None) -> Origin:
    """An origin that the record shall tell; the invite's creator goes with its code."""
    check_source(guild, source)
    invite = guild.live_invites.get(code or "")
    inviter = None if invite is None else invite.inviter
    return Origin(source, code, None if inviter is None else inviter.id)


def entries(guild: "Guild") -> list[Entry]:
    """What shows by now: who left is gone at once, who came shows after the lag."""
    lag = guild.ground.record_lag
    since = guild.ground.now() - lag + SAME_MOMENT
    present = guild.members.values()
    return [_entry(guild, one) for one in present if not lag or one.joined_at <= since]


def _entry(guild: "Guild", member: Member) -> Entry:
    origin = member.misrecorded or Origin(member.source, member.code, member.inviter_id)
    match origin.source:
        case "integration":
            return Entry(member, Origin("integration", origin.code, guild.integration_id))
        case "lobby":
            linked = next(iter(guild.channels_by_id), None)
            return Entry(member, origin, guild.lobby_application_id, linked)
        case _:
            return Entry(member, origin)


def indexed_in(guild: "Guild") -> float:
    """Seconds until the guild can be searched; the first ask starts the indexing."""
    now = guild.ground.now()
    if guild.indexed_at is None:
        guild.indexed_at = now + guild.ground.index_delay
    return max(guild.indexed_at - now, 0.0)


def indexing(seconds: float) -> JSON:
    return {
        "message": "Index not yet available. Try again later",
        "code": 110000,
        "retry_after": round(seconds, 3),
        "documents_indexed": 0,
    }


def payload(entry: Entry) -> JSON:
    return {
        "member": payloads.member(entry.member),
        "join_source_type": entry.source_type,
        "source_invite_code": entry.origin.code,
        "inviter_id": _id(entry.origin.inviter_id),
        "join_source_application_id": _id(entry.application_id),
        "join_source_channel_id": _id(entry.channel_id),
    }


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)
