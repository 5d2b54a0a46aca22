"""What log channels are told: which lines were drawn into which message, and what that said.

The lines themselves come of the schema's triggers, in the transaction of what they tell.
"""

import json
from collections.abc import Iterable, Sequence

import aiosqlite

from data import guilds, rows
from data.errors import LedgerRefusedError
from data.models import LogMessage

SETTING = "SELECT * FROM log_channels WHERE guild_id = ?"

# Asked every second: from guild to guild by the index, past whatever many lines wait in one.
GUILDS_TO_TELL = """
    WITH RECURSIVE
    unsaid (guild_id) AS (
        SELECT MIN(guild_id)
        FROM log_lines
        WHERE log_message_id IS NULL
        UNION ALL
        SELECT (
            SELECT MIN(log_lines.guild_id)
            FROM log_lines
            WHERE log_message_id IS NULL AND log_lines.guild_id > unsaid.guild_id
        )
        FROM unsaid
        WHERE unsaid.guild_id IS NOT NULL
    ),
    behind (guild_id) AS (
        SELECT MIN(guild_id)
        FROM log_messages
        WHERE said < version
        UNION ALL
        SELECT (
            SELECT MIN(log_messages.guild_id)
            FROM log_messages
            WHERE said < version AND log_messages.guild_id > behind.guild_id
        )
        FROM behind
        WHERE behind.guild_id IS NOT NULL
    )
    SELECT guild_id FROM unsaid WHERE guild_id IS NOT NULL
    UNION
    SELECT guild_id FROM behind WHERE guild_id IS NOT NULL
    ORDER BY guild_id
"""

UNSAID = """
    SELECT join_records.*, log_lines.id AS line_id, log_lines.kind
    FROM log_lines
    JOIN join_records ON join_records.id = log_lines.join_id
    WHERE log_lines.guild_id = :guild_id AND log_lines.log_message_id IS NULL
    ORDER BY log_lines.at, log_lines.join_id, log_lines.kind
    LIMIT :limit
"""

_MESSAGES = """
    SELECT
        join_records.*,
        log_lines.id AS line_id,
        log_lines.kind,
        log_messages.id AS log_message_id,
        log_messages.channel_id,
        log_messages.message_id,
        log_messages.claimed_at,
        log_messages.version
    FROM ({which}) AS wanted
    JOIN log_messages ON log_messages.id = wanted.id
    JOIN log_lines ON log_lines.log_message_id = wanted.id
    JOIN join_records ON join_records.id = log_lines.join_id
    ORDER BY {order}, log_lines.at, log_lines.join_id, log_lines.kind
"""
UNSENT = _MESSAGES.format(
    which="""
        SELECT id
        FROM log_messages
        WHERE guild_id = :guild_id AND said < version AND said = 0
    """,
    order="log_messages.id",
)
STALE = _MESSAGES.format(
    which="""
        SELECT id
        FROM log_messages
        WHERE guild_id = :guild_id AND said < version AND said > 0
        ORDER BY id DESC
        LIMIT :limit
    """,
    order="log_messages.id DESC",
)
_ONE = _MESSAGES.format(which="SELECT :id AS id", order="log_messages.id")


async def choose(
    db: aiosqlite.Connection, guild_id: int, channel_id: int, moderator_id: int, at: int
) -> None:
    """Tell a guild's joins in this channel from now on; chosen again, it changes nothing."""
    await guilds.know(db, guild_id)
    await db.execute(
        """
        INSERT INTO log_channels (guild_id, channel_id, since, moderator_id)
        VALUES (?, ?, ?, ?)
        ON CONFLICT (guild_id) DO UPDATE
        SET channel_id = excluded.channel_id,
            since = excluded.since,
            moderator_id = excluded.moderator_id
        WHERE channel_id <> excluded.channel_id
        """,
        (guild_id, channel_id, at, moderator_id),
    )


