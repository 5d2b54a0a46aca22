"""A whole Usher on a whole platform, and how tests wait for facts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest

from bot.attribution import Lags
from bot.client import Usher
from bot.patience import Patience
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from cogs import EXTENSIONS
from data.ledger import Ledger
from data.models import Certainty, JoinRecord

T = TypeVar("T")

PLATFORMS = ("discord", "fluxer")

on_both = pytest.mark.parametrize("platform", PLATFORMS, indirect=True)
"""A test that claims the same of every platform."""

LAGS = Lags(event=0.1, counter=0.05)
"""Of the sandbox, which tells everything at once unless it is told to lag."""

PATIENCE = Patience(
    unmet=(0.05, 0.1),
    unanswered=(0.05, 0.1),
    told_after=3,
    record=(60,),
    ledger=(0.05,),
    expiry=0.1,
)

"""The record is asked so late that most tests see what the counters say."""

WITH_RECORD = PATIENCE._replace(record=(0.1, 0.1, 0.2))


@asynccontextmanager
async def connected(
    ledger: Ledger, sandbox: Sandbox, lags: Lags = LAGS, patience: Patience = PATIENCE
) -> AsyncIterator[Usher]:
    """The real bot, connected to the sandbox and ready; a failed start fails the test at once."""
    bot = Usher(
        ledger,
        extension_names=EXTENSIONS,
        platform=sandbox.platform,
        lags=lags,
        patience=patience,
        guild_ready_timeout=0.05,
    )
    async with bot, asyncio.TaskGroup() as group:
        group.create_task(bot.start(sandbox.token))
        async with asyncio.timeout(10):
            await bot.wait_for("ready")
        yield bot
        await bot.close()


async def until(ask: Callable[[], Awaitable[T | None]], limit: float = 20) -> T:
    """Wait for a fact, never for a time."""
    async with asyncio.timeout(limit):
        while not (answer := await ask()):  # noqa: ASYNC110 - facts in a file announce nothing
            await asyncio.sleep(0.01)
    return answer


async def decided(ledger: Ledger, guild: Guild, count: int) -> list[JoinRecord]:
    """The newest `count` joins, oldest first, once none of them is pending."""

    async def ask() -> list[JoinRecord] | None:
        joins, total = await ledger.joins(guild.id, limit=count)
        done = all(join.certainty is not Certainty.PENDING for join in joins)
        return joins[::-1] if total >= count and done else None

    return await until(ask)


async def first_reading(ledger: Ledger, guild: Guild) -> None:
    """From here on there is a baseline: joins before it can only be unknown."""
    await until(lambda: ledger.baseline(guild.id))
