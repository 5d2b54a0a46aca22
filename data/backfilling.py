"""Reading the record of those who joined before Usher did, page by page."""

from collections.abc import Sequence

import aiosqlite

from data import confirming, guilds, joins, rows, settling
from data.errors import LedgerRefusedError
from data.models import (
    Backfill,
    BackfillPage,
    Certainty,
    JoinFact,
    Met,
    Reason,
    Settlement,
    Source,
    Verdict,
    from_ms,
)

ONE = "SELECT * FROM backfills WHERE guild_id = ?"
UNFINISHED = """
    SELECT guild_id
    FROM backfills
    WHERE finished_at IS NULL
    ORDER BY guild_id
"""


async def begin(db: aiosqlite.Connection, guild_id: int, moderator_id: int, at: int) -> Backfill:
    """Go on with one that is not finished, else begin anew."""
    await guilds.know(db, guild_id)
    await db.execute(
        """
        INSERT INTO backfills (guild_id, moderator_id, begun_at)
        VALUES (?, ?, ?)
        ON CONFLICT (guild_id) DO UPDATE
        SET moderator_id = excluded.moderator_id,
            begun_at = excluded.begun_at,
            mark_member_id = NULL,
            mark_joined_at = NULL,
            members = 0,
            named = 0,
            total = NULL,
            finished_at = NULL
        WHERE finished_at IS NOT NULL
        """,
        (guild_id, moderator_id, at),
    )
    [row] = await db.execute_fetchall(ONE, (guild_id,))
    return rows.backfill(row)


async def fill(db: aiosqlite.Connection, guild_id: int, page: BackfillPage, at: int) -> Backfill:
    """Write a page down. The mark tells a page that was written before: it is not counted again."""
    before = next(map(rows.backfill, await db.execute_fetchall(ONE, (guild_id,))), None)
    if before is None or before.finished_at is not None:
        raise LedgerRefusedError(f"No backfill of guild {guild_id} is under way.")
    new_facts = await joins.record_found(db, page.facts)
    missed = [fact for fact, new in zip(page.facts, new_facts, strict=True) if new]
    await confirming.confirm(db, guild_id, page.confirmations, at)
    await settling.settle(db, _unexplained(guild_id, missed, at))
    new = page.mark != before.mark
    await db.execute(_MOVE, _moved(guild_id, page, at) | {"new": new})
    [row] = await db.execute_fetchall(ONE, (guild_id,))
    return rows.backfill(row)


def _unexplained(guild_id: int, found: Sequence[JoinFact], at: int) -> Settlement:
    """Of those who joined unseen after Usher came, and whom the record does not name, nothing is
    known: their windows are over.
    """
    missed = [fact for fact in found if fact.met is Met.GAP]
    verdicts = [_bot(fact) if fact.is_bot else _unknown(fact) for fact in missed]
    return Settlement(guild_id=guild_id, decided_at=from_ms(at), verdicts=tuple(verdicts))


def _bot(fact: JoinFact) -> Verdict:
    return Verdict(
        member_id=fact.member_id,
        joined_at=fact.joined_at,
        certainty=Certainty.CERTAIN,
        source=Source.BOT,
    )


def _unknown(fact: JoinFact) -> Verdict:
    return Verdict(
        member_id=fact.member_id,
        joined_at=fact.joined_at,
        certainty=Certainty.UNKNOWN,
        source=Source.UNKNOWN,
        reason=Reason.GAP,
    )


def _moved(guild_id: int, page: BackfillPage, at: int) -> dict[str, object]:
    return {
        "guild_id": guild_id,
        "member_id": None if page.mark is None else page.mark.member_id,
        "joined_at": None if page.mark is None else page.mark.joined_at,
        "members": len(page.facts),
        "named": sum(said.source is not Source.UNKNOWN for said in page.confirmations),
        "total": page.total,
        "finished_at": at if page.last else None,
    }


_MOVE = """
    UPDATE backfills
    SET mark_member_id = COALESCE(:member_id, mark_member_id),
        mark_joined_at = COALESCE(:joined_at, mark_joined_at),
        members = members + CASE WHEN :new THEN :members ELSE 0 END,
        named = named + CASE WHEN :new THEN :named ELSE 0 END,
        total = :total,
        finished_at = :finished_at
    WHERE guild_id = :guild_id
"""
