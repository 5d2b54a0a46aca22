"""Gaps: people come and go while the bot is not told, or is told late, twice, in any order."""

import random
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Clock, Connect, Recorder, until

NEWCOMERS = 40


async def present(client: Recorder) -> dict[str, datetime]:
    """Who the platform says is there now, and when they came."""
    members = client.guilds[0].fetch_members(limit=None)
    return {one.name: one.joined_at async for one in members if one.joined_at is not None}


async def come_and_go(sandbox: Sandbox, guild: Guild, clock: Clock) -> Member:
    """One stays, an hour from the start; one leaves; somebody from before leaves too."""
    clock.time += 3600
    staying = await sandbox.enter(guild, "staying")
    clock.time += 60
    await sandbox.leave(await sandbox.enter(guild, "passing"))
    old = next((one for one in guild.members.values() if one.name == "old"), None)
    if old is not None:
        await sandbox.leave(old)
    clock.time += 3600
    return staying


def came(member: Member) -> datetime:
    """When the platform says that somebody came, as exactly as it tells."""
    return datetime.fromtimestamp(member.joined_at, UTC)


async def unheard(client: Recorder, staying: Member) -> None:
    """Nothing was told, and the list tells the truth."""
    await client.quiet()
    assert [] == client.told["member_join"] == client.told["raw_member_remove"]
    found = await present(client)
    assert {"owner", "usher", "staying"} == found.keys()
    assert came(staying) == found["staying"]


async def test_away(sandbox: Sandbox, guild: Guild, connect: Connect, clock: Clock) -> None:
    """What happened before a client connected is never told; the list shows who stayed."""
    guild.add_member("old")
    async with connect():
        pass
    staying = await come_and_go(sandbox, guild, clock)

    async with connect() as client:
        await unheard(client, staying)


async def test_outage(sandbox: Sandbox, guild: Guild, client: Recorder, clock: Clock) -> None:
    """What happened while a guild was out is never told, though the connection stood."""
    guild.add_member("old")
    guild.outage()
    await client.heard("guild_unavailable")
    staying = await come_and_go(sandbox, guild, clock)
    guild.recover()
    await client.heard("guild_available")

    await unheard(client, staying)


@pytest.mark.parametrize("way", ["nothing kept", "refused"])
async def test_session_lost(
    sandbox: Sandbox, guild: Guild, client: Recorder, clock: Clock, way: str
) -> None:
    """What happened while the connection was broken is lost, if it cannot be resumed."""
    guild.add_member("old")
    if way == "refused":
        sandbox.refuse_resume()
    else:
        sandbox.replay = 0
    sandbox.drop_gateway()
    staying = await come_and_go(sandbox, guild, clock)
    await until(lambda: len(sandbox.sessions) == 1 and len(client.told["shard_ready"]) == 2)

    await unheard(client, staying)
    assert [] == client.told["resumed"]


async def test_nothing_missed_is_resumed(sandbox: Sandbox, client: Recorder) -> None:
    """Even if nothing is kept, who missed nothing resumes."""
    await client.quiet()
    sandbox.replay = 0
    sandbox.drop_gateway()

    await client.heard("resumed")


async def test_events_lost(sandbox: Sandbox, guild: Guild, client: Recorder, clock: Clock) -> None:
    """With every event lost nothing is told on a connection that stands; then all is well."""
    guild.add_member("old")
    sandbox.unreliable(lose=1.0)
    staying = await come_and_go(sandbox, guild, clock)

    await unheard(client, staying)
    assert {"GUILD_MEMBER_ADD": 2, "GUILD_MEMBER_REMOVE": 2} == sandbox.losses
    sandbox.unreliable()
    await sandbox.leave(staying)
    await client.heard("raw_member_remove")


async def crowd(sandbox: Sandbox, guild: Guild) -> list[str]:
    """Names of many who come at once, in the order they came."""
    return [(await sandbox.enter(guild)).name for _ in range(NEWCOMERS)]


def heard_names(client: Recorder) -> list[str]:
    return [arguments[0].name for arguments in client.told["member_join"]]


