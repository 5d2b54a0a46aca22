"""Guilds, channels, roles, members and the application, over REST and as events."""

from typing import Any

import discord
import pytest

from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.guild import Guild
from bot.sandbox.snowflakes import iso
from tests.sandbox.clients import Clock, Recorder, Rest

P = Permission


async def test_the_application(sandbox: Sandbox, client: Recorder) -> None:
    """The application is the bot's own, with the flags of its privileged intents."""
    info = await client.application_info()

    assert sandbox.application.id == info.id
    assert info.flags.gateway_guild_members_limited
    assert not info.flags.gateway_message_content_limited
    assert 0 == info.approximate_guild_count - len(sandbox.bots_guilds())


async def test_guild_over_rest(client: Recorder, guild: Guild) -> None:
    """A guild is fetched with its counts, channels, roles and members."""
    fetched = await client.fetch_guild(guild.id)

    assert ("Harbour", 2) == (fetched.name, fetched.approximate_member_count)
    assert ["general"] == [one.name for one in await fetched.fetch_channels()]
    assert guild.roles_by_id.keys() == {one.id for one in await fetched.fetch_roles()}
    assert guild.members.keys() == {one.id async for one in fetched.fetch_members()}
    assert guild.owner_id == (await fetched.fetch_member(guild.owner_id)).id
    assert [guild.id] == [one.id async for one in client.fetch_guilds()]


async def test_users_and_dms(sandbox: Sandbox, client: Recorder) -> None:
    """Users are fetched by id, and written to in a channel of their own."""
    user = sandbox.add_user("member-17")

    fetched = await client.fetch_user(user.id)
    await fetched.send("hello")

    (message,) = sandbox.dm_with(user).messages.values()
    assert ("member-17", "hello") == (fetched.name, message.body["content"])
    assert "hello" == (await fetched.dm_channel.fetch_message(message.id)).content  # type: ignore[union-attr]
    assert isinstance(await client.fetch_channel(message.channel_id), discord.DMChannel)


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        ("GET", "/users/5", (404, 10013)),
        ("GET", "/guilds/5", (404, 10004)),
        ("GET", "/channels/5", (404, 10003)),
        ("GET", "/invites/nothing", (404, 10006)),
        ("GET", "/guilds/{guild}/members/5", (404, 10007)),
        ("GET", "/channels/{channel}/messages/5", (404, 10008)),
        ("PUT", "/guilds/{guild}/members/{owner}/roles/5", (404, 10011)),
        ("PUT", "/guilds/{guild}/members/{owner}/roles/{guild}", (400, 50028)),
        ("DELETE", "/guilds/{guild}/members/{owner}", (403, 50013)),
        ("DELETE", "/guilds/{guild}/members/{bot}", (403, 50013)),
        ("GET", "/channels/{dm}/invites", (404, 10003)),
    ],
)
async def test_unknown_things(
    sandbox: Sandbox, rest: Rest, method: str, path: str, refusal: tuple[int, int]
) -> None:
    """Whatever does not exist or is not allowed has its own code."""
    guild = sandbox.add_guild("Harbour", bot_permissions=LEAST | P.KICK_MEMBERS)
    names = {"guild": guild.id, "channel": guild.channels[0].id, "owner": guild.owner_id}
    names |= {"bot": sandbox.application.id, "dm": sandbox.dm_with(guild.owner.user).id}

    assert refusal == (await rest(method, path.format(**names))).refusal


async def test_unknown_recipient(rest: Rest) -> None:
    """Nobody can be written to who does not exist."""
    answer = await rest("POST", "/users/@me/channels", json={"recipient_id": "5"})

    assert (400, 50033) == answer.refusal


async def test_bot_leaves(client: Recorder, guild: Guild) -> None:
    """The bot can leave a guild, and is told that it did."""
    await client.guilds[0].leave()

    assert guild.id == (await client.heard("guild_remove")).id
    assert guild.me is None


async def test_guild_is_renamed(rest: Rest, client: Recorder, guild: Guild) -> None:
    """A change of the guild is told, whoever made it."""
    guild.rename("Port")
    _, after = await client.heard("guild_update")
    assert "Port" == after.name

    answer = await rest("PATCH", f"/guilds/{guild.id}", json={"name": "Haven"})
    _, after = await client.heard("guild_update", 2)
    assert "Haven" == after.name == answer.body["name"]


