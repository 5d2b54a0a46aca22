"""The life of an invite: made, reused, listed, revoked, expired; and who may do so."""

from typing import Any

import discord
import pytest

from bot.sandbox import LEAST, Permission, Refused, Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Clock, Recorder, Rest

P = Permission


async def test_real_client_creates_and_lists(client: Recorder, guild: Guild) -> None:
    """What the real client creates is what it then finds in the list."""
    channel = client.guilds[0].text_channels[0]

    made = await channel.create_invite(max_age=3600, max_uses=5, temporary=True)
    (found,) = await client.guilds[0].invites()

    assert (made.code, 3600, 5, True, 0) == (
        found.code,
        found.max_age,
        found.max_uses,
        found.temporary,
        found.uses,
    )
    assert client.user == found.inviter
    assert guild.invites.keys() == {made.code}


async def test_creation_by_hand_is_told(client: Recorder, guild: Guild) -> None:
    """An invite somebody makes in their client reaches the bot as event and audit entry."""
    moderator = guild.add_member("moderator")

    invite = guild.create_invite(guild.channel("general"), by=moderator, max_age=600)
    told = await client.heard("invite_create")
    entry = await client.heard("audit_log_entry_create")

    assert (invite.code, moderator.id, 600) == (told.code, told.inviter.id, told.max_age)
    assert discord.AuditLogAction.invite_create == entry.action
    assert moderator.id == entry.user_id
    assert invite.code == entry.after.code


async def test_widget_invite_has_no_inviter(client: Recorder, guild: Guild) -> None:
    """An invite that nobody made (the server's widget) comes without an inviter."""
    guild.create_invite(guild.channel("general"))

    assert (await client.heard("invite_create")).inviter is None


async def test_earlier_invites_are_listed_silently(client: Recorder, guild: Guild) -> None:
    """Invites from before the bot looked are listed with their uses and were never told."""
    guild.add_invite(guild.channel("general"), by=guild.owner, uses=7)

    (found,) = await client.guilds[0].invites()

    assert 7 == found.uses
    assert [] == client.told["invite_create"]


async def test_platform_defaults(rest: Rest, guild: Guild) -> None:
    """Left alone, an invite lasts a day, has no limit of uses and need not be unique."""
    path = f"/channels/{guild.channel('general').id}/invites"

    first = await rest("POST", path, json={})
    again = await rest("POST", path, json={})

    assert (86400, 0, False) == tuple(
        first.body[key] for key in ("max_age", "max_uses", "temporary")
    )
    assert first.body["code"] == again.body["code"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"unique": True}, id="unique"),
        pytest.param({"max_age": 60}, id="another age"),
        pytest.param({"max_uses": 1}, id="another limit"),
        pytest.param({"temporary": True}, id="temporary"),
    ],
)
async def test_reuse_needs_equal_terms(rest: Rest, guild: Guild, other: dict[str, Any]) -> None:
    """A new invite is made when it must be unique or differs in any setting."""
    path = f"/channels/{guild.channel('general').id}/invites"

    first = await rest("POST", path, json={"max_age": 0})
    second = await rest("POST", path, json={"max_age": 0} | other)

    assert first.body["code"] != second.body["code"]


