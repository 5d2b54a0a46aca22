"""Values to write texts about, whole unless a test says otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from data.models import (
    Certainty,
    Gain,
    Invite,
    InviteRecord,
    JoinRecord,
    Met,
    Source,
    VerdictRecord,
    WindowRecord,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BIG_ID = 2**63 - 1
"""The longest id there can be."""

_INVITE = {
    "guild_id": 1,
    "code": "abc123",
    "channel_id": 2,
    "inviter_id": 3,
    "created_at": NOW - HOUR,
    "expires_at": None,
    "uses": 4,
}
_RECORD = {
    "id": 10,
    "moderator_id": None,
    "behalf_id": None,
    "campaign": None,
    "reason": None,
    "first_seen_at": NOW - HOUR,
    "uses_before": 0,
    "ended_at": None,
    "end_reason": None,
    "ended_by": None,
    "end_note": None,
}
_JOIN = {
    "id": 20,
    "guild_id": 1,
    "member_id": 5,
    "joined_at": NOW - HOUR,
    "arrived_at": NOW - HOUR,
    "met": Met.JOINING,
    "is_bot": False,
    "number": 1,
    "left_at": None,
    "certainty": Certainty.CERTAIN,
    "source": Source.INVITE,
    "code": "abc123",
    "inviter_id": 3,
    "moderator_id": None,
    "credited_id": 3,
    "campaign": None,
    "actor_id": None,
    "candidates": (),
    "reason": None,
    "decided_at": NOW,
    "decided_by": "counters",
    "window": None,
}
_ENTRY = {
    "id": 30,
    "decided_at": NOW,
    "decided_by": "counters",
    "certainty": Certainty.CERTAIN,
    "source": Source.INVITE,
    "code": "abc123",
    "actor_id": None,
    "inviter_id": 3,
    "raw_source": None,
    "candidates": (),
    "reason": None,
    "window": None,
    "note": None,
    "undoes": None,
    "undoer_id": None,
}


def record(**changes: Any) -> InviteRecord:
    """An invite as the ledger knows it; changes go to the invite or to what became of it."""
    invite = {name: changes.pop(name) for name in list(changes) if name in Invite.model_fields}
    return InviteRecord.model_validate({**_RECORD, **changes, "invite": {**_INVITE, **invite}})


def join(**changes: Any) -> JoinRecord:
    return JoinRecord.model_validate({**_JOIN, **changes})


def ambiguous(*candidates: str, **changes: Any) -> JoinRecord:
    facts = {
        "certainty": Certainty.AMBIGUOUS,
        "source": Source.UNKNOWN,
        "code": None,
        "credited_id": None,
        "candidates": candidates,
    }
    return join(**{**facts, **changes})


def entry(**changes: Any) -> VerdictRecord:
    """An entry of a join's history."""
    return VerdictRecord.model_validate({**_ENTRY, **changes})


def window(*gains: tuple[str, int, int | None], **changes: Any) -> WindowRecord:
    """What was seen in three seconds; a gain is a code with its least and its most uses."""
    facts = {
        "opened_at": NOW,
        "closed_at": NOW + timedelta(seconds=3),
        "joins": 1,
        "gap": False,
        "gains": tuple(Gain(code=code, low=low, high=high) for code, low, high in gains),
        "unexplained": 0,
    }
    return WindowRecord.model_validate({**facts, **changes})


def fits(embed: discord.Embed) -> bool:
    """Whether the platform would take it."""
    return (
        len(embed) <= 6000
        and len(embed.title or "") <= 256
        and len(embed.description or "") <= 4096
        and len(embed.fields) <= 25
        and all(0 < len(field.name or "") <= 256 for field in embed.fields)
        and all(0 < len(field.value or "") <= 1024 for field in embed.fields)
    )


def everything(embed: discord.Embed) -> str:
    """All that can be read in it."""
    fields = [f"{field.name}\n{field.value}" for field in embed.fields]
    parts = (embed.title, embed.description, *fields, embed.footer.text)
    return "\n".join(part for part in parts if part)
