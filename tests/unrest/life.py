"""Usher's life in a world full of trouble: started and stopped in every way there is."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from discord.gateway import DiscordWebSocket

from bot.client import Usher
from bot.patience import Pace, usual
from bot.platforms import internals
from bot.sandbox import Sandbox
from cogs import EXTENSIONS
from data.errors import LedgerError
from data.ledger import Ledger
from tests.benchmarks.clients import FollowingUsher
from tests.benchmarks.virtual_time import follow_wall_clock, run, virtual_loop
from tests.benchmarks.wire import HOST, Wire

from .judging import Judged, judged
from .moments import slowly
from .people import People
from .scene import CONNECTING, LATENCIES, SKEWS, Scene, World
from .trouble import Trouble

QUIET = Pace(look=60.0)
"""There is nothing to tell in a channel."""
SHORT = ((0.1, 1, 5, 20), (20, 60), (60, 200), (1e6,))
LONG = ((20, 200), (200, 600), (1e6,))
"""Seconds from a start to a stop, at most."""
AWAY = (0, 0.01, 1, 10, 40)
CALM = 9000.0
"""Seconds at the end without any trouble: a record that was refused is asked again after 3600."""
LOOKS = 30


class Played(NamedTuple):
    judged: Judged
    starts: int


def play(world: World, platform: str = "discord") -> Played:
    """In virtual time, which changes the whole process: give it one of its own."""
    luck = Random(f"connecting in {world}")
    with (
        TemporaryDirectory(prefix="usher-unrest-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(DiscordWebSocket, "from_client", slowly(lambda: luck.choice(CONNECTING)))
        return run(lambda: _play(world, platform, Path(folder) / "usher.db"))


async def _play(world: World, platform: str, path: Path) -> Played:
    loop, luck = virtual_loop(), Random(f"{world}")
    skew, latency = luck.choice(SKEWS) if world.skewed else 0.0, luck.choice(LATENCIES)
    async with (
        Sandbox(platform=platform, clock=lambda: loop.wall() + skew) as sandbox,
        Wire.to(sandbox.port, latency) as wire,
    ):
        api = urlsplit(sandbox.api_base)._replace(netloc=f"{HOST}:{wire.port}")
        internals.use_endpoints(api.geturl(), sandbox.gateway_url)
        life = Life(Scene(sandbox, world, luck), path)
        await life.begin()
        await life.through_trouble()
        said = await life.in_the_end()
        if sandbox.unknown:
            raise AssertionError(f"the platform does not imitate: {sandbox.unknown}")
        return Played(said, life.starts)


class Life:
    def __init__(self, scene: Scene, path: Path) -> None:
        self._scene = scene
        self._luck = scene.luck
        self._path = path
        self._trouble = Trouble(scene, path)
        self.starts = 0

    async def begin(self) -> None:
        """Until every guild was read for the first time."""
        async with self._usher(), asyncio.timeout(300):
            while not await self._read():  # noqa: ASYNC110 - facts in a file announce nothing
                await asyncio.sleep(1)

    async def _read(self) -> bool:
        async with Ledger.read_only(self._path) as reader:
            return all([await reader.baseline(guild.id) for guild in self._scene.guilds])

    async def through_trouble(self) -> None:
        luck, trouble = self._luck, self._trouble
        trouble.bad_weather(luck)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._live())
            for guild in self._scene.guilds:
                group.create_task(People(self._scene, guild, Random(luck.random())).live())
            for act in trouble.kinds():
                group.create_task(trouble.repeat(act, Random(luck.random())))
            await asyncio.sleep(self._scene.world.seconds)
            self._scene.over.set()

    async def in_the_end(self) -> Judged:
        """Nothing goes wrong any more, and Usher starts once again: what does it say now?"""
        await self._trouble.good_weather()
        async with self._usher():
            for _ in range(LOOKS):
                await asyncio.sleep(CALM / LOOKS)
                said = await self._judged()
                if not said.complaints:
                    break
            return said

    async def _judged(self) -> Judged:
        scene = self._scene
        async with Ledger.read_only(self._path) as reader:
            return await judged(
                reader,
                scene.guilds,
                scene.truths,
                scene.must_be_known(),
                scene.may_have_ended(),
                scene.world,
            )

    @asynccontextmanager
    async def _usher(self) -> AsyncIterator[Usher]:
        follow_wall_clock()
        platform, before = self._scene.sandbox.platform, asyncio.all_tasks()
        patience = usual(record_first=platform == "fluxer")._replace(pace=QUIET)
        try:
            async with Ledger.open(self._path, patience=0.001) as ledger:
                bot = FollowingUsher(
                    ledger, extension_names=EXTENSIONS, platform=platform, patience=patience
                )
                async with bot, asyncio.TaskGroup() as group:
                    group.create_task(_start(bot, self._scene.sandbox.token))
                    try:
                        yield bot
                    finally:  # the library forgets that it was cancelled if it was reconnecting
                        await bot.close()
        finally:
            await _end(before)

    async def _live(self) -> None:
        if self._scene.world.calm:
            await self._once(self._scene.world.seconds, killed=False)
        lives = self._luck.choice(LONG if self._scene.world.slow else SHORT)
        while not self._scene.over.is_set():
            at_most = min(self._luck.choice(lives), self._scene.world.seconds)
            await self._once(at_most * self._luck.random(), killed=self._luck.random() < 0.5)
            await asyncio.sleep(self._luck.choice(AWAY) * self._luck.random())

    async def _once(self, seconds: float, *, killed: bool) -> None:
        """Stopped at any moment, also while it starts."""
        self.starts += 1
        life = asyncio.get_running_loop().create_task(self._run())
        await asyncio.wait({life}, timeout=seconds)
        self._scene.interrupt()
        if killed:
            await self._photograph()
        life.cancel()
        await asyncio.wait({life})
        if not life.cancelled() and (error := life.exception()) is not None:
            raise error
        if killed:
            self._restore()

    async def _run(self) -> None:
        with suppress(LedgerError):  # somebody else may hold it just when it is opened
            async with self._usher():
                await asyncio.Event().wait()

    async def _photograph(self) -> None:
        """Keep the ledger as it is on the disk right now: what a killed process leaves behind."""
        while virtual_loop().working:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)
        for one in self._files("usher"):
            shutil.copy(one, one.with_name(f"photo.{one.name}"))

    def _restore(self) -> None:
        for one in self._files("usher"):
            one.unlink()
        for one in self._files("photo"):
            one.rename(one.with_name(one.name.removeprefix("photo.")))

    def _files(self, name: str) -> Iterator[Path]:
        found = self._path.parent.glob(f"{name}.*")
        yield from [one for one in found if one.suffix != ".lock"]


async def _start(bot: Usher, token: str) -> None:
    try:
        await bot.start(token)
    except Exception:
        if not bot.is_closed():
            raise


async def _end(before: set[asyncio.Task[Any]]) -> None:
    """The library's tasks, which end with a process."""
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    tasks = {one for one in left if "discord.py" in one.get_name()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
