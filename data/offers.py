"""What a reaction on one of our messages does, kept so that it outlives a restart.

It is no fact: what is old, or the eldest of too many, goes when something new is offered.
"""

import json

import aiosqlite

from data import guilds
from data.models import Offer

LIFE = 7 * 86_400_000
"""Milliseconds; nobody answers a question that is older."""

MOST = 1000
"""In one guild; a list with four reactions has four."""

ONE = """
    SELECT *
    FROM offers
    WHERE message_id = :message_id
      AND emoji = :emoji
      AND offered_at >= :now - :life
"""


async def make(db: aiosqlite.Connection, offer: Offer, at: int) -> None:
    """Let these reactions, and no others, do something on that message."""
    await guilds.know(db, offer.guild_id)
    await withdraw(db, offer.message_id)
    await db.execute(
        """
        INSERT INTO offers
            (guild_id, channel_id, message_id, owner_id, emoji, custom_id, offered_at)
        SELECT :guild_id, :channel_id, :message_id, :owner_id, value->>0, value->>1, :at
        FROM json_each(:choices)
        """,
        {
            **offer.model_dump(exclude={"choices"}),
            "choices": json.dumps(list(offer.choices.items())),
            "at": at,
        },
    )
    await _tidy(db, offer.guild_id, at)


async def withdraw(db: aiosqlite.Connection, message_id: int) -> None:
    await db.execute("DELETE FROM offers WHERE message_id = ?", (message_id,))


async def _tidy(db: aiosqlite.Connection, guild_id: int, at: int) -> None:
    await db.execute("DELETE FROM offers WHERE offered_at < ?", (at - LIFE,))
    await db.execute(
        """
        DELETE FROM offers
        WHERE guild_id = :guild_id
          AND message_id NOT IN (
              SELECT message_id
              FROM offers
              WHERE guild_id = :guild_id
              ORDER BY offered_at DESC, message_id DESC
              LIMIT :most
          )
        """,
        {"guild_id": guild_id, "most": MOST},
    )
