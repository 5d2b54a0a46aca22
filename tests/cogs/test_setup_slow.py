"""`/setup backfill` on Discord, whose record pages by the thousand or is not there."""

from collections.abc import AsyncIterator

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.cogs.backfills import FAST, crowd, said, title
from tests.harness import connected
from tests.moderators import use

SEARCH = "/guilds/{guild_id}/members-search"
ANY_GUILD = "/guilds/*/members-search"


@pytest.fixture
async def usher(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    assert guild.me, "the bot is in the guild before it connects"
    async with connected(ledger, sandbox, patience=FAST) as bot:
        yield bot


async def test_asked_again_it_shows_how_far_it_is(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel
) -> None:
    """While it is under way nothing is begun anew."""
    del usher
    crowd(sandbox, guild, 1500)
    sandbox.exchanges.append(
        lambda exchange: (
            sandbox.fail("POST", ANY_GUILD, status=503, times=None)
            if exchange.template == SEARCH
            else None
        )
    )
    first = await use(sandbox, moderator, general, "setup backfill")
    await title(first, "Backfill: 1,000 of")

    second = await use(sandbox, moderator, general, "setup backfill")

    assert second.embeds[0]["title"].startswith("Backfill: 1,000 of 1,503 members read")
    assert "I go on <t:" in (await said(second, "**It waits**")).text


async def test_a_refusal_is_told(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """Where the platform has no record, that is said, and when it is tried again."""
    del usher
    sandbox.record_absent = True

    reply = await use(sandbox, moderator, general, "setup backfill")

    told = await said(reply, "refuses me its record")
    assert "I try again <t:" in told.text
