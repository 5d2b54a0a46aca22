"""The platform's own record of joins: what it tells of each member."""

from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests import reference
from tests.sandbox.clients import Recorder, Search, asked, ids

JSON = dict[str, Any]


def source(entry: JSON) -> tuple[int, str | None, str | None]:
    return entry["join_source_type"], entry["source_invite_code"], entry["inviter_id"]


async def test_the_client_reads_an_invited_member(
    sandbox: Sandbox, client: Recorder, guild: Guild
) -> None:
    """Through the real client a join by invite shows its code, its inviter and the newest first."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)
    member = await sandbox.join(invite.code, "member-17")

    found = await asked(client, guild, limit=1)

    (entry,) = found["members"]
    assert (5, invite.code, str(guild.owner_id)) == source(entry)
    assert (str(member.id), "member-17") == (
        entry["member"]["user"]["id"],
        entry["member"]["user"]["username"],
    )
    assert {"guild_id": str(guild.id), "page_result_count": 1, "total_result_count": 3} == {
        key: value for key, value in found.items() if key != "members"
    }


async def test_the_answer_has_exactly_these_fields(
    sandbox: Sandbox, guild: Guild, search: Search
) -> None:
    """An entry is a member as REST shows them and five fields about their joining."""
    await sandbox.enter(guild)
    checker = reference.checker() or pytest.skip(reference.ABSENT)
    schema = checker.descriptions.part("components", "schemas", "GuildMemberResponse")

    (entry, *_) = (await search()).body["members"]

    assert {
        "member",
        "join_source_type",
        "source_invite_code",
        "inviter_id",
        "join_source_application_id",
        "join_source_channel_id",
    } == set(entry)
    assert [] == list(schema.iter_errors(entry["member"]))


@pytest.mark.parametrize(
    ("way", "number"),
    [
        ("unknown", 0),
        ("oauth", 1),
        ("integration", 2),
        ("discovery", 3),
        ("hub", 4),
        ("manual", 7),
        ("lobby", 8),
    ],
)
async def test_ways_without_a_code(
    sandbox: Sandbox, client: Recorder, guild: Guild, way: str, number: int
) -> None:
    """Each way in has its number and no code; only an integration stands in the inviter's place."""
    await sandbox.enter(guild, source=way)

    (entry,) = (await asked(client, guild, limit=1))["members"]

    inviter = str(guild.integration_id) if way == "integration" else None
    assert (number, None, inviter) == source(entry)


async def test_an_integration_is_no_person(sandbox: Sandbox, guild: Guild, search: Search) -> None:
    """All who come by the integration share its id, which belongs to no user."""
    await sandbox.enter(guild, source="integration")
    await sandbox.enter(guild, source="integration")

    entries = (await search(limit=2)).body["members"]

    assert {str(guild.integration_id)} == {entry["inviter_id"] for entry in entries}
    assert guild.integration_id not in sandbox.users


async def test_a_lobby_names_its_application(
    sandbox: Sandbox, guild: Guild, search: Search
) -> None:
    """Only who comes from a linked lobby has its application and its channel."""
    await sandbox.enter(guild, source="lobby")
    await sandbox.enter(guild, source="hub")

    hub, lobby = (await search(limit=2)).body["members"]

    keys = ("join_source_application_id", "join_source_channel_id")
    expected = [str(guild.lobby_application_id), str(guild.channel("general").id)]
    assert expected == [lobby[key] for key in keys]
    assert [None, None] == [hub[key] for key in keys]


