"""`/setup backfill` on Discord, whose record pages by the thousand or is not there."""

import pytest

from bot.patience import Patience
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests.cogs.backfills import FAST, crowd, said, title
from tests.cogs.conftest import Ask

pytestmark = pytest.mark.usefixtures("usher")

SEARCH = "/guilds/{guild_id}/members-search"
ANY_GUILD = "/guilds/*/members-search"


@pytest.fixture
def patience() -> Patience:
    return FAST


async def test_asked_again_it_shows_how_far_it_is(ask: Ask, sandbox: Sandbox, guild: Guild) -> None:
    """While it is under way nothing is begun anew."""
    crowd(sandbox, guild, 1500)
    sandbox.exchanges.append(
        lambda exchange: (
            sandbox.fail("POST", ANY_GUILD, status=503, times=None)
            if exchange.template == SEARCH
            else None
        )
    )
    first = await ask("setup backfill")
    await title(first, "Backfill: 1,000 of")

    second = await ask("setup backfill")

    assert second.embeds[0]["title"].startswith("Backfill: 1,000 of 1,503 members read")
    assert "I go on <t:" in (await said(second, "**It waits**")).text


async def test_a_refusal_is_told(ask: Ask, sandbox: Sandbox) -> None:
    """Where the platform has no record, that is said, and when it is tried again."""
    sandbox.record_absent = True

    reply = await ask("setup backfill")

    told = await said(reply, "refuses me its record")
    assert "I try again <t:" in told.text
