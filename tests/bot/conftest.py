"""A guild with a log channel."""

from datetime import UTC, datetime

import pytest

from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.bot.listening import MODERATOR


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.add_channel("log")


@pytest.fixture
def code(guild: Guild) -> str:
    return guild.add_invite(guild.channel("general"), by=guild.owner).code


@pytest.fixture
async def chosen(ledger: Ledger, guild: Guild, channel: Channel) -> None:
    """The channel was chosen before."""
    await ledger.set_log(guild.id, channel.id, MODERATOR, datetime.now(UTC))
