"""A raid, with everything switched on: on the sandbox, through the real discord.py."""

import re
from datetime import UTC, datetime

from bot.patience import Pace
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty
from tests.harness import WITH_RECORD, connected, first_reading, on_both, until

pytestmark = on_both

PEOPLE = 400
TOO_MANY_REQUESTS = 429


async def test_no_limit_is_met(sandbox: Sandbox, guild: Guild, ledger: Ledger) -> None:
    """Hundreds come in seconds, a third of them leave: everybody is confirmed and told once, and
    the platform never has to ask us to slow down.
    """
    sandbox.rate_limit("/guilds/{guild_id}/invites", 5, 5.0)
    sandbox.rate_limit("/guilds/{guild_id}/members-search", 5, 5.0)
    answers: list[int] = []
    sandbox.exchanges.append(lambda exchange: answers.append(exchange.status))
    codes = [guild.add_invite(guild.channel("general"), by=guild.owner).code for _ in range(5)]
    channel = guild.add_channel("join-log")
    pace = Pace(look=0.1, verdict=0.3, say=1.0, edit=1.0)

    async with connected(ledger, sandbox, patience=WITH_RECORD._replace(pace=pace)):
        await first_reading(ledger, guild)
        await ledger.set_log(guild.id, channel.id, guild.owner.id, datetime.now(UTC))
        members = [await sandbox.join(codes[number % 5]) for number in range(PEOPLE)]
        for member in members[::3]:
            await sandbox.leave(member)

        async def all_told() -> bool:
            _, pending = await ledger.joins(guild.id, certainty=Certainty.PENDING)
            return not pending and not await ledger.guilds_to_tell()

        async def all_named() -> bool:
            _, named = await ledger.joins(guild.id, certainty=Certainty.CONFIRMED)
            return named >= PEOPLE - len(members[::3])

        await until(all_named, limit=50)
        await until(all_told, limit=50)

    told = sandbox.messages(channel)
    assert TOO_MANY_REQUESTS not in answers
    assert not any(message.pings for message in told)
    drawn_together = re.findall(r"(\d+) joined", "\n".join(message.content for message in told))
    alone = sum(message.content.count("> joined") for message in told)
    assert PEOPLE == sum(map(int, drawn_together)) + alone
