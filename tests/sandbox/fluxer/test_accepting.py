"""Coming in on Fluxer: who may, what is told, what is counted and what is lost."""

import asyncio

import pytest

from bot.sandbox import Refused, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.sandbox.clients import until
from tests.sandbox.fluxer.talking import Ask, Socket


async def test_accepting_is_for_people(
    sandbox: Sandbox, ask: Ask, guild: Guild, channel: Channel
) -> None:
    """A bot is refused; a person with their own key comes in and sees the invite."""
    invite = guild.add_invite(channel, by=guild.owner)
    who = sandbox.add_user("Robin")
    refused = await ask("POST", f"/invites/{invite.code}")
    accepted = await ask("POST", f"/invites/{invite.code}", by=sandbox.own_key(who))

    assert (403, "ACCESS_DENIED") == refused.refusal
    assert (200, invite.code) == (accepted.status, accepted.body["code"])
    assert (who.id in guild.members, 1) == (True, invite.uses)
    assert "uses" not in accepted.body


async def test_eight_at_once_all_come_in_and_lose_uses(
    sandbox: Sandbox, ask: Ask, guild: Guild, channel: Channel, socket: Socket
) -> None:
    """Uses are read, then set: three are allowed, eight get in and one is counted."""
    sandbox.counting = (0.02, 0.05)
    invite = guild.add_invite(channel, by=guild.owner, max_uses=3)
    people = [sandbox.add_user() for _ in range(8)]
    answers = await asyncio.gather(
        *(ask("POST", f"/invites/{invite.code}", by=sandbox.own_key(who)) for who in people)
    )
    await socket.heard("GUILD_MEMBER_ADD", 8)

    assert [200] * 8 == [one.status for one in answers]
    assert all(who.id in guild.members for who in people)
    assert (1, True) == (invite.uses, invite.code in guild.invites)


async def test_a_late_count_overwrites_a_later_one(
    sandbox: Sandbox, guild: Guild, channel: Channel
) -> None:
    """Who was counted slowly sets what was long overtaken: uses may go down."""
    invite = guild.add_invite(channel, by=guild.owner)
    sandbox.counting = (0.1, 0.1)
    slow = asyncio.get_running_loop().create_task(sandbox.join(invite.code))
    await asyncio.sleep(0)
    sandbox.counting = (0.0, 0.0)
    for _ in range(2):
        await sandbox.join(invite.code)
    before = invite.uses
    await slow

    assert (2, 1) == (before, invite.uses)


async def test_a_list_read_right_after_the_event_is_stale(
    sandbox: Sandbox, ask: Ask, socket: Socket, guild: Guild, channel: Channel
) -> None:
    """GUILD_MEMBER_ADD is out before the use is counted."""
    sandbox.counting = (0.2, 0.2)
    invite = guild.add_invite(channel, by=guild.owner)
    path = f"/guilds/{guild.id}/invites"
    joining = asyncio.get_running_loop().create_task(sandbox.join(invite.code))
    await socket.heard("GUILD_MEMBER_ADD")
    stale = (await ask("GET", path)).body[0]["uses"]
    await joining

    assert (0, 1) == (stale, (await ask("GET", path)).body[0]["uses"])


async def test_one_by_one_is_counted_exactly(
    sandbox: Sandbox, guild: Guild, channel: Channel
) -> None:
    """Counting at once loses nothing, and the fourth of three is refused."""
    invite = guild.add_invite(channel, by=guild.owner, max_uses=3)
    for count in (1, 2, 3):
        await sandbox.join(invite.code)
        assert count == invite.uses
    with pytest.raises(Refused) as refusal:
        await sandbox.join(invite.code)

    assert (404, "UNKNOWN_INVITE") == (refusal.value.status, refusal.value.code)


async def test_the_same_chance_counts_the_same(sandbox: Sandbox) -> None:
    """How long counting takes is chosen by sandbox.random: a seed repeats it."""
    sandbox.random.seed(7)
    first = [sandbox.random.uniform(0.0, 1.0) for _ in range(3)]
    sandbox.random.seed(7)

    assert first == [sandbox.random.uniform(0.0, 1.0) for _ in range(3)]


@pytest.mark.parametrize("end", ["used up", "expired", "channel deleted"])
async def test_ends_are_silent(
    sandbox: Sandbox, ask: Ask, socket: Socket, guild: Guild, end: str
) -> None:
    """An invite that ends by itself is gone from lists, and no event says so."""
    side = guild.add_channel("side")
    invite = guild.add_invite(side, by=guild.owner, max_uses=1, max_age=60)
    match end:
        case "used up":
            await sandbox.join(invite.code)
        case "expired":
            sandbox.advance(60)
        case _:
            guild.delete_channel(side)
    listed = (await ask("GET", f"/guilds/{guild.id}/invites")).body
    await socket.quiet()

    assert ([], []) == (listed, socket.told["INVITE_DELETE"])
    assert (404, "UNKNOWN_INVITE") == (await ask("GET", f"/invites/{invite.code}", by="")).refusal


