"""A process that keeps a ledger until it is killed: `python life.py LEDGER`.

It prints a line for everything that the ledger has acknowledged, after the acknowledgement:
`join ID`, `leave ID`, `settled USES` with the counter of the only invite, and `told ID` of a
message of the log channel.
What an earlier life left undecided it settles first, as Usher does after a restart.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from data.ledger import Ledger
from data.models import (
    Certainty,
    Counter,
    Gain,
    Invite,
    JoinFact,
    Reading,
    Settlement,
    Source,
    Verdict,
    WindowRecord,
    from_ms,
)

GUILD = 1
AT_ONCE = 4
CHANNEL = 5
MODERATOR = 6
INVITE = Invite(
    guild_id=GUILD,
    code="abc",
    channel_id=None,
    inviter_id=None,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    expires_at=None,
)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def settle(ledger: Ledger, facts: Sequence[JoinFact]) -> None:
    """Decide these joins: each came through the invite, which counted each once."""
    before = await ledger.baseline(GUILD)
    uses = len(facts) + (before.counters["abc"].uses if before else 0)
    moment = from_ms(max(fact.arrived_at for fact in facts))
    gain = Gain(code="abc", low=len(facts), high=len(facts))
    window = WindowRecord(
        opened_at=moment,
        closed_at=moment,
        joins=len(facts),
        gap=False,
        gains=(gain,),
        unexplained=0,
    )
    await ledger.settle(
        Settlement(
            guild_id=GUILD,
            decided_at=moment,
            verdicts=tuple(map(came_through_it, facts)),
            window=window,
            baseline=Reading(0, 0, {"abc": Counter(uses, 0, None, None)}, None, None),
            appeared=() if before else (INVITE.model_copy(update={"uses": uses}),),
            uses={"abc": uses} if before else {},
        )
    )
    say(f"settled {uses}")


def came_through_it(fact: JoinFact) -> Verdict:
    return Verdict(
        member_id=fact.member_id,
        joined_at=fact.joined_at,
        certainty=Certainty.CERTAIN,
        source=Source.INVITE,
        code="abc",
    )


async def join(ledger: Ledger, fact: JoinFact) -> None:
    assert await ledger.record_join(fact)
    say(f"join {fact.member_id}")


async def tell(ledger: Ledger, now: int) -> None:
    """Draw all that is unsaid together and send it."""
    lines = await ledger.unsaid(GUILD, 1000)
    ids = [line.id for line in lines]
    message = await ledger.claim(GUILD, ids, CHANNEL, from_ms(now))
    await ledger.sent(message.id, now, message.version)
    say(f"told {message.id}")


async def live(path: Path) -> None:
    async with Ledger.open(path) as ledger:
        await ledger.set_log(GUILD, CHANNEL, MODERATOR, from_ms(0))
        if left := await ledger.pending(GUILD):
            await settle(ledger, left)
        known, _ = await ledger.joins(GUILD, limit=1)
        member_id = known[0].member_id if known else 0
        say("alive")
        while True:
            ids = range(member_id + 1, member_id + 1 + AT_ONCE)
            facts = [JoinFact(GUILD, one, one, one) for one in ids]
            await asyncio.gather(*(join(ledger, fact) for fact in facts))
            await ledger.record_leave(GUILD, ids[0], from_ms(ids[-1]))
            say(f"leave {ids[0]}")
            await tell(ledger, ids[-1])
            await settle(ledger, facts)
            member_id = ids[-1]


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1])))