async def test_reuse_is_per_inviter_and_channel(rest: Rest, guild: Guild) -> None:
    """Somebody else's invite and another channel's are not given back."""
    general = guild.channel("general")
    elsewhere = guild.add_channel("elsewhere")
    guild.create_invite(general, by=guild.owner)

    codes = {
        (await rest("POST", f"/channels/{one.id}/invites", json={"max_age": 0})).body["code"]
        for one in (general, elsewhere)
    }

    assert 3 == len(codes | guild.invites.keys())


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        pytest.param({"max_age": 604801}, "max_age", "NUMBER_TYPE_MAX", id="age too long"),
        pytest.param({"max_age": -1}, "max_age", "NUMBER_TYPE_MIN", id="age negative"),
        pytest.param({"max_age": "soon"}, "max_age", "NUMBER_TYPE_COERCE", id="age no number"),
        pytest.param({"max_age": True}, "max_age", "NUMBER_TYPE_COERCE", id="age a boolean"),
        pytest.param({"max_uses": 101}, "max_uses", "NUMBER_TYPE_MAX", id="uses too many"),
        pytest.param({"temporary": "x"}, "temporary", "BASE_TYPE_CONVERT", id="no boolean"),
        pytest.param({"flags": 2}, "flags", "INVALID_FLAGS", id="unknown flag"),
        pytest.param({"flags": 1}, "flags", "INVALID_FLAGS", id="guest of a text channel"),
        pytest.param(
            {"target_type": 7}, "target_type", "GUILD_INVITE_INVALID_TARGET_TYPE", id="target"
        ),
        pytest.param(
            {"target_type": 2, "target_application_id": "5"},
            "target_application_id",
            "GUILD_INVITE_INVALID_APPLICATION",
            id="activity in a text channel",
        ),
        pytest.param(
            {"role_ids": [str(number) for number in range(251)]},
            "role_ids",
            "BASE_TYPE_MAX_LENGTH",
            id="too many roles",
        ),
    ],
)
async def test_bounds(
    rest: Rest, guild: Guild, body: dict[str, Any], field: str, code: str
) -> None:
    """A setting out of bounds is refused with the field and the reason, and nothing is made."""
    answer = await rest("POST", f"/channels/{guild.channel('general').id}/invites", json=body)

    assert (400, 50035) == answer.refusal
    assert code == answer.body["errors"][field]["_errors"][0]["code"]
    assert {} == guild.invites