@pytest.mark.parametrize(
    ("features", "wanted", "status"),
    [
        pytest.param(("COMMUNITY",), ["COMMUNITY", "INVITES_DISABLED"], 200, id="pause"),
        pytest.param((), ["INVITES_DISABLED"], 400, id="no community"),
        pytest.param((), ["VERIFIED"], 403, id="not the bot's to change"),
    ],
)
async def test_pausing_over_rest(
    sandbox: Sandbox, rest: Rest, features: tuple[str, ...], wanted: list[str], status: int
) -> None:
    """A bot may pause invites of a community guild, and change no other feature."""
    guild = sandbox.add_guild("Harbour", features=features)

    answer = await rest("PATCH", f"/guilds/{guild.id}", json={"features": wanted})

    assert status == answer.status
    assert (status == 200) == guild.invites_paused


async def test_pausing_for_a_while(rest: Rest, guild: Guild, clock: Clock) -> None:
    """Invites are paused for a day at most; a field left out ends the other pause."""
    path = f"/guilds/{guild.id}/incident-actions"
    soon, late = iso(clock.time + 3600), iso(clock.time + 86_401)

    both = {"invites_disabled_until": soon, "dms_disabled_until": soon}
    assert both == (await rest("PUT", path, json=both)).body
    paused = [guild.invites_paused]
    answer = await rest("PUT", path, json={"invites_disabled_until": late})
    assert (400, 50035) == answer.refusal
    clock.time += 3601
    paused.append(guild.invites_paused)
    assert [True, False] == paused
    only = {"dms_disabled_until": iso(clock.time + 60)}
    assert (await rest("PUT", path, json=only)).body["invites_disabled_until"] is None
    assert {None} == set((await rest("PUT", path, json={})).body.values())


async def test_channels_come_and_go(client: Recorder, guild: Guild) -> None:
    """Channels of every kind are told when made, changed and deleted."""
    category = guild.add_channel("Ashore", "category")
    for kind in ("voice", "stage", "forum", "announcement"):
        guild.add_channel(kind, kind, parent=category)
    await client.heard("guild_channel_create", 5)
    guild.overwrite(guild.channel("voice"), guild.everyone, deny=P.CONNECT)
    _, changed = await client.heard("guild_channel_update")
    guild.delete_channel(guild.channel("voice"))
    gone = await client.heard("guild_channel_delete")

    assert changed.id == gone.id
    assert {"general", "Ashore", "stage", "forum", "announcement"} == {
        channel.name for channel in client.guilds[0].channels
    }


async def test_a_channel_tells_what_it_grants_and_denies(client: Recorder, guild: Guild) -> None:
    """To a role and to a member, each by its own bits."""
    general = guild.channel("general")
    guild.overwrite(general, guild.everyone, deny=P.SEND_MESSAGES)
    guild.overwrite(general, guild.owner, allow=P.MANAGE_CHANNELS)

    channel = await client.fetch_channel(general.id)

    assert isinstance(channel, discord.TextChannel)
    told = {
        one.id: [bits.value for bits in held.pair()] for one, held in channel.overwrites.items()
    }
    assert {guild.id: [0, P.SEND_MESSAGES], guild.owner_id: [P.MANAGE_CHANNELS, 0]} == told


async def test_threads(client: Recorder, guild: Guild, rest: Rest) -> None:
    """A thread is told as such and takes its permissions from its parent."""
    general = guild.channel("general")
    thread = guild.add_channel("aside", "thread", parent=general)
    told = await client.heard("thread_create")
    assert guild.me is not None
    assert guild.may(guild.me, P.SEND_MESSAGES, thread)

    guild.overwrite(general, guild.me, deny=P.SEND_MESSAGES)

    assert (thread.id, general.id) == (told.id, told.parent_id)
    assert not guild.may(guild.me, P.SEND_MESSAGES, thread)
    assert 11 == (await rest("GET", f"/channels/{thread.id}")).body["type"]


