"""Fluxer's invites: made, shown, listed and revoked."""

from typing import Any

import pytest

from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.sandbox.fluxer.talking import Ask, Socket

P = Permission


@pytest.fixture
def path(sandbox: Sandbox, channel: Channel) -> str:
    """Where the channel's invites are, with room for many requests."""
    sandbox.rate_limit("/channels/{channel_id}/invites", 10_000, 1.0)
    return f"/channels/{channel.id}/invites"


async def test_an_invite_never_ends_unless_it_says_so(ask: Ask, path: str) -> None:
    """Nothing asked for: no end, no limit, kept members, and a code that may be another's."""
    made = await ask("POST", path, {})
    again = await ask("POST", path)

    assert (200, 0, 0, False) == (
        made.status,
        made.body["max_age"],
        made.body["max_uses"],
        made.body["temporary"],
    )
    assert made.body["expires_at"] is None
    assert made.body["code"] == again.body["code"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_uses": 101}, "max_uses"),
        ({"max_uses": -1}, "max_uses"),
        ({"max_uses": "5"}, "max_uses"),
        ({"max_uses": True}, "max_uses"),
        ({"max_age": 604_801}, "max_age"),
        ({"max_age": -1}, "max_age"),
        ({"max_age": 1.5}, "max_age"),
        ({"unique": 1}, "unique"),
        ({"temporary": "yes"}, "temporary"),
        ([], ""),
    ],
)
async def test_what_is_out_of_bounds_is_refused(
    ask: Ask, path: str, guild: Guild, body: Any, field: str
) -> None:
    """The field is named in a list, and nothing is made."""
    answer = await ask("POST", path, body)

    assert (400, "INVALID_FORM_BODY") == answer.refusal
    assert [(field, "INVALID_FORMAT")] == [
        (one["path"], one["code"]) for one in answer.body["errors"]
    ]
    assert {} == guild.invites


@pytest.mark.parametrize(
    "body",
    [
        {"max_uses": 100, "max_age": 604_800, "unique": True, "temporary": True},
        {"max_uses": 0, "max_age": 0},
        {"max_uses": None, "max_age": None, "unique": None, "temporary": None},
        {"role_ids": ["1"], "target_type": 2, "flags": 1, "nothing": []},
    ],
)
async def test_what_is_in_bounds_is_made(ask: Ask, path: str, body: dict[str, Any]) -> None:
    """Bounds themselves are allowed, null is as good as nothing, unknown keys are ignored."""
    made = (await ask("POST", path, body)).body

    for key in ("max_uses", "max_age", "temporary"):
        assert made[key] == (body.get(key) or 0)


async def test_an_alike_invite_is_given_back(
    sandbox: Sandbox, ask: Ask, socket: Socket, guild: Guild, path: str
) -> None:
    """What need not be unique is any of the same channel, inviter and settings, used or old.

    Nobody is told of it.
    """
    asked = {"max_age": 3600, "max_uses": 5, "unique": False}
    first = (await ask("POST", path, asked)).body
    await sandbox.join(first["code"])
    sandbox.advance(1800)
    again = (await ask("POST", path, asked)).body
    others = [
        (await ask("POST", path, asked | change)).body["code"]
        for change in ({"max_uses": 4}, {"temporary": True}, {"unique": True})
    ]
    elsewhere = f"/channels/{guild.add_channel('side').id}/invites"
    others.append((await ask("POST", elsewhere, asked)).body["code"])
    await socket.quiet()

    assert (first["code"], 1) == (again["code"], again["uses"])
    assert first["expires_at"] == again["expires_at"]
    assert first["code"] not in others
    assert [first["code"], *others] == [one["code"] for one in socket.told["INVITE_CREATE"]]


async def test_an_invite_made_by_others_is_not_given_back(
    ask: Ask, guild: Guild, channel: Channel, path: str
) -> None:
    """Another inviter's invite is another's."""
    theirs = guild.create_invite(channel, by=guild.owner)

    assert theirs.code != (await ask("POST", path, {})).body["code"]


async def test_a_guild_is_full_of_invites(sandbox: Sandbox, ask: Ask, path: str) -> None:
    """1000 a guild; who needs no new one is still given one."""
    assert 1000 == sandbox.invite_limit
    sandbox.invite_limit = 2
    made = [(await ask("POST", path, {"unique": True})).status for _ in range(2)]
    refused = await ask("POST", path, {"unique": True})

    assert [200, 200] == made
    assert (400, "MAX_INVITES") == refused.refusal
    assert 200 == (await ask("POST", path, {"unique": False})).status


async def test_creating_may_be_disabled_for_a_while(
    sandbox: Sandbox, ask: Ask, path: str, guild: Guild
) -> None:
    """The next create is refused and makes nothing, the one after is answered."""
    sandbox.refuse_creation()
    refused = await ask("POST", path, {})
    nothing = dict(guild.invites)

    assert (403, "FEATURE_TEMPORARILY_DISABLED") == refused.refusal
    assert ({}, 200) == (nothing, (await ask("POST", path, {})).status)


async def test_lists_are_newest_first_and_without_the_vanity(
    ask: Ask, guild: Guild, channel: Channel, path: str
) -> None:
    """Of a guild and of a channel; each invite with its counters."""
    guild.set_vanity("harbour")
    side = guild.add_channel("side")
    codes = [guild.add_invite(one, by=guild.owner).code for one in (channel, side, channel)]
    all_of_them = (await ask("GET", f"/guilds/{guild.id}/invites")).body
    here = (await ask("GET", path)).body

    assert codes[::-1] == [one["code"] for one in all_of_them]
    assert [codes[2], codes[0]] == [one["code"] for one in here]
    assert all(one["uses"] == 0 for one in all_of_them)