async def test_vanity_and_bots(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """A vanity join has the vanity's code and no inviter, a bot who brought it."""
    guild.set_vanity("harbour")
    await sandbox.join("harbour")
    await sandbox.add_bot(guild, by=guild.owner)

    bot, vanity, me, owner = (await asked(client, guild))["members"]

    assert (6, "harbour", None) == source(vanity)
    assert (1, None, str(guild.owner_id)) == source(bot)
    assert (1, None, None) == source(me)
    assert (0, None, None) == source(owner)


async def test_an_invite_without_a_maker(sandbox: Sandbox, guild: Guild, search: Search) -> None:
    """A join through the server's widget has a code but no inviter."""
    invite = guild.add_invite(guild.channel("general"))
    await sandbox.join(invite.code)

    (entry,) = (await search(limit=1)).body["members"]

    assert (5, invite.code, None) == source(entry)


async def test_the_record_outlives_the_invite(
    sandbox: Sandbox, guild: Guild, search: Search
) -> None:
    """A one-use invite is gone, and the record still names it and who made it."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner, max_uses=1)
    await sandbox.join(invite.code)

    (entry,) = (await search(limit=1)).body["members"]

    assert {} == guild.invites
    assert (5, invite.code, str(guild.owner_id)) == source(entry)


async def test_who_left_is_gone(sandbox: Sandbox, guild: Guild, search: Search) -> None:
    """The record holds nobody who left or was kicked."""
    leaver, kicked, staying = [await sandbox.enter(guild) for _ in range(3)]
    await sandbox.leave(leaver)
    await sandbox.kick(kicked, by=guild.owner)

    found = (await search()).body

    assert {staying.id, guild.bot_id, guild.owner_id} == set(ids(found))
    assert 3 == found["total_result_count"]


async def test_who_came_back_is_there_by_the_new_join(
    sandbox: Sandbox, guild: Guild, search: Search
) -> None:
    """A rejoin shows once, flagged, with the new time and the new code."""
    general = guild.channel("general")
    first, second = (guild.add_invite(general, by=guild.owner) for _ in range(2))
    member = await sandbox.join(first.code)
    (before,) = (await search(limit=1)).body["members"]
    await sandbox.leave(member)
    await sandbox.rejoin(member, second.code)

    found = (await search(and_query={"user_id": {"or_query": [str(member.id)]}})).body

    (entry,) = found["members"]
    assert (5, second.code, str(guild.owner_id)) == source(entry)
    assert [0, 1] == [before["member"]["flags"], entry["member"]["flags"]]
    assert before["member"]["joined_at"] < entry["member"]["joined_at"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"source": "discovery"}, (3, None, None), id="another source"),
        pytest.param({"source": "invite"}, (5, None, None), id="an invite it cannot name"),
        pytest.param({"source": "invite", "code": "gone"}, (5, "gone", None), id="unknown code"),
        pytest.param({"source": "unknown"}, (0, None, None), id="nothing"),
    ],
)
async def test_it_may_contradict(
    sandbox: Sandbox,
    guild: Guild,
    search: Search,
    told: dict[str, str],
    expected: tuple[int, str | None, str | None],
) -> None:
    """The record tells of a membership what it was told to, and the truth stays the truth."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)
    member = await sandbox.join(invite.code)
    sandbox.misrecord(member, **told)

    (entry,) = (await search(limit=1)).body["members"]

    assert expected == source(entry)
    assert ("invite", invite.code) == (member.source, member.code)


async def test_a_contradiction_names_the_other_inviter(
    sandbox: Sandbox, guild: Guild, search: Search
) -> None:
    """Told another live code, it names that code's maker; a rejoin is told truly again."""
    general, somebody = guild.channel("general"), guild.add_member()
    true = guild.add_invite(general, by=guild.owner)
    other = guild.add_invite(general, by=somebody)
    member = await sandbox.join(true.code)
    sandbox.misrecord(member, source="invite", code=other.code)
    (wrong,) = (await search(limit=1)).body["members"]
    await sandbox.leave(member)
    await sandbox.rejoin(member, true.code)

    (right,) = (await search(limit=1)).body["members"]

    assert (5, other.code, str(somebody.id)) == source(wrong)
    assert (5, true.code, str(guild.owner_id)) == source(right)


async def test_a_contradiction_needs_a_source(sandbox: Sandbox, guild: Guild) -> None:
    """The record is never told a way in that the platform does not have."""
    with pytest.raises(ValueError, match="teleport"):
        sandbox.misrecord(guild.owner, source="teleport")
