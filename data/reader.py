"""Questions to the ledger, on a connection that cannot write."""

import json
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import aiosqlite

from data import (
    accuracy,
    backfilling,
    guilds,
    invite_questions,
    join_questions,
    lags,
    migrate,
    offers,
    reports,
    rows,
    telling,
)
from data.errors import LedgerUnavailableError
from data.explain import explained
from data.models import (
    Accuracy,
    Backfill,
    Baseline,
    Certainty,
    Choice,
    InviteFilter,
    InviteRecord,
    JoinFact,
    JoinRecord,
    JoinsOfDay,
    LagCount,
    LeavesOfDay,
    LogLine,
    LogMessage,
    LogSetting,
    Source,
    VerdictRecord,
    from_ms,
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
        found = await self._ask(join_questions.PENDING, (guild_id,))
        return [rows.fact(row) for row in found]

    async def unlisted(self, guild_id: int, since: datetime) -> list[InviteRecord]:
        """Invites that events told of since then, and that the baseline does not have.

        After a restart they may explain joins that were undecided.
        """
        found = await self._ask(
            invite_questions.UNLISTED, {"guild_id": guild_id, "since": to_ms(since)}
        )
        return [rows.invite(row) for row in found]

    async def guilds_with_pending(self) -> list[int]:
        found = await self._ask(join_questions.GUILDS_WITH_PENDING)
        return [row["guild_id"] for row in found]

    async def unconfirmed(self, guild_id: int, since: datetime, limit: int) -> list[JoinFact]:
        """People who joined since then, newest first, and whose way is neither confirmed nor
        corrected; not those who have left, and not those found in the record.
        """
        found = await self._ask(
            join_questions.UNCONFIRMED,
            {"guild_id": guild_id, "since": to_ms(since), "limit": limit},
        )
        return [rows.fact(row) for row in found]

    async def guilds_unconfirmed(self, since: datetime) -> list[int]:
        """Guilds for which `unconfirmed` has somebody."""
        found = await self._ask(join_questions.GUILDS_UNCONFIRMED, (to_ms(since),))
        return [row["guild_id"] for row in found]

    async def accuracy(self, guild_id: int) -> list[Accuracy]:
        """How often verdicts were right, as far as the record or a moderator has spoken since."""
        found = await self._ask(accuracy.QUESTION, {"guild_id": guild_id})
        return rows.accuracies(found)

    async def baseline(self, guild_id: int) -> Baseline | None:
        """The last settled reading, in one question: half of two readings would be none."""
        found = await self._ask(invite_questions.BASELINE, (guild_id,))
        return rows.baseline(found)

    async def invite(self, guild_id: int, code: str) -> InviteRecord | None:
        """The latest invite with that code."""
        found = await self._ask(invite_questions.LATEST, (guild_id, code))
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
        found = await self._ask(invite_questions.PAGE, what)
        if not found and offset:  # past the end; how many there are is still to be said
            return [], (await self.invites(guild_id, which, limit=1))[1]
        return [rows.invite(row) for row in found], found[0]["total"] if found else 0

    async def codes(
        self, guild_id: int, prefix: str, limit: int = 25, *, live_only: bool = True
    ) -> list[InviteRecord]:
        """Invites whose code begins with a text, or whose campaign contains it; live ones first."""
        found = await self._ask(
            invite_questions.MATCHING,
            {
                "guild_id": guild_id,
                "text": invite_questions.literal(prefix),
                "live_only": live_only,
                "limit": limit,
            },
        )
        return [rows.invite(row) for row in found]

    async def campaigns(self, guild_id: int, prefix: str, limit: int = 25) -> list[str]:
        """Campaigns whose name begins with a text, the one used last first."""
        found = await self._ask(
            invite_questions.CAMPAIGNS,
            {"guild_id": guild_id, "text": invite_questions.literal(prefix), "limit": limit},
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
        [total] = await self._ask(join_questions.COUNT, what)
        found = await self._ask(join_questions.PAGE, what)
        return [rows.join(row) for row in found], total[0]

    async def joins_of(self, guild_id: int, member_id: int) -> list[JoinRecord]:
        """Every membership of one member, oldest first."""
        found = await self._ask(join_questions.OF_MEMBER, (guild_id, member_id))
        return [rows.join(row) for row in found]

    async def joins_through(self, invite_id: int, limit: int = 25) -> tuple[list[JoinRecord], int]:
        """Who came through an invite, newest first, and how many came in all."""
        what = {"invite_id": invite_id, "limit": limit}
        [total] = await self._ask(join_questions.COUNT_THROUGH, what)
        found = await self._ask(join_questions.THROUGH, what)
        return [rows.join(row) for row in found], total[0]

    async def verdicts(self, join_id: int) -> list[VerdictRecord]:
        """What was thought of a join, oldest first; the last one stands."""
        found = await self._ask(join_questions.HISTORY, {"join_id": join_id})
        return [rows.verdict(row) for row in found]

    async def export(
        self, guild_id: int, since: datetime | None = None
    ) -> AsyncIterator[JoinRecord]:
        """Every join of a guild in the order of joining, read page by page.

        Members whose joining is not known come first, unless only joins since some time are
        wanted.
        """
        what = {"guild_id": guild_id, "position": 0, "id": -1, "limit": _PAGE}
        if since is not None:
            what["position"] = max(to_ms(since), 1)
        while True:
            found = await self._ask(join_questions.IN_ORDER, what)
            for row in found:
                yield rows.join(row)
            if len(found) < _PAGE:
                return
            what |= {"position": found[-1]["position"], "id": found[-1]["id"]}

    async def joins_by_day(self, guild_id: int, first: date, last: date) -> list[JoinsOfDay]:
        """How many joined on each of these days, by what is thought of them."""
        found = await self._by_day(reports.JOINS_BY_DAY, guild_id, first, last)
        return [rows.joins_of_day(row) for row in found]

    async def leaves_by_day(self, guild_id: int, first: date, last: date) -> list[LeavesOfDay]:
        """How many left on each of these days, whenever they had joined."""
        found = await self._by_day(reports.LEAVES_BY_DAY, guild_id, first, last)
        return [rows.leaves_of_day(row) for row in found]

    async def _by_day(self, sql: str, guild_id: int, first: date, last: date) -> list[sqlite3.Row]:
        found: list[sqlite3.Row] = []
        for stretch in reports.stretches(first, last):
            found += await self._ask(sql, {"guild_id": guild_id, **stretch})
        return found

    async def begun(self, guild_id: int) -> datetime | None:
        """When a guild's invites were first read; None if they never were."""
        found = await self._ask(reports.BEGUN, {"guild_id": guild_id})
        return from_ms(found[0]["begun_ms"]) if found else None

    async def first_heard(self, guild_id: int) -> datetime | None:
        """When the first join or leave of a guild was written down; None if there is none."""
        found = await self._ask(reports.FIRST_HEARD, {"guild_id": guild_id})
        return from_ms(found[0]["arrived_at"]) if found else None

    async def join(self, guild_id: int, join_id: int) -> JoinRecord | None:
        found = await self._ask(join_questions.ONE, (guild_id, join_id))
        return next(map(rows.join, found), None)

    async def members(self, guild_id: int) -> dict[int, int]:
        """Who is a member, as far as the ledger knows, and since when (`joined_at`)."""
        found = await self._ask(join_questions.MEMBERS, (guild_id,))
        return {row["member_id"]: row["joined_at"] for row in found}

    async def memberships(self, guild_id: int, members: Sequence[int]) -> list[tuple[int, int]]:
        """Every membership of these that is written down: member and `joined_at`."""
        what = {"guild_id": guild_id, "members": json.dumps(members)}
        found = await self._ask(join_questions.KNOWN, what)
        return [(row["member_id"], row["joined_at"]) for row in found]

    async def closed_records(self, now: datetime) -> dict[int, datetime]:
        """The guilds whose record was refused, each until when it is not to be asked again."""
        found = await self._ask(guilds.RECORDS_CLOSED, {"now": to_ms(now)})
        return {row["guild_id"]: from_ms(row["record_closed_until"]) for row in found}

    async def backfill(self, guild_id: int) -> Backfill | None:
        """The backfill that is under way, else the one that was finished last."""
        return next(map(rows.backfill, await self._ask(backfilling.ONE, (guild_id,))), None)

    async def backfills_unfinished(self) -> list[int]:
        return [row["guild_id"] for row in await self._ask(backfilling.UNFINISHED)]

    async def choice(self, message_id: int, emoji: str, now: datetime) -> Choice | None:
        """What this reaction does on that message; None if it does nothing, or nothing any more."""
        which = {"message_id": message_id, "emoji": emoji}
        since = {"now": to_ms(now), "life": offers.LIFE}
        found = await self._ask(offers.ONE, {**which, **since})
        return next(map(rows.choice, found), None)

    async def log_setting(self, guild_id: int) -> LogSetting | None:
        return next(map(rows.log_setting, await self._ask(telling.SETTING, (guild_id,))), None)

    async def guilds_to_tell(self) -> list[int]:
        """Guilds with lines unsaid, or messages not sent, or not as they should be. It is cheap."""
        return [row["guild_id"] for row in await self._ask(telling.GUILDS_TO_TELL)]

    async def unsaid(self, guild_id: int, limit: int) -> list[LogLine]:
        """Lines that are not drawn into a message yet; what happened first comes first."""
        found = await self._ask(telling.UNSAID, {"guild_id": guild_id, "limit": limit})
        return [rows.log_line(row) for row in found]

    async def unsent(self, guild_id: int) -> list[LogMessage]:
        """Messages that were claimed and are not known to have been sent, oldest first."""
        return rows.log_messages(await self._ask(telling.UNSENT, {"guild_id": guild_id}))

    async def stale(self, guild_id: int, limit: int) -> list[LogMessage]:
        """Messages that were sent and say what is no longer so, newest first."""
        what = {"guild_id": guild_id, "limit": limit}
        return rows.log_messages(await self._ask(telling.STALE, what))

    async def lags(self) -> list[LagCount]:
        """How many confirmed joins showed a lag of which size, of sizes that any did."""
        return [rows.lag(row) for row in await self._ask(lags.ALL)]

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
