"""Reading the record of those who joined before Usher did, page by page."""

import aiosqlite

from data import confirming, guilds, joins, rows
from data.errors import LedgerRefusedError
from data.models import Backfill, BackfillPage, Source

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
    await joins.record_found(db, page.facts)
    await confirming.confirm(db, guild_id, page.confirmations, at)
    new = page.mark != before.mark
    await db.execute(_MOVE, _moved(guild_id, page, at) | {"new": new})
    [row] = await db.execute_fetchall(ONE, (guild_id,))
    return rows.backfill(row)


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
