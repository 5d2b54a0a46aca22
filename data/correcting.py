"""A moderator's word on a join, and how it is taken back, each in its one transaction.

What rested on a word that is gone goes with it.
"""

import aiosqlite

from data import resting, rows
from data.invites import named
from data.models import Correction, JoinRecord, to_ms


async def correct(
    db: aiosqlite.Connection, guild_id: int, correction: Correction
) -> JoinRecord | None:
    """Append the correction, unless it is what the same moderator said last."""
    what = {
        **correction.model_dump(),
        "guild_id": guild_id,
        "by": str(correction.moderator_id),
        "at": to_ms(correction.at),
    }
    await db.execute(_CORRECT, what)
    await resting.release(db, guild_id, correction.join_id, to_ms(correction.at))
    found = await db.execute_fetchall(
        "SELECT * FROM join_records WHERE guild_id = :guild_id AND id = :join_id", what
    )
    return next(map(rows.join, found), None)


_CORRECT = f"""
    INSERT INTO verdicts (
        guild_id, join_id, decided_at, decided_by, certainty, source, code, invite_id,
        actor_id, inviter_id, note
    )
    SELECT
        joins.guild_id,
        joins.id,
        :at,
        :by,
        'corrected',
        :source,
        :code,
        {named(":code")},
        CASE WHEN standing.source = :source THEN standing.actor_id END,
        CASE WHEN standing.code = :code THEN standing.inviter_id END,
        :note
    FROM joins
    LEFT JOIN verdicts AS standing ON standing.id = joins.verdict_id
    WHERE joins.guild_id = :guild_id
      AND joins.id = :join_id
      AND NOT (
          joins.certainty = 'corrected'
          AND standing.decided_by = :by
          AND standing.source = :source
          AND standing.code IS :code
          AND standing.note IS :note
      )
"""  # noqa: S608 - built from constants of ours, never from values


async def undo(
    db: aiosqlite.Connection, guild_id: int, join_id: int, moderator_id: int, at: int
) -> JoinRecord | None:
    """Append what stood before the latest correction; told twice of one undoing, once."""
    what = {
        "guild_id": guild_id,
        "join_id": join_id,
        "moderator_id": moderator_id,
        "by": str(moderator_id),
        "at": at,
    }
    await db.execute(_UNDO, what)
    await resting.release(db, guild_id, join_id, at)
    found = await db.execute_fetchall(
        """
        SELECT *
        FROM join_records
        WHERE id = :join_id
          AND EXISTS (
              SELECT 1
              FROM verdicts
              WHERE guild_id = :guild_id
                AND join_id = :join_id
                AND undoer_id = :moderator_id
                AND decided_at = :at
          )
        """,
        what,
    )
    return next(map(rows.join, found), None)


# A correction that an undoing brought back is not another correction: the one it restates is.
_UNDO = """
    INSERT INTO verdicts (
        guild_id, join_id, decided_at, decided_by, certainty, source, code, invite_id,
        actor_id, inviter_id, raw_source, candidates, reason, window_id, note, undoes, undoer_id
    )
    SELECT
        joins.guild_id,
        joins.id,
        :at,
        COALESCE(former.decided_by, :by),
        COALESCE(
            former.certainty,
            CASE WHEN joins.met IN ('joining', 'gap') THEN 'pending' ELSE 'unknown' END
        ),
        COALESCE(former.source, 'unknown'),
        former.code,
        former.invite_id,
        former.actor_id,
        former.inviter_id,
        former.raw_source,
        COALESCE(former.candidates, ''),
        former.reason,
        former.window_id,
        former.note,
        correction.id,
        :moderator_id
    FROM joins
    JOIN verdicts AS correction ON correction.id = (
        SELECT MAX(said.id)
        FROM verdicts AS said
        WHERE said.guild_id = joins.guild_id
          AND said.join_id = joins.id
          AND said.certainty = 'corrected'
          AND said.undoes IS NULL
          AND NOT EXISTS (
              SELECT 1
              FROM verdicts AS undone
              WHERE undone.guild_id = said.guild_id AND undone.undoes = said.id
          )
    )
    LEFT JOIN verdicts AS former ON former.id = (
        SELECT MAX(said.id)
        FROM verdicts AS said
        WHERE said.guild_id = joins.guild_id
          AND said.join_id = joins.id
          AND said.id < correction.id
    )
    WHERE joins.guild_id = :guild_id
      AND joins.id = :join_id
      AND NOT EXISTS (
          SELECT 1
          FROM verdicts AS told
          WHERE told.guild_id = joins.guild_id
            AND told.join_id = joins.id
            AND told.undoer_id = :moderator_id
            AND told.decided_at = :at
      )
"""