async def test_longest_invite_is_a_switch(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """The bound of `max_age` can follow the platform when it is raised."""
    sandbox.longest_invite = 5_184_000
    path = f"/channels/{guild.channel('general').id}/invites"

    assert 200 == (await rest("POST", path, json={"max_age": 5_184_000})).status


@pytest.mark.parametrize("kind", ["text", "voice", "stage", "forum", "announcement"])
async def test_kinds_with_invites(rest: Rest, guild: Guild, kind: str) -> None:
    """These kinds of channel can have invites, and list them."""
    channel = guild.add_channel("place", kind)

    made = await rest("POST", f"/channels/{channel.id}/invites", json={})
    listed = await rest("GET", f"/channels/{channel.id}/invites")

    assert channel.type == made.body["channel"]["type"]
    assert [made.body["code"]] == [one["code"] for one in listed.body]


@pytest.mark.parametrize("kind", ["category", "thread"])
async def test_kinds_without_invites(rest: Rest, guild: Guild, kind: str) -> None:
    """Categories and threads are unknown to the invite routes."""
    channel = guild.add_channel("place", kind, parent=guild.channel("general"))

    answer = await rest("POST", f"/channels/{channel.id}/invites", json={})

    assert (404, 10003) == answer.refusal


async def test_limit_of_invites(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A guild has at most a thousand invites, and an expired one makes room."""
    general = guild.channel("general")
    for _ in range(999):
        guild.add_invite(general, by=guild.owner)
    guild.add_invite(general, by=guild.owner, max_age=60)
    path = f"/channels/{general.id}/invites"

    full = await rest("POST", path, json={"unique": True})
    sandbox.advance(60)
    room = await rest("POST", path, json={"unique": True})

    assert (400, 30016) == full.refusal
    assert 200 == room.status


async def test_refused_creation_has_no_body(
    sandbox: Sandbox, client: Recorder, guild: Guild
) -> None:
    """A creation answered 204 makes nothing; the next one works."""
    sandbox.refuse_creation()
    channel = client.guilds[0].text_channels[0]

    with pytest.raises(TypeError):
        await channel.create_invite()
    await channel.create_invite()

    assert 1 == len(guild.invites)


async def test_revoking_is_told_and_written_down(client: Recorder, guild: Guild) -> None:
    """A revoked invite is announced, and the log names who did it and why."""
    guild.add_invite(guild.channel("general"), by=guild.owner)
    (invite,) = await client.guilds[0].invites()

    await invite.delete(reason="für alle: 100 %")
    told = await client.heard("invite_delete")
    entry = await client.heard("audit_log_entry_create")

    assert invite.code == told.code
    assert discord.AuditLogAction.invite_delete == entry.action
    assert "für alle: 100 %" == entry.reason
    assert invite.code == entry.before.code
    assert {} == guild.invites


async def test_revoked_by_hand(client: Recorder, guild: Guild) -> None:
    """When a person revokes an invite the log names that person."""
    moderator = guild.add_member("moderator")
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)

    guild.revoke_invite(invite.code, by=moderator)
    entry = await client.heard("audit_log_entry_create")

    assert moderator.id == entry.user_id


async def test_expiry_is_silent(
    sandbox: Sandbox, client: Recorder, guild: Guild, clock: Clock
) -> None:
    """An expired invite is gone from lists and by its code, and nobody is told."""
    invite = guild.create_invite(guild.channel("general"), by=guild.owner, max_age=60)

    clock.time += 59
    assert 1 == len(await client.guilds[0].invites())
    clock.time += 1
    with pytest.raises(Refused, match="Unknown Invite"):
        await sandbox.join(invite.code)
    with pytest.raises(discord.NotFound):
        await client.fetch_invite(invite.code)
    assert [] == await client.guilds[0].invites()
    await client.quiet()

    assert [] == client.told["invite_delete"]


async def test_resolving_shows_no_counters(client: Recorder, guild: Guild) -> None:
    """Anybody who resolves a code sees where it leads, not how often it was used."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner, uses=3, max_age=600)

    found = await client.fetch_invite(invite.code)

    assert (None, None) == (found.uses, found.max_uses)
    assert 2 == found.approximate_member_count
    assert found.expires_at is not None
    assert invite.expires_at == found.expires_at.timestamp()


async def test_deleted_channel_takes_its_invites(client: Recorder, guild: Guild) -> None:
    """With a channel its invites go, without events of their own."""
    channel = guild.add_channel("short-lived")
    guild.add_invite(channel, by=guild.owner)
    kept = guild.add_invite(guild.channel("general"), by=guild.owner)

    guild.delete_channel(channel)
    await client.heard("guild_channel_delete")

    assert [kept.code] == [one.code for one in await client.guilds[0].invites()]
    assert [] == client.told["invite_delete"]


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        pytest.param(LEAST, 200, id="enough"),
        pytest.param(P.ADMINISTRATOR, 200, id="administrator"),
        pytest.param(LEAST & ~P.MANAGE_GUILD & ~P.VIEW_AUDIT_LOG, (403, 50013), id="neither"),
    ],
)
async def test_listing_needs_permission(
    sandbox: Sandbox, rest: Rest, permissions: int, expected: Any
) -> None:
    """A guild's invites are listed for who manages it or reads its audit log."""
    guild = sandbox.add_guild("Harbour", bot_permissions=permissions)

    answer = await rest("GET", f"/guilds/{guild.id}/invites")

    assert expected == (answer.status if answer.status == 200 else answer.refusal)


async def test_audit_log_readers_see_no_counters(sandbox: Sandbox, rest: Rest) -> None:
    """With VIEW_AUDIT_LOG alone the list comes without uses."""
    guild = sandbox.add_guild("Harbour", bot_permissions=LEAST & ~P.MANAGE_GUILD)
    guild.add_invite(guild.channel("general"), by=guild.owner, uses=3)

    answer = await rest("GET", f"/guilds/{guild.id}/invites")

    assert [False] == ["uses" in one for one in answer.body]


