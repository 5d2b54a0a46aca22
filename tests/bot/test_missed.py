"""A doubt whether everybody was announced: on the sandbox, through the real discord.py."""

import asyncio
from datetime import timedelta

import pytest

from bot import missed
from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import JoinRecord, Met
from tests.harness import PATIENCE, connected, decided, first_reading, on_both, until

pytestmark = on_both

MEMBERS = "/guilds/{guild_id}/members"


@pytest.fixture
def code(guild: Guild) -> str:
    return guild.add_invite(guild.channel("general"), by=guild.owner).code


async def lost(sandbox: Sandbox, code: str) -> Member:
    sandbox.lose_event("GUILD_MEMBER_ADD")
    return await sandbox.join(code)


async def found(ledger: Ledger, member: Member) -> JoinRecord:
    async def ask() -> JoinRecord | None:
        joins = await ledger.joins_of(member.guild_id, member.id)
        return joins[0] if joins else None

    return await until(ask)


@pytest.mark.counts_every_use
async def test_a_doubt_soon_after_another_is_not_forgotten(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two lost events in ten minutes the second is looked for when these are over."""
    monkeypatch.setattr(missed, "COUNTED_LATELY", 3.0)
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)
        first = await lost(sandbox, code)
        await sandbox.join(code)
        await found(ledger, first)
        await decided(ledger, guild, 2)

        second = await lost(sandbox, code)
        await sandbox.join(code)
        await decided(ledger, guild, 3)
        assert [] == await ledger.joins_of(guild.id, second.id)

        assert Met.GAP is (await found(ledger, second)).met
        asked = sandbox.count("GET", MEMBERS)
        await asyncio.sleep(1.5 * missed.COUNTED_LATELY)
        assert asked == sandbox.count("GET", MEMBERS), "and that is all"


@pytest.mark.parametrize("lately", [False, True], ids=["long ago", "just now"])
async def test_somebody_whom_only_the_record_knows(
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    lately: bool,
) -> None:
    """On a page that was asked for because of others stands somebody who was never announced:
    they are looked for, unless they joined just now and their event may be on its way.
    """
    apart = timedelta(minutes=1) if lately else timedelta(seconds=-2)
    monkeypatch.setattr(missed, "CLOCKS_APART", apart)
    async with connected(ledger, sandbox, patience=PATIENCE._replace(record=(1.5, 0.1))):
        await first_reading(ledger, guild)
        sandbox.lose_event("GUILD_MEMBER_ADD")
        hidden = await sandbox.enter(guild)  # by no invite, so that no use tells of them
        await sandbox.join(code)
        if not lately:
            assert Met.GAP is (await found(ledger, hidden)).met
            return
        await decided(ledger, guild, 1)
        await asyncio.sleep(2)
        assert sandbox.count("POST", "/guilds/{guild_id}/members-search")
        assert [] == await ledger.joins_of(guild.id, hidden.id)
