"""A sandbox, checked against the reference at the end of each test, and ways to talk to it."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import aiohttp
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests import reference
from tests.sandbox.clients import MESSAGES, Clock, Connect, Recorder, Reply, Rest, Search, connected


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """Fails the test that met something not imitated, or imitated differently."""
    checker = reference.checker()
    async with Sandbox(clock=clock) as sandbox:
        monkeypatch.setattr(Route, "BASE", sandbox.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))
        if checker is not None:
            checker.watch(sandbox)
        yield sandbox
    assert [] == sandbox.unknown
    assert checker is None or checker.divergences == []


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    return sandbox.add_guild("Harbour")


@pytest.fixture
async def rest(sandbox: Sandbox) -> AsyncIterator[Rest]:
    """Requests as they go over the wire, with the bot's token."""
    headers = {"Authorization": f"Bot {sandbox.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask(method: str, path: str, **options: Any) -> Reply:
            async with session.request(method, sandbox.api_base + path, **options) as response:
                known = response.headers.get("Content-Type") == "application/json"
                body = await response.json() if known else await response.text()
                return Reply(response.status, body, response.headers)

        yield ask


@pytest.fixture
def search(rest: Rest, guild: Guild) -> Search:
    """Ask for the guild's record of joins over the wire."""

    async def ask(**body: Any) -> Reply:
        return await rest("POST", f"/guilds/{guild.id}/members-search", json=body)

    return ask


@pytest.fixture
def path(sandbox: Sandbox, guild: Guild) -> str:
    """Where messages of the guild's first channel are, with room for many requests."""
    sandbox.rate_limit(MESSAGES, 1000, 1.0)
    return f"/channels/{guild.channel('general').id}/messages"


@pytest.fixture
def connect(sandbox: Sandbox) -> Connect:
    """Start a client with options of one's own."""
    return partial(connected, sandbox)


@pytest.fixture
async def client(sandbox: Sandbox, guild: Guild) -> AsyncIterator[Recorder]:
    """The real client, ready, with the guild in its cache."""
    assert guild.me is not None, "a new guild has the bot in it"
    async with connected(sandbox) as client:
        yield client