async def test_anybody_may_look_an_invite_up(ask: Ask, guild: Guild, channel: Channel) -> None:
    """Counts and the end are always there whatever is asked for, and `uses` never."""
    invite = guild.add_invite(channel, by=guild.owner, uses=3, max_age=60)
    plain = await ask("GET", f"/invites/{invite.code}", by="")
    full = await ask("GET", f"/invites/{invite.code}?with_counts=true&with_expiration=true")

    assert plain.body == full.body
    assert 2 == plain.body["member_count"]
    assert {"presence_count", "expires_at"} <= plain.body.keys()
    assert not {"uses", "max_uses", "max_age", "created_at"} & plain.body.keys()
    assert str(guild.owner.id) == plain.body["inviter"]["id"]


async def test_a_vanity_is_looked_up_in_any_case(ask: Ask, guild: Guild) -> None:
    """Codes that are not found as written are looked for in lower case."""
    guild.set_vanity("harbour")

    assert "harbour" == (await ask("GET", "/invites/HARBOUR", by="")).body["code"]
    assert (404, "UNKNOWN_INVITE") == (await ask("GET", "/invites/nothing", by="")).refusal


@pytest.mark.parametrize(
    ("method", "where", "needed"),
    [
        ("POST", "channels", P.CREATE_INSTANT_INVITE),
        ("GET", "channels", P.MANAGE_CHANNELS),
        ("GET", "guilds", P.MANAGE_GUILD),
    ],
)
async def test_each_route_needs_its_permission(
    sandbox: Sandbox, ask: Ask, method: str, where: str, needed: int
) -> None:
    """With everything but that one it is refused, with it alone it is answered."""
    guild = sandbox.add_guild("Lighthouse", bot_permissions=LEAST & ~needed)
    guild.change_role(guild.everyone, permissions=P.VIEW_CHANNEL)
    place = guild if where == "guilds" else guild.channel("general")
    path = f"/{where}/{place.id}/invites"
    refused = await ask(method, path)
    assert guild.me is not None
    guild.change_role(guild.roles_by_id[guild.me.roles[0]], permissions=needed)

    assert (403, "MISSING_PERMISSIONS") == refused.refusal
    assert 200 == (await ask(method, path)).status


async def test_revoking(
    ask: Ask, socket: Socket, guild: Guild, channel: Channel, member: Member
) -> None:
    """Who manages the guild revokes anybody's: an entry, then the event, and 204 without a body."""
    invite = guild.add_invite(channel, by=member, uses=2, max_uses=5)
    answer = await ask("DELETE", f"/invites/{invite.code}", headers={"X-Audit-Log-Reason": "a%20b"})
    deleted = await socket.heard("INVITE_DELETE")
    (entry,) = (await ask("GET", f"/guilds/{guild.id}/audit-logs")).body["audit_log_entries"]

    assert (204, None) == (answer.status, answer.body)
    ids = {"channel_id": str(channel.id), "guild_id": str(guild.id)}
    assert {"code": invite.code} | ids == deleted
    assert ["GUILD_AUDIT_LOG_ENTRY_CREATE", "INVITE_DELETE"] == socket.order[-2:]
    assert (42, invite.code, "a%20b") == (entry["action_type"], entry["target_id"], entry["reason"])
    assert {"key": "uses", "old_value": 2} in entry["changes"]
    assert (404, "UNKNOWN_INVITE") == (await ask("DELETE", f"/invites/{invite.code}")).refusal


async def test_one_revokes_ones_own(ask: Ask, guild: Guild) -> None:
    """The inviter needs no permission for it, others need MANAGE_GUILD."""
    assert guild.me is not None
    guild.change_role(guild.roles_by_id[guild.me.roles[0]], permissions=P.MANAGE_CHANNELS)
    place = guild.channel("general")
    own, other = (guild.add_invite(place, by=one) for one in (guild.me, guild.owner))
    guild.set_vanity("harbour")

    assert 204 == (await ask("DELETE", f"/invites/{own.code}")).status
    refused = await ask("DELETE", f"/invites/{other.code}")
    assert (403, "MISSING_PERMISSIONS") == refused.refusal
    assert (404, "UNKNOWN_INVITE") == (await ask("DELETE", "/invites/harbour")).refusal


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_channels_that_are_not_there(ask: Ask, method: str) -> None:
    """A channel that does not exist, and a guild that the bot is not in."""
    assert (404, "UNKNOWN_CHANNEL") == (await ask(method, "/channels/1/invites", {})).refusal
    assert (404, "UNKNOWN_GUILD") == (await ask("GET", "/guilds/1/invites")).refusal


@pytest.mark.parametrize("key", ["", "Bot 1.x", "Bot", "flx_unknown"])
async def test_strangers_are_turned_away(ask: Ask, guild: Guild, key: str) -> None:
    """Without a key, or with a wrong one: 401."""
    answer = await ask("GET", f"/guilds/{guild.id}/invites", by=key)

    assert (401, "UNAUTHORIZED") == answer.refusal


async def test_how_an_invite_is_written_down(
    ask: Ask, socket: Socket, guild: Guild, path: str
) -> None:
    """REST tells an entry's options as they are, the event as text."""
    await ask("POST", path, {"max_age": 60}, headers={"X-Audit-Log-Reason": "%C3%A9"})
    told = await socket.heard("GUILD_AUDIT_LOG_ENTRY_CREATE")
    (shown,) = (await ask("GET", f"/guilds/{guild.id}/audit-logs")).body["audit_log_entries"]

    assert (60, False) == (shown["options"]["max_age"], shown["options"]["temporary"])
    assert ("60", "false") == (told["options"]["max_age"], told["options"]["temporary"])
    assert ("%C3%A9", "%C3%A9") == (shown["reason"], told["reason"])
