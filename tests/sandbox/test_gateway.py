"""Sessions, shards, intents, resuming, chunks: seen through the real client."""

import json
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Connect, Recorder, intents, until


async def test_client_is_ready_with_its_guilds(client: Recorder, guild: Guild) -> None:
    """The real client logs in and knows the guild with its channels and roles."""
    known = client.get_guild(guild.id)

    assert known is not None
    assert ["general"] == [channel.name for channel in known.channels]
    assert {"@everyone", "usher"} == {role.name for role in known.roles}
    assert guild.owner_id == known.owner_id


async def test_default_permissions_are_the_least(client: Recorder) -> None:
    """The bot may do what an invite manager needs, and is no administrator."""
    held = client.guilds[0].me.guild_permissions

    assert held.manage_guild
    assert held.manage_roles
    assert not held.administrator
    assert not held.kick_members


@pytest.mark.parametrize("compression", ["zlib-stream", "zstd-stream"])
async def test_compression_is_not_given(sandbox: Sandbox, compression: str) -> None:
    """Whatever is asked for, what is said is plain text, which every client takes."""
    url = f"{sandbox.gateway_url}?v=10&encoding=json&compress={compression}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
        hello = await ws.receive(timeout=10)

    assert aiohttp.WSMsgType.TEXT is hello.type
    assert 10 == hello.json()["op"]


@pytest.mark.usefixtures("sandbox")
async def test_wrong_token_is_told_at_login() -> None:
    """A token that is not the sandbox's is 401, which the client calls an improper token."""
    async with discord.Client(intents=intents()) as client:
        with pytest.raises(discord.LoginFailure):
            await client.login("wrong")


async def test_missing_privilege_closes_4014(sandbox: Sandbox, connect: Connect) -> None:
    """Asking for a privileged intent that was not granted ends the connection for good."""
    sandbox.application.privileged = set()

    with pytest.raises(ExceptionGroup) as caught:
        async with connect():
            pass

    assert caught.group_contains(discord.PrivilegedIntentsRequired)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param({"op": 2, "d": {"token": "wrong", "intents": 0}}, 4004, id="wrong token"),
        pytest.param({"op": 2, "d": {"intents": 1 << 30}}, 4013, id="unknown intent"),
        pytest.param({"op": 2, "d": {"intents": None}}, 4013, id="no intents"),
        pytest.param({"op": 2, "d": {"shard": [2, 2], "intents": 0}}, 4010, id="no such shard"),
        pytest.param({"op": 6, "d": {"token": "wrong"}}, 4004, id="wrong token to resume"),
        pytest.param({"op": 8, "d": {"guild_id": "1"}}, 4003, id="chunks before identify"),
        pytest.param({"op": 99, "d": None}, 4001, id="unknown opcode"),
        pytest.param("{", 4002, id="not JSON"),
        pytest.param(b"\x00", 4002, id="bytes"),
    ],
)
async def test_nonsense_is_closed_with_its_code(sandbox: Sandbox, frame: Any, code: int) -> None:
    """What a client must not send ends the socket with the documented close code."""
    if isinstance(frame, dict) and isinstance(frame["d"], dict):
        frame["d"].setdefault("token", sandbox.token)

    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.gateway_url) as ws:
        await ws.receive_json()
        if isinstance(frame, bytes):
            await ws.send_bytes(frame)
        else:
            await ws.send_str(frame if isinstance(frame, str) else json.dumps(frame))
        closing = await ws.receive()

    assert aiohttp.WSMsgType.CLOSE == closing.type
    assert code == closing.data


async def test_second_identify_is_closed(sandbox: Sandbox) -> None:
    """One socket identifies once."""
    identify = {"op": 2, "d": {"token": sandbox.token, "intents": 0}}

    async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.gateway_url) as ws:
        hello = await ws.receive_json()
        await ws.send_json({"op": 1, "d": None})
        ack = await ws.receive_json()
        await ws.send_json(identify)
        ready = await ws.receive_json()
        await ws.send_json({"op": 3, "d": {}})
        await ws.send_json(identify)
        closing = await ws.receive()

    assert [10, 11, "READY"] == [hello["op"], ack["op"], ready["t"]]
    assert 4005 == closing.data


