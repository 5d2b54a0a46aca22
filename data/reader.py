"""Questions to the ledger, on a connection that cannot write."""

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiosqlite

from data import accuracy, migrate, rows
from data.errors import LedgerUnavailableError
from data.explain import explained
from data.models import (
    Accuracy,
    Baseline,
    Certainty,
    InviteFilter,
    InviteRecord,
    JoinFact,
    JoinRecord,
    Source,
    VerdictRecord,
    to_ms,
)
from data.opening import reading, require_sqlite

PATIENCE = 5.0
"""Seconds to wait while somebody else keeps the ledger locked."""
_PAGE = 1000


class Reader:
    """Everything that can be asked of a ledger."""

    def __init__(self, db: aiosqlite.Connection, path: Path) -> None:
        self._reader = db
        self._path = path
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def read_only(cls, path: Path, patience: float = PATIENCE) -> AsyncIterator["Reader"]:
        """Ask beside a running Usher, or without one."""
        require_sqlite()
        async with reading(path, migrate.load(), patience) as db:
            reader = Reader(db, path)
            try:
                yield reader
            finally:
                reader._closed = True

    async def pending(self, guild_id: int) -> list[JoinFact]:
        """Joins that are written down and not decided, in the order in which they arrived."""
        found = await self._ask(
            """
            SELECT guild_id, member_id, joined_at, arrived_at, is_bot
            FROM joins
            WHERE guild_id = ? AND certainty = 'pending'
            ORDER BY arrived_at, id
            """,
            (guild_id,),
        )
        return [rows.fact(row) for row in found]

    async def unlisted(self, guild_id: int, since: datetime) -> list[InviteRecord]:
        """Invites that events told of since then, and that the baseline does not have.

        After a restart they may explain joins that were undecided.
        """
        found = await self._ask(
            """
            SELECT *
            FROM invites
            WHERE guild_id = :guild_id
              AND kind = 'guild'
              AND in_baseline = 0
              AND first_seen_at >= :since
            ORDER BY id
            """,
            {"guild_id": guild_id, "since": to_ms(since)},
        )
        return [rows.invite(row) for row in found]

    async def guilds_with_pending(self) -> list[int]:
        found = await self._ask(
            """
            SELECT DISTINCT guild_id
            FROM joins
            WHERE certainty = 'pending'
            ORDER BY guild_id
            """
        )
        return [row["guild_id"] for row in found]

    async def unconfirmed(self, guild_id: int, since: datetime, limit: int) -> list[JoinFact]:
        """People who joined since then, newest first, and whose way is neither confirmed nor
        corrected; not those who have left.
        """
        found = await self._ask(
            """
            SELECT guild_id, member_id, joined_at, arrived_at, is_bot
            FROM joins
            WHERE guild_id = :guild_id
              AND COALESCE(joined_at, 0) >= :since
              AND certainty NOT IN ('confirmed', 'corrected')
              AND is_bot = 0
              AND left_at IS NULL
            ORDER BY COALESCE(joined_at, 0) DESC, id DESC
            LIMIT :limit
            """,
            {"guild_id": guild_id, "since": to_ms(since), "limit": limit},
        )
        return [rows.fact(row) for row in found]

    async def guilds_unconfirmed(self, since: datetime) -> list[int]:
        """Guilds for which `unconfirmed` has somebody."""
        found = await self._ask(
            """
            SELECT guild_id
            FROM guilds
            WHERE EXISTS (
                SELECT 1
                FROM joins
                WHERE joins.guild_id = guilds.guild_id
                  AND COALESCE(joined_at, 0) >= ?
                  AND certainty NOT IN ('confirmed', 'corrected')
                  AND is_bot = 0
                  AND left_at IS NULL
            )
            ORDER BY guild_id
            """,
            (to_ms(since),),
        )
        return [row["guild_id"] for row in found]

    async def accuracy(self, guild_id: int) -> list[Accuracy]:
        """How often counters were right, as far as the record or a moderator has spoken since."""
        found = await self._ask(accuracy.QUESTION, {"guild_id": guild_id})
        return rows.accuracies(found)

    async def baseline(self, guild_id: int) -> Baseline | None:
        """The last settled reading, in one question: half of two readings would be none."""
        found = await self._ask(
            """
            SELECT
                guilds.read_at,
                guilds.platform_ms,
                guilds.vanity_code,
                guilds.vanity_uses,
                invites.code,
                invites.uses,
                invites.max_uses,
                invites.created_at,
                invites.expires_at,
                invites.guest,
                invites.role_ids
            FROM guilds
            LEFT JOIN invites
                ON invites.guild_id = guilds.guild_id
                AND invites.in_baseline = 1
            WHERE guilds.guild_id = ? AND guilds.read_at IS NOT NULL
            ORDER BY invites.id
            """,
            (guild_id,),
        )
        return rows.baseline(found)

    async def invite(self, guild_id: int, code: str) -> InviteRecord | None:
        """The latest invite with that code."""
        found = await self._ask(
            """
            SELECT *
            FROM invites
            WHERE guild_id = ? AND code = ?
            ORDER BY id DESC
            LIMIT 1
            """,
            (guild_id, code),
        )
        return rows.invite(found[0]) if found else None

    async def invites(
        self,
        guild_id: int,
        which: InviteFilter = InviteFilter(),  # noqa: B008 - frozen
        *,
        limit: int = 25,
        offset: int = 0,
    ) -> tuple[list[InviteRecord], int]:
        """A page of a guild's invites, and how many there are in all."""
        what = {
            **which.model_dump(exclude={"now"}),
            "guild_id": guild_id,
            "now": None if which.now is None else to_ms(which.now),
            "limit": limit,
            "offset": offset,
        }
        found = await self._ask(
            """
            SELECT *, COUNT(*) OVER () AS total
            FROM invites
            WHERE guild_id = :guild_id
              AND (:channel_id IS NULL OR channel_id = :channel_id)
              AND (:campaign IS NULL OR campaign = :campaign COLLATE NOCASE)
              AND (:inviter_id IS NULL OR :inviter_id IN (inviter_id, moderator_id, behalf_id))
              AND (
                  :state = 'all'
                  OR (:state = 'ended') = (
                      ended_at IS NOT NULL OR COALESCE(expires_at <= :now, false)
                  )
              )
            ORDER BY
                CASE :sort
                    WHEN 'uses' THEN -uses
                    WHEN 'least used' THEN uses
                    WHEN 'expiry' THEN expires_at
                END NULLS LAST,
                CASE WHEN :sort IN ('least used', 'oldest')
                    THEN COALESCE(created_at, first_seen_at)
                END,
                COALESCE(created_at, first_seen_at) DESC,
                id DESC
            LIMIT :limit
            OFFSET :offset
            """,
            what,
        )
        if not found and offset:  # past the end; how many there are is still to be said
            return [], (await self.invites(guild_id, which, limit=1))[1]
        return [rows.invite(row) for row in found], found[0]["total"] if found else 0

    async def codes(
        self, guild_id: int, prefix: str, limit: int = 25, *, live_only: bool = True
    ) -> list[InviteRecord]:
        """Invites whose code begins with a text, or whose campaign contains it; live ones first."""
        found = await self._ask(
            """
            SELECT *
            FROM invites
            WHERE guild_id = :guild_id
              AND (
                  code LIKE :text || '%' ESCAPE '\\'
                  OR campaign LIKE '%' || :text || '%' ESCAPE '\\'
              )
              AND NOT (:live_only AND ended_at IS NOT NULL)
              AND id = (
                  SELECT MAX(latest.id)
                  FROM invites AS latest
                  WHERE latest.guild_id = :guild_id AND latest.code = invites.code
              )
            ORDER BY ended_at IS NOT NULL, COALESCE(created_at, first_seen_at) DESC, id DESC
            LIMIT :limit
            """,
            {
                "guild_id": guild_id,
                "text": _literal(prefix),
                "live_only": live_only,
                "limit": limit,
            },
        )
        return [rows.invite(row) for row in found]

    async def campaigns(self, guild_id: int, prefix: str, limit: int = 25) -> list[str]:
        """Campaigns whose name begins with a text, the one used last first."""
        found = await self._ask(
            """
            SELECT campaign
            FROM invites
            WHERE guild_id = :guild_id AND campaign LIKE :text || '%' ESCAPE '\\'
            GROUP BY campaign
            ORDER BY MAX(first_seen_at) DESC, campaign
            LIMIT :limit
            """,
            {"guild_id": guild_id, "text": _literal(prefix), "limit": limit},
        )
        return [row["campaign"] for row in found]

    async def joins(
        self,
        guild_id: int,
        *,
        limit: int = 25,
        offset: int = 0,
        certainty: Certainty | None = None,
        source: Source | None = None,
        code: str | None = None,
    ) -> tuple[list[JoinRecord], int]:
        """A page of a guild's joins, newest first, and how many there are in all.

        Of a code both those through it and those that have it among their candidates.
        """
        what = {
            "guild_id": guild_id,
            "certainty": certainty,
            "source": source,
            "code": code,
            "limit": limit,
            "offset": offset,
        }
        [total] = await self._ask(
            _COUNT_JOINS,
            what,
        )
        found = await self._ask(
            _PAGE_OF_JOINS,
            what,
        )
        return [rows.join(row) for row in found], total[0]

    async def joins_of(self, guild_id: int, member_id: int) -> list[JoinRecord]:
        """Every membership of one member, oldest first."""
        found = await self._ask(
            """
            SELECT *
            FROM join_records
            WHERE guild_id = ? AND member_id = ?
            ORDER BY number
            """,
            (guild_id, member_id),
        )
        return [rows.join(row) for row in found]

    async def joins_through(self, invite_id: int, limit: int = 25) -> tuple[list[JoinRecord], int]:
        """Who came through an invite, newest first, and how many came in all."""
        what = {"invite_id": invite_id, "limit": limit}
        [total] = await self._ask(
            """
            SELECT COUNT(*)
            FROM joins
            WHERE guild_id = (SELECT guild_id FROM invites WHERE id = :invite_id)
              AND invite_id = :invite_id
            """,
            what,
        )
        found = await self._ask(
            """
            SELECT *
            FROM join_records
            WHERE guild_id = (SELECT guild_id FROM invites WHERE id = :invite_id)
              AND invite_id = :invite_id
            ORDER BY position DESC, id DESC
            LIMIT :limit
            """,
            what,
        )
        return [rows.join(row) for row in found], total[0]

    async def verdicts(self, join_id: int) -> list[VerdictRecord]:
        """What was thought of a join, oldest first; the last one stands."""
        found = await self._ask(
            """
            SELECT *
            FROM verdict_records
            WHERE guild_id = (SELECT guild_id FROM joins WHERE id = :join_id)
              AND join_id = :join_id
            ORDER BY id
            """,
            {"join_id": join_id},
        )
        return [rows.verdict(row) for row in found]

    async def export(
        self, guild_id: int, since: datetime | None = None
    ) -> AsyncIterator[JoinRecord]:
        """Every join of a guild in the order of joining, read page by page.

        Members from before Usher come first, unless only joins since some time are wanted.
        """
        what = {"guild_id": guild_id, "position": 0, "id": -1, "limit": _PAGE}
        if since is not None:
            what["position"] = max(to_ms(since), 1)
        while True:
            found = await self._ask(
                """
                SELECT *
                FROM join_records
                WHERE guild_id = :guild_id
                  AND position >= :position -- SQLite seeks by this one alone
                  AND (position, id) > (:position, :id)
                ORDER BY position, id
                LIMIT :limit
                """,
                what,
            )
            for row in found:
                yield rows.join(row)
            if len(found) < _PAGE:
                return
            what |= {"position": found[-1]["position"], "id": found[-1]["id"]}

    async def meta(self, key: str) -> str | None:
        found = await self._ask("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0]["value"] if found else None

    async def _ask(
        self, sql: str, what: Mapping[str, Any] | tuple[Any, ...] = ()
    ) -> list[sqlite3.Row]:
        if self._closed:
            raise LedgerUnavailableError(f"The ledger {self._path} is closed.")
        with explained(self._path):
            # The driver takes a mapping for named parameters; its annotation forgot that.
            return list(await self._reader.execute_fetchall(sql, what))


def _literal(text: str) -> str:
    """A text that LIKE takes as it is."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_COUNT_JOINS = """
    SELECT COUNT(*)
    FROM joins
    WHERE guild_id = :guild_id
      AND (:certainty IS NULL OR certainty = :certainty)
      AND (:source IS NULL OR source = :source)
      AND (
          :code IS NULL
          OR invite_id IN (
              SELECT id FROM invites WHERE guild_id = :guild_id AND code = :code
          )
          OR (
              certainty = 'ambiguous'
              AND (
                  SELECT instr(' ' || candidates || ' ', ' ' || :code || ' ')
                  FROM verdicts
                  WHERE verdicts.id = joins.verdict_id
              )
          )
      )
"""
_PAGE_OF_JOINS = """
    SELECT *
    FROM join_records
    WHERE guild_id = :guild_id
      AND (:certainty IS NULL OR certainty = :certainty)
      AND (:source IS NULL OR source = :source)
      AND (
          :code IS NULL
          OR invite_id IN (
              SELECT id FROM invites WHERE guild_id = :guild_id AND code = :code
          )
          OR (
              certainty = 'ambiguous'
              AND instr(' ' || candidates || ' ', ' ' || :code || ' ')
          )
      )
    ORDER BY position DESC, id DESC
    LIMIT :limit
    OFFSET :offset
"""
