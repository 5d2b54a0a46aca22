"""What the closing of a window changes, statement by statement, in its one transaction."""

import json

import aiosqlite

from data import baseline
from data.invites import named
from data.models import Settlement, Verdict, WindowRecord, to_ms

AT_ONCE = 1000
"""Verdicts in one statement: those of a raid of 20,000 as one text kept everybody else waiting
for 70 ms."""


async def settle(db: aiosqlite.Connection, settlement: Settlement) -> None:
    """Write everything down; written down before, it changes nothing."""
    window = settlement.window
    read_at = settlement.decided_at if window is None else window.closed_at
    await baseline.move(db, settlement, read_at)
    window_id = None if window is None else await _keep(db, settlement.guild_id, window)
    if settlement.verdicts:
        await _decide(db, settlement, window_id)


async def _keep(db: aiosqlite.Connection, guild_id: int, window: WindowRecord) -> int:
    """Write a window down, once, and say which it is."""
    what = {
        "guild_id": guild_id,
        "opened_at": to_ms(window.opened_at),
        "closed_at": to_ms(window.closed_at),
        "joins": window.joins,
        "gap": window.gap,
        "gains": json.dumps([(gain.code, gain.low, gain.high) for gain in window.gains]),
        "unexplained": window.unexplained,
    }
    # One transaction writes at a time, so that nobody can come between the two.
    for row in await db.execute_fetchall(_SAME_WINDOW, what):
        return int(row[0])
    [row] = await db.execute_fetchall(
        """
        INSERT INTO windows (guild_id, opened_at, closed_at, joins, gap, gains, unexplained)
        VALUES (:guild_id, :opened_at, :closed_at, :joins, :gap, :gains, :unexplained)
        RETURNING id
        """,
        what,
    )
    return int(row[0])


_SAME_WINDOW = """
    SELECT id
    FROM windows
    WHERE guild_id = :guild_id
      AND closed_at = :closed_at
      AND opened_at = :opened_at
      AND joins = :joins
      AND gap = :gap
      AND gains = :gains
      AND unexplained = :unexplained
"""


async def _decide(db: aiosqlite.Connection, settlement: Settlement, window_id: int | None) -> None:
    """Append the verdicts that say something new.

    Counters never overrule the platform's record or a moderator.
    A code names the latest invite that was there when the member joined.
    """
    for start in range(0, len(settlement.verdicts), AT_ONCE):
        some = settlement.verdicts[start : start + AT_ONCE]
        await db.execute(
            _DECIDE,
            {
                "guild_id": settlement.guild_id,
                "decided_at": to_ms(settlement.decided_at),
                "window_id": window_id,
                "verdicts": json.dumps([_columns(verdict) for verdict in some]),
            },
        )


_DECIDE = f"""
    INSERT INTO verdicts (
        guild_id, join_id, decided_at, decided_by, certainty, source, code, invite_id,
        actor_id, candidates, reason, window_id
    )
    SELECT
        :guild_id,
        joins.id,
        :decided_at,
        'counters',
        said.value->>'certainty',
        said.value->>'source',
        said.value->>'code',
        {named("said.value->>'code'")},
        said.value->>'actor_id',
        said.value->>'candidates',
        said.value->>'reason',
        :window_id
    FROM json_each(:verdicts) AS said
    LEFT JOIN joins
        ON joins.guild_id = :guild_id
        AND joins.member_id = said.value->>'member_id'
        AND joins.joined_at = said.value->>'joined_at'
    LEFT JOIN verdicts AS standing ON standing.id = joins.verdict_id
    WHERE joins.certainty IS NULL
       OR joins.certainty = 'pending'
       OR (
           joins.certainty NOT IN ('confirmed', 'corrected')
           AND (
               standing.certainty <> said.value->>'certainty'
               OR standing.source <> said.value->>'source'
               OR standing.code IS NOT said.value->>'code'
               OR standing.actor_id IS NOT said.value->>'actor_id'
               OR standing.candidates <> said.value->>'candidates'
               OR standing.reason IS NOT said.value->>'reason'
           )
       )
    ORDER BY said.key
"""  # noqa: S608 - built from constants of ours, never from values


def _columns(verdict: Verdict) -> dict[str, object]:
    return {
        "member_id": verdict.member_id,
        "joined_at": verdict.joined_at,
        "certainty": verdict.certainty,
        "source": verdict.source,
        "code": verdict.code,
        "actor_id": verdict.actor_id,
        "candidates": " ".join(verdict.candidates),
        "reason": verdict.reason,
    }
