"""How people come and go, what is counted, and what the bot hears of it."""

import pytest

from bot.sandbox import Refused, Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Clock, Recorder, Rest


async def test_join_is_counted_and_told(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """A join raises the counter at once and is announced, without its source."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner, uses=2)

    member = await sandbox.join(invite.code, "member-17")
    told = await client.heard("member_join")
    (listed,) = await client.guilds[0].invites()

    assert (member.id, "member-17") == (told.id, told.name)
    assert 3 == listed.uses == invite.uses
    assert ("invite", invite.code, guild.owner_id) == (
        member.source,
        member.code,
        member.inviter_id,
    )


async def test_join_times_have_microseconds_and_differ(
    sandbox: Sandbox, client: Recorder, guild: Guild
) -> None:
    """No two joins happen in the same microsecond, even of one user at one moment."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)

    member = await sandbox.join(invite.code)
    await sandbox.leave(member)
    await sandbox.rejoin(member, invite.code)
    await client.heard("member_join", 2)

    first, second = (arguments[0].joined_at for arguments in client.told["member_join"])
    assert first < second
    assert 0 < (second - first).microseconds < 1000


async def test_rejoin_is_flagged(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """Who was here before is marked so when they come back."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)
    member = await sandbox.join(invite.code)
    await sandbox.leave(member)

    await sandbox.join(invite.code, user=member.user)
    told = await client.heard("member_join", 2)

    assert told.flags.did_rejoin
    assert not client.told["member_join"][0][0].flags.did_rejoin
    assert 2 == invite.uses


async def test_leaving_is_told(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """Leaving and being kicked are announced; only the kick is written down."""
    leaver, kicked = guild.add_member(), guild.add_member()

    await sandbox.leave(leaver)
    await sandbox.kick(kicked, by=guild.owner)
    await client.heard("raw_member_remove", 2)
    entry = await client.heard("audit_log_entry_create")

    assert [leaver.id, kicked.id] == [
        payload[0].user.id for payload in client.told["raw_member_remove"]
    ]
    assert kicked.id == entry.target.id
    assert 1 == len(guild.audit_log)


async def test_kicking_needs_permission(sandbox: Sandbox, guild: Guild) -> None:
    """A person without the permission cannot kick."""
    with pytest.raises(Refused) as refused:
        await sandbox.kick(guild.add_member(), by=guild.add_member())

    assert (403, 50013) == (refused.value.status, refused.value.code)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("delete first", ["INVITE_DELETE", "GUILD_MEMBER_ADD"]),
        ("join first", ["GUILD_MEMBER_ADD", "INVITE_DELETE"]),
    ],
)
async def test_last_use_deletes(
    sandbox: Sandbox, client: Recorder, guild: Guild, order: str, expected: list[str]
) -> None:
    """The last use ends an invite with an event but no audit entry, in the order chosen."""
    told: list[str] = []
    sandbox.events.append(lambda event: told.append(event.name))
    sandbox.exhaustion_order = order
    invite = guild.add_invite(guild.channel("general"), by=guild.owner, max_uses=2)

    await sandbox.join(invite.code)
    assert ["GUILD_MEMBER_ADD"] == told
    await sandbox.join(invite.code)
    await client.heard("invite_delete")

    assert expected == told[1:]
    assert {} == guild.invites
    with pytest.raises(Refused, match="10006"):
        await sandbox.join(invite.code)


@pytest.mark.parametrize("code", ["nothing", ""])
async def test_unknown_code_is_refused(sandbox: Sandbox, code: str) -> None:
    """Nobody joins by a code that does not exist."""
    with pytest.raises(Refused) as refused:
        await sandbox.join(code)

    assert (404, 10006) == (refused.value.status, refused.value.code)


async def test_banned_user_is_refused(sandbox: Sandbox, guild: Guild) -> None:
    """A banned user does not come in, and the attempt is not counted."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)
    user = sandbox.add_user()
    guild.ban(user)

    with pytest.raises(Refused, match="banned"):
        await sandbox.join(invite.code, user=user)

    assert 0 == invite.uses


async def test_paused_invites(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """While paused nobody comes in by invite or vanity, but invites can be made."""
    guild.set_vanity("harbour")
    guild.pause_invites()
    path = f"/channels/{guild.channel('general').id}/invites"

    made = await rest("POST", path, json={})
    for code in (made.body["code"], "harbour"):
        with pytest.raises(Refused, match="paused"):
            await sandbox.join(code)
    guild.pause_invites(paused=False)
    await sandbox.join(made.body["code"])

    assert 1 == guild.invites[made.body["code"]].uses


async def test_member_using_an_invite(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """Who is already a member does not join again, and nothing is counted."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)
    guild.set_vanity("harbour")
    member = guild.add_member()

    assert member is await sandbox.join(invite.code, user=member.user)
    assert member is await sandbox.join("harbour", user=member.user)
    await client.quiet()

    assert 0 == invite.uses
    assert [] == client.told["member_join"]


async def test_member_using_a_role_invite(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """A member who uses a role invite gets the role and is counted, though nobody joins."""
    role = guild.add_role("Helper")
    general = guild.channel("general")
    invite = guild.add_invite(general, by=guild.owner, role_ids=(role.id,), max_uses=1)
    member = guild.add_member()

    await sandbox.join(invite.code, user=member.user)
    await client.heard("invite_delete")

    assert [role.id] == member.roles
    assert 1 == invite.uses
    assert [] == client.told["member_join"]


async def test_temporary_member_is_put_out(
    sandbox: Sandbox, client: Recorder, guild: Guild
) -> None:
    """A temporary member leaves when going offline, unless they were given a role."""
    general = guild.channel("general")
    invite = guild.add_invite(general, by=guild.owner, temporary=True)
    passing, staying = await sandbox.join(invite.code), await sandbox.join(invite.code)
    guild.grant(staying, guild.add_role("Regular"))

    await sandbox.go_offline(passing)
    await sandbox.go_offline(staying)
    await client.heard("raw_member_remove")

    assert passing.id not in guild.members
    assert staying.id in guild.members


@pytest.mark.parametrize("source", ["discovery", "oauth", "hub", "integration", "lobby"])
async def test_other_ways_in(sandbox: Sandbox, client: Recorder, guild: Guild, source: str) -> None:
    """Other ways in are announced alike and raise no counter."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)

    member = await sandbox.enter(guild, source=source)
    told = await client.heard("member_join")

    assert (member.id, source) == (told.id, member.source)
    assert 0 == invite.uses


async def test_unknown_way_in_is_an_error(sandbox: Sandbox, guild: Guild) -> None:
    """A source that the platform does not have is a mistake of the test."""
    with pytest.raises(ValueError, match="teleport"):
        await sandbox.enter(guild, source="teleport")


async def test_bot_is_added_by_somebody(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """A bot that arrives is named in the audit log with who brought it."""
    added = await sandbox.add_bot(guild, by=guild.owner, name="another-bot")
    told = await client.heard("member_join")
    entry = await client.heard("audit_log_entry_create")

    assert told.bot
    assert (added.id, guild.owner_id) == (entry.target.id, entry.user_id)


async def test_counters_lag(sandbox: Sandbox, client: Recorder, guild: Guild, clock: Clock) -> None:
    """Told to lag, lists show a use only so many seconds after it happened."""
    guild.set_vanity("harbour")
    invite = guild.add_invite(guild.channel("general"), by=guild.owner, uses=1)
    sandbox.counter_lag = 2.0

    await sandbox.join(invite.code)
    await sandbox.join("harbour")
    known = client.guilds[0]
    seen = [(await known.invites())[0].uses]
    vanity = [(await client.http.get_vanity_code(guild.id))["uses"]]
    clock.time += 2.0
    seen.append((await known.invites())[0].uses)
    vanity.append((await client.http.get_vanity_code(guild.id))["uses"])

    assert [1, 2] == seen
    assert [0, 1] == vanity


async def test_announced_twice(sandbox: Sandbox, guild: Guild) -> None:
    """The platform may announce the same join again, word for word."""
    told = []
    sandbox.emit = lambda name, data, *_, **__: told.append((name, data))
    member = await sandbox.enter(guild)

    sandbox.announce_twice(member)

    assert 2 == len(told)
    assert told[0] == told[1]


async def test_screening(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """With membership screening newcomers are pending until they accept the rules."""
    guild.set_features({"MEMBER_VERIFICATION_GATE_ENABLED"})

    member = await sandbox.enter(guild)
    told = await client.heard("member_join")
    assert told.pending
    await sandbox.accept_rules(member)
    _, after = await client.heard("member_update")

    assert not after.pending
