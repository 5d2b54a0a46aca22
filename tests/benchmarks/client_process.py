"""One client in its own process: Usher as an operator starts it, or bare discord.py."""

import asyncio
import ctypes
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import discord
import psutil
from discord.ext import commands

from bot.__main__ import collect_rarely
from bot.client import Usher, intents
from bot.platforms import internals
from cogs import EXTENSIONS
from data.ledger import Ledger

from .remote import Make
from .stalls import Probe, Stalls

Bot = commands.AutoShardedBot

GLANCE = 0.02
"""Seconds between two looks at what has been counted."""

READY_TIMEOUT = 0.5
"""Seconds without another guild after which a client is ready; only the start depends on it."""


class ClientProcess:
    """What both clients are asked: to connect, and what it costs them."""

    def __init__(self, bot: Bot, group: asyncio.TaskGroup) -> None:
        self.bot = bot
        self._group = group
        self._probe = Probe()

    async def connect(self, api_base: str, gateway_url: str, token: str) -> int:
        """Log in and see every guild; how many there are."""
        internals.use_endpoints(api_base, gateway_url)
        # The library waits five seconds between two shards; how fast they start is not asked here.
        self.bot.before_identify_hook = _at_once  # type: ignore[method-assign]
        self._group.create_task(self.bot.start(token))
        await self.bot.wait_for("ready")
        return len(self.bot.guilds)

    async def begin(self) -> None:
        self._probe.start()

    async def stalls(self) -> Stalls:
        return self._probe.stop()

    async def cpu(self) -> float:
        """Seconds of computing so far, in all threads."""
        return time.process_time()

    async def memory(self) -> int:
        """Bytes that this process alone keeps, once all that nobody holds is given back."""
        gc.collect()
        with suppress(OSError, AttributeError):  # another C library decides for itself
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        return int(psutil.Process().memory_full_info().uss)


class BareProcess(ClientProcess):
    """discord.py with one listener that does nothing but count."""

    def __init__(self, bot: Bot, group: asyncio.TaskGroup) -> None:
        super().__init__(bot, group)
        self._seen = 0
        self._last = 0.0
        bot.add_listener(self._joined, "on_member_join")

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["BareProcess"]:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        bot = Bot(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=READY_TIMEOUT,
        )
        async with bot, asyncio.TaskGroup() as group:
            yield cls(bot, group)
            await bot.close()

    async def _joined(self, _: discord.Member) -> None:
        self._seen += 1
        self._last = time.monotonic()

    async def until(self, joins: int) -> float:
        """Wait until that many were seen; when the last of them was."""
        while self._seen < joins:  # noqa: ASYNC110 - an Event would cost the listener
            await asyncio.sleep(GLANCE)
        return self._last


class UsherProcess(ClientProcess):
    """A whole Usher with the settings that it has by default, as `usher run` starts it."""

    @classmethod
    @asynccontextmanager
    async def open(cls, ledger: Path) -> AsyncIterator["UsherProcess"]:
        collect_rarely()
        async with Ledger.open(ledger) as opened:
            bot = Usher(opened, extension_names=EXTENSIONS, guild_ready_timeout=READY_TIMEOUT)
            async with bot, asyncio.TaskGroup() as group:
                yield cls(bot, group)
                await bot.close()


async def _at_once(shard_id: int | None, *, initial: bool = False) -> None:
    del shard_id, initial


BARE: Make = BareProcess.open


def usher(ledger: Path) -> Make:
    return partial(UsherProcess.open, ledger)
