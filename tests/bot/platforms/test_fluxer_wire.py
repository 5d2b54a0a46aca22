"""The connection to Fluxer: limits, refusals and sessions, on the sandbox through discord.py."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from aiohttp import test_utils, web
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket

from bot.client import Usher, intents
from bot.errors import NoAnswerError, RefusedError
from bot.platforms import fluxer_edge, fluxer_wire, internals, leaky
from bot.platforms.platform import InviteOrder
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from bot.sandbox.rest import Exchange
from cogs import EXTENSIONS
from data.ledger import Ledger
from data.models import Met
from tests.harness import LAGS, PATIENCE, connected, decided, first_reading, until

INVITES = "/channels/{channel_id}/invites"

Script = Callable[[web.WebSocketResponse], Awaitable[None]]
"""What a gateway does when somebody asks it for a session."""


@pytest.fixture
def platform() -> str:
    return "fluxer"


@pytest.fixture
def answers(sandbox: Sandbox) -> list[Exchange]:
    """What was answered, in order."""
    seen: list[Exchange] = []
    sandbox.exchanges.append(seen.append)
    return seen


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each request was answered 429."""
    seen: Counter[int] = Counter()
    places: list[leaky.Place] = []  # kept, so that no two have the same id
    refused = leaky.Place.refused

    def noted(self: leaky.Place, *told: Any, **of_what: Any) -> None:
        places.append(self)
        seen[id(self)] += 1
        refused(self, *told, **of_what)

    monkeypatch.setattr(leaky.Place, "refused", noted)
    return seen


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library waits by chance between two attempts, up to twice as long each time."""
    monkeypatch.setattr(ExponentialBackoff, "delay", lambda _: 0.3)


async def create(usher: Usher, guild: Guild, number: int = 0, reason: str = "because") -> str:
    order = InviteOrder(channel_id=guild.channel("general").id, max_age=1000 + number)
    return (await usher.platform.create_invite(order, reason)).code


class TestRateLimits:
    async def test_more_than_fit(self, usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
        """Sixty at once on a bucket of twenty: nobody is refused, and none waits in vain."""
        sandbox.rate_limit(INVITES, 20, 2.0)
        clock = asyncio.get_running_loop().time
        began = clock()

        await asyncio.gather(*(create(usher, guild, number) for number in range(60)))

        assert 0 == sandbox.limited
        assert 60 == sandbox.count("POST", INVITES)
        assert 3.9 <= clock() - began < 5.5  # forty more than fit, ten a second

    async def test_a_bucket_that_was_full_before(
        self, usher: Usher, sandbox: Sandbox, guild: Guild, refusals: Counter[int]
    ) -> None:
        """An earlier run, or another program, has filled it: one request finds that out, once."""
        sandbox.rate_limit(INVITES, 10, 5.0)
        address = f"{sandbox.api_base}/channels/{guild.channel('general').id}/invites"
        headers = {"Authorization": f"Bot {sandbox.token}"}
        async with aiohttp.ClientSession(headers=headers) as program:
            for _ in range(10):
                async with program.post(address, json={"unique": True}):
                    pass
        clock = asyncio.get_running_loop().time
        began = clock()

        await asyncio.gather(*(create(usher, guild, number) for number in range(3)))

        assert [1] == list(refusals.values())
        assert clock() - began < 3.0

    async def test_nobody_is_refused_twice(
        self, usher: Usher, sandbox: Sandbox, guild: Guild, refusals: Counter[int]
    ) -> None:
        """If the platform changes its mind, several are refused at once, and each just once."""
        sandbox.rate_limit(INVITES, 20, 2.0)
        await create(usher, guild)
        sandbox.rate_limit(INVITES, 5, 0.5)

        await asyncio.gather(*(create(usher, guild, number) for number in range(1, 20)))

        assert refusals, "the limit was met"
        assert {1} == set(refusals.values())

    async def test_all_routes_together(self, usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
        """Fifty a second is the most over all routes: a hundred channels at once are spread."""
        channels = [guild.add_channel(f"c{number}") for number in range(100)]
        await until(lambda: _seen(usher, channels[-1].id))
        sandbox.global_limit = 50

        orders = [InviteOrder(channel_id=channel.id) for channel in channels]
        await asyncio.gather(*(usher.platform.create_invite(order, "all") for order in orders))

        assert 0 == sandbox.limited

    @pytest.mark.parametrize("limit", [22, 10, 4])
    async def test_an_instance_that_allows_less(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, refusals: Counter[int], limit: int
    ) -> None:
        """Who is refused over all routes waits until it surely fits: nobody is refused again, and
        next time the limit is known.
        """
        sandbox.global_limit = limit
        channels = [guild.add_channel(f"c{number}") for number in range(limit + 12)]
        orders = [InviteOrder(channel_id=channel.id) for channel in channels]
        async with connected(ledger, sandbox) as usher:
            await asyncio.gather(*(usher.platform.create_invite(order, "all") for order in orders))

            assert refusals, "the limit was met"
            assert {1} == set(refusals.values())
            refusals.clear()
            await asyncio.gather(*(usher.platform.list_invites(guild.id) for _ in range(limit)))
            assert not refusals

    async def test_a_refusal_of_somebody_in_between(
        self, usher: Usher, sandbox: Sandbox, guild: Guild, refusals: Counter[int]
    ) -> None:
        """A page of a proxy is no answer of the platform: it is not taken for a limit."""
        path = "/channels/*/invites"
        sandbox.fail("POST", path, status=429, body="<html>", content_type="text/html", times=1)

        with pytest.raises(RefusedError, match="Fluxer asks me to slow down"):
            await create(usher, guild)

        assert not refusals

    async def test_a_request_that_is_never_answered(
        self, usher: Usher, sandbox: Sandbox, guild: Guild, refusals: Counter[int]
    ) -> None:
        """Whoever is refused after it does not wait for it."""
        sandbox.fail("POST", "/channels/*/invites", drop=True, times=1)
        with pytest.raises((NoAnswerError, RefusedError)):
            await create(usher, guild)

        sandbox.global_limit = 5
        async with asyncio.timeout(10):
            await asyncio.gather(*(usher.platform.list_invites(guild.id) for _ in range(10)))
        assert refusals, "the limit was met"


async def _seen(usher: Usher, channel_id: int) -> bool | None:
    return usher.get_channel(channel_id) is not None or None


class TestRefusals:
    async def test_a_form_that_is_wrong(self, usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
        """The faults come as a list; the moderator hears a sentence."""
        sandbox.longest_invite = 500

        with pytest.raises(RefusedError, match=r"Fluxer refused that: .*\n.*max\\_age"):
            await create(usher, guild)

    async def test_an_invite_that_is_not_there(self, usher: Usher, guild: Guild) -> None:
        """Error codes are words, and have sentences of ours."""
        with pytest.raises(RefusedError, match="Fluxer knows no such invite"):
            await usher.platform.revoke_invite(guild.id, "nosuchcode", "because")

    async def test_deleting_is_answered_with_nothing(self, usher: Usher, guild: Guild) -> None:
        """Ours and the library's own way of it."""
        ours, theirs = await create(usher, guild, 1), await create(usher, guild, 2)

        await usher.platform.revoke_invite(guild.id, ours, "because")
        invite = await usher.fetch_invite(theirs)
        await invite.delete()

        assert {} == guild.invites

    async def test_a_reason_reads_as_it_was_meant(
        self, usher: Usher, guild: Guild, answers: list[Exchange]
    ) -> None:
        """It is stored as it came: nothing in it is encoded."""
        await create(usher, guild, reason="Created for 42: Zo\u00eb \u2014 100% (really)")

        assert "Created for 42: Zoe - 100% (really)" == answers[-1].reason


