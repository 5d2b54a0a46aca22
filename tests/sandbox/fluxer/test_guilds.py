"""A guild on Fluxer: where it is found, its vanity, its members, and how things go wrong."""

from typing import Any

import pytest

from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.sandbox.fluxer.talking import Ask, Socket


async def test_an_instance_says_where_things_are(sandbox: Sandbox, ask: Ask) -> None:
    """Whoever knows its base finds API, gateway and the base of invites; the API is unversioned."""
    found = await ask("GET", f"{sandbox.base}/.well-known/fluxer", by="")
    places = found.body["endpoints"]

    assert 200 == found.status
    assert (sandbox.gateway_url, sandbox.api_base) == (places["gateway"], places["api"] + "/v1")
    assert places["invite"].startswith(sandbox.base)


async def test_the_bot_itself(sandbox: Sandbox, ask: Ask) -> None:
    """Its token begins with its id; its application is its user."""
    me = (await ask("GET", "/users/@me")).body
    about = (await ask("GET", "/oauth2/applications/@me")).body

    assert (me["id"], True) == (about["id"], me["bot"])
    assert sandbox.token.startswith(f"{me['id']}.")
    assert me["id"] == (await ask("GET", f"/users/{me['id']}")).body["id"]
    assert (404, "UNKNOWN_USER") == (await ask("GET", "/users/1")).refusal


async def test_a_route_that_is_not_there_is_noted(sandbox: Sandbox, ask: Ask) -> None:
    """It is answered as the platform would, and tests are told of it."""
    answer = await ask("GET", "/nothing")

    assert (404, "NOT_FOUND") == answer.refusal
    assert ["GET /nothing"] == sandbox.unknown
    sandbox.unknown.clear()


async def test_the_code_of_a_vanity(ask: Ask, socket: Socket, guild: Guild) -> None:
    """Set, changed and taken away; told, and then written down."""
    guild.features.add("VANITY_URL")
    path = f"/guilds/{guild.id}/vanity-url"
    answers = [(await ask("PATCH", path, {"code": code})).body for code in ("Old Pier", "b", None)]
    long = await ask("PATCH", path, {"code": "x" * 33})
    entries = (await ask("GET", f"/guilds/{guild.id}/audit-logs")).body["audit_log_entries"]
    await socket.quiet()

    assert [{"code": "old-pier"}, {"code": None}] == [answers[0], answers[2]]
    assert ["VANITY_URL_CODE_LENGTH_INVALID"] == [one["code"] for one in answers[1]["errors"]]
    assert ["VANITY_URL_CODE_LENGTH_INVALID"] == [one["code"] for one in long.body["errors"]]
    assert [None, "old-pier"] == [one["vanity_url_code"] for one in socket.told["GUILD_UPDATE"]][
        ::-1
    ]
    changes = [entry["changes"][0] for entry in entries]
    assert [("old-pier", None), (None, "old-pier")] == [
        (one["old_value"], one["new_value"]) for one in changes
    ]
    log = "GUILD_AUDIT_LOG_ENTRY_CREATE"
    assert ["GUILD_UPDATE", log] * 2 == socket.order[-4:]


async def test_a_vanity_of_another_guild(sandbox: Sandbox, ask: Ask, guild: Guild) -> None:
    """Is taken; without the feature or the permission there is none."""
    sandbox.add_guild("Lighthouse", vanity="light")
    guild.features.add("VANITY_URL")
    path = f"/guilds/{guild.id}/vanity-url"
    taken = await ask("PATCH", path, {"code": "light"})
    lesser = sandbox.add_guild("Pier", bot_permissions=LEAST & ~Permission.MANAGE_GUILD)
    refused = [
        await ask(method, f"/guilds/{lesser.id}/vanity-url", {}) for method in ("GET", "PATCH")
    ]

    assert ["VANITY_URL_CODE_ALREADY_TAKEN"] == [one["code"] for one in taken.body["errors"]]
    assert [(403, "MISSING_PERMISSIONS")] * 2 == [one.refusal for one in refused]


async def test_members_are_listed_by_id(ask: Ask, guild: Guild) -> None:
    """A page at a time, without the flags that Discord has."""
    guild.populate(3)
    path = f"/guilds/{guild.id}/members"
    first = (await ask("GET", f"{path}?limit=2")).body
    rest = (await ask("GET", f"{path}?limit=1000&after={first[-1]['user']['id']}")).body

    assert [str(one) for one in sorted(guild.members)] == [
        one["user"]["id"] for one in [*first, *rest]
    ]
    assert all("flags" not in one and "guild_id" not in one for one in rest)


async def test_members_are_kicked_and_given_roles(
    ask: Ask, socket: Socket, guild: Guild, member: Member
) -> None:
    """By who may, below the own role."""
    role = guild.add_role("Helper")
    path = f"/guilds/{guild.id}/members/{member.id}"
    given = await ask("PUT", f"{path}/roles/{role.id}")
    shown = (await ask("GET", path)).body["roles"]
    taken = await ask("DELETE", f"{path}/roles/{role.id}")
    refused = await ask("DELETE", path)
    assert guild.me is not None
    mine = guild.roles_by_id[guild.me.roles[0]]
    guild.change_role(mine, permissions=LEAST | Permission.KICK_MEMBERS)
    above = await ask("PUT", f"{path}/roles/{mine.id}")
    kicked = await ask("DELETE", path)
    await socket.heard("GUILD_MEMBER_REMOVE")

    assert (204, [str(role.id)], 204) == (given.status, shown, taken.status)
    assert [(403, "MISSING_PERMISSIONS")] * 2 == [refused.refusal, above.refusal]
    assert (204, False) == (kicked.status, member.id in guild.members)
    assert (404, "UNKNOWN_MEMBER") == (await ask("GET", path)).refusal
    assert (
        str(guild.me.id) == (await ask("GET", f"/guilds/{guild.id}/members/@me")).body["user"]["id"]
    )


