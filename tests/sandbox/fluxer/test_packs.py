"""Packs and group DMs: invites that lead to no guild."""

from typing import Any

import pytest

from bot.sandbox import NotOffered, Sandbox
from bot.sandbox.entities import Channel, Member
from tests.sandbox.fluxer.talking import Ask, Socket


@pytest.fixture
def key(sandbox: Sandbox, member: Member) -> str:
    return sandbox.own_key(member)


@pytest.mark.parametrize(("kind", "number"), [("emoji", 2), ("sticker", 3)])
async def test_invites_to_a_pack(
    sandbox: Sandbox, ask: Ask, socket: Socket, member: Member, kind: str, number: int
) -> None:
    """Made, listed newest first and looked up; with the pack in them, without guild or max_age."""
    key = sandbox.own_key(member)
    pack = sandbox.add_pack(member, "Knots", kind=kind)
    path = f"/packs/{pack.id}/invites"
    asked = {"max_uses": 50, "max_age": 302_400, "unique": True}
    made = [(await ask("POST", path, asked, by=key)).body for _ in range(2)]
    again = (await ask("POST", path, asked | {"unique": False}, by=key)).body
    listed = (await ask("GET", path, by=key)).body
    seen = (await ask("GET", f"/invites/{made[0]['code']}", by="")).body
    await socket.quiet()

    assert (number, str(pack.id), kind) == (
        made[0]["type"],
        made[0]["pack"]["id"],
        made[0]["pack"]["type"],
    )
    assert not {"guild", "channel", "max_age", "member_count"} & made[0].keys()
    assert made[::-1] == listed
    assert again == made[1]
    assert not {"uses", "max_uses", "created_at"} & seen.keys()
    assert {one["code"] for one in made} == pack.invites.keys()
    assert [] == socket.told["INVITE_CREATE"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/packs"),
        ("POST", "/packs/emoji"),
        ("GET", "/packs/{pack}/invites"),
        ("POST", "/packs/{pack}/invites"),
    ],
)
async def test_packs_are_for_people(
    sandbox: Sandbox, ask: Ask, member: Member, method: str, path: str
) -> None:
    """A bot gets 403, a stranger 401."""
    path = path.replace("{pack}", str(sandbox.add_pack(member, "Knots").id))

    assert (403, "ACCESS_DENIED") == (await ask(method, path, {})).refusal
    assert (401, "UNAUTHORIZED") == (await ask(method, path, {}, by="")).refusal


async def test_packs_are_their_creators(
    sandbox: Sandbox, ask: Ask, member: Member, key: str
) -> None:
    """Others are refused, and what is not there is not there."""
    pack = sandbox.add_pack(member, "Knots")
    other = sandbox.own_key(sandbox.add_user())
    path = f"/packs/{pack.id}/invites"
    made = (await ask("POST", path, {}, by=key)).body

    assert (403, "PACK_ACCESS_DENIED") == (await ask("GET", path, by=other)).refusal
    assert (404, "UNKNOWN_PACK") == (await ask("GET", "/packs/1/invites", by=key)).refusal
    refused = await ask("DELETE", f"/invites/{made['code']}", by=other)
    assert (403, "MISSING_PERMISSIONS") == refused.refusal
    assert 204 == (await ask("DELETE", f"/invites/{made['code']}", by=key)).status
    assert {} == pack.invites


async def test_packs_are_made_and_listed(sandbox: Sandbox, ask: Ask, key: str) -> None:
    """By kind; one without a name is refused, as is another kind."""
    made = (await ask("POST", "/packs/sticker", {"name": "Knots"}, by=key)).body
    listed = (await ask("GET", "/packs", by=key)).body
    nameless = await ask("POST", "/packs/emoji", {}, by=key)

    assert ([], [made]) == (listed["emoji"]["created"], listed["sticker"]["created"])
    assert int(made["id"]) in sandbox.packs
    assert ["name"] == [one["path"] for one in nameless.body["errors"]]
    assert 404 == (await ask("POST", "/packs/sound", {"name": "x"}, by=key)).status


@pytest.mark.parametrize("body", [{"max_uses": 101}, {"max_age": 604_801}])
async def test_bounds_of_pack_invites(
    sandbox: Sandbox, ask: Ask, member: Member, key: str, body: dict[str, Any]
) -> None:
    """Are those of other invites."""
    pack = sandbox.add_pack(member, "Knots")

    assert 400 == (await ask("POST", f"/packs/{pack.id}/invites", body, by=key)).status
    with pytest.raises(NotOffered):
        sandbox.add_pack(member, "Knots", kind="sound")


