"""The ledger: facts in, answers out. Each method that writes is exactly one transaction.

Nothing outside `data` sees a connection, a cursor or a row.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiosqlite

from data import (
    backfilling,
    confirming,
    correcting,
    guilds,
    invites,
    joins,
    lags,
    migrate,
    offers,
    resting,
    settling,
    telling,
)
from data.models import (
    Backfill,
    BackfillPage,
    Confirmation,
    Correction,
    Creation,
    Ending,
    Invite,
    JoinFact,
    JoinRecord,
    LagSample,
    LogMessage,
    Met,
    Offer,
    Settlement,
    to_ms,
)
from data.opening import claimed, reading, require_sqlite, writing
from data.reader import PATIENCE, Reader
from data.writer import Writer


class Ledger(Reader):
    """Everything that can be asked of a ledger, and everything that can be written down.

    A write is durable when its method returns. It can raise

    * LedgerUnavailableError: nothing was written; the same call may succeed later;
    * LedgerRefusedError: nothing was written, and never will be;
    * asyncio.CancelledError: it may or may not be written; each is harmless twice.
    """

    def __init__(self, reader: aiosqlite.Connection, writer: Writer, path: Path) -> None:
        super().__init__(reader, path)
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, patience: float = PATIENCE) -> AsyncIterator["Ledger"]:
        """Open the ledger, made or brought up to date first, as the only one who writes to it."""
        require_sqlite()
        scripts = migrate.load()
        with claimed(path):
            async with (
                writing(path, scripts, patience) as db,
                reading(path, scripts, patience) as asked,
                Writer.on(db, path) as writer,
            ):
                ledger = Ledger(asked, writer, path)
                try:
                    yield ledger
                finally:
                    ledger._closed = True

    async def record_join(self, fact: JoinFact) -> bool:
        """Write down that somebody joined; False if this join was announced before."""
        record = joins.record if fact.met is Met.JOINING else joins.record_found
        return await self._writer.write_together(record, fact)

    async def record_leave(self, guild_id: int, member_id: int, left_at: datetime) -> None:
        """Write down that somebody left, also somebody who was there before Usher."""
        at = to_ms(left_at)
        await self._writer.write(lambda db: joins.leave(db, guild_id, member_id, at))

    async def record_absences(
        self, guild_id: int, memberships: Mapping[int, int], left_at: datetime
    ) -> int:
        """Write down that memberships (member → `joined_at`) have ended unseen; say how many.

        Those that had ended already are left alone, and so is who has come again since.
        """
        missing, at = sorted(memberships.items()), to_ms(left_at)
        return await self._writer.write(lambda db: joins.leave_unseen(db, guild_id, missing, at))

    async def record_presences(
        self, guild_id: int, memberships: Mapping[int, int], seen_at: datetime
    ) -> int:
        """Let memberships (member → `joined_at`) go on that were seen after they had ended.

        A leave that was announced late, or twice, may have ended the wrong one.
        """
        seen, at = sorted(memberships.items()), to_ms(seen_at)
        return await self._writer.write(lambda db: joins.stay(db, guild_id, seen, at))

    async def record_invite(
        self,
        invite: Invite,
        seen_at: datetime,
        *,
        uses_before: int = 0,
        creation: Creation | None = None,
    ) -> None:
        """Write down an invite that an event or an answer described, and what Usher knows of it.

        `uses_before` is what it had been used when it was first seen.
        """

        async def run(db: aiosqlite.Connection) -> None:
            await invites.seen(db, invite, seen_at, uses_before)
            if creation is not None:
                await invites.created(db, invite.guild_id, invite.code, invite.created_at, creation)

        await self._writer.write(run)

    async def record_creation(
        self, guild_id: int, code: str, created_at: datetime | None, creation: Creation
    ) -> None:
        """Write down who asked for a known invite, for whom and why. The first word stays."""
        await self._writer.write(
            lambda db: invites.created(db, guild_id, code, created_at, creation)
        )

    async def record_ending(self, guild_id: int, code: str, ending: Ending) -> None:
        """Write down how an invite ended; better evidence replaces weaker, never the reverse."""
        await self._writer.write(
            lambda db: invites.ended(db, guild_id, {code: ending}, settled=False)
        )

    async def settle(self, settlement: Settlement) -> None:
        """Write down what closing a window changes. Twice is once."""
        await self._writer.write(lambda db: settling.settle(db, settlement))

    async def confirm(
        self, guild_id: int, confirmations: Sequence[Confirmation], decided_at: datetime
    ) -> int:
        """Write down what the platform's record says, and say how many verdicts that made.

        It outranks counters and never a moderator. Of a membership that is not known, or said
        again, it makes none.
        """
        return await self._writer.write(
            lambda db: confirming.confirm(db, guild_id, confirmations, to_ms(decided_at))
        )

    async def correct(self, guild_id: int, correction: Correction) -> JoinRecord | None:
        """Let a moderator's word stand, until it is undone; None if the guild has no such join."""
        return await self._writer.write(lambda db: correcting.correct(db, guild_id, correction))

    async def undo(
        self, guild_id: int, join_id: int, moderator_id: int, at: datetime
    ) -> JoinRecord | None:
        """Take the latest correction back, so that what stood before it stands again.

        None if there is nothing to take back.
        """
        return await self._writer.write(
            lambda db: correcting.undo(db, guild_id, join_id, moderator_id, to_ms(at))
        )

    async def leave_open(self, guild_id: int, join_id: int, at: datetime) -> None:
        """Write down that nothing is known of a join which nobody will decide any more, with what
        was seen meanwhile. Of one that does not wait for a verdict nothing changes.
        """
        await self._writer.write(lambda db: resting.leave_open(db, guild_id, join_id, to_ms(at)))

    async def meet(self, guild_id: int, at: int) -> int | None:
        """Usher is in the guild: write down when first, and return when that was (both UTC ms) if
        it has been written down before.
        """
        return await self._writer.write(lambda db: guilds.meet(db, guild_id, at))

    async def close_record(self, guild_id: int, until: datetime | None) -> None:
        """Write down until when the record is refused; None: it answers again."""
        at = None if until is None else to_ms(until)
        await self._writer.write(lambda db: guilds.close_record(db, guild_id, at))

    async def count_lags(self, samples: Sequence[LagSample]) -> None:
        """Count how late confirmed joins were. The one write that is not the same twice."""
        await self._writer.write(lambda db: lags.count(db, samples))

    async def begin_backfill(self, guild_id: int, moderator_id: int, at: datetime) -> Backfill:
        """Go on with the backfill that is not finished, else begin one anew."""
        return await self._writer.write(
            lambda db: backfilling.begin(db, guild_id, moderator_id, to_ms(at))
        )

    async def fill(self, guild_id: int, page: BackfillPage, at: datetime) -> Backfill:
        """Write down a page of the record: its members, their ways, and where it ended.

        The page that was written last is not counted again.
        LedgerRefusedError if no backfill is under way, which the last page ends.
        """
        return await self._writer.write(lambda db: backfilling.fill(db, guild_id, page, to_ms(at)))

    async def offer(self, offer: Offer, at: datetime) -> None:
        """Let these reactions on a message of ours do something, and no others."""
        await self._writer.write(lambda db: offers.make(db, offer, to_ms(at)))

    async def withdraw_offer(self, message_id: int) -> None:
        """Let no reaction on that message do anything any more."""
        await self._writer.write(lambda db: offers.withdraw(db, message_id))

    async def set_log(
        self, guild_id: int, channel_id: int | None, moderator_id: int, at: datetime
    ) -> None:
        """Tell joins and leaves in this channel from now on; None: nowhere.

        Then what is unsaid never will be, and what was said stays as it is.
        """
        if channel_id is None:
            await self._writer.write(lambda db: telling.switch_off(db, guild_id))
        else:
            await self._writer.write(
                lambda db: telling.choose(db, guild_id, channel_id, moderator_id, to_ms(at))
            )

    async def claim(
        self, guild_id: int, line_ids: Sequence[int], channel_id: int, at: datetime
    ) -> LogMessage:
        """Draw lines together into a new message, before it is sent.

        Lines that were claimed or given up before are left out. If none remains it is the message
        that has them, while it is not known to have been sent, else LedgerRefusedError.
        """
        return await self._writer.write(
            lambda db: telling.claim(db, guild_id, line_ids, channel_id, to_ms(at))
        )

    async def sent(self, log_message_id: int, message_id: int, version: int) -> None:
        """Write down that a message was sent, and says what its lines said at that version."""
        await self._writer.write(lambda db: telling.sent(db, log_message_id, message_id, version))

    async def edited(self, log_message_id: int, version: int) -> None:
        """Write down that a message says by now what its lines said at that version."""
        await self._writer.write(lambda db: telling.edited(db, log_message_id, version))

    async def release(self, log_message_id: int) -> None:
        """Let the lines of a message that was never sent be drawn together anew."""
        await self._writer.write(lambda db: telling.release(db, log_message_id))

    async def drop_message(self, log_message_id: int) -> None:
        """Never say or edit this message again."""
        await self._writer.write(lambda db: telling.drop(db, log_message_id))

    async def drop_unsaid(self, guild_id: int, before: datetime) -> int:
        """Give up the unsaid lines of what happened before then, and say how many."""
        return await self._writer.write(lambda db: telling.drop_unsaid(db, guild_id, to_ms(before)))

    async def expire(self, now: datetime) -> int:
        """End the invites whose time has passed, and say how many did."""
        return await self._writer.write(lambda db: invites.expire(db, now))

    async def set_meta(self, key: str, value: str) -> None:
        async def run(db: aiosqlite.Connection) -> None:
            await db.execute(
                """
                INSERT INTO meta (key, value)
                VALUES (?, ?)
                ON CONFLICT (key) DO UPDATE
                SET value = excluded.value
                """,
                (key, value),
            )

        await self._writer.write(run)
