"""A guild, its invites and its joins, for the tests of the ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

from data.models import (
    Certainty,
    Confirmation,
    Correction,
    Gain,
    Invite,
    InviteRecord,
    JoinFact,
    Reading,
    Settlement,
    Source,
    Vanity,
    Verdict,
    WindowRecord,
    to_ms,
)
from data.reader import Reader

GUILD = 4001
INVITER = 7001
MODERATOR = 8001
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def join_of(member_id: int, seconds: float = 0, guild_id: int = GUILD) -> JoinFact:
    """Somebody's join, which arrived a tenth of a second later."""
    return JoinFact(guild_id, member_id, to_ms(at(seconds)), to_ms(at(seconds + 0.1)))


def invite_of(code: str, **options: Any) -> Invite:
    described: dict[str, Any] = {
        "guild_id": GUILD,
        "code": code,
        "channel_id": 5001,
        "inviter_id": INVITER,
        "created_at": at(-3600),
        "expires_at": None,
    }
    return Invite(**described | options)


def reading_of(*invites: Invite, vanity: Vanity | None = None, seconds: float = 0) -> Reading:
    """What a list of these invites would have counted."""
    return Reading(
        asked=100.0 + seconds,
        answered=100.1 + seconds,
        counters={invite.code: invite.counter() for invite in invites},
        vanity=vanity,
        platform_ms=to_ms(at(seconds)),
    )


def verdict_of(fact: JoinFact, code: str | None, **options: Any) -> Verdict:
    said: dict[str, Any] = {
        "member_id": fact.member_id,
        "joined_at": fact.joined_at,
        "certainty": Certainty.CERTAIN,
        "source": Source.INVITE,
        "code": code,
    }
    return Verdict(**said | options)


def confirmation_of(fact: JoinFact, code: str | None, **options: Any) -> Confirmation:
    """What the record would say of a join through an invite."""
    said: dict[str, Any] = {
        "member_id": fact.member_id,
        "joined_at": fact.joined_at,
        "source": Source.INVITE,
        "code": code,
    }
    return Confirmation(**said | options)


def correction_of(code: str | None, seconds: float = 60, **options: Any) -> Correction:
    """What a moderator says of the first join that was written down."""
    said: dict[str, Any] = {
        "join_id": 1,
        "moderator_id": MODERATOR,
        "source": Source.INVITE,
        "code": code,
        "at": at(seconds),
    }
    return Correction(**said | options)


def window_of(*gains: Gain, seconds: float = 0, joins: int = 1) -> WindowRecord:
    return WindowRecord(
        opened_at=at(seconds - 10),
        closed_at=at(seconds),
        joins=joins,
        gap=False,
        gains=gains,
        unexplained=0,
    )


def settlement_of(seconds: float = 0, **changes: Any) -> Settlement:
    """What was decided so many seconds after noon."""
    return Settlement(guild_id=GUILD, decided_at=at(seconds), **changes)


async def latest(ledger: Reader, code: str) -> InviteRecord:
    """The invite that a code names, which there has to be."""
    record = await ledger.invite(GUILD, code)
    assert record is not None
    return record
