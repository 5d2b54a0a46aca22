"""Scripts for one guild, to the second: who comes when, and how late it is told and counted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from discord.gateway import DiscordWebSocket

from bot.attribution import Lags
from bot.client import Usher
from bot.patience import Pace, Patience, usual
from bot.platforms import discord as on_discord
from bot.platforms import fluxer as on_fluxer
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

LAGS = {"discord": on_discord.LAGS, "fluxer": on_fluxer.LAGS}
"""By which Usher goes on each platform."""

LISTS = "/guilds/{guild_id}/invites"

LONG = 60.0
"""Seconds after which a window of a few people has surely been decided."""


def silent(platform: str) -> Patience:
    """As patient as Usher is there by default; there is nothing to tell in a channel."""
    return usual(record_first=platform == "fluxer")._replace(pace=Pace(look=60.0))


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
    patience: Patience | None = None,
) -> AsyncIterator[Usher]:
    """Usher, once every guild was read for the first time; with the platform's lags."""
    bot = FollowingUsher(
        ledger,
        extension_names=EXTENSIONS,
        platform=sandbox.platform,
        lags=lags,
        patience=patience or silent(sandbox.platform),
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


def count_late(sandbox: Sandbox, seconds: float) -> None:
    """A use is counted so long after it happened; on Fluxer it is read at once, and set then."""
    if sandbox.platform == "fluxer":
        sandbox.counting = (seconds, seconds)
    else:
        sandbox.counter_lag = seconds


async def counted_after(sandbox: Sandbox, code: str, seconds: float) -> asyncio.Task[Member]:
    """Somebody comes, and is counted as in `count_late`, whatever others are; done when that is."""
    count_late(sandbox, seconds)
    coming = asyncio.get_running_loop().create_task(sandbox.join(code))
    await asyncio.sleep(0)
    return coming


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


def open_between(sandbox: Sandbox, there: Iterable[str], *ways: str) -> str:
    """What is said of somebody whom exact counters leave to these ways.

    Where uses may be lost every code that was there may be theirs as well, and some other way.
    """
    more = {*there, "~other"} if sandbox.platform == "fluxer" else set()
    return " ".join(["ambiguous", *sorted({*ways, *more})])


def _words(verdict: VerdictRecord) -> str:
    what = [verdict.code or verdict.source.candidate] if not verdict.candidates else []
    return " ".join([verdict.certainty.value, *what, *sorted(verdict.candidates)])
