"""Fluxer's gateway: how a session begins, is told and comes back."""

import json

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.fluxer import sockets
from bot.sandbox.guild import Guild
from tests.sandbox.clients import until
from tests.sandbox.fluxer.talking import Ask, Socket, listening


@pytest.mark.parametrize("query", ["v=10&encoding=json", "encoding=json", "v=2"])
async def test_only_version_1_is_spoken(sandbox: Sandbox, query: str) -> None:
    """Another version, or none, is closed with 4012 before anything is said."""
    async with listening(sandbox, query) as socket:
        assert 4012 == await socket.closed()
    assert [] == socket.frames


@pytest.mark.parametrize("compression", ["zlib-stream", "zstd-stream&stream=1"])
async def test_compression_is_refused(sandbox: Sandbox, compression: str) -> None:
    """Who asks for compression is turned away, not answered in plain text."""
    async with listening(sandbox, f"v=1&compress={compression}") as socket:
        assert 4002 == await socket.closed()


async def test_ready_is_followed_by_the_guilds(sandbox: Sandbox) -> None:
    """READY lists no guilds, says nothing of resuming, and a GUILD_CREATE follows for each."""
    guilds = {str(sandbox.add_guild(name).id) for name in ("Harbour", "Lighthouse")}
    async with listening(sandbox) as socket:
        ready = await socket.identify(sandbox.token)
        await socket.heard("GUILD_CREATE", 2)

    assert [] == ready["guilds"]
    assert not {"resume_gateway_url", "application"} & ready.keys()
    assert guilds == {one["id"] for one in socket.told["GUILD_CREATE"]}
    assert {"op": 10, "d": {"heartbeat_interval": 41250}}.items() <= socket.frames[0].items()


async def test_a_guild_is_nested(socket: Socket, guild: Guild) -> None:
    """GUILD_CREATE nests name and features, and lists no member but the bot."""
    guild.populate(3)
    told = await socket.heard("GUILD_CREATE")

    assert guild.name == told["properties"]["name"]
    assert "name" not in told
    assert [str(guild.me and guild.me.id)] == [one["user"]["id"] for one in told["members"]]


async def test_a_wrong_token_is_closed_out(sandbox: Sandbox) -> None:
    """An unknown token closes with 4004."""
    async with listening(sandbox) as socket:
        await socket.socket.send_json({"op": 2, "d": {"token": "1.x", "properties": {}}})
        assert 4004 == await socket.closed()


async def test_a_long_payload_is_closed_out(sandbox: Sandbox) -> None:
    """A client may send 4096 bytes at once, not one more."""
    fits = json.dumps({"op": 1, "d": None, "x": ""})
    async with listening(sandbox) as socket:
        await socket.socket.send_str(fits.replace('""', f'"{"x" * (4096 - len(fits))}"'))
        await until(lambda: any(frame["op"] == 11 for frame in socket.frames))
        await socket.socket.send_str(fits.replace('""', f'"{"x" * (4097 - len(fits))}"'))
        assert 4002 == await socket.closed()


async def test_intents_do_not_matter(sandbox: Sandbox, guild: Guild, channel: Channel) -> None:
    """Without any intents everything is told, members and what people write too."""
    async with listening(sandbox) as socket:
        await socket.identify(sandbox.token, intents=0)
        await socket.heard("GUILD_CREATE")
        newcomer = await sandbox.enter(guild)
        await sandbox.say(newcomer, channel, "hello")

        assert str(newcomer.id) == (await socket.heard("GUILD_MEMBER_ADD"))["user"]["id"]
        assert "hello" == (await socket.heard("MESSAGE_CREATE"))["content"]


async def test_a_session_is_resumed_after_a_drop(sandbox: Sandbox, guild: Guild) -> None:
    """What came while the socket was gone is replayed, once, and then RESUMED."""
    async with listening(sandbox) as socket:
        session_id = (await socket.identify(sandbox.token))["session_id"]
        await socket.heard("GUILD_CREATE")
        sandbox.drop_gateway()
        await socket.closed()
    await sandbox.enter(guild)
    async with listening(sandbox) as socket:
        await socket.resume(sandbox.token, session_id, 2)
        await socket.heard("RESUMED")

    assert ["GUILD_MEMBER_ADD", "RESUMED"] == socket.order


async def test_a_session_ends_after_its_window(
    sandbox: Sandbox, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes back too late starts anew: invalid session, and never with d: true."""
    assert sockets.RESUME_WINDOW == 60.0
    monkeypatch.setattr(sockets, "RESUME_WINDOW", 0.0)
    async with listening(sandbox) as socket:
        session_id = (await socket.identify(sandbox.token))["session_id"]
        sandbox.drop_gateway()
        await socket.closed()
    await until(lambda: session_id not in sandbox._gateway.sessions)
    await sandbox.enter(guild)
    async with listening(sandbox) as socket:
        await socket.resume(sandbox.token, session_id, 1)
        await until(lambda: len(socket.frames) > 1)

    assert (9, False) == (socket.frames[1]["op"], socket.frames[1]["d"])
    assert [] == socket.order


async def test_members_are_told_in_chunks(socket: Socket, guild: Guild) -> None:
    """Opcode 8 brings everybody, as members are put elsewhere."""
    guild.populate(3)
    data = {"guild_id": str(guild.id), "query": "", "limit": 0}
    await socket.socket.send_json({"op": 8, "d": data})
    chunk = await socket.heard("GUILD_MEMBERS_CHUNK")

    assert {str(user_id) for user_id in guild.members} == {
        one["user"]["id"] for one in chunk["members"]
    }
    assert all("flags" not in one for one in chunk["members"])


async def test_who_leaves_is_told_by_id(sandbox: Sandbox, socket: Socket, guild: Guild) -> None:
    """GUILD_MEMBER_REMOVE has nothing of the user but the id."""
    newcomer = await sandbox.enter(guild)
    await sandbox.leave(newcomer)

    expected = {"guild_id": str(guild.id), "user": {"id": str(newcomer.id)}}
    assert expected == await socket.heard("GUILD_MEMBER_REMOVE")


async def test_the_way_to_the_gateway(sandbox: Sandbox, ask: Ask) -> None:
    """The URL comes from /gateway/bot; Discord's other route is not there."""
    assert sandbox.gateway_url == (await ask("GET", "/gateway/bot")).body["url"]
    assert (404, "NOT_FOUND") == (await ask("GET", "/gateway")).refusal


async def test_events_of_invites_need_a_permission(
    socket: Socket, guild: Guild, channel: Channel
) -> None:
    """INVITE_CREATE and INVITE_DELETE reach only who manages the channel."""
    assert guild.me is not None
    hidden = guild.add_channel("hidden")
    guild.overwrite(hidden, guild.me, deny=1 << 4)
    for place in (hidden, channel):
        made = guild.create_invite(place, by=guild.owner)
        guild.revoke_invite(made.code, by=guild.owner)
    await socket.quiet()

    for name in ("INVITE_CREATE", "INVITE_DELETE"):
        assert [made.code] == [one["code"] for one in socket.told[name]]
    assert 4 == len(socket.told["GUILD_AUDIT_LOG_ENTRY_CREATE"])
