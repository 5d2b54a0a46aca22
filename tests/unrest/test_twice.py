"""Whoever leaves and comes again within a second, by another invite, beside a record that may tell
whole seconds: it is asked while the second time may not have been heard of.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.attribution import Lags
from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.harness import on_both

from .moments import JUST_INSIDE, LAGS, LONG, early_in_a_second, running

pytestmark = on_both


@pytest.fixture
async def usher(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    """With the platform's record."""
    async with running(ledger, sandbox, [guild]) as bot:
        yield bot


def nothing(_: Sandbox, __: Lags) -> None:
    pass


def tell_late(sandbox: Sandbox, lags: Lags) -> None:
    sandbox.delay_events("GUILD_MEMBER_ADD", lags.event - JUST_INSIDE)


def break_connection(sandbox: Sandbox, _: Lags) -> None:
    sandbox.drop_gateway()


def lose_session(sandbox: Sandbox, _: Lags) -> None:
    sandbox.refuse_resume()
    sandbox.drop_gateway()


def lose_session_and_list(sandbox: Sandbox, lags: Lags) -> None:
    """Who is there now is not told for a while."""
    sandbox.fail("GET", "/guilds/*/members", status=503, times=4)
    lose_session(sandbox, lags)


UNHEARD = [nothing, tell_late, break_connection, lose_session, lose_session_and_list]


@pytest.mark.usefixtures("usher")
@pytest.mark.parametrize("keep_unheard", UNHEARD)
async def test_twice_within_a_second(
    sandbox: Sandbox,
    guild: Guild,
    ledger: Ledger,
    codes: list[str],
    lags: Lags,
    keep_unheard: Callable[[Sandbox, Lags], None],
) -> None:
    """What the record says of one time is never said of the other, however late that is heard of;
    whoever came beside them is confirmed.
    """
    await early_in_a_second()
    first = await sandbox.join(codes[0])
    beside = await sandbox.join(codes[0])
    await sandbox.leave(first)
    await asyncio.sleep(0.5)
    keep_unheard(sandbox, lags)
    again = await sandbox.rejoin(first.user, codes[1])
    assert int(first.joined_at) == int(again.joined_at)
    await asyncio.sleep(LONG + 60)

    [other] = await ledger.joins_of(guild.id, beside.id)
    assert ("confirmed", codes[0]) == (other.certainty, other.code)
    await assert_not_confused(ledger, first, codes)


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "resumed"])
@pytest.mark.parametrize("told_for", [0.0, 1.5], ids=["broken at once", "asked before"])
async def test_again_and_gone_before_anybody_looks(
    sandbox: Sandbox,
    guild: Guild,
    ledger: Ledger,
    codes: list[str],
    *,
    told_for: float,
    lost: bool,
) -> None:
    """While the connection is broken the record may speak of a membership that nobody ever sees,
    and so it may just before: what it says then is taken for nobody's.
    """
    async with running(ledger, sandbox, [guild]):
        await early_in_a_second()
        first = await sandbox.join(codes[0])
        await asyncio.sleep(0.1)
        for event in ("GUILD_MEMBER_REMOVE", "GUILD_MEMBER_ADD"):
            sandbox.delay_events(event, LAGS[sandbox.platform].event)
        await sandbox.leave(first)
        again = await sandbox.rejoin(first.user, codes[1])
        assert int(first.joined_at) == int(again.joined_at)
        await asyncio.sleep(told_for)
        if lost:
            sandbox.refuse_resume()
        sandbox.drop_gateway()
        await asyncio.sleep(2.5)
        await sandbox.leave(again)
        await asyncio.sleep(LONG + 60)

    joins = await ledger.joins_of(guild.id, first.id)
    assert (1 if lost else 2) == len(joins)
    for join, code in zip(joins, codes, strict=False):
        assert code in {join.code, *join.candidates}


@pytest.mark.usefixtures("usher")
async def test_left_and_again_unheard(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """The record has members only: what it still says of somebody who has left is of another
    time, also if nobody told of that.
    """
    await early_in_a_second()
    first = await sandbox.join(codes[0])
    await asyncio.sleep(0.1)
    await sandbox.leave(first)
    sandbox.lose_event("GUILD_MEMBER_ADD")
    await asyncio.sleep(0.1)
    await sandbox.rejoin(first.user, codes[1])
    await asyncio.sleep(LONG + 60)

    [join, *_] = await ledger.joins_of(guild.id, first.id)
    assert codes[0] in {join.code, *join.candidates}


async def test_again_while_the_ledger_is_locked(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], tmp_path: Path
) -> None:
    """A second time that was told, and is not written down yet, is known of."""
    async with running(ledger, sandbox, [guild]):
        await early_in_a_second()
        first = await sandbox.join(codes[0])
        await asyncio.sleep(0.1)
        await sandbox.leave(first)
        await asyncio.sleep(0.4)
        with closing(sqlite3.connect(tmp_path / "usher.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await sandbox.rejoin(first.user, codes[1])
            await asyncio.sleep(4)
            other.execute("ROLLBACK")
        await asyncio.sleep(LONG + 60)

    await assert_not_confused(ledger, first, codes)


@pytest.mark.parametrize("others", [0, 7])
async def test_again_while_usher_is_away(sandbox: Sandbox, ledger: Ledger, others: int) -> None:
    """Of a time within the same second that is found only after a restart the record's word is as
    well of no use for the one before: also when that is decided long after the other was named, and
    when other guilds are looked at first.
    """
    *_, guild = guilds = [sandbox.add_guild(f"{number}") for number in range(others + 1)]
    codes = [guild.add_invite(guild.channel("general"), by=guild.owner).code for _ in range(2)]
    async with running(ledger, sandbox, guilds):
        await early_in_a_second()
        first = await sandbox.join(codes[0])
        await asyncio.sleep(0.4)
    await sandbox.leave(first)
    again = await sandbox.rejoin(first.user, codes[1])
    assert int(first.joined_at) == int(again.joined_at)
    async with running(ledger, sandbox, guilds):
        await asyncio.sleep(LONG + 60)

    await assert_not_confused(ledger, first, codes)


async def assert_not_confused(ledger: Ledger, first: Member, codes: list[str]) -> None:
    """Both of their times may be what they were."""
    both = await ledger.joins_of(first.guild_id, first.id)
    assert 2 == len(both)
    for join, code in zip(both, codes, strict=False):
        assert code in {join.code, *join.candidates}
