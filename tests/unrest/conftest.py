"""A whole Usher in virtual time, with the lags and waits that it has by default."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime

import aiosqlite
import discord.gateway
import pytest
from discord.gateway import DiscordWebSocket

from bot.attribution import Lags
from bot.client import Usher
from bot.platforms import internals
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.benchmarks import virtual_time
from tests.benchmarks.virtual_time import LoopHeart, VirtualLoop, WallClock, virtual_loop

from .moments import LAGS, RECONNECTS_AFTER, running, slowly

RECORD = "/guilds/{guild_id}/members-search"


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every test of this folder."""
    return {"virtual time": VirtualLoop}


class Stopwatch:
    """For request buckets, which open and close in the loop's time."""

    @staticmethod
    def monotonic() -> float:
        return virtual_loop().time()


@pytest.fixture(autouse=True)
def _virtual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `virtual_time.run` does to a process of its own, and undone after each test."""
    monkeypatch.setattr(discord.gateway, "KeepAliveHandler", LoopHeart)
    monkeypatch.setattr("bot.sandbox.ratelimits.time", Stopwatch)
    monkeypatch.setattr(DiscordWebSocket, "from_client", slowly(lambda: RECONNECTS_AFTER))
    for name, call in virtual_time.LEDGER_CALLS.items():
        monkeypatch.setattr(aiosqlite.Connection, name, virtual_time._counted(call))
    for name, module in list(sys.modules.items()):
        ours = name.partition(".")[0] in {"bot", "cogs", "data"}
        if ours and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", WallClock)


@pytest.fixture
async def sandbox(_virtual_time: None, platform: str) -> AsyncIterator[Sandbox]:
    async with Sandbox(platform=platform, clock=virtual_loop().wall) as sandbox:
        internals.use_endpoints(sandbox.api_base, sandbox.gateway_url)
        yield sandbox
        assert [] == sandbox.unknown


@pytest.fixture
def lags(platform: str) -> Lags:
    """How late everything may be on this platform, by which Usher goes."""
    return LAGS[platform]


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with two plain invites from before Usher, and one for a single use."""
    guild = sandbox.add_guild("Harbour")
    for most in (0, 0, 1):
        guild.add_invite(guild.channel("general"), by=guild.owner, max_uses=most)
    return guild


@pytest.fixture
def codes(guild: Guild) -> list[str]:
    return list(guild.invites)


@pytest.fixture
async def usher(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    """Without the platform's record, unless a test says otherwise."""
    sandbox.record_absent = True
    async with running(ledger, sandbox, [guild]) as bot:
        yield bot


@pytest.fixture
async def recorded(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    """With it."""
    async with running(ledger, sandbox, [guild]) as bot:
        yield bot


@pytest.fixture
def asked(sandbox: Sandbox) -> list[float]:
    """The moments at which the record was asked."""
    moments: list[float] = []
    sandbox.exchanges.append(
        lambda one: moments.append(virtual_loop().time()) if one.template == RECORD else None
    )
    return moments
