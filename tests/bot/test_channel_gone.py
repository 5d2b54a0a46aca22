"""Which invites go with their channel, and which were over before."""

import asyncio

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import EndReason
from tests.harness import LAGS, decided, first_reading, until


@pytest.mark.usefixtures("usher")
async def test_what_was_used_up_before_did_not_go_with_its_channel(
    sandbox: Sandbox, guild: Guild, ledger: Ledger
) -> None:
    """Of two invites of a channel the one that ended well before keeps the end that it had."""
    await first_reading(ledger, guild)
    channel = guild.add_channel("partners")
    used, live = (guild.create_invite(channel, by=guild.owner, max_uses=1) for _ in range(2))
    await until(lambda: ledger.invite(guild.id, live.code))
    sandbox.fail("GET", "/guilds/*/invites", status=503, times=None)  # nothing is decided yet

    async def end_of(code: str) -> EndReason | None:
        record = await ledger.invite(guild.id, code)
        return record.end_reason if record else None

    async def gone() -> bool:
        return await end_of(live.code) is EndReason.CHANNEL_DELETED

    await sandbox.join(used.code)
    await until(lambda: end_of(used.code))
    await asyncio.sleep(2 * LAGS.event)  # its end and the deletion are two things
    guild.delete_channel(channel)
    await until(gone)
    sandbox.clear_faults()
    await decided(ledger, guild, 1)

    assert EndReason.CHANNEL_DELETED is not await end_of(used.code)
