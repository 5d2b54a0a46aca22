"""A gateway that cannot be reached for a while: what its session kept is told when it is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from aiohttp import web
from discord.backoff import ExponentialBackoff

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from bot.sandbox.sockets import Connection
from data.ledger import Ledger
from data.models import Met
from tests.harness import on_both

from . import conftest

pytestmark = on_both

CONNECTS_WITHIN = 0.5
"""Seconds; the platforms keep a session for sixty at least."""


@pytest.fixture(autouse=True)
def _slowest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library waits by chance between two attempts: here as long as it ever may."""
    delay = ExponentialBackoff.delay

    def longest(self: ExponentialBackoff[bool]) -> float:
        self._randfunc = max
        return delay(self)

    monkeypatch.setattr(ExponentialBackoff, "delay", longest)
    monkeypatch.setattr(conftest, "RECONNECTS_AFTER", CONNECTS_WITHIN)


@asynccontextmanager
async def nobody_connects(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[float]]:
    """When it was tried in vain, in the loop's time."""
    tried: list[float] = []

    async def away(_: Connection, request: web.Request) -> web.WebSocketResponse:
        tried.append(asyncio.get_running_loop().time())
        assert request.transport is not None
        request.transport.abort()
        raise web.HTTPServiceUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "serve", away)
        sandbox.drop_gateway()
        yield tried


async def test_a_session_is_resumed(
    usher: Usher,
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However often it was asked for in vain, the session comes back before it is forgotten, and
    who came and left meanwhile is told. That is so in the next outage, too.
    """
    for outage in range(2):
        async with asyncio.timeout(60):
            async with nobody_connects(sandbox, monkeypatch) as tried:
                missed = await sandbox.join(codes[0])
                await sandbox.leave(missed)
                await asyncio.sleep(45)
            await usher.wait_for("shard_resumed")
        await asyncio.sleep(60)

        assert len(tried) > 4
        [join] = await ledger.joins_of(guild.id, missed.id)
        assert (Met.JOINING, True) == (join.met, join.left_at is not None), outage


async def test_a_session_that_is_gone(
    usher: Usher,
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After ten minutes there is none to ask for: it is tried now and then, another is begun soon
    after somebody answers, and the gap is looked into.
    """
    async with nobody_connects(sandbox, monkeypatch) as tried:
        missed = await sandbox.join(codes[0])
        await asyncio.sleep(600)
    sandbox.refuse_resume()  # one that may still be kept, and should not be asked for
    async with asyncio.timeout(120):
        await usher.wait_for("shard_ready")
    await asyncio.sleep(60)

    assert len(tried) < 60
    assert 60 < max(late - early for early, late in pairwise(tried)) < 66
    [join] = await ledger.joins_of(guild.id, missed.id)
    assert Met.GAP is join.met