async def switch_off(db: aiosqlite.Connection, guild_id: int) -> None:
    """Give up whatever is not said yet, and what would have to be said otherwise by now."""
    for statement in (
        "DELETE FROM log_channels WHERE guild_id = ?",
        "DELETE FROM log_lines WHERE guild_id = ? AND log_message_id IS NULL",
        "UPDATE log_messages SET said = NULL WHERE guild_id = ? AND said < version",
    ):
        await db.execute(statement, (guild_id,))


async def claim(
    db: aiosqlite.Connection, guild_id: int, line_ids: Sequence[int], channel_id: int, at: int
) -> LogMessage:
    """Draw what is unsaid of these lines together; all drawn before, say into what."""
    what = {
        "guild_id": guild_id,
        "line_ids": json.dumps(line_ids),
        "channel_id": channel_id,
        "at": at,
    }
    made = await db.execute_fetchall(_DRAW, what)
    drawn = [row[0] for row in made or await db.execute_fetchall(_DRAWN, what)]
    if not drawn:
        raise LedgerRefusedError("None of these lines is still to be said.")
    if made:
        await db.execute(_BIND, what | {"id": drawn[0]})
    [message] = rows.log_messages(await db.execute_fetchall(_ONE, {"id": drawn[0]}))
    return message


_DRAW = """
    INSERT INTO log_messages (guild_id, channel_id, claimed_at)
    SELECT :guild_id, :channel_id, :at
    WHERE EXISTS (
        SELECT 1
        FROM log_lines
        WHERE +guild_id = :guild_id -- not by its index: thousands may wait
          AND log_message_id IS NULL
          AND id IN (SELECT value FROM json_each(:line_ids))
    )
    RETURNING id
"""
_DRAWN = """
    SELECT log_messages.id
    FROM log_lines
    JOIN log_messages ON log_messages.id = log_lines.log_message_id
    WHERE log_lines.guild_id = :guild_id
      AND log_messages.said = 0
      AND log_lines.id IN (SELECT value FROM json_each(:line_ids))
    ORDER BY log_messages.id
    LIMIT 1
"""
_BIND = """
    UPDATE log_lines
    SET log_message_id = :id
    WHERE +guild_id = :guild_id
      AND log_message_id IS NULL
      AND id IN (SELECT value FROM json_each(:line_ids))
"""


async def sent(db: aiosqlite.Connection, number: int, message_id: int, version: int) -> None:
    """A message that was given up meanwhile stays so."""
    await db.execute(
        """
        UPDATE log_messages
        SET message_id = :message_id, said = MAX(said, :version)
        WHERE id = :id
        """,
        {"id": number, "message_id": message_id, "version": version},
    )


async def edited(db: aiosqlite.Connection, number: int, version: int) -> None:
    """An earlier version than the last one says nothing new."""
    await db.execute(
        "UPDATE log_messages SET said = MAX(said, ?) WHERE id = ? AND said > 0", (version, number)
    )


async def release(db: aiosqlite.Connection, number: int) -> None:
    """Its row stays, so that an answer that comes late cannot meet another message's."""
    await db.execute(
        """
        UPDATE log_lines
        SET log_message_id = NULL
        WHERE log_message_id = (SELECT id FROM log_messages WHERE id = ? AND said = 0)
        """,
        (number,),
    )
    await db.execute("UPDATE log_messages SET said = NULL WHERE id = ? AND said = 0", (number,))


async def drop(db: aiosqlite.Connection, number: int) -> None:
    await db.execute("UPDATE log_messages SET said = NULL WHERE id = ?", (number,))


async def drop_unsaid(db: aiosqlite.Connection, guild_id: int, before: int) -> int:
    gone: Iterable[object] = await db.execute_fetchall(
        """
        DELETE FROM log_lines
        WHERE guild_id = ? AND log_message_id IS NULL AND at < ?
        RETURNING id
        """,
        (guild_id, before),
    )
    return len(list(gone))