async def test_channel_list_needs_its_permission(rest: Rest, guild: Guild) -> None:
    """A channel's invites are listed for who manages that channel."""
    general = guild.channel("general")
    assert guild.me is not None
    guild.overwrite(general, guild.me, deny=P.MANAGE_CHANNELS)

    answer = await rest("GET", f"/channels/{general.id}/invites")

    assert (403, 50013) == answer.refusal


@pytest.mark.parametrize(
    ("deny", "refusal"),
    [
        pytest.param(P.CREATE_INSTANT_INVITE, (403, 50013), id="may not create"),
        pytest.param(P.VIEW_CHANNEL, (403, 50001), id="cannot see"),
    ],
)
async def test_creating_needs_permission(
    rest: Rest, guild: Guild, deny: int, refusal: tuple[int, int]
) -> None:
    """Creating is refused where an overwrite of the channel takes the permission."""
    general = guild.channel("general")
    assert guild.me is not None
    guild.overwrite(general, guild.me, deny=deny)

    answer = await rest("POST", f"/channels/{general.id}/invites", json={})

    assert refusal == answer.refusal


async def test_revoking_without_permission_finds_nothing(sandbox: Sandbox, rest: Rest) -> None:
    """Who may not revoke an invite is told that there is none."""
    lacking = LEAST & ~P.MANAGE_GUILD & ~P.MANAGE_CHANNELS
    guild = sandbox.add_guild("Harbour", bot_permissions=lacking)
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)

    answer = await rest("DELETE", f"/invites/{invite.code}")

    assert (404, 10006) == answer.refusal
    assert invite.code in guild.invites


async def test_events_need_manage_channels(client: Recorder, guild: Guild) -> None:
    """Invites of a channel that the bot does not manage come and go unheard."""
    hidden = guild.add_channel("hidden")
    assert guild.me is not None
    guild.overwrite(hidden, guild.me, deny=P.MANAGE_CHANNELS)

    guild.revoke_invite(guild.create_invite(hidden, by=guild.owner).code, by=guild.owner)
    await client.heard("audit_log_entry_create", 2)

    assert [] == client.told["invite_create"] + client.told["invite_delete"]


async def test_audit_events_need_their_permission(sandbox: Sandbox, client: Recorder) -> None:
    """Without VIEW_AUDIT_LOG no entry is heard of."""
    guild = sandbox.add_guild("Lighthouse", bot_permissions=LEAST & ~P.VIEW_AUDIT_LOG)

    guild.create_invite(guild.channel("general"), by=guild.owner)
    await client.heard("invite_create")
    await client.quiet()

    assert [] == client.told["audit_log_entry_create"]