async def test_paused_invites(
    sandbox: Sandbox, ask: Ask, guild: Guild, channel: Channel, member: Member
) -> None:
    """While invites are disabled creating works and accepting does not, not even for members."""
    features = sorted({*guild.features, "INVITES_DISABLED"})
    await ask("PATCH", f"/guilds/{guild.id}", {"features": features})
    made = await ask("POST", f"/channels/{channel.id}/invites", {})
    accepted = await ask("POST", f"/invites/{made.body['code']}", by=sandbox.own_key(member))
    await ask("PATCH", f"/guilds/{guild.id}", {"features": []})

    assert (200, 403) == (made.status, accepted.status)
    assert "INVITES_DISABLED" == accepted.body["code"]
    newcomer = await sandbox.join(made.body["code"])
    assert newcomer.id in guild.members


async def test_who_is_in_already_is_not_counted(
    sandbox: Sandbox, guild: Guild, channel: Channel, member: Member, socket: Socket
) -> None:
    """A member accepts and nothing happens."""
    invite = guild.add_invite(channel, by=guild.owner)

    assert member is await sandbox.rejoin(member, invite.code)
    await socket.quiet()
    assert (0, []) == (invite.uses, socket.told["GUILD_MEMBER_ADD"])


async def test_who_is_banned_stays_out(
    sandbox: Sandbox, ask: Ask, guild: Guild, channel: Channel
) -> None:
    """A banned person is refused and nothing is counted."""
    invite = guild.add_invite(channel, by=guild.owner)
    who = sandbox.add_user("Robin")
    guild.ban(who)
    answer = await ask("POST", f"/invites/{invite.code}", by=sandbox.own_key(who))

    assert (403, "USER_BANNED_FROM_GUILD") == answer.refusal
    assert (0, False) == (invite.uses, who.id in guild.members)


async def test_a_vanity_counts_too(sandbox: Sandbox, ask: Ask, guild: Guild) -> None:
    """Its uses are told with it, and whoever came has no code in the record."""
    guild.set_vanity("harbour")
    newcomer = await sandbox.join("harbour")

    expected = {"code": "harbour", "uses": 1}
    assert expected == (await ask("GET", f"/guilds/{guild.id}/vanity-url")).body
    assert ("vanity", None) == (newcomer.source, newcomer.inviter_id)


async def test_joins_say_how_somebody_truly_came(
    sandbox: Sandbox, guild: Guild, channel: Channel, socket: Socket
) -> None:
    """The event has no source; the member does, for tests to compare with."""
    invite = guild.add_invite(channel, by=guild.owner)
    newcomer = await sandbox.join(invite.code)
    told = await socket.heard("GUILD_MEMBER_ADD")

    expected = ("invite", invite.code, guild.owner.id)
    assert expected == (newcomer.source, newcomer.code, newcomer.inviter_id)
    assert not {"source", "code", "inviter_id"} & told.keys()


async def test_temporary_membership_ends_after_going_offline(
    sandbox: Sandbox, guild: Guild, channel: Channel, socket: Socket
) -> None:
    """A while later, as a plain leave; who was given a role or came otherwise stays."""
    assert 60.0 == sandbox.temporary_grace
    sandbox.temporary_grace = 0.05
    invite = guild.add_invite(channel, by=guild.owner, temporary=True)
    passing, kept = [await sandbox.join(invite.code) for _ in range(2)]
    guild.grant(kept, guild.add_role("Helper"))
    settled = await sandbox.enter(guild)
    for member in (settled, kept, passing):
        await sandbox.go_offline(member)
    there = passing.id in guild.members
    await until(lambda: passing.id not in guild.members)
    removed = await socket.heard("GUILD_MEMBER_REMOVE")

    assert there
    assert {"guild_id": str(guild.id), "user": {"id": str(passing.id)}} == removed
    assert {kept.id, settled.id} <= guild.members.keys()


async def test_a_join_is_announced_in_the_system_channel(
    sandbox: Sandbox, guild: Guild, channel: Channel, socket: Socket
) -> None:
    """If the guild has one: a message of type 7 by the newcomer, after the event."""
    guild.system_channel = channel
    newcomer = await sandbox.enter(guild)
    said = await socket.heard("MESSAGE_CREATE")

    assert (7, str(newcomer.id), "") == (said["type"], said["author"]["id"], said["content"])
    assert ["GUILD_MEMBER_ADD", "MESSAGE_CREATE"] == socket.order[-2:]
