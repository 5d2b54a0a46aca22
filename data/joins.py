"""Joins and leaves: what is written when somebody comes or goes, and who came."""

import json
import sqlite3
from collections.abc import Sequence

import aiosqlite

from data.models import JoinFact
from data.settling import AT_ONCE


async def record(db: aiosqlite.Connection, facts: Sequence[JoinFact]) -> list[bool]:
    """Write joins down in one statement as they happen, and say of each whether it was new."""
    rows = await db.execute_fetchall(_RECORD, (json.dumps([fact[:5] for fact in facts]),))
    return _which(list(rows), facts)


async def record_found(db: aiosqlite.Connection, facts: Sequence[JoinFact]) -> list[bool]:
    """The same, however they were met; in a raid it would take longer.

    Nothing will be decided of who was there before Usher, unless the record names a way.
    """
    rows = await db.execute_fetchall(_RECORD_FOUND, (json.dumps(facts),))
    return _which(list(rows), facts)


_RECORD = """
    INSERT INTO joins (guild_id, member_id, joined_at, arrived_at, is_bot, met)
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, 'joining'
    FROM json_each(?)
    WHERE true
    ON CONFLICT DO NOTHING
    RETURNING guild_id, member_id, joined_at
"""
_RECORD_FOUND = """
    INSERT INTO joins (guild_id, member_id, joined_at, arrived_at, is_bot, met, certainty)
    SELECT
        value->>0,
        value->>1,
        value->>2,
        value->>3,
        value->>4,
        value->>5,
        CASE value->>5 WHEN 'backfill' THEN 'unknown' ELSE 'pending' END
    FROM json_each(?)
    WHERE true
    ON CONFLICT DO NOTHING
    RETURNING guild_id, member_id, joined_at
"""


def _which(rows: Sequence[sqlite3.Row], facts: Sequence[JoinFact]) -> list[bool]:
    """Say of each fact whether it is what made one of these rows."""
    if len(rows) == len(facts):  # as nearly always
        return [True] * len(facts)
    new = {tuple(row) for row in rows}
    return [_first(new, fact[:3]) for fact in facts]


def _first(new: set[tuple[int, ...]], key: tuple[int, int, int]) -> bool:
    """Whether a join was new; announced twice in one breath, only the first of them was."""
    if key not in new:
        return False
    new.remove(key)
    return True


async def leave(db: aiosqlite.Connection, guild_id: int, member_id: int, left_at: int) -> None:
    """Close the open membership; without any, one from before Usher ended now.

    A leave that was written down already says nothing new, even if somebody came again since.
    """
    what = {"guild_id": guild_id, "member_id": member_id, "left_at": left_at}
    await db.execute(
        """
        UPDATE joins
        SET left_at = MAX(:left_at, joined_at) -- the platform's clock may be ahead of ours
        WHERE guild_id = :guild_id
          AND member_id = :member_id
          AND left_at IS NULL
          AND arrived_at <= :left_at -- written late, it was not they who came since then
          AND NOT EXISTS (
              SELECT 1
              FROM joins AS closed
              WHERE closed.guild_id = :guild_id
                AND closed.member_id = :member_id
                AND closed.left_at = :left_at
          )
        """,
        what,
    )
    await db.execute(
        """
        INSERT INTO joins (guild_id, member_id, arrived_at, left_at, met, certainty)
        SELECT :guild_id, :member_id, :left_at, :left_at, 'leaving', 'unknown'
        WHERE NOT EXISTS (
            SELECT 1
            FROM joins
            WHERE guild_id = :guild_id AND member_id = :member_id
        )
        """,
        what,
    )


async def leave_unseen(
    db: aiosqlite.Connection,
    guild_id: int,
    memberships: Sequence[tuple[int, int]],
    left_at: int,
) -> int:
    """Close these memberships, (member, `joined_at`), and say how many were open."""
    closed = 0
    for start in range(0, len(memberships), AT_ONCE):
        some = json.dumps(memberships[start : start + AT_ONCE])
        what = {"guild_id": guild_id, "memberships": some, "left_at": left_at}
        closed += len(list(await db.execute_fetchall(_LEAVE_UNSEEN, what)))
    return closed


async def stay(
    db: aiosqlite.Connection,
    guild_id: int,
    memberships: Sequence[tuple[int, int]],
    seen_at: int,
) -> int:
    """Let memberships, (member, `joined_at`), go on that had ended before they were seen."""
    found = await db.execute_fetchall(
        """
        UPDATE joins
        SET left_at = NULL
        WHERE guild_id = :guild_id
          AND (member_id, joined_at) IN (
              SELECT value->>0, value->>1 FROM json_each(:memberships)
          )
          AND left_at < :seen_at
        RETURNING id
        """,
        {"guild_id": guild_id, "memberships": json.dumps(memberships), "seen_at": seen_at},
    )
    return len(list(found))


_LEAVE_UNSEEN = """
    UPDATE joins
    SET left_at = MAX(:left_at, joined_at) -- the platform's clock may be ahead of ours
    WHERE guild_id = :guild_id
      AND (member_id, joined_at) IN (
          SELECT value->>0, value->>1 FROM json_each(:memberships)
      )
      AND left_at IS NULL
    RETURNING id
"""