async def test_the_audit_log_is_filtered(ask: Ask, guild: Guild, channel: Channel) -> None:
    """By who did it and what it was, newest first; it needs a permission."""
    for who in (guild.owner, guild.me):
        assert who is not None
        made = guild.create_invite(channel, by=who)
    guild.revoke_invite(made.code, by=guild.owner)
    path = f"/guilds/{guild.id}/audit-logs"

    async def kinds(query: str) -> list[Any]:
        entries = (await ask("GET", f"{path}?{query}")).body["audit_log_entries"]
        return [entry["action_type"] for entry in entries]

    assert [42, 40, 40] == await kinds("")
    assert [42] == await kinds("limit=1")
    assert [40, 40] == await kinds("action_type=40")
    assert [42, 40] == await kinds(f"user_id={guild.owner.id}")
    last = guild.audit_log[-1].id
    assert [40, 40] == await kinds(f"before={last}")
    assert [42] == await kinds(f"after={last - 1}")


@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("limit=101", "limit"), ("before=x", "before")]
)
async def test_a_wrong_query(ask: Ask, guild: Guild, query: str, field: str) -> None:
    """Mistakes in the query are told in the same form as those in a body."""
    answer = await ask("GET", f"/guilds/{guild.id}/audit-logs?{query}")

    assert (400, [field]) == (answer.status, [one["path"] for one in answer.body["errors"]])


async def test_a_channel_tells_what_it_grants_and_denies(
    ask: Ask, guild: Guild, channel: Channel
) -> None:
    """To a role (0) and to a member (1), each by its own bits."""
    guild.overwrite(channel, guild.everyone, deny=Permission.SEND_MESSAGES)
    guild.overwrite(channel, guild.owner, allow=Permission.MANAGE_CHANNELS)

    shown = (await ask("GET", f"/channels/{channel.id}")).body["permission_overwrites"]

    to_all = {"id": str(guild.id), "type": 0, "allow": "0", "deny": str(Permission.SEND_MESSAGES)}
    manages = str(Permission.MANAGE_CHANNELS)
    assert [to_all, {"id": str(guild.owner_id), "type": 1, "allow": manages, "deny": "0"}] == shown


async def test_channels_of_a_guild(ask: Ask, socket: Socket, guild: Guild) -> None:
    """Opened, shown and deleted; deleting answers 204 and takes the invites along silently."""
    side = guild.add_channel("side")
    guild.add_invite(side, by=guild.owner)
    shown = (await ask("GET", f"/channels/{side.id}")).body
    listed = (await ask("GET", f"/guilds/{guild.id}/channels")).body
    deleted = await ask("DELETE", f"/channels/{side.id}")
    await socket.quiet()

    assert shown in listed
    assert (204, {}) == (deleted.status, guild.invites)
    assert ["CHANNEL_CREATE", "CHANNEL_DELETE"] == socket.order[-2:]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503}, "SERVICE_UNAVAILABLE"),
        ({"status": 418}, "GENERAL_ERROR"),
        ({"status": 403, "code": 50013}, "MISSING_PERMISSIONS"),
        ({"status": 403, "code": "ACCESS_DENIED"}, "ACCESS_DENIED"),
    ],
)
async def test_what_goes_wrong_on_purpose(
    sandbox: Sandbox, ask: Ask, guild: Guild, fault: dict[str, Any], code: str
) -> None:
    """Is said in the platform's own words, once."""
    sandbox.fail("GET", "/guilds/*/invites", **fault)
    path = f"/guilds/{guild.id}/invites"
    wrong, right = [await ask("GET", path) for _ in range(2)]

    assert (fault["status"], code) == wrong.refusal
    assert 200 == right.status


async def test_too_many_on_purpose(sandbox: Sandbox, ask: Ask) -> None:
    """An injected 429 is put like any other, without a Via."""
    sandbox.fail("GET", "/users/@me", status=429, retry_after=1.5)
    slow = await ask("GET", "/users/@me")

    assert (429, "RATE_LIMITED") == slow.refusal
    assert (1.5, "2") == (slow.body["retry_after"], slow.headers["Retry-After"])
    assert ("user", False) == (slow.headers["X-RateLimit-Scope"], "Via" in slow.headers)


async def test_coming_and_going_of_the_bot(sandbox: Sandbox, socket: Socket, guild: Guild) -> None:
    """Outages, being removed and being added are told; whoever comes later is told too."""
    guild.outage()
    guild.recover()
    guild.remove_bot()
    added = sandbox.add_guild("Lighthouse")
    await sandbox.enter(added)
    await socket.heard("GUILD_MEMBER_ADD")

    assert [True, False] == ["unavailable" in one for one in socket.told["GUILD_DELETE"]]
    assert [str(guild.id)] * 2 + [str(added.id)] == [
        one["id"] for one in socket.told["GUILD_CREATE"]
    ]


async def test_the_bot_leaves(ask: Ask, guild: Guild) -> None:
    """And then does not see the guild any more."""
    mine = (await ask("GET", "/users/@me/guilds")).body
    left = await ask("DELETE", f"/users/@me/guilds/{guild.id}")

    assert ([str(guild.id)], 204) == ([one["id"] for one in mine], left.status)
    assert (404, "UNKNOWN_GUILD") == (await ask("GET", f"/guilds/{guild.id}")).refusal
