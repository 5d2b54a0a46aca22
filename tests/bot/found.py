"""Everybody whom the ledger has in a guild, and nobody else."""

from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import JoinRecord
from tests.harness import decided


async def found(ledger: Ledger, guild: Guild, count: int) -> list[JoinRecord]:
    """All joins of the guild, oldest first, once there are `count` and none is pending."""
    joins = await decided(ledger, guild, count)
    assert count == (await ledger.joins(guild.id))[1], "and nobody else"
    return joins
