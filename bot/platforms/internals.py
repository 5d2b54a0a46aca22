"""Every name of discord.py that it does not promise to keep, in one place (2.7.1).

tests/bot/platforms/test_internals.py fails clearly if one of them vanishes.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

Json = dict[str, Any]


def use_endpoints(api_base: str | None, gateway_url: str | None) -> None:
    """Send the library elsewhere; both settings are class attributes, so for the whole process."""
    if api_base is not None:
        Route.BASE = api_base.rstrip("/")
    if gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def prefer_gateway(client: discord.AutoShardedClient, gateway_url: str) -> None:
    """Ask the platform how many shards, but connect where the setting says.

    A sharded client takes the address from the platform's answer, not from DEFAULT_GATEWAY.
    """
    ask = client.http.get_bot_gateway

    async def answer() -> Any:
        shards, _, limits = await ask()
        return shards, gateway_url, limits

    client.http.get_bot_gateway = answer  # type: ignore[method-assign]


def take_turns(every: int) -> None:
    """Let the loop turn after so many events, for every connection of the process.

    The library's reader takes all that its socket has buffered, thousands of events in a raid,
    without once letting anybody else run: a quarter of a second without a heartbeat or an answer
    to a command was measured.
    """
    receive = DiscordWebSocket.received_message
    if hasattr(receive, "turns"):
        return

    async def received_message(self: DiscordWebSocket, message: Any, /) -> None:
        await receive(self, message)
        if next(turns) % every == 0:
            await asyncio.sleep(0)

    turns = itertools.count(1)
    received_message.turns = turns  # type: ignore[attr-defined]
    DiscordWebSocket.received_message = received_message  # type: ignore[method-assign]


def replace_parser(client: discord.Client, event: str, receive: Callable[[Json], None]) -> None:
    """Give an event's payload to us instead of the library's parser.

    An exception in a parser of the library ends the connection, and its objects drop fields.
    """
    parsers = client._connection.parsers  # noqa: SLF001 - this file is where private names may stand
    if event not in parsers:
        raise LookupError(f"discord.py has no parser for {event} any more")
    parsers[event] = receive


def request(
    client: discord.Client,
    method: str,
    path: str,
    *,
    payload: Json,
    reason: str | None = None,
    **ids: Any,
) -> Any:
    """A request that the library has no method for, through its own rate limiter."""
    return client.http.request(Route(method, path, **ids), json=payload, reason=reason)