class TestLockedOut:
    async def test_nothing_more_is_sent(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, answers: list[Exchange]
    ) -> None:
        """When the token is taken away, the first 401 ends everything that uses it."""
        bot = Usher(
            ledger,
            extension_names=EXTENSIONS,
            platform="fluxer",
            lags=LAGS,
            patience=PATIENCE,
            guild_ready_timeout=0.05,
        )
        async with bot:
            running = asyncio.gather(bot.start(sandbox.token), return_exceptions=True)
            async with asyncio.timeout(10):
                await bot.wait_for("ready")
                await first_reading(ledger, guild)
                sandbox._rest.token = "another"
                with pytest.raises(NoAnswerError):
                    await bot.platform.list_invites(guild.id)
                [ended] = await running
            for _ in range(3):
                with pytest.raises(NoAnswerError):
                    await bot.platform.list_invites(guild.id)

        assert isinstance(ended, discord.ConnectionClosed)
        assert 4004 == ended.code
        assert 1 == [one.status for one in answers].count(401)


@asynccontextmanager
async def until_told(usher: Usher, event: str) -> AsyncIterator[None]:
    """Leave only when the library has told of this, which what is done inside leads to."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(usher.wait_for(event))
        await asyncio.sleep(0)
        yield


class TestSessions:
    async def test_a_session_is_resumed(
        self, usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """What happened while the connection was lost is told afterwards."""
        await first_reading(ledger, guild)
        async with until_told(usher, "shard_resumed"):
            sandbox.drop_gateway()
            missed = await sandbox.enter(guild)

        [join] = await decided(ledger, guild, 1)
        assert missed.id == join.member_id

    async def test_a_lost_session_begins_anew_in_the_same_place(
        self, usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Not at the library's default, which is Discord's; and the gap is looked into."""
        await first_reading(ledger, guild)
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL("ws://127.0.0.1:1/elsewhere")
        sandbox.refuse_resume()
        async with until_told(usher, "guild_available"):
            sandbox.drop_gateway()
            missed = await sandbox.enter(guild)

        [join] = await decided(ledger, guild, 1)
        assert (missed.id, Met.GAP) == (join.member_id, join.met)

    async def test_a_guild_that_was_left_meanwhile_is_not_asked_about(
        self, usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """READY names no guilds, so one whose GUILD_CREATE does not come is not available."""
        await first_reading(ledger, guild)
        sandbox.refuse_resume()
        async with until_told(usher, "shard_ready"):
            sandbox.drop_gateway()
            guild.remove_bot()

        with pytest.raises(NoAnswerError, match="not available"):
            await usher.platform.list_invites(guild.id)


async def test_roles_survive_a_change_of_the_guild(usher: Usher, guild: Guild) -> None:
    """GUILD_UPDATE has no roles: the permissions are still known after it."""
    async with until_told(usher, "guild_update"):
        guild.rename("Another")

    found = usher.get_guild(guild.id)
    assert found is not None
    assert "Another" == found.name
    assert found.me.guild_permissions.manage_guild


class Gateway:
    """A gateway that does what the sandbox's does not, one script for each connection."""

    def __init__(self, *scripts: Script | None) -> None:
        """None is a connection that is refused."""
        self.scripts = list(scripts)
        self.asked: list[str] = []
        """Opcodes that clients sent to begin or resume a session."""
        self.versions: list[str] = []

    async def asked_twice_for_a_session(self) -> bool:
        return self.asked.count("identify") > 1

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        self.versions.append(request.query_string)
        script = self.scripts.pop(0) if self.scripts else _silent
        if script is None:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 100}})
        async for message in socket:
            told = message.json()
            if told["op"] == 1:
                await socket.send_json({"op": 11})
            else:
                self.asked.append({2: "identify", 6: "resume"}[told["op"]])
                await script(socket)
        return socket


