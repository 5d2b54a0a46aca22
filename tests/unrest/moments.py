"""Scripts for one guild, to the second: who comes when, and how late it is told and counted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from discord.gateway import DiscordWebSocket

from bot.attribution import Lags
from bot.client import Usher
from bot.patience import Pace, Patience
from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from cogs import EXTENSIONS
from data.ledger import Ledger
from data.models import VerdictRecord
from tests.benchmarks.clients import FollowingUsher
from tests.benchmarks.virtual_time import virtual_loop

JUST_INSIDE = 0.05
"""Seconds by which what is as late as the lags admit is less late than that."""

RECONNECTS_AFTER = 10.0
"""Seconds that it takes to connect, the first time and after a connection broke."""

SILENT = Patience(pace=Pace(look=60.0))
"""There is nothing to tell in a channel."""


def slowly(seconds: Callable[[], float]) -> Callable[..., Awaitable[DiscordWebSocket]]:
    """The library's way to connect, which takes so long more."""
    connect = DiscordWebSocket.from_client

    async def connected(*args: Any, **kwargs: Any) -> DiscordWebSocket:
        await asyncio.sleep(seconds())
        return await connect(*args, **kwargs)

    return connected


@asynccontextmanager
async def running(
    ledger: Ledger,
    sandbox: Sandbox,
    guilds: Sequence[Guild],
    lags: Lags | None = None,
    patience: Patience = SILENT,
) -> AsyncIterator[Usher]:
    """Usher, once every guild was read for the first time; with the platform's lags."""
    bot = FollowingUsher(
        ledger,
        extension_names=EXTENSIONS,
        platform=sandbox.platform,
        lags=lags,
        patience=patience,
    )
    async with bot, asyncio.TaskGroup() as group:
        group.create_task(bot.start(sandbox.token))
        await bot.wait_for("ready")
        while not all([await ledger.baseline(guild.id) for guild in guilds]):  # noqa: ASYNC110
            await asyncio.sleep(1)
        yield bot
        await bot.close()


async def told_late(sandbox: Sandbox, code: str, seconds: float) -> Member:
    """Somebody joins, is counted at once, and announced so much later."""
    sandbox.delay_events("GUILD_MEMBER_ADD", seconds)
    try:
        return await sandbox.join(code)
    finally:
        sandbox.delay_events("GUILD_MEMBER_ADD", 0.0)


async def early_in_a_second() -> None:
    """Now or a whole number of seconds later, the platform's clock tells the same for a while."""
    await asyncio.sleep(1.1 - virtual_loop().wall() % 1)


async def history(ledger: Ledger, member: Member) -> list[VerdictRecord]:
    """All that was ever said of somebody who joined once, oldest first."""
    [join] = await ledger.joins_of(member.guild_id, member.id)
    return await ledger.verdicts(join.id)


async def said(ledger: Ledger, member: Member) -> list[str]:
    """The same in words: a certainty, and what it is certain of or wavers between."""
    return [_words(verdict) for verdict in await history(ledger, member)]


def _words(verdict: VerdictRecord) -> str:
    what = [verdict.code or verdict.source.candidate] if not verdict.candidates else []
    return " ".join([verdict.certainty.value, *what, *sorted(verdict.candidates)])