async def test_a_pack_invite_expires(sandbox: Sandbox, ask: Ask, member: Member, key: str) -> None:
    """Silently, as any."""
    pack = sandbox.add_pack(member, "Knots")
    path = f"/packs/{pack.id}/invites"
    code = (await ask("POST", path, {"max_age": 60}, by=key)).body["code"]
    accepted = await ask("POST", f"/invites/{code}", by=key)
    sandbox.advance(60)

    assert 200 == accepted.status
    assert [] == (await ask("GET", path, by=key)).body
    assert (404, "UNKNOWN_INVITE") == (await ask("GET", f"/invites/{code}", by="")).refusal


@pytest.fixture
def group(sandbox: Sandbox, member: Member) -> Channel:
    return sandbox.add_group_dm(member, [sandbox.add_user("Robin")], name="Crew")


async def test_invites_into_a_group(
    sandbox: Sandbox, ask: Ask, socket: Socket, member: Member, group: Channel
) -> None:
    """INVITE_CREATE has no guild, no presence and no max_age; the owner lists them."""
    invite = sandbox.create_group_invite(group, by=member, max_uses=5)
    told = await socket.heard("INVITE_CREATE")
    path = f"/channels/{group.id}/invites"
    listed = await ask("GET", path, by=sandbox.own_key(member))
    as_bot = await ask("GET", path)
    seen = (await ask("GET", f"/invites/{invite.code}", by="")).body

    assert (1, invite.code, str(group.id)) == (told["type"], told["code"], told["channel"]["id"])
    assert not {"guild", "guild_id", "presence_count", "max_age"} & told.keys()
    assert 3 == told["member_count"] == len(told["channel"]["recipients"])
    assert [told] == listed.body
    assert (403, "MISSING_PERMISSIONS") == as_bot.refusal
    assert not {"uses", "max_uses"} & seen.keys()


async def test_anybody_in_a_group_invites(
    sandbox: Sandbox, ask: Ask, socket: Socket, group: Channel
) -> None:
    """The bot too; who is not in it is told that there is no such channel."""
    path = f"/channels/{group.id}/invites"
    stranger = sandbox.own_key(sandbox.add_user())
    made = await ask("POST", path, {"unique": False})
    again = await ask("POST", path, {"unique": False})
    await socket.quiet()

    assert 1 == made.body["type"]
    assert made.body["code"] == again.body["code"]
    assert 1 == len(socket.told["INVITE_CREATE"])
    assert (404, "UNKNOWN_CHANNEL") == (await ask("POST", path, {}, by=stranger)).refusal


async def test_joining_a_group(sandbox: Sandbox, ask: Ask, member: Member, group: Channel) -> None:
    """Is counted, and silent at the last use; who is in it already changes nothing."""
    invite = sandbox.create_group_invite(group, by=member, max_uses=1)
    who = sandbox.add_user("Sam")
    key, path = sandbox.own_key(who), f"/invites/{invite.code}"
    inside = await ask("POST", path, by=sandbox.own_key(member))
    before = invite.uses
    joined = await ask("POST", path, by=key)

    assert (200, 200, 0) == (inside.status, joined.status, before)
    assert (who in group.recipients, 4) == (True, joined.body["member_count"])
    assert (404, "UNKNOWN_INVITE") == (await ask("POST", path, by=key)).refusal


async def test_only_the_owner_revokes(
    sandbox: Sandbox, ask: Ask, socket: Socket, member: Member, group: Channel
) -> None:
    """Others in it are refused, those outside learn nothing, and the bot is told."""
    invite = sandbox.create_group_invite(group, by=member)
    path = f"/invites/{invite.code}"

    assert (403, "MISSING_PERMISSIONS") == (await ask("DELETE", path)).refusal
    outside = sandbox.own_key(sandbox.add_user())
    assert (404, "UNKNOWN_INVITE") == (await ask("DELETE", path, by=outside)).refusal
    assert 204 == (await ask("DELETE", path, by=sandbox.own_key(member))).status
    expected = {"code": invite.code, "channel_id": str(group.id)}
    assert expected == await socket.heard("INVITE_DELETE")


async def test_a_group_is_shown_to_those_in_it(ask: Ask, group: Channel) -> None:
    """With everybody but the one who looks."""
    shown = (await ask("GET", f"/channels/{group.id}")).body

    assert (3, "Crew", str(group.owner_id)) == (shown["type"], shown["name"], shown["owner_id"])
    assert 2 == len(shown["recipients"])
