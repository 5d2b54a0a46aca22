"""What goes wrong between Usher and the platform, by chance, as long as a world lasts."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

from bot.sandbox import Permission
from bot.sandbox.guild import Guild

from .scene import APART, SPREAD, Scene

PATHS = (
    ("GET", "/guilds/{}/invites"),
    ("GET", "/guilds/{}/invites"),
    ("GET", "/guilds/{}/vanity-url"),
    ("GET", "/guilds/{}/members"),
    ("POST", "/guilds/{}/members-search"),
    ("GET", "/guilds/{}/audit-logs"),
)
FAILURES: tuple[Mapping[str, Any], ...] = (
    {"status": 500},
    {"status": 503},
    {"status": 429},
    {"status": 429, "retry_after": 40.0},
    {"status": 403, "code": 50013},
    {"drop": True},
    {"hang": True},
    {"status": 200, "body": '[{"code": "'},
    {"status": 200, "body": b"\xff\xfe"},
    {"status": 200, "body": '{"message": "not a list"}'},
    {"delay": 1.0},
    {"delay": 8.0},
)
LOSABLE = (
    Permission.MANAGE_GUILD,
    Permission.MANAGE_CHANNELS,
    Permission.VIEW_AUDIT_LOG,
    Permission.MANAGE_GUILD | Permission.MANAGE_CHANNELS | Permission.VIEW_AUDIT_LOG,
)
OFTEN = (0.0, 0.0, 0.1, 0.3, 1.0)
"""How probable a kind of trouble is each time: not every world has every kind."""

Act = Callable[[Random], Awaitable[None]]


class Trouble:
    def __init__(self, scene: Scene, path: Path) -> None:
        self._scene = scene
        self._path = path

    def kinds(self) -> list[Act]:
        """Each to be repeated as long as the world lasts."""
        if self._scene.world.calm:
            return [self._break]
        everywhere = [self._cut, self._fail, self._lock]
        somewhere = [self._blackout, self._forbid, self._expel]
        return [
            *everywhere,
            *(_at(guild, act) for guild in self._scene.guilds for act in somewhere),
        ]

    async def repeat(self, act: Act, luck: Random) -> None:
        world, over = self._scene.world, self._scene.over
        often = 1.0 if world.calm else luck.choice(OFTEN)
        while not over.is_set():
            await asyncio.sleep(luck.uniform(1.0, 240.0 if world.slow and not world.calm else 40.0))
            if luck.random() < often and not over.is_set():
                await act(luck)

    def bad_weather(self, luck: Random) -> None:
        sandbox = self._scene.sandbox
        sandbox.shuffle_events(luck.choice((0.0, 0.05, SPREAD)), Random(luck.random()))
        sandbox.unreliable(
            lose=0.05 if self._scene.world.lossy else 0.0,
            duplicate=luck.choice((0.0, 0.1, 0.5)),
            rng=Random(luck.random()),
        )

    async def good_weather(self) -> None:
        sandbox = self._scene.sandbox
        sandbox.clear_faults()
        sandbox.shuffle_events(0)
        sandbox.unreliable()
        await asyncio.sleep(APART)
        assert sandbox.held == 0, "all events have arrived"

    async def _cut(self, luck: Random) -> None:
        if luck.random() < 0.3:
            self._scene.sandbox.refuse_resume()
        await self._break(luck)

    async def _break(self, luck: Random) -> None:
        """So that all that happens meanwhile is told once it is mended."""
        sandbox = self._scene.sandbox
        self._scene.interrupt()
        if luck.random() < 0.3:
            sandbox.request_reconnect()
        else:
            sandbox.drop_gateway(luck.choice((None, 4000)))

    async def _fail(self, luck: Random) -> None:
        method, path = luck.choice(PATHS)
        where = luck.choice(["*", *(str(guild.id) for guild in self._scene.guilds)])
        times = luck.choice((1, 2, 6))
        self._scene.sandbox.fail(method, path.format(where), times=times, **luck.choice(FAILURES))
        await asyncio.sleep(luck.uniform(0, 60))
        self._scene.sandbox.clear_faults()

    async def _lock(self, luck: Random) -> None:
        """Another program holds the ledger; it may not be there just now."""
        self._scene.interrupt()
        address = f"{self._path.as_uri()}?mode=rw"
        with suppress(sqlite3.OperationalError):
            other = sqlite3.connect(address, uri=True, isolation_level=None, timeout=0)
            with closing(other):
                other.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(luck.choice((0.1, 1.0, 10.0)) * luck.random())
        self._scene.interrupt()

    async def _blackout(self, guild: Guild, luck: Random) -> None:
        if guild.available and guild.me is not None:
            guild.outage()
            await asyncio.sleep(luck.uniform(0, 20))
            guild.recover()

    async def _forbid(self, guild: Guild, luck: Random) -> None:
        if guild.me is None:
            return
        role, usual = guild.roles_by_id[guild.me.roles[0]], self._scene.permissions
        guild.change_role(role, permissions=usual & ~luck.choice(LOSABLE))
        await asyncio.sleep(luck.uniform(APART, 20))
        if role.id in guild.roles_by_id:
            guild.change_role(role, permissions=usual)
        await asyncio.sleep(APART)

    async def _expel(self, guild: Guild, luck: Random) -> None:
        if guild.me is None or not guild.available:
            return
        self._scene.interrupt()
        guild.remove_bot()
        await asyncio.sleep(luck.uniform(APART, 20))
        guild.welcome_bot(self._scene.permissions)
        await asyncio.sleep(APART)


def _at(guild: Guild, act: Callable[[Guild, Random], Awaitable[None]]) -> Act:
    return lambda luck: act(guild, luck)