async def test_role_invite(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """An invite may carry roles, which newcomers then have."""
    role = guild.add_role("Helper")
    path = f"/channels/{guild.channel('general').id}/invites"

    made = await rest("POST", path, json={"role_ids": [str(role.id)]})
    member = await sandbox.join(made.body["code"])

    assert [str(role.id)] == [one["id"] for one in made.body["roles"]]
    assert [role.id] == member.roles


@pytest.mark.parametrize(
    ("permissions", "position", "refusal"),
    [
        pytest.param(LEAST & ~P.MANAGE_ROLES, 1, (403, 50013), id="may not manage roles"),
        pytest.param(LEAST, 11, (403, 50013), id="role above the bot's"),
    ],
)
async def test_role_invite_needs_permission(
    sandbox: Sandbox, rest: Rest, permissions: int, position: int, refusal: tuple[int, int]
) -> None:
    """Roles on an invite need MANAGE_ROLES and a higher role of one's own."""
    guild = sandbox.add_guild("Harbour", bot_permissions=permissions)
    role = guild.add_role("Helper", position=position)
    path = f"/channels/{guild.channel('general').id}/invites"

    answer = await rest("POST", path, json={"role_ids": [str(role.id)]})

    assert refusal == answer.refusal


@pytest.mark.parametrize("which", ["unknown", "managed", "everyone"])
async def test_bad_roles_are_refused(rest: Rest, guild: Guild, which: str) -> None:
    """Roles that do not exist or cannot be handed out are refused as such."""
    roles = {"unknown": 5, "managed": guild.role("usher").id, "everyone": guild.id}
    path = f"/channels/{guild.channel('general').id}/invites"

    answer = await rest("POST", path, json={"role_ids": [str(roles[which])]})

    assert (400, 50028) == answer.refusal


async def test_stream_invite(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """An invite to a stream needs somebody who streams in that channel."""
    lounge = guild.add_channel("lounge", "voice")
    await client.heard("guild_channel_create")
    channel = client.guilds[0].voice_channels[0]
    streamer = guild.add_member("streamer")
    target: Any = {"target_type": discord.InviteTarget.stream, "target_user": streamer}

    with pytest.raises(discord.HTTPException, match="not streaming"):
        await channel.create_invite(**target)
    sandbox.stream(streamer, lounge)
    made = await channel.create_invite(**target)

    assert made.target_user is not None
    assert streamer.id == made.target_user.id


async def test_activity_invite(client: Recorder, guild: Guild) -> None:
    """An invite to an embedded application carries it."""
    guild.add_channel("lounge", "voice")
    await client.heard("guild_channel_create")

    made = (
        await client.guilds[0]
        .voice_channels[0]
        .create_invite(
            target_type=discord.InviteTarget.embedded_application, target_application_id=55
        )
    )

    assert made.target_application is not None
    assert 55 == made.target_application.id


async def test_guest_invite(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """Guests come through an invite with the guest flag, and are marked."""
    guild.add_channel("lounge", "voice")
    await client.heard("guild_channel_create")

    made = await client.guilds[0].voice_channels[0].create_invite(guest=True)
    await sandbox.join(made.code)

    assert made.flags.guest
    assert (await client.heard("member_join")).flags.guest


async def test_unknown_field_is_remembered(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A field that the sandbox does not know would fail the test that sent it."""
    path = f"/channels/{guild.channel('general').id}/invites"

    await rest("POST", path, json={"colour": "red"})

    assert ["POST /channels/{channel_id}/invites: field colour"] == sandbox.unknown
    sandbox.unknown.clear()


async def test_vanity(sandbox: Sandbox, client: Recorder) -> None:
    """A vanity URL has a counter of its own and is in no list."""
    guild = sandbox.add_guild("Lighthouse", vanity="lighthouse")
    known = await client.heard("guild_join")

    await sandbox.join("lighthouse")
    vanity = await known.vanity_invite()

    assert ("lighthouse", 1) == (vanity.code, vanity.uses)
    assert [] == await known.invites()
    assert "vanity" == next(reversed(guild.members.values())).source


async def test_vanity_cannot_be_revoked(sandbox: Sandbox, rest: Rest) -> None:
    """A vanity code is no invite to revoke."""
    sandbox.add_guild("Harbour", vanity="harbour")

    assert (404, 10006) == (await rest("DELETE", "/invites/harbour")).refusal


@pytest.mark.parametrize(
    ("features", "permissions", "expected"),
    [
        pytest.param((), LEAST, (403, 50020), id="no such feature"),
        pytest.param(("VANITY_URL",), LEAST & ~P.MANAGE_GUILD, (403, 50013), id="may not"),
        pytest.param(("VANITY_URL",), LEAST, (None, 0), id="none chosen"),
    ],
)
async def test_vanity_url_route(
    sandbox: Sandbox, rest: Rest, features: tuple[str, ...], permissions: int, expected: Any
) -> None:
    """The vanity URL is told to who manages a guild that has one."""
    guild = sandbox.add_guild("Harbour", features=features, bot_permissions=permissions)

    answer = await rest("GET", f"/guilds/{guild.id}/vanity-url")

    body = answer.body
    assert expected == (answer.refusal if "message" in body else (body["code"], body["uses"]))
