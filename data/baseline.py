"""The baseline of a guild: the last settled reading, kept so that a restart goes on from it.

It is the guild's row and its invites that are `in_baseline`, with their `uses`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import aiosqlite

from data import guilds, invites
from data.models import Invite, Reading, Settlement, Vanity, to_ms

_SURELY_SEEN = 60_000
"""Milliseconds: a reading shows whatever changed longer ago than a request can last."""


async def move(db: aiosqlite.Connection, settlement: Settlement, read_at: datetime) -> None:
    """Go from the reading settled last to this one, by what changed between them.

    What is gone comes before what appeared: a code may be both.
    """
    guild_id = settlement.guild_id
    await guilds.know(db, guild_id)
    if settlement.gone:
        await invites.ended(db, guild_id, settlement.gone, settled=True)
        await _count_gone(db, guild_id, settlement.used)
        await _drop(db, guild_id, settlement.gone)
    if settlement.appeared:
        await _appear(db, guild_id, settlement.appeared, read_at)
    if settlement.uses:
        await _count(db, guild_id, settlement.uses)
    if settlement.baseline is not None:
        await _reconcile(db, guild_id, settlement.baseline, read_at)
        await _keep(db, guild_id, settlement.baseline, read_at, settlement.begun_ms)


async def _appear(
    db: aiosqlite.Connection, guild_id: int, appeared: Sequence[Invite], at: datetime
) -> None:
    """Count from these invites on.

    What was created after the reading before had no uses before Usher saw it.
    A code that came back takes the place of the one that had it.
    """
    codes = [invite.code for invite in appeared]
    [row] = await db.execute_fetchall(
        "SELECT platform_ms FROM guilds WHERE guild_id = ?", (guild_id,)
    )
    await _drop(db, guild_id, codes)
    seen = [(invite, _before(invite, row[0])) for invite in appeared]
    await invites.upsert(db, seen, at, in_baseline=True)
    await _revive(db, guild_id, codes, at)


def _before(invite: Invite, read_ms: int | None) -> int:
    if invite.created_at is None or read_ms is None or to_ms(invite.created_at) <= read_ms:
        return invite.uses
    return 0


async def _revive(
    db: aiosqlite.Connection, guild_id: int, codes: Iterable[str], read_at: datetime
) -> None:
    """Bring back invites that a reading shows although they were said to have ended.

    Not those that ended shortly before it: the reading may be the older of the two.
    """
    await db.execute(
        """
        UPDATE invites
        SET ended_at = NULL,
            end_reason = NULL,
            ended_by = NULL,
            end_note = NULL
        WHERE guild_id = :guild_id
          AND in_baseline = 1
          AND end_reason <> 'expired'
          AND ended_at < :surely
          AND code IN (SELECT value FROM json_each(:codes))
        """,
        {
            "guild_id": guild_id,
            "codes": json.dumps(list(codes)),
            "surely": to_ms(read_at) - _SURELY_SEEN,
        },
    )


async def _drop(db: aiosqlite.Connection, guild_id: int, codes: Iterable[str]) -> None:
    """Take invites out of the baseline; one that was used up had all its uses."""
    await db.execute(
        """
        UPDATE invites
        SET in_baseline = 0,
            uses = CASE
                WHEN end_reason = 'exhausted' AND max_uses > 0 THEN max_uses
                ELSE uses
            END
        WHERE guild_id = :guild_id
          AND in_baseline = 1
          AND code IN (SELECT value FROM json_each(:codes))
        """,
        {"guild_id": guild_id, "codes": json.dumps(list(codes))},
    )


async def _count(db: aiosqlite.Connection, guild_id: int, uses: Mapping[str, int]) -> None:
    await db.execute(
        """
        UPDATE invites
        SET uses = reading.value->>1
        FROM json_each(:uses) AS reading
        WHERE invites.guild_id = :guild_id
          AND invites.in_baseline = 1
          AND invites.code = reading.value->>0
        """,
        {"guild_id": guild_id, "uses": json.dumps(list(uses.items()))},
    )


async def _count_gone(db: aiosqlite.Connection, guild_id: int, uses: Mapping[str, int]) -> None:
    """Totals stay exact when an invite ends, whether the baseline had it or not."""
    await db.execute(
        """
        UPDATE invites
        SET uses = MAX(uses, reading.value->>1)
        FROM json_each(:uses) AS reading
        WHERE invites.id = (
            SELECT id
            FROM invites AS named
            WHERE named.guild_id = :guild_id AND named.code = reading.value->>0
            ORDER BY named.in_baseline DESC, named.id DESC
            LIMIT 1
        )
        """,
        {"guild_id": guild_id, "uses": json.dumps(list(uses.items()))},
    )


async def _reconcile(
    db: aiosqlite.Connection, guild_id: int, reading: Reading, read_at: datetime
) -> None:
    """Deal with invites that only an event told of, and that no settlement has mentioned.

    Those that the reading shows are counted from now on. Those that it lacks although it should
    show them went while nobody looked, and nothing else would notice.
    """
    told = await db.execute_fetchall(
        """
        SELECT
            id,
            code,
            first_seen_at,
            NOT EXISTS (
                SELECT 1
                FROM invites AS other
                WHERE other.guild_id = invites.guild_id
                  AND other.code = invites.code
                  AND (other.in_baseline = 1 OR other.id > invites.id)
            ) AS has_its_code
        FROM invites
        WHERE guild_id = ?
          AND kind <> 'vanity'
          AND ended_at IS NULL
          AND in_baseline = 0
        """,
        (guild_id,),
    )
    shown = {row["id"]: row["code"] for row in told if row["has_its_code"]}
    uses = {
        number: reading.counters[code].uses
        for number, code in shown.items()
        if code in reading.counters
    }
    surely = to_ms(read_at) - _SURELY_SEEN
    missed = [row["id"] for row in told if row["id"] not in uses and row["first_seen_at"] < surely]
    if uses:
        await _adopt(db, uses)
    if missed:
        await _miss(db, missed, read_at)


async def _adopt(db: aiosqlite.Connection, uses: Mapping[int, int]) -> None:
    await db.execute(
        """
        UPDATE invites
        SET in_baseline = 1,
            uses = reading.value->>1
        FROM json_each(?) AS reading
        WHERE invites.id = reading.value->>0
        """,
        (json.dumps(list(uses.items())),),
    )


async def _miss(db: aiosqlite.Connection, ids: Sequence[int], at: datetime) -> None:
    await db.execute(
        """
        UPDATE invites
        SET ended_at = ?,
            end_reason = 'unknown'
        WHERE id IN (SELECT value FROM json_each(?))
        """,
        (to_ms(at), json.dumps(ids)),
    )


async def _keep(
    db: aiosqlite.Connection,
    guild_id: int,
    reading: Reading,
    read_at: datetime,
    begun_ms: int | None,
) -> None:
    vanity = reading.vanity
    if vanity is not None:
        await _keep_vanity(db, guild_id, vanity, read_at)
    await db.execute(
        """
        UPDATE guilds
        SET read_at = :read_at,
            platform_ms = :platform_ms,
            begun_ms = COALESCE(begun_ms, :begun_ms, :platform_ms, :read_at),
            vanity_code = :vanity_code,
            vanity_uses = :vanity_uses
        WHERE guild_id = :guild_id
        """,
        {
            "guild_id": guild_id,
            "read_at": to_ms(read_at),
            "platform_ms": reading.platform_ms,
            "begun_ms": begun_ms,
            "vanity_code": None if vanity is None else vanity.code,
            "vanity_uses": None if vanity is None else vanity.uses,
        },
    )


async def _keep_vanity(
    db: aiosqlite.Connection, guild_id: int, vanity: Vanity, at: datetime
) -> None:
    """Keep an invite for the vanity code; the one before it ended, how is not known."""
    what = {"guild_id": guild_id, "code": vanity.code, "uses": vanity.uses, "at": to_ms(at)}
    await db.execute(
        """
        UPDATE invites
        SET ended_at = :at,
            end_reason = 'unknown'
        WHERE guild_id = :guild_id
          AND kind = 'vanity'
          AND ended_at IS NULL
          AND (:code IS NULL OR code <> :code)
        """,
        what,
    )
    await db.execute(
        """
        INSERT INTO invites (guild_id, code, kind, uses, uses_before, first_seen_at)
        SELECT :guild_id, :code, 'vanity', :uses, :uses, :at
        WHERE :code IS NOT NULL
        ON CONFLICT (guild_id, code, COALESCE(created_at, -1)) DO UPDATE
        SET uses = excluded.uses,
            ended_at = NULL,
            end_reason = NULL,
            ended_by = NULL,
            end_note = NULL
        """,
        what,
    )
