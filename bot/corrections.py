"""A moderator's word on a join: written down first, then whatever rests on it is solved again."""

from datetime import UTC, datetime
from typing import Protocol

from data.models import Certainty, Correction, JoinRecord


class CorrectionLog(Protocol):
    async def correct(self, guild_id: int, correction: Correction) -> JoinRecord | None: ...
    async def undo(
        self, guild_id: int, join_id: int, moderator_id: int, at: datetime
    ) -> JoinRecord | None: ...
    async def join(self, guild_id: int, join_id: int) -> JoinRecord | None: ...
    async def leave_open(self, guild_id: int, join_id: int, at: datetime) -> None: ...


class OpenWindows(Protocol):
    def corrected(self, join: JoinRecord) -> bool:
        """Settle the join, or no longer, where it waits for a verdict; whether it does."""


class SolvedWindows(Protocol):
    async def corrected(self, join: JoinRecord) -> None:
        """Solve again what rests on the join."""


class Corrections:
    """Corrects and undoes, and tells those who keep windows."""

    def __init__(self, ledger: CorrectionLog, open_: OpenWindows, solved: SolvedWindows) -> None:
        self._ledger = ledger
        self._open = open_
        self._solved = solved

    async def correct(self, guild_id: int, correction: Correction) -> JoinRecord | None:
        """Let a moderator's word stand; None if the guild has no such join."""
        join = await self._ledger.correct(guild_id, correction)
        if join is not None:
            self._open.corrected(join)
            await self._solved.corrected(join)
        return join

    async def undo(self, guild_id: int, join_id: int, moderator_id: int) -> JoinRecord | None:
        """Take the latest correction back; None if there is nothing to take back."""
        join = await self._ledger.undo(guild_id, join_id, moderator_id, datetime.now(UTC))
        if join is None:
            return None
        waits = self._open.corrected(join)
        await self._solved.corrected(join)
        now = await self._ledger.join(guild_id, join_id)
        if now is None or now.certainty is not Certainty.PENDING or waits:
            return now
        # It was corrected before anything was decided, and its window is gone.
        await self._ledger.leave_open(guild_id, join_id, datetime.now(UTC))
        return await self._ledger.join(guild_id, join_id)