async def _silent(_: web.WebSocketResponse) -> None:
    """An overloaded gateway forgets who asked, and says nothing."""


async def _ready(socket: web.WebSocketResponse) -> None:
    user = {"id": "7", "username": "Usher", "discriminator": "0001", "avatar": None, "bot": True}
    ready = {"session_id": "s", "user": user, "guilds": [], "version": 1}
    await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": ready})


async def _gone(socket: web.WebSocketResponse) -> None:
    await socket.close(code=4000)


async def _ready_then_gone(socket: web.WebSocketResponse) -> None:
    await _ready(socket)
    await _gone(socket)


async def _resumed_with_nothing(socket: web.WebSocketResponse) -> None:
    await socket.send_json({"op": 0, "t": "RESUMED", "s": 1, "d": None})


async def _invalid(socket: web.WebSocketResponse) -> None:
    await socket.send_json({"op": 9, "d": False})


async def _asked(gateway: Gateway, times: int) -> bool:
    return len(gateway.asked) >= times


async def _wrong_sequence(socket: web.WebSocketResponse) -> None:
    await socket.close(code=4007)


class Hasty(discord.AutoShardedClient):
    async def before_identify_hook(self, _: int | None, *, initial: bool = False) -> None:
        """The library waits five seconds here, for the sake of Discord."""


@asynccontextmanager
async def client_of(
    gateway: Gateway, kept: float = 60.0
) -> AsyncIterator[discord.AutoShardedClient]:
    """The library, attached as Usher is, with a server that knows the login and this gateway."""
    app = web.Application()
    app.router.add_get("/gateway", gateway.connect)
    app.router.add_get("/v1/{path:.*}", _login)
    async with test_utils.TestServer(app) as server:
        internals.use_endpoints(f"http://{server.host}:{server.port}/v1", None)
        client = Hasty(intents=intents(), guild_ready_timeout=0.01)
        internals.resume_sessions(kept)
        internals.shorten_log()
        fluxer_edge.attach(client)
        async with client, asyncio.TaskGroup() as group:
            group.create_task(client.start("1.secret"))
            try:
                yield client
            finally:
                await client.close()


