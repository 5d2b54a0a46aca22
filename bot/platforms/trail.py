"""The audit log, read back page by page to a moment: nothing that is younger is left out."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from pydantic import ValidationError

from bot.errors import NoAnswerError
from bot.platforms.payloads import AuditEntry
from data.models import Reason, to_ms

PAGE = 100
"""Entries in one answer: no platform gives more."""
MOST_PAGES = 10
"""As many entries as a guild can have invites."""

Ask = Callable[[int | None], Awaitable[Any]]
"""Asks for the newest entries, or for those before one."""


async def entries(ask: Ask, since: int) -> list[AuditEntry]:
    """Those written since then (UTC ms, the platform's clock), newest first.

    Raises `NoAnswerError` if there are more than are read: what is not among them may be behind.
    """
    found: list[AuditEntry] = []
    before: int | None = None
    for _ in range(MOST_PAGES):
        page = _read(await ask(before))
        found.extend(entry for entry in page if written(entry) >= since)
        if len(page) < PAGE or written(page[-1]) < since:
            return found
        before = page[-1].id
    raise NoAnswerError(Reason.NO_ANSWER, "the audit log is longer than it is read")


def written(entry: AuditEntry) -> int:
    """UTC milliseconds on the platform's clock."""
    return to_ms(discord.utils.snowflake_time(entry.id))


def _read(answer: Any) -> list[AuditEntry]:
    try:
        return [AuditEntry.model_validate(entry) for entry in answer["audit_log_entries"]]
    except (KeyError, TypeError, ValidationError) as error:
        raise NoAnswerError(Reason.NO_ANSWER, "the audit log cannot be read") from error
