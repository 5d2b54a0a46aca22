"""The platform's clock and ours may differ by seconds, either way."""

import asyncio

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import JoinRecord
from tests.harness import connected, first_reading, on_both, until


@on_both
@pytest.mark.parametrize("ahead", [3.2, 0.0])
async def test_a_leave_that_overtakes_its_join_ends_it(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, ahead: float
) -> None:
    """Somebody who leaves at once has joined once and left, though the platform's clock is ahead
    and the leave is heard of first.
    """
    code = guild.add_invite(guild.channel("general"), by=guild.owner).code
    sandbox.advance(ahead)
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)
        sandbox.delay_events("GUILD_MEMBER_ADD", 0.3)
        member = await sandbox.join(code)
        await asyncio.sleep(0.1)
        await sandbox.leave(member)

        async def joined() -> list[JoinRecord] | None:
            joins = await ledger.joins_of(guild.id, member.id)
            return joins if any(join.joined_at for join in joins) else None

        joins = await until(joined)

    [join] = joins
    assert join.left_at is not None
    assert join.joined_at is not None
    assert join.left_at >= join.joined_at
