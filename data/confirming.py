"""What the platform's record says of joins, statement by statement, in its one transaction."""

import json
from collections.abc import Sequence

import aiosqlite

from data.invites import named
from data.models import Confirmation
from data.settling import AT_ONCE


async def confirm(
    db: aiosqlite.Connection, guild_id: int, confirmations: Sequence[Confirmation], at: int
) -> int:
    """Append the verdicts that say something new, and say how many.

    What the record leaves out contradicts nothing. Of two words on one membership the last counts.
    """
    latest = {(said.member_id, said.joined_at): said for said in confirmations}
    words = [said.model_dump() for said in latest.values()]
    new = 0
    for start in range(0, len(words), AT_ONCE):
        some = json.dumps(words[start : start + AT_ONCE])
        what = {"guild_id": guild_id, "decided_at": at, "words": some}
        new += len(list(await db.execute_fetchall(_CONFIRM, what)))
    return new


_CONFIRM = f"""
    INSERT INTO verdicts (
        guild_id, join_id, decided_at, decided_by, certainty, source, code, invite_id,
        actor_id, inviter_id, raw_source
    )
    SELECT
        :guild_id,
        joins.id,
        :decided_at,
        'record',
        'confirmed',
        said.value->>'source',
        said.value->>'code',
        {named("said.value->>'code'")},
        CASE WHEN standing.source = said.value->>'source' THEN standing.actor_id END,
        said.value->>'inviter_id',
        said.value->>'raw_source'
    FROM json_each(:words) AS said
    JOIN joins
        ON joins.guild_id = :guild_id
        AND joins.member_id = said.value->>'member_id'
        AND joins.joined_at = said.value->>'joined_at'
    LEFT JOIN verdicts AS standing ON standing.id = joins.verdict_id
    WHERE joins.certainty <> 'corrected'
      AND (
          joins.certainty <> 'confirmed'
          OR standing.source <> said.value->>'source'
          OR standing.code IS NOT COALESCE(said.value->>'code', standing.code)
          OR standing.inviter_id IS NOT COALESCE(said.value->>'inviter_id', standing.inviter_id)
          OR standing.raw_source IS NOT COALESCE(said.value->>'raw_source', standing.raw_source)
      )
    ORDER BY said.key
    RETURNING id
"""  # noqa: S608 - built from constants of ours, never from values
