"""The platform's own record of joins: since when it shows somebody, and to whom it answers."""

import discord
import pytest

from bot.sandbox import Permission, Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import RECORD, Clock, Recorder, Rest, Search, asked, ids


async def test_it_lags(sandbox: Sandbox, guild: Guild, clock: Clock, search: Search) -> None:
    """Told to lag, it shows a member only so many seconds after they joined, and not before."""
    sandbox.record_lag = 20.0
    clock.time += 100.0
    early = await sandbox.enter(guild)
    clock.time += 5.0
    late = [(await sandbox.enter(guild)).id for _ in range(100)]
    seen = []

    for pause in (14.98, 0.02, 4.98, 0.02):
        clock.time += pause
        seen.append(ids((await search(limit=1000)).body)[:-2])

    assert [[], [early.id], [early.id]] == seen[:3]
    assert [*reversed(late), early.id] == seen[3]


async def test_a_rejoin_lags_again(
    sandbox: Sandbox, guild: Guild, clock: Clock, search: Search
) -> None:
    """Who left is gone at once and comes back only after the lag."""
    member = await sandbox.enter(guild)
    sandbox.record_lag = 20.0
    clock.time += 20.0
    invite = guild.add_invite(guild.channel("general"))
    seen = [member.id in ids((await search()).body)]

    await sandbox.leave(member)
    await sandbox.rejoin(member, invite.code)
    seen.append(member.id in ids((await search()).body))
    clock.time += 20.0
    seen.append(member.id in ids((await search()).body))

    assert [True, False, True] == seen


async def test_a_guild_is_indexed_first(
    sandbox: Sandbox, client: Recorder, guild: Guild, clock: Clock
) -> None:
    """The first ask starts the indexing; until it is done the real client gets 202 as any dict."""
    sandbox.index_delay = 30.0
    clock.time += 100.0
    statuses: list[int] = []
    sandbox.exchanges.append(lambda exchange: statuses.append(exchange.status))

    first = await asked(client, guild)
    clock.time += 29.0
    second = await asked(client, guild)
    clock.time += 1.0
    third = await asked(client, guild)

    assert [202, 202, 200] == statuses
    assert [(110000, 30.0, 0), (110000, 1.0, 0)] == [
        (answer["code"], answer["retry_after"], answer["documents_indexed"])
        for answer in (first, second)
    ]
    assert first["message"]
    assert "members" not in first
    assert 2 == len(third["members"])


async def test_each_guild_is_indexed_once(
    sandbox: Sandbox, guild: Guild, rest: Rest, search: Search
) -> None:
    """An indexed guild stays so until told otherwise; another has to wait for its own index."""
    other = sandbox.add_guild("Other")
    await search()
    sandbox.index_delay = 30.0

    answers = [await search(), await rest("POST", f"/guilds/{other.id}/members-search", json={})]
    guild.indexed_at = None
    answers.append(await search())

    assert [200, 202, 202] == [answer.status for answer in answers]


async def test_a_refused_ask_starts_no_index(
    sandbox: Sandbox, guild: Guild, clock: Clock, search: Search
) -> None:
    """Who may not search does not start the indexing either."""
    sandbox.index_delay = 30.0
    assert guild.me is not None
    guild.change_role(guild.role(guild.me.name), permissions=Permission.VIEW_CHANNEL)
    refused = await search()
    clock.time += 30.0
    guild.change_role(guild.role(guild.me.name), permissions=Permission.MANAGE_GUILD)

    assert [403, 202] == [refused.status, (await search()).status]


async def test_it_may_be_absent(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """A platform without the route answers as for any path it does not know; that is no fault."""
    sandbox.record_absent = True

    with pytest.raises(discord.NotFound) as caught:
        await asked(client, guild)

    assert (404, 0, "404: Not Found") == (
        caught.value.status,
        caught.value.code,
        caught.value.text,
    )
    assert [] == sandbox.unknown


async def test_permission_is_needed(guild: Guild, search: Search) -> None:
    """Without MANAGE_GUILD it is refused."""
    everything_else = ~Permission.MANAGE_GUILD & ~Permission.ADMINISTRATOR & (1 << 41) - 1
    assert guild.me is not None
    guild.change_role(guild.role(guild.me.name), permissions=everything_else)

    assert (403, 50013) == (await search()).refusal


async def test_the_intent_is_needed(sandbox: Sandbox, search: Search) -> None:
    """Without the members intent enabled for the application it is refused."""
    sandbox.application.privileged.clear()

    assert (403, 50001) == (await search()).refusal


async def test_it_fails_when_told(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """Faults meet it like any other route."""
    sandbox.fail("POST", RECORD, status=403, code=50001)

    with pytest.raises(discord.Forbidden):
        await asked(client, guild)

    assert 2 == len((await asked(client, guild))["members"])


async def test_its_window_is_per_guild(sandbox: Sandbox, rest: Rest, search: Search) -> None:
    """Its rate limit can be set, and one guild's window is not another's."""
    other = sandbox.add_guild("Other")
    sandbox.rate_limit(RECORD, 2, 60.0)

    statuses = [(await search()).status for _ in range(3)]
    elsewhere = await rest("POST", f"/guilds/{other.id}/members-search", json={})

    assert [200, 200, 429] == statuses
    assert 200 == elsewhere.status


async def test_the_client_waits_for_the_window(
    sandbox: Sandbox, client: Recorder, guild: Guild
) -> None:
    """The real client heeds the route's limit and meets no 429."""
    sandbox.rate_limit(RECORD, 2, 0.1)
    statuses: list[int] = []
    sandbox.exchanges.append(lambda exchange: statuses.append(exchange.status))

    for _ in range(4):
        await asked(client, guild, limit=1)

    assert [200] * 4 == statuses


async def test_elsewhere(sandbox: Sandbox, guild: Guild, rest: Rest, search: Search) -> None:
    """There is no record of a guild that the bot is not in, nor for a wrong token."""
    guild.remove_bot()
    headers = {"Authorization": "Bot nobody"}
    path = f"/guilds/{sandbox.add_guild('Other').id}/members-search"

    assert (404, 10004) == (await search()).refusal
    assert 401 == (await rest("POST", path, json={}, headers=headers)).status