async def test_events_repeated(sandbox: Sandbox, guild: Guild, client: Recorder) -> None:
    """With every event repeated each is told twice, until that ends."""
    place = guild.channel("general")
    sandbox.unreliable(duplicate=1.0)
    guild.create_invite(place)
    await client.heard("invite_create", 2)
    sandbox.unreliable()
    guild.create_invite(place)
    await client.heard("invite_create", 3)
    await client.quiet()

    assert 3 == len(client.told["invite_create"])
    assert 1 == sandbox.doubles["INVITE_CREATE"]


async def test_chance_spares_some(sandbox: Sandbox, guild: Guild, client: Recorder) -> None:
    """Guilds open and close in good order, whatever chance does."""
    sandbox.unreliable(lose=1.0)
    sandbox.shuffle_events(5.0)

    guild.outage()
    await client.heard("guild_unavailable")
    guild.recover()
    await client.heard("guild_available")

    assert ({}, 0) == (sandbox.losses, sandbox.held)


def test_chance_spares_interactions(sandbox: Sandbox, guild: Guild) -> None:
    """What people ask of the bot is neither lost nor held back by chance."""
    sandbox.unreliable(lose=1.0)
    sandbox.shuffle_events(5.0)

    sandbox.emit("INTERACTION_CREATE", {}, guild.id)

    assert ({}, 0) == (sandbox.losses, sandbox.held)


async def test_chance_can_be_repeated(sandbox: Sandbox, guild: Guild) -> None:
    """Who gives the same source of chance loses the same events, with another one others."""
    lost = []
    for seed in (7, 7, 8):
        sandbox.losses.clear()
        sandbox.unreliable(lose=0.5, rng=random.Random(seed))
        told = []
        for _ in range(NEWCOMERS):
            await sandbox.enter(guild)
            told.append(sandbox.losses["GUILD_MEMBER_ADD"])
        lost.append(told)

    assert lost[0] == lost[1] != lost[2]
    assert 0 < lost[0][-1] < NEWCOMERS


class TestShuffle:
    async def test_events_overtake_each_other(
        self, sandbox: Sandbox, guild: Guild, client: Recorder
    ) -> None:
        """All events arrive, but not in the order in which things happened."""
        sandbox.shuffle_events(0.3)
        names = await crowd(sandbox, guild)
        assert sandbox.held

        await until(lambda: not sandbox.held)
        await client.heard("member_join", NEWCOMERS)

        assert names != heard_names(client)
        assert sorted(names) == sorted(heard_names(client))

    async def test_order_is_that_of_the_chance_given(
        self, sandbox: Sandbox, guild: Guild, client: Recorder
    ) -> None:
        """The source of chance that a test gives is the one that is used."""
        chance = random.Random(7)
        untouched = chance.getstate()
        sandbox.shuffle_events(0.01, chance)

        await sandbox.enter(guild)
        await client.heard("member_join")

        assert untouched != chance.getstate()

    async def test_one_kind_overtakes_another(
        self, sandbox: Sandbox, guild: Guild, client: Recorder
    ) -> None:
        """A departure may be told before the arrival."""
        told: list[str] = []
        sandbox.events.append(lambda event: told.append(event.name))
        sandbox.shuffle_events(0.05)
        for _ in range(NEWCOMERS):
            await sandbox.leave(await sandbox.enter(guild))
        await until(lambda: not sandbox.held)
        await client.quiet()

        assert 2 * NEWCOMERS == len(told)
        assert ("GUILD_MEMBER_REMOVE", "GUILD_MEMBER_ADD") in pairwise(told)
        assert ["GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE"] * NEWCOMERS != told

    async def test_it_ends(self, sandbox: Sandbox, guild: Guild, client: Recorder) -> None:
        """With no time to be held back for, events come in order again."""
        sandbox.shuffle_events(0.1)
        sandbox.shuffle_events(0)

        names = await crowd(sandbox, guild)
        assert 0 == sandbox.held
        await client.heard("member_join", NEWCOMERS)

        assert names == heard_names(client)
