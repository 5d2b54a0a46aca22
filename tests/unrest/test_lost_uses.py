"""Uses that are lost: a counter is read when somebody comes, and set a while later.

To the second, and on Fluxer only: nowhere else is a counter set back or left behind.
"""

import asyncio

import pytest

from bot.attribution import Lags
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger

from .moments import (
    JUST_INSIDE,
    LISTS,
    LONG,
    count_late,
    counted_after,
    open_between,
    said,
    told_late,
)

pytestmark = [
    pytest.mark.parametrize("platform", ["fluxer"], indirect=True),
    pytest.mark.usefixtures("usher"),
]


async def test_read_and_set_as_late_as_may_be(
    sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """Whoever comes alone is certain, also if they are told of as long after their counter was
    read as it is set after that.
    """
    count_late(sandbox, lags.event + lags.counter - 2 * JUST_INSIDE)
    lists = sandbox.count("GET", LISTS)
    member = await told_late(sandbox, codes[0], lags.event - JUST_INSIDE)
    await asyncio.sleep(LONG)

    assert [f"certain {codes[0]}"] == await said(ledger, member)
    assert 1 == sandbox.count("GET", LISTS) - lists


async def test_two_at_once_through_one(
    sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """Whose use was lost cannot be told: either may have come by any of the invites."""
    both = [await counted_after(sandbox, codes[0], lags.counter - JUST_INSIDE) for _ in range(2)]
    await asyncio.sleep(LONG)

    for coming in both:
        assert [open_between(sandbox, codes)] == await said(ledger, await coming)


async def test_two_at_once_through_two(
    sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """As many uses as people: these two have come by these two invites, and by no other way."""
    late = lags.counter - JUST_INSIDE
    both = [await counted_after(sandbox, code, late) for code in codes[:2]]
    await asyncio.sleep(LONG)

    for coming in both:
        expected = " ".join(["ambiguous", *sorted(codes[:2])])
        assert [expected] == await said(ledger, await coming)


async def test_read_while_somebody_is_on_the_way(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """Somebody slow sets a counter back just before it is read, and somebody else far forward
    after that: so much less than came by it shows first, and so much more then, that whoever
    came in another way meanwhile must not count as one of them.
    """
    slow = lags.counter - JUST_INSIDE
    came = [await counted_after(sandbox, codes[0], each) for each in (slow, 0, 0)]
    await asyncio.sleep(slow - JUST_INSIDE)
    came.append(await counted_after(sandbox, codes[0], slow))
    await asyncio.sleep(lags.event + 3 * JUST_INSIDE)
    assert 1 == guild.invites[codes[0]].uses
    found = await sandbox.enter(guild, source="discovery")
    await asyncio.sleep(LONG)

    assert 3 == guild.invites[codes[0]].uses
    for member in [found, *[await coming for coming in came]]:
        assert [open_between(sandbox, codes)] == await said(ledger, member)


async def test_quiet_again(sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags) -> None:
    """Whatever was lost before, whoever comes alone when nobody is on the way any more is
    certain.
    """
    for _ in range(3):
        await counted_after(sandbox, codes[0], lags.counter - JUST_INSIDE)
    await asyncio.sleep(lags.counter + lags.event + JUST_INSIDE)
    count_late(sandbox, 0.0)
    member = await sandbox.join(codes[0])
    await asyncio.sleep(LONG)

    assert [f"certain {codes[0]}"] == await said(ledger, member)