async def test_too_many_guilds_for_one_shard(sandbox: Sandbox, connect: Connect) -> None:
    """More than 2500 guilds on a shard are refused with 4011."""
    for number in range(2501):
        sandbox.add_guild(f"guild {number}")

    with pytest.raises(ExceptionGroup) as caught:
        async with connect():
            pass

    assert caught.group_contains(discord.ConnectionClosed, match="4011")


async def test_each_guild_goes_to_its_shard(sandbox: Sandbox, connect: Connect) -> None:
    """Guilds spread over shards by their id, and each event reaches one shard only."""
    guilds = [sandbox.add_guild(f"guild {number}") for number in range(8)]

    async with connect(shard_count=2, shard_ids=[0, 1]) as client:
        for guild in guilds:
            await sandbox.enter(guild)
        await client.heard("member_join", 8)

        assert {0, 1} == {guild.shard_id for guild in client.guilds}
        assert 8 == len(client.told["member_join"])


async def test_shard_count_is_recommended(sandbox: Sandbox, connect: Connect) -> None:
    """A client that asks how many shards to use is told."""
    sandbox.add_guild("Harbour")

    async with connect(shard_count=None) as client:
        assert 1 == client.shard_count

    assert 1 == sandbox.count("GET", "/gateway/bot")


async def test_intents_decide_what_is_heard(
    sandbox: Sandbox, guild: Guild, connect: Connect
) -> None:
    """Without the members intent nobody is heard to join."""
    async with connect(intents=intents("guilds", "invites")) as client:
        await sandbox.enter(guild)
        guild.create_invite(guild.channel("general"), by=guild.owner)
        await client.heard("invite_create")

        assert [] == client.told["member_join"]
        assert [] == client.told["audit_log_entry_create"]


async def test_new_guild_is_announced(sandbox: Sandbox, client: Recorder) -> None:
    """A guild that the bot is added to while connected arrives as joined."""
    guild = sandbox.add_guild("Lighthouse")

    assert guild.id == (await client.heard("guild_join")).id


async def test_dropped_socket_resumes_with_replay(
    sandbox: Sandbox, guild: Guild, client: Recorder
) -> None:
    """Nothing is lost when the connection breaks: what was missed is replayed, once."""
    await sandbox.enter(guild, "before")
    await client.heard("member_join")

    sandbox.drop_gateway()
    await sandbox.enter(guild, "meanwhile")
    await client.heard("resumed")
    await sandbox.enter(guild, "after")
    await client.heard("member_join", 3)

    names = [arguments[0].name for arguments in client.told["member_join"]]
    assert ["before", "meanwhile", "after"] == names
    assert 1 == len(client.told["ready"])


@pytest.mark.parametrize("code", [4000, 1000])
async def test_closed_with_a_code_resumes(sandbox: Sandbox, client: Recorder, code: int) -> None:
    """A close that the platform asks for is followed by a resume."""
    sandbox.drop_gateway(code)

    await client.heard("resumed")


async def test_reconnect_request_is_followed(sandbox: Sandbox, client: Recorder) -> None:
    """Told to reconnect, the client comes back and resumes."""
    sandbox.request_reconnect()

    await client.heard("resumed")


async def test_refused_resume_starts_anew(sandbox: Sandbox, guild: Guild, client: Recorder) -> None:
    """An invalid session means READY again, and what happened meanwhile is not told."""
    sandbox.refuse_resume()
    sandbox.drop_gateway()
    await sandbox.enter(guild)

    await until(lambda: len(sandbox.sessions) == 1 and len(client.told["shard_ready"]) == 2)

    assert [] == client.told["member_join"]
    assert [] == client.told["resumed"]