async def _login(request: web.Request) -> web.Response:
    user = {"id": "7", "username": "Usher", "discriminator": "0001", "avatar": None, "bot": True}
    owned: dict[str, Any] = {"owner": {"id": "8"}, "bot_public": True, "verify_key": ""}
    start = {"total": 1, "remaining": 1, "reset_after": 0, "max_concurrency": 1}
    answers = {
        "users/@me": user,
        "oauth2/applications/@me": {
            "id": "7",
            "name": "Usher",
            "icon": None,
            "description": None,
            "bot_require_code_grant": False,
            **owned,
        },
        "gateway/bot": {
            "url": f"ws://{request.host}/gateway",
            "shards": 1,
            "session_start_limit": start,
        },
    }
    return web.json_response(answers[request.match_info["path"]])


@pytest.mark.usefixtures("hasty")
class TestOddGateways:
    async def test_version_and_compression(self) -> None:
        """Version 1, and no compression that only the library speaks."""
        gateway = Gateway(_ready)
        async with client_of(gateway) as client, asyncio.timeout(10):
            await client.wait_for("ready")

        assert ["v=1&encoding=json"] == gateway.versions

    async def test_resumed_with_nothing(self) -> None:
        """A RESUMED whose data is null resumes the session like any."""
        gateway = Gateway(_ready_then_gone, _resumed_with_nothing)
        async with client_of(gateway) as client, asyncio.timeout(10):
            await client.wait_for("shard_resumed")

        assert ["identify", "resume"] == gateway.asked

    async def test_a_sequence_that_is_not_accepted(self) -> None:
        """A session that can never be resumed is given up, not asked for again and again."""
        gateway = Gateway(_ready_then_gone, _wrong_sequence, _ready)
        async with client_of(gateway):
            await until(gateway.asked_twice_for_a_session, limit=10)

        assert ["identify", "resume", "identify"] == gateway.asked

    @pytest.mark.parametrize(("code", "then"), [(4000, "resume"), (4009, "identify")])
    async def test_a_session_that_cannot_be_asked_for_at_once(self, code: int, then: str) -> None:
        """It is asked for as soon as somebody answers, unless it is over."""

        async def ready_then_gone(socket: web.WebSocketResponse) -> None:
            await _ready(socket)
            await socket.close(code=code)

        gateway = Gateway(ready_then_gone, None, None)
        async with client_of(gateway):
            await until(lambda: _asked(gateway, 2))

        assert ["identify", then] == gateway.asked

    async def test_a_session_that_never_began(self) -> None:
        """There is nothing to ask for again."""
        gateway = Gateway(_gone, None, _ready)
        async with client_of(gateway) as client, asyncio.timeout(10):
            await client.wait_for("ready")

        assert ["identify", "identify"] == gateway.asked

    async def test_a_session_that_is_refused_late(self) -> None:
        """After it was asked for again it is begun anew, and not asked for once more."""
        gateway = Gateway(_ready_then_gone, None, _invalid, None, _ready)
        async with client_of(gateway):
            await until(lambda: _asked(gateway, 3))

        assert ["identify", "resume", "identify"] == gateway.asked

    async def test_a_gateway_that_is_away_for_long(self) -> None:
        """A session that nobody can have kept is not asked for."""
        gateway = Gateway(_ready_then_gone, None, _ready)
        async with client_of(gateway, kept=-1.0):
            await until(lambda: _asked(gateway, 2))

        assert ["identify", "identify"] == gateway.asked

    async def test_a_session_that_we_ended(self) -> None:
        """Who closes a connection and opens it again wants another session."""
        gateway = Gateway(_ready, _ready)
        async with client_of(gateway) as client, asyncio.timeout(10):
            await client.wait_for("ready")
            shard = client.get_shard(0)
            assert shard is not None
            await shard.reconnect()
            await until(lambda: _asked(gateway, 2))

        assert ["identify", "identify"] == gateway.asked

    async def test_one_line_for_each_attempt(self, caplog: pytest.LogCaptureFixture) -> None:
        """The log says why a connection failed, and not where in the library."""
        gateway = Gateway(_ready_then_gone, None, _resumed_with_nothing)
        async with client_of(gateway) as client, asyncio.timeout(10):
            await client.wait_for("shard_resumed")

        [told] = [one for one in caplog.records if one.name == "discord.shard"]
        assert told.getMessage().startswith("Attempting a reconnect for shard ID 0 in ")
        assert "(WSServerHandshakeError: 503" in told.getMessage()
        assert told.exc_info is None

    async def test_a_gateway_that_says_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A session that does not begin in time is asked for anew."""
        monkeypatch.setattr(fluxer_wire, "PATIENCE", 0.2)
        gateway = Gateway(_silent, _ready)
        async with client_of(gateway) as client, asyncio.timeout(10):
            await client.wait_for("ready")

        assert ["identify", "identify"] == gateway.asked
