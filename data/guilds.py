"""What is kept of a guild beside its joins and invites."""

import aiosqlite

RECORDS_CLOSED = """
    SELECT guild_id, record_closed_until
    FROM guilds
    WHERE record_closed_until > :now
"""


async def know(db: aiosqlite.Connection, guild_id: int) -> None:
    await db.execute("INSERT INTO guilds (guild_id) VALUES (?) ON CONFLICT DO NOTHING", (guild_id,))


async def close_record(db: aiosqlite.Connection, guild_id: int, until: int | None) -> None:
    """Remember that the platform refused its record, or that it answers again."""
    await know(db, guild_id)
    await db.execute(
        "UPDATE guilds SET record_closed_until = ? WHERE guild_id = ?", (until, guild_id)
    )


async def meet(db: aiosqlite.Connection, guild_id: int, at: int) -> int | None:
    """Write down when Usher was there first, and return when that was if it was before."""
    await know(db, guild_id)
    what = {"guild_id": guild_id, "at": at}
    [row] = await db.execute_fetchall("SELECT met_ms FROM guilds WHERE guild_id = :guild_id", what)
    if row[0] is None:
        await db.execute("UPDATE guilds SET met_ms = :at WHERE guild_id = :guild_id", what)
    return None if row[0] is None else int(row[0])