async def test_bot_deletes_a_channel(client: Recorder, guild: Guild) -> None:
    """A channel that the bot manages can be deleted by it."""
    await client.guilds[0].text_channels[0].delete()

    assert [] == guild.channels


async def test_roles(client: Recorder, guild: Guild) -> None:
    """Roles are told when made, changed and deleted, and may be given and taken."""
    role = guild.add_role("Helper", P.MANAGE_MESSAGES)
    member = guild.add_member(roles=[role])
    await client.heard("guild_role_create")
    known = await client.guilds[0].fetch_member(member.id)
    granted = discord.Object(guild.add_role("Granted").id)

    await known.add_roles(granted)
    await known.remove_roles(discord.Object(role.id))
    assert [granted.id] == member.roles
    guild.change_role(guild.role("Granted"), permissions=P.KICK_MEMBERS)
    _, changed = await client.heard("guild_role_update")
    guild.delete_role(guild.role("Granted"))
    await client.heard("guild_role_delete")

    assert changed.permissions.kick_members
    assert [] == member.roles


async def test_bot_kicks(sandbox: Sandbox, rest: Rest) -> None:
    """A bot with the permission kicks members below it, with a reason in the log."""
    guild = sandbox.add_guild("Harbour", bot_permissions=LEAST | P.KICK_MEMBERS)
    member = guild.add_member()
    headers = {"X-Audit-Log-Reason": "spam"}

    answer = await rest("DELETE", f"/guilds/{guild.id}/members/{member.id}", headers=headers)

    assert 204 == answer.status
    assert member.id not in guild.members
    assert "spam" == guild.audit_log[0].reason


async def test_audit_log_is_fetched(client: Recorder, guild: Guild, clock: Clock) -> None:
    """Entries are fetched newest first, filtered, in pages, and kept for 45 days."""
    general, moderator = guild.channel("general"), guild.add_member("moderator")
    codes = [guild.create_invite(general, by=guild.owner).code for _ in range(3)]
    guild.revoke_invite(codes[0], by=moderator)
    known = client.guilds[0]

    async def logged(**options: Any) -> list[Any]:
        return [entry.action.name async for entry in known.audit_logs(**options)]

    created = ["invite_create"] * 3
    assert ["invite_delete", *created] == await logged()
    assert ["invite_delete"] == await logged(limit=1)
    assert created == await logged(action=discord.AuditLogAction.invite_create)
    assert ["invite_delete"] == await logged(user=discord.Object(moderator.id))
    assert [*created, "invite_delete"] == await logged(oldest_first=True)
    clock.time += 46 * 86400
    assert [] == await logged()


@pytest.mark.parametrize(
    ("permissions", "limit", "refusal"),
    [(LEAST, 101, (400, 50035)), (LEAST & ~P.VIEW_AUDIT_LOG, 1, (403, 50013))],
)
async def test_audit_log_is_guarded(
    sandbox: Sandbox, rest: Rest, permissions: int, limit: int, refusal: tuple[int, int]
) -> None:
    """The log needs its permission, and pages have a bound."""
    guild = sandbox.add_guild("Harbour", bot_permissions=permissions)

    answer = await rest("GET", f"/guilds/{guild.id}/audit-logs", params={"limit": limit})

    assert refusal == answer.refusal


async def test_bot_without_a_place(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A guild that the bot was removed from does not exist for it."""
    channel = guild.channel("general")
    guild.remove_bot()

    assert (404, 10004) == (await rest("GET", f"/guilds/{guild.id}")).refusal
    assert (403, 50001) == (await rest("GET", f"/channels/{channel.id}")).refusal
    assert [] == sandbox.bots_guilds()


async def test_members_are_paged(rest: Rest, guild: Guild) -> None:
    """Members are listed by id, from after a given one."""
    ids = sorted(guild.members)
    path = f"/guilds/{guild.id}/members"

    first = await rest("GET", path)
    rest_of_them = await rest("GET", path, params={"limit": 5, "after": ids[0]})

    assert [str(ids[0])] == [one["user"]["id"] for one in first.body]
    assert [str(ids[1])] == [one["user"]["id"] for one in rest_of_them.body]
