"""Entries of the audit log."""

from datetime import datetime
from typing import Any, Final

from bot.platforms.payloads.base import Payload
from data.models import Ending, EndReason, Snowflake

INVITE_CREATE: Final = 40
"""Audit log event: an invite was made, by whomever."""
INVITE_DELETE: Final = 42
"""Audit log event: somebody deleted an invite; never written on expiry or exhaustion."""
BOT_ADD: Final = 28
"""Audit log event: somebody added a bot."""


class _Change(Payload):
    key: str
    old_value: Any = None
    new_value: Any = None


class AuditEntry(Payload):
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
        return self._code() if self.action_type == INVITE_DELETE else None

    def created_code(self) -> str | None:
        """The code that was made."""
        return self._code() if self.action_type == INVITE_CREATE else None

    def added_bot(self) -> tuple[int, int] | None:
        """The bot that was added, and by whom."""
        if self.action_type != BOT_ADD or not self.user_id or not self.target_id:
            return None
        return int(self.target_id), self.user_id

    def _code(self) -> str | None:
        changes = [change for change in self.changes or () if change.key == "code"]
        values = (value for one in changes for value in (one.new_value, one.old_value))
        return next((code for code in values if isinstance(code, str)), None)

    def revocation(self, at: datetime, own_id: int | None) -> Ending:
        """Of our own revocations the order knows the moderator; the entry only knows us."""
        if self.user_id == own_id:
            return Ending(at=at, reason=EndReason.REVOKED)
        return Ending(at=at, reason=EndReason.REVOKED, by=self.user_id, note=self.reason)
