"""A whole Usher on a whole platform: real discord.py, real sockets, a real SQLite file."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import Usher
from bot.patience import Patience
from bot.platforms import internals
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests import reference
from tests.harness import PATIENCE, connected


@pytest.fixture(autouse=True)
def _endpoints() -> Iterator[None]:
    """The library keeps its addresses in class attributes: put them back after each test."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with Ledger.open(tmp_path / "usher.db") as ledger:
        yield ledger


@pytest.fixture
def platform(request: pytest.FixtureRequest) -> str:
    """Discord, unless a test is `on_both` or names another."""
    return str(getattr(request, "param", "discord"))


@pytest.fixture
async def sandbox(platform: str) -> AsyncIterator[Sandbox]:
    """Fails every test that meets what the platform does not imitate, or imitates differently."""
    checker = reference.checker()
    async with Sandbox(platform=platform) as sandbox:
        internals.use_endpoints(sandbox.api_base, sandbox.gateway_url)
        if checker is not None:
            checker.watch(sandbox)
        yield sandbox
        assert [] == sandbox.unknown
    assert checker is None or checker.divergences == []


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    return sandbox.add_guild("Harbour")


@pytest.fixture
def patience() -> Patience:
    """A module may have one of its own."""
    return PATIENCE


@pytest.fixture
async def usher(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, patience: Patience
) -> AsyncIterator[Usher]:
    assert guild.me, "the bot is in the guild before it connects"
    async with connected(ledger, sandbox, patience=patience) as bot:
        yield bot