async def test_goodbye_ends_the_session(sandbox: Sandbox, connect: Connect) -> None:
    """A client that closes in good order leaves no session behind."""
    async with connect():
        assert 1 == len(sandbox.sessions)

    await until(lambda: sandbox.sessions == [])


@pytest.mark.parametrize(
    ("code", "answer"),
    [pytest.param(1000, (9, None), id="goodbye"), pytest.param(4000, (0, "RESUMED"), id="broken")],
)
async def test_only_a_broken_session_resumes(
    sandbox: Sandbox, code: int, answer: tuple[int, str | None]
) -> None:
    """Who closed in good order cannot resume; whose connection broke can."""
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(sandbox.gateway_url) as ws:
            await ws.receive_json()
            await ws.send_json({"op": 2, "d": {"token": sandbox.token, "intents": 0}})
            ready = await ws.receive_json()
            await ws.close(code=code)
        async with session.ws_connect(sandbox.gateway_url) as ws:
            await ws.receive_json()
            data = {"token": sandbox.token, "seq": 1, "session_id": ready["d"]["session_id"]}
            await ws.send_json({"op": 6, "d": data})
            told = await ws.receive_json()

    assert answer == (told["op"], told["t"])


async def test_too_old_a_sequence_cannot_be_resumed(sandbox: Sandbox, guild: Guild) -> None:
    """Who missed more events than are kept must start anew."""
    sandbox.replay = 2
    identify = {"op": 2, "d": {"token": sandbox.token, "intents": 2}}
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(sandbox.gateway_url) as ws:
            await ws.receive_json()
            await ws.send_json(identify)
            ready = await ws.receive_json()
            await ws.close(code=4000)
        for _ in range(3):
            await sandbox.enter(guild)
        async with session.ws_connect(sandbox.gateway_url) as ws:
            await ws.receive_json()
            data = {"token": sandbox.token, "seq": 1, "session_id": ready["d"]["session_id"]}
            await ws.send_json({"op": 6, "d": data})
            answer = await ws.receive_json()

    assert (9, False) == (answer["op"], answer["d"])


async def test_members_are_chunked(guild: Guild, connect: Connect) -> None:
    """A client that wants all members at the start gets them in chunks."""
    for _ in range(1500):
        guild.add_member()

    async with connect(chunk_guilds_at_startup=True) as client:
        assert 1502 == len(client.guilds[0].members)


async def test_members_are_found(guild: Guild, client: Recorder) -> None:
    """Members can be asked for by the start of their name or by id."""
    wanted = guild.add_member("moderator")
    known = client.guilds[0]

    by_name = await known.query_members("mod")
    by_id = await known.query_members(user_ids=[wanted.id, 5])

    assert [wanted.id] == [member.id for member in by_name]
    assert [wanted.id] == [member.id for member in by_id]


async def test_outage_and_recovery(guild: Guild, client: Recorder) -> None:
    """A guild may be gone for a while and come back; nothing is told in between."""
    guild.outage()
    await client.heard("guild_unavailable")
    guild.create_invite(guild.channel("general"), by=guild.owner)
    guild.recover()
    back = await client.heard("guild_available")

    assert guild.id == back.id
    assert [] == client.told["invite_create"]


async def test_removed_bot_loses_the_guild(
    sandbox: Sandbox, guild: Guild, client: Recorder
) -> None:
    """Removed from a guild, the bot is told so and hears no more of it, until it comes back."""
    guild.remove_bot()
    await client.heard("guild_remove")
    await sandbox.enter(guild)

    assert guild.id not in {one.id for one in client.guilds}
    guild.welcome_bot()
    assert guild.id == (await client.heard("guild_join")).id
    assert [] == client.told["member_join"]
    assert {"@everyone", "usher"} == {role.name for role in guild.roles}
