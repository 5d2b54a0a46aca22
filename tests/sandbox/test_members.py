"""Who is a member: listed by the platform, and put there as if they had come long ago."""

from typing import Any

import pytest

from bot.sandbox import Refused, Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Clock, Recorder, Rest, asked, ids

DAY = 86_400


async def test_everybody_is_read_in_pages(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """The real client reads thousands of members page by page, each once."""
    guild.populate(2500)

    read = [member.id async for member in client.guilds[0].fetch_members(limit=None)]

    assert sorted(guild.members) == sorted(read)
    assert 3 == sandbox.count("GET", "/guilds/{guild_id}/members")


async def test_order_is_that_of_ids(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """Whoever has the lower id is listed first, whenever they came."""
    early = sandbox.add_user()
    code = guild.create_invite(guild.channel("general")).code
    later = guild.add_member()
    await sandbox.join(code, user=early)

    answer = await rest("GET", f"/guilds/{guild.id}/members?limit=1000&after={guild.owner_id}")

    assert [early.id, later.id] == [int(one["user"]["id"]) for one in answer.body]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param("", 1, id="one by default"),
        pytest.param("?limit=1000", 1000, id="most"),
        pytest.param("?limit=2&after={last}", 0, id="behind the last"),
    ],
)
async def test_page_size(rest: Rest, guild: Guild, query: str, count: int) -> None:
    """A page is as long as asked for, unless there is no more."""
    guild.populate(1000)

    asked_for = query.format(last=max(guild.members))
    answer = await rest("GET", f"/guilds/{guild.id}/members{asked_for}")

    assert count == len(answer.body)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=many", "limit=-1", "after=somebody"]
)
async def test_bad_page(rest: Rest, guild: Guild, query: str) -> None:
    """Pages that the platform does not give are refused."""
    answer = await rest("GET", f"/guilds/{guild.id}/members?{query}")

    assert (400, 50035) == answer.refusal
    assert [query.split("=", maxsplit=1)[0]] == list(answer.body["errors"])


async def test_list_needs_the_privilege(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """Without the members intent nobody is listed, but each may be asked for by id."""
    sandbox.application.privileged.clear()

    listed = await rest("GET", f"/guilds/{guild.id}/members?limit=5")
    one = await rest("GET", f"/guilds/{guild.id}/members/{guild.owner_id}")

    assert (403, 50001) == listed.refusal
    assert str(guild.owner_id) == one.body["user"]["id"]


async def test_who_left_is_unknown(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """Somebody who left is neither listed nor found."""
    member = guild.add_member()
    await sandbox.leave(member)

    listed = await rest("GET", f"/guilds/{guild.id}/members?limit=1000")

    assert str(member.id) not in {one["user"]["id"] for one in listed.body}
    assert (404, 10007) == (await rest("GET", f"/guilds/{guild.id}/members/{member.id}")).refusal


async def test_past_joins_are_in_the_record(client: Recorder, guild: Guild, clock: Clock) -> None:
    """Who was put there with a past is told of in the record as if they had truly come so."""
    partner = guild.add_member("partner")
    invite = guild.add_invite(guild.channel("general"), by=partner, uses=2)
    guild.set_vanity("harbour")
    began = clock() - 10 * DAY
    through = guild.populate(2, code=invite.code, joined_at=began, every=0.5)
    dead = guild.add_member(source="invite", code="gone", inviter=partner, joined_at=began - 5)
    others = [guild.add_member(code="harbour"), guild.add_member(source="discovery")]

    found = await asked(client, guild, sort=1, limit=1000)

    told = {int(one["member"]["user"]["id"]): one for one in found["members"]}
    expected: dict[int, tuple[Any, ...]] = {
        through[0].id: (5, invite.code, str(partner.id)),
        through[1].id: (5, invite.code, str(partner.id)),
        dead.id: (5, "gone", str(partner.id)),
        others[0].id: (6, "harbour", None),
        others[1].id: (3, None, None),
    }
    keys = ("join_source_type", "source_invite_code", "inviter_id")
    assert expected == {one: tuple(told[one][key] for key in keys) for one in expected}
    assert [through[1].id, through[0].id, dead.id] == ids(found)[-3:]
    assert [began, began + 0.5, began - 5] == [one.joined_at for one in (*through, dead)]
    assert 2 == invite.uses, "counters are what the test says"
    await client.quiet()
    assert [] == client.told["member_join"]


def test_populated_until_a_day_ago(guild: Guild, clock: Clock) -> None:
    """Without a date those put there came one after the other, all of them long ago."""
    came = [one.joined_at for one in guild.populate(3, every=10)]

    a_day_ago = clock() - DAY
    assert [a_day_ago - 30, a_day_ago - 20, a_day_ago - 10] == came


def test_who_was_there_before_came_long_ago(guild: Guild, clock: Clock) -> None:
    """Somebody of whom nothing is told was there for a day, unlike the bot, who came just now."""
    assert guild.me is not None
    old = guild.add_member(joined_at=None)

    assert clock() - DAY <= guild.owner.joined_at < old.joined_at < clock() - DAY + 1
    assert clock() <= guild.me.joined_at


def test_no_such_way_in(guild: Guild) -> None:
    """A way in that the platform does not know is a mistake of the test."""
    with pytest.raises(ValueError, match="no source 'window'"):
        guild.add_member(source="window")


async def test_thread_goes_with_its_channel(
    sandbox: Sandbox, rest: Rest, guild: Guild, client: Recorder
) -> None:
    """When a channel is deleted, its threads are no longer there, and no event tells of them."""
    told: list[str] = []
    sandbox.events.append(lambda event: told.append(event.name))
    place = guild.add_channel("talk")
    kept = guild.add_channel("kept thread", "thread", parent=guild.channel("general"))
    thread = guild.add_channel("thread", "thread", parent=place)

    told.clear()
    guild.delete_channel(place)
    await client.heard("guild_channel_delete")

    assert (404, 10003) == (await rest("GET", f"/channels/{thread.id}")).refusal
    assert kept in guild.channels
    assert ["CHANNEL_DELETE"] == told


async def test_unknown_code_of_a_newcomer(sandbox: Sandbox, guild: Guild) -> None:
    """A code that somebody is said to have come by does not become one that works."""
    guild.add_member(code="gone")

    with pytest.raises(Refused):
        await sandbox.join("gone")
