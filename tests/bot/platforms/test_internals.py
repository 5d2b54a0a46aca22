"""If one of these fails after an update, discord.py has moved something it never promised."""

import asyncio
import inspect
import logging

import discord
import pytest
import yarl
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route
from discord.shard import Shard

from bot.client import EVENTS_A_TURN, Usher, intents
from bot.platforms import internals
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from cogs import EXTENSIONS
from data.ledger import Ledger
from tests.harness import LAGS, PATIENCE


def test_the_library_keeps_its_addresses_where_we_set_them() -> None:
    """`use_endpoints` sends requests and the gateway elsewhere."""
    internals.use_endpoints("http://127.0.0.1:1/api/v10/", "ws://127.0.0.1:2/gateway")

    assert "http://127.0.0.1:1/api/v10/users/@me" == Route("GET", "/users/@me").url
    assert yarl.URL("ws://127.0.0.1:2/gateway") == DiscordWebSocket.DEFAULT_GATEWAY


def test_what_is_not_set_stays() -> None:
    """Without settings the library talks to Discord."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY

    internals.use_endpoints(None, None)

    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)


async def test_what_fluxer_is_hooked_into_is_there() -> None:
    """The library asks with `request`, keeps its session and its buckets where we replace them."""
    async with discord.AutoShardedClient(intents=intents()) as client:
        http = client.http

        assert {"request", "get_ratelimit", "_try_clear_expired_ratelimits"} <= {*dir(http)}
        assert hasattr(http, "_HTTPClient__session")
        assert {} == http._buckets
        assert {"READY", "RESUMED", "GUILD_UPDATE"} <= client._connection.parsers.keys()
        assert {"_roles", "emojis", "stickers"} <= {*discord.Guild.__slots__}


def test_a_shard_reconnects_where_we_look() -> None:
    """What `resume_sessions` replaces, what it asks, and what the library does in its place."""
    assert inspect.iscoroutinefunction(Shard.reconnect)
    assert ["self", "exc"] == [*inspect.signature(Shard.reidentify).parameters]
    assert "_max" in vars(ExponentialBackoff())
    assert "delay" in internals._WAIT.__code__.co_names
    assert {"_close_code", "session_id"} <= {*DiscordWebSocket.__init__.__code__.co_names}
    assert {"_client", "_task", "ws"} <= {*Shard.__init__.__code__.co_names}
    assert "_task" in Shard._cancel_task.__code__.co_names
    assert "_cancel_task" in Shard.close.__code__.co_names
    assert ReconnectWebSocket(0).resume


def test_a_fault_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """Only of a connection that fails it is known where."""
    internals.shorten_log()
    log = logging.getLogger("discord.shard")

    log.error("it fails", exc_info=TimeoutError("gone"))
    log.error("it is wrong", exc_info=ValueError("no number"))

    failed, wrong = caplog.records
    assert "it fails (TimeoutError: gone)" == failed.getMessage()
    assert failed.exc_info is None
    assert "it is wrong" == wrong.getMessage()
    assert wrong.exc_info is not None


def test_an_event_without_a_parser_is_told() -> None:
    """A renamed event is a clear error at the start, not silence for ever."""
    client = discord.Client(intents=intents())

    with pytest.raises(LookupError, match="INVITE_UPDATE"):
        internals.replace_parser(client, "INVITE_UPDATE", print)


async def test_events_take_turns(usher: Usher, guild: Guild) -> None:
    """In a flood of events others have their turn in between, and every event arrives."""
    seen: list[int] = []

    async def seen_so_far(member: discord.Member) -> None:
        seen.append(member.id)

    usher.add_listener(seen_so_far, "on_member_join")
    longest = 0
    for _ in range(500):
        guild.emit("GUILD_MEMBER_ADD", guild.member_event(guild.add_member()))
    async with asyncio.timeout(10):
        while len(seen) < 500:
            before = len(seen)
            await asyncio.sleep(0)
            longest = max(longest, len(seen) - before)

    assert longest <= 3 * EVENTS_A_TURN


async def test_the_gateway_setting_wins(ledger: Ledger, sandbox: Sandbox) -> None:
    """A sharded client asks how many shards, and connects where the setting says."""
    bot = Usher(
        ledger,
        extension_names=EXTENSIONS,
        lags=LAGS,
        patience=PATIENCE,
        gateway_url=f"{sandbox.gateway_url}?by=setting",
        guild_ready_timeout=0.05,
    )
    async with bot:
        await bot.login(sandbox.token)

        _, url, _ = await bot.http.get_bot_gateway()

    assert "by=setting" in url
