"""A guild on Fluxer, and Usher in it."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.harness import WITH_RECORD, connected, first_reading

from .scene import LAGS


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with a vanity URL and three invites from before Usher, one of them for three."""
    sandbox.random = Random(1)
    guild = sandbox.add_guild("Harbour", vanity="harbour")
    for most in (3, 0, 0):
        guild.add_invite(guild.channel("general"), by=guild.owner, max_uses=most)
    return guild


@pytest.fixture
def codes(guild: Guild) -> list[str]:
    return list(guild.invites)


@pytest.fixture
async def usher(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    assert guild.me, "the bot is in the guild before it connects"
    async with connected(ledger, sandbox, LAGS, WITH_RECORD) as bot:
        await first_reading(ledger, guild)
        yield bot
