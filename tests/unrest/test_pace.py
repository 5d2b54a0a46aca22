"""How often the platform is asked in a raid, with everything on and the waits of the default."""

import asyncio
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.patience import usual
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from bot.sandbox.rest import Exchange
from data.ledger import Ledger
from data.models import Certainty
from tests.benchmarks.virtual_time import virtual_loop
from tests.harness import on_both

from .moments import running

PEOPLE = 250
TOO_MANY_REQUESTS = 429
AT_ONCE, PERIOD = 5, 5.0
"""What the platform takes: so many requests in so many seconds, of one kind in one place."""


def most_at_once(moments: Sequence[float]) -> int:
    """How many lie within the platform's period, at most."""
    ends = [bisect_right(moments, at + PERIOD) for at in moments]
    return max(end - begin for begin, end in enumerate(ends))


@on_both
async def test_nobody_has_to_slow_us_down(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """Hundreds come within a minute, a third of them leave: everybody is confirmed and told once,
    and no more is asked or said at a time than the platform takes.
    """
    asked: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    statuses: set[int] = set()

    def note(one: Exchange) -> None:
        asked[one.method, one.template].append(virtual_loop().time())
        statuses.add(one.status)

    sandbox.exchanges.append(note)
    channel = guild.add_channel("join-log")
    for path in ("", "/{message_id}"):  # so that the library has no reason to hold anything back
        sandbox.rate_limit("/channels/{channel_id}/messages" + path, 1000, 1.0)
    patience = usual(record_first=sandbox.platform == "fluxer")
    async with running(ledger, sandbox, [guild], patience=patience):
        await ledger.set_log(guild.id, channel.id, guild.owner.id, datetime.now(UTC))
        asked.clear()
        members = []
        for number in range(PEOPLE):
            members.append(await sandbox.join(codes[number % 2]))
            await asyncio.sleep(0.2)
        for member in members[::3]:
            await sandbox.leave(member)
            await asyncio.sleep(0.2)
        await asyncio.sleep(120)

        assert [] == await ledger.guilds_to_tell()
        assert 0 == (await ledger.joins(guild.id, certainty=Certainty.PENDING))[1]
        _, named = await ledger.joins(guild.id, certainty=Certainty.CONFIRMED)

    assert named >= PEOPLE - len(members[::3])
    assert TOO_MANY_REQUESTS not in statuses
    assert {} == {
        what: most_at_once(when) for what, when in asked.items() if most_at_once(when) > AT_ONCE
    }
    told = sandbox.messages(channel)
    assert not any(message.pings for message in told)
    drawn_together = re.findall(r"(\d+) joined", "\n".join(message.content for message in told))
    alone = sum(message.content.count("> joined") for message in told)
    assert PEOPLE == sum(map(int, drawn_together)) + alone
