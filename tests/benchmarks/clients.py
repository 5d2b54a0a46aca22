"""Usher and its peers as clients of one platform: started, stopped, and asked what they said."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Protocol

from bot.client import Usher
from cogs import EXTENSIONS
from data.ledger import Ledger

from .judging import UNKNOWN, Said
from .peers import NAMES, Peer
from .virtual_time import follow_wall_clock

Key = tuple[int, int, int]
"""Guild, member, `joined_at` in milliseconds."""

GLANCE = 0.2
USHER = "Usher"

HISTORY = """
    SELECT
        joins.guild_id, joins.member_id, joins.joined_at, verdicts.decided_at,
        verdicts.decided_by, verdicts.certainty, verdicts.source, verdicts.code,
        verdicts.candidates
    FROM joins
    LEFT JOIN verdicts ON verdicts.guild_id = joins.guild_id AND verdicts.join_id = joins.id
    WHERE joins.joined_at IS NOT NULL
    ORDER BY verdicts.id
"""


class Client(Protocol):
    async def start(self, token: str, guilds: int) -> None:
        """Connect; come back once everything that precedes the first join is done."""

    async def stop(self) -> None: ...

    def undecided(self) -> int:
        """Joins that a verdict is still to come for."""

    def said(self, codes_by_inviter: Mapping[int, str], skew: float) -> dict[Key, list[Said]]:
        """All that was ever said, in order; `skew` is how far the platform's clock is ahead."""


def client(name: str, folder: Path, latency: float, platform: str) -> Client:
    if name == USHER:
        return UsherClient(folder / "usher.db", platform)
    return PeerClient(name, latency)


class FollowingUsher(Usher):
    async def setup_hook(self) -> None:
        await super().setup_hook()
        follow_wall_clock()  # the extensions have just been loaded anew


class UsherClient:
    """A whole Usher with the settings that it has by default."""

    def __init__(self, ledger: Path, platform: str) -> None:
        self._path = ledger
        self._platform = platform
        self._stack = AsyncExitStack()
        self._bot: Usher | None = None

    async def start(self, token: str, guilds: int) -> None:
        follow_wall_clock()
        ledger = await self._stack.enter_async_context(Ledger.open(self._path))
        self._bot = FollowingUsher(ledger, extension_names=EXTENSIONS, platform=self._platform)
        await self._stack.enter_async_context(self._bot)
        group = await self._stack.enter_async_context(asyncio.TaskGroup())
        group.create_task(self._bot.start(token))
        await self._bot.wait_for("ready")
        while self._one("SELECT COUNT(*) FROM guilds WHERE read_at IS NOT NULL") < guilds:  # noqa: ASYNC110
            await asyncio.sleep(GLANCE)

    async def stop(self) -> None:
        assert self._bot is not None, "it was started"
        await self._bot.close()
        await self._stack.aclose()

    def undecided(self) -> int:
        return self._one("SELECT COUNT(*) FROM joins WHERE certainty = 'pending'")

    def _one(self, query: str) -> int:
        with closing(sqlite3.connect(self._path)) as db:
            return int(db.execute(query).fetchone()[0])

    def said(self, codes_by_inviter: Mapping[int, str], skew: float) -> dict[Key, list[Said]]:
        del codes_by_inviter
        found: dict[Key, list[Said]] = {}
        with closing(sqlite3.connect(self._path)) as db:
            invites = db.execute("SELECT guild_id, code, first_seen_at FROM invites").fetchall()
            for guild_id, member_id, joined_at, decided_at, by, *verdict in db.execute(HISTORY):
                said = found.setdefault((guild_id, member_id, joined_at), [])
                if decided_at is not None:
                    after = (decided_at - joined_at) / 1000 + skew
                    names = named(*verdict)
                    seen = frozenset(
                        code
                        for where, code, since in (invites if UNKNOWN in names else ())
                        if where == guild_id and since <= decided_at
                    )
                    said.append(Said(after, names, recorded=by == "record", seen=seen))
        return found


def named(certainty: str, source: str, code: str | None, candidates: str) -> frozenset[str]:
    """A verdict as the ledger keeps it, as codes and sources with a tilde."""
    match certainty:
        case "certain" | "confirmed":
            return frozenset({code if source == "invite" and code else f"~{source}"})
        case "ambiguous":
            return frozenset(candidates.split())
        case _:
            return frozenset()


class PeerClient:
    """A peer forgets everything when it stops; what it said is kept here."""

    def __init__(self, name: str, latency: float) -> None:
        self._make = NAMES[name]
        self._latency = latency
        self._stack = AsyncExitStack()
        self._bot: Peer | None = None
        self._said: defaultdict[Key, list[tuple[float, str | None]]] = defaultdict(list)

    async def start(self, token: str, guilds: int) -> None:
        self._bot = self._make(self._said)
        await self._stack.enter_async_context(self._bot)
        group = await self._stack.enter_async_context(asyncio.TaskGroup())
        group.create_task(self._bot.start(token))
        await self._bot.wait_for("ready")
        # They ask for one guild after another, some for the vanity's counter too.
        await asyncio.sleep(2 + 2.5 * guilds * (self._latency + 0.001))

    async def stop(self) -> None:
        assert self._bot is not None, "it was started"
        await self._bot.close()
        await self._stack.aclose()

    def undecided(self) -> int:
        return 0

    def said(self, codes_by_inviter: Mapping[int, str], skew: float) -> dict[Key, list[Said]]:
        def code(name: str | None) -> frozenset[str]:
            if name is None:
                return frozenset()
            inviter = name.removeprefix("@")
            return frozenset({codes_by_inviter[int(inviter)] if inviter != name else name})

        def said(joined_ms: int, at: float, name: str | None) -> Said:
            return Said(at - joined_ms / 1000 + skew, code(name), abstains=True)

        return {
            key: [said(key[2], at, name) for at, name in everything]
            for key, everything in self._said.items()
        }
