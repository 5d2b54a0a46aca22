"""Whoever leaves and comes again within a second, by another invite, beside a record that may tell
whole seconds: it is asked while the second time may not have been heard of.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.attribution import Lags
from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.harness import on_both

from .moments import JUST_INSIDE, LONG, early_in_a_second, running

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
    both = await ledger.joins_of(guild.id, first.id)
    assert ("confirmed", codes[0]) == (other.certainty, other.code)
    assert 2 == len(both)
    for join, code in zip(both, codes, strict=False):
        assert code in {join.code, *join.candidates}


async def test_again_while_usher_is_away(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """Of a time within the same second that is found only after a restart the record's word is as
    well of no use for the one before, also when that is decided long after the other was named.
    """
    async with running(ledger, sandbox, [guild]):
        await early_in_a_second()
        first = await sandbox.join(codes[0])
        await asyncio.sleep(0.2)
        await sandbox.leave(first)
        await asyncio.sleep(0.2)
    again = await sandbox.rejoin(first.user, codes[1])
    assert int(first.joined_at) == int(again.joined_at)
    async with running(ledger, sandbox, [guild]):
        await asyncio.sleep(LONG + 60)

    both = await ledger.joins_of(guild.id, first.id)
    assert 2 == len(both)
    for join, code in zip(both, codes, strict=False):
        assert code in {join.code, *join.candidates}
