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
from bot.sandbox.routes import users
from bot.sandbox.sockets import Connection
from data.ledger import Ledger
from data.models import Met
from tests.harness import on_both

from . import conftest
from .moments import running

on_discord = pytest.mark.parametrize("platform", ["discord"], indirect=True)
"""Where there are several shards."""

SHARDS = 4

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


@pytest.fixture
async def fleet(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Usher]:
    """Usher in four guilds, on a shard each."""
    monkeypatch.setattr(users, "GUILDS_A_SHARD", 1)
    guilds = [guild, *(sandbox.add_guild(f"Harbour {number}") for number in range(1, SHARDS))]
    sandbox.record_absent = True
    async with running(ledger, sandbox, guilds) as bot:
        assert {*range(SHARDS)} == {one.shard_id for one in bot.guilds}
        yield bot


@on_both
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


@on_both
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


@on_discord
class TestSeveralShards:
    """The library reconnects one after the other; their waits do not add up."""

    async def test_all_are_resumed(
        self, fleet: Usher, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While sessions are kept each shard waits eight seconds at most between two attempts, so
        that all are back soon after somebody answers.
        """
        resumed: set[int] = set()

        async def remember(shard_id: int) -> None:
            resumed.add(shard_id)

        fleet.add_listener(remember, "on_shard_resumed")
        sessions = {*sandbox.sessions}
        async with nobody_connects(sandbox, monkeypatch) as tried:
            await asyncio.sleep(70)
        await asyncio.sleep(8 + 2 * SHARDS * CONNECTS_WITHIN)

        assert len(tried) >= SHARDS * 70 // 10
        assert {*range(SHARDS)} == resumed
        assert sessions == {*sandbox.sessions}

    async def test_nothing_is_tried_after_the_end(
        self, fleet: Usher, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who closes Usher while its shards wait closes those waits, too."""
        async with nobody_connects(sandbox, monkeypatch) as tried:
            await asyncio.sleep(21)
            assert _waiting()
            await fleet.close()
            before = len(tried)
            assert not _waiting()
            await asyncio.sleep(60)

            assert before == len(tried)


def _waiting() -> list[str]:
    """Shards that wait before they connect."""
    tasks = (task.get_coro() for task in asyncio.all_tasks())
    names = [getattr(one, "__qualname__", "") for one in tasks]
    return [name for name in names if name.endswith("_handle_disconnect")]
