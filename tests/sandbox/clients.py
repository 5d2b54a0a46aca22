"""Two ways to talk to a sandbox: the real client, and bare requests."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import discord
from discord.http import Route
from multidict import CIMultiDictProxy

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild

LIMIT = 5.0
RECORD = "/guilds/{guild_id}/members-search"
MESSAGES = "/channels/{channel_id}/messages"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.25

    def __call__(self) -> float:
        return self.time


@dataclass
class Reply:
    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def refusal(self) -> tuple[int, Any]:
        """Status and code: a number on Discord, a word on Fluxer."""
        return self.status, self.body["code"]


class Rest(Protocol):
    def __call__(self, method: str, path: str, **options: Any) -> Awaitable[Reply]: ...


class Search(Protocol):
    def __call__(self, **body: Any) -> Awaitable[Reply]: ...


class Connect(Protocol):
    def __call__(self, **options: Any) -> AbstractAsyncContextManager["Recorder"]: ...


class Recorder(discord.AutoShardedClient):
    """A client that keeps what it was told, by event name."""

    def __init__(self, **options: Any) -> None:
        self.told: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        super().__init__(guild_ready_timeout=0.05, **options)
        self.tree = discord.app_commands.CommandTree(self)

    def dispatch(self, event: str, /, *arguments: Any, **options: Any) -> None:
        self.told[event].append(arguments)
        super().dispatch(event, *arguments, **options)

    async def before_identify_hook(self, _shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait five seconds between shards."""

    async def heard(self, event: str, times: int = 1) -> Any:
        """The last of so many events, once they have come."""
        await until(lambda: len(self.told[event]) >= times)
        arguments = self.told[event][times - 1]
        return arguments[0] if len(arguments) == 1 else arguments

    async def quiet(self) -> None:
        """Wait until all that was sent before has arrived: a ping through the same socket."""
        await asyncio.sleep(0.02)

    async def on_error(self, event: str, /, *_arguments: Any, **_options: Any) -> None:
        raise AssertionError(event)


async def until(fact: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT):
        while not fact():  # noqa: ASYNC110 - a fact has no event
            await asyncio.sleep(0.002)


def intents(*names: str) -> discord.Intents:
    chosen = discord.Intents.none()
    for name in names or ("guilds", "members", "invites", "moderation", "guild_messages"):
        setattr(chosen, name, True)
    return chosen


@asynccontextmanager
async def connected(sandbox: Sandbox, **options: Any) -> AsyncIterator[Recorder]:
    """A real client, ready; a failed start is the test's failure."""
    options = {"intents": intents(), "shard_count": 1} | options
    async with Recorder(**options) as client, asyncio.TaskGroup() as group:
        group.create_task(client.start(sandbox.token))
        async with asyncio.timeout(LIMIT):
            await client.heard("ready")
        yield client
        await client.close()


async def asked(client: Recorder, guild: Guild, **body: Any) -> dict[str, Any]:
    """Ask for the record of joins through the real client, which does not know the route."""
    route = Route("POST", RECORD, guild_id=guild.id)
    found: dict[str, Any] = await client.http.request(route, json=body)
    return found


def ids(body: dict[str, Any]) -> list[int]:
    """Whom an answer of the record shows."""
    return [int(entry["member"]["user"]["id"]) for entry in body["members"]]
