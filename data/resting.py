"""Verdicts of counters that rest on a moderator's word which does not stand any more.

While the window of a correction is in memory it is solved again. This does not need it: the
neighbours get back what counters had said before the word, which is less, and true all the same.
"""

import aiosqlite

MARGIN = 3_600_000
"""Milliseconds between the platform's clock and ours at most, where a join is looked for by the
time of its window."""


async def release(db: aiosqlite.Connection, guild_id: int, join_id: int, at: int) -> None:
    """Of the window of this join, say again what was said before the first word that is gone."""
    what = {"guild_id": guild_id, "join_id": join_id, "margin": MARGIN, "at": at}
    for [window_id] in await db.execute_fetchall(_WINDOW, what):
        what["window_id"] = window_id
        [[word]] = await db.execute_fetchall(_FIRST_WORD_GONE, what)
        if word is not None:
            await db.execute(_RELEASE, what | {"word": word})


async def leave_open(db: aiosqlite.Connection, guild_id: int, join_id: int, at: int) -> None:
    """Say that nothing is known of a join that waits for a verdict and will get none: corrected
    before its window was decided, it was left out of it.
    """
    await db.execute(_LEAVE_OPEN, {"guild_id": guild_id, "join_id": join_id, "at": at})


# Corrected before it was decided, a join has no verdict of its window: then it is known by time.
_ITS_WINDOW = """
    COALESCE(
        (
            SELECT window_id
            FROM verdicts
            WHERE guild_id = :guild_id AND join_id = :join_id AND window_id IS NOT NULL
            ORDER BY id DESC
            LIMIT 1
        ),
        (
            SELECT id
            FROM windows
            WHERE guild_id = :guild_id
              AND closed_at >= joins.arrived_at
              AND opened_at <= joins.arrived_at
              AND NOT gap -- nothing certain rests on it, and while people kept coming two overlap
            ORDER BY closed_at
            LIMIT 1
        )
    )
"""

_WINDOW = f"""
    SELECT {_ITS_WINDOW} AS window_id
    FROM joins
    WHERE guild_id = :guild_id AND id = :join_id AND window_id IS NOT NULL
"""  # noqa: S608 - built from constants of ours, never from values

_LEAVE_OPEN = f"""
    INSERT INTO verdicts (
        guild_id, join_id, decided_at, decided_by, certainty, source, window_id
    )
    SELECT guild_id, id, :at, 'counters', 'unknown', 'unknown', {_ITS_WINDOW}
    FROM joins
    WHERE guild_id = :guild_id AND id = :join_id AND certainty = 'pending'
"""  # noqa: S608 - built from constants of ours, never from values

_NEAR = """
    joins.guild_id = windows.guild_id
    AND COALESCE(joins.joined_at, 0)
        BETWEEN windows.opened_at - :margin AND windows.closed_at + :margin
"""

# A word is gone if it was taken back, or if another one stands instead of it.
_FIRST_WORD_GONE = f"""
    SELECT MIN(word.id)
    FROM windows
    JOIN joins ON {_NEAR}
    JOIN verdicts AS word
        ON word.guild_id = joins.guild_id
        AND word.join_id = joins.id
        AND word.certainty = 'corrected'
    LEFT JOIN verdicts AS standing ON standing.id = joins.verdict_id
    WHERE windows.id = :window_id
      AND (
          joins.certainty <> 'corrected'
          OR standing.source <> word.source
          OR standing.code IS NOT word.code
      )
      AND (
          joins.id = :join_id
          OR EXISTS (
              SELECT 1
              FROM verdicts AS said
              WHERE said.guild_id = joins.guild_id
                AND said.join_id = joins.id
                AND said.window_id = :window_id
          )
      )
"""  # noqa: S608 - built from constants of ours, never from values

# Whoever was decided only after that word has nothing to go back to.
_RELEASE = f"""
    INSERT INTO verdicts (
        guild_id, join_id, decided_at, decided_by, certainty, source, code, invite_id,
        actor_id, candidates, reason, window_id
    )
    SELECT
        joins.guild_id,
        joins.id,
        :at,
        'counters',
        COALESCE(former.certainty, 'unknown'),
        COALESCE(former.source, 'unknown'),
        former.code,
        former.invite_id,
        former.actor_id,
        COALESCE(former.candidates, ''),
        former.reason,
        standing.window_id
    FROM windows
    JOIN joins ON {_NEAR}
    JOIN verdicts AS standing ON standing.id = joins.verdict_id
    LEFT JOIN verdicts AS former ON former.id = (
        SELECT MAX(said.id)
        FROM verdicts AS said
        WHERE said.guild_id = joins.guild_id
          AND said.join_id = joins.id
          AND said.decided_by = 'counters'
          AND said.id < :word
    )
    WHERE windows.id = :window_id
      AND standing.source <> 'bot'
      AND standing.window_id = :window_id -- so counters said it
      AND (
          standing.certainty <> COALESCE(former.certainty, 'unknown')
          OR standing.source <> COALESCE(former.source, 'unknown')
          OR standing.code IS NOT former.code
          OR standing.candidates <> COALESCE(former.candidates, '')
          OR standing.reason IS NOT former.reason
      )
    ORDER BY joins.id
"""  # noqa: S608 - built from constants of ours, never from values
