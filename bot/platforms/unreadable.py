"""What is known of an event that nobody can read: where it happened, and what failed. Pure."""

import traceback
from pathlib import Path
from typing import Any, Final

OF_GUILDS: Final = frozenset({"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"})
"""Events that tell of a guild itself, and have its id as theirs."""

_LONGEST = 20
"""Digits of the largest id."""


def guild_of(event: str, payload: Any) -> int:
    """The guild that it tells of; 0, which none has, if that cannot be read either."""
    return _snowflake(payload, "id" if event in OF_GUILDS else "guild_id")


def member_of(payload: Any) -> int:
    """The member that it tells of; 0, which nobody is, if that cannot be read either."""
    return _snowflake(payload.get("user"), "id") if isinstance(payload, dict) else 0


def where(error: BaseException) -> str:
    """What failed and where, without its text: that may quote what somebody wrote."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        place = f" in {Path(frame.f_code.co_filename).name}, line {line}"
    return f"{type(error).__name__}{place}"


def _snowflake(payload: Any, key: str) -> int:
    value = payload.get(key) if isinstance(payload, dict) else None
    if not isinstance(value, str) or len(value) > _LONGEST:
        return 0
    return int(value) if value.isdecimal() else 0
