"""Guilds whose record must be asked for before it begins."""

import asyncio
from collections import Counter

from bot.errors import NoAnswerError
from bot.patience import Patience
from bot.platforms.platform import RecordPage
from bot.priming import AT_ONCE, MOST_TRIES, Primer
from data.models import Reason
from tests.harness import until

PATIENCE = Patience(unanswered=(0.01, 0.02))
EMPTY = RecordPage([], 0, None)


class Record:
    """A scripted record: the real one is asked in fluxer/test_record.py, one guild at a time."""

    def __init__(self, *, takes: float = 0.0, fails: Exception | None = None) -> None:
        self.takes = takes
        self.fails = fails
        self.asked: Counter[int] = Counter()
        self.at_once = self.most_at_once = 0

    async def record(self, guild_id: int, limit: int) -> RecordPage:
        assert 1 == limit, "nothing is wanted but that it begins"
        self.asked[guild_id] += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(self.takes)
        self.at_once -= 1
        if self.fails is not None:
            raise self.fails
        return EMPTY


async def test_a_few_at_once() -> None:
    """A thousand guilds are asked about one after another, and each of them once."""
    record = Record(takes=0.0001)
    async with Primer(record, PATIENCE) as primer:
        for guild_id in [*range(1000), *range(10)]:
            primer.prime(guild_id)

        async def all_asked() -> bool:
            return len(record.asked) == 1000

        await until(all_asked)

    assert {1} == set(record.asked.values())
    assert AT_ONCE == record.most_at_once


async def test_again_while_there_is_no_answer() -> None:
    """A question that gets no answer is asked again a few times, and then no more."""
    record = Record(fails=NoAnswerError(Reason.NO_ANSWER, "not yet"))
    async with Primer(record, PATIENCE) as primer:
        primer.prime(1)
        await asyncio.sleep(0.2)
        assert MOST_TRIES == record.asked[1]

        record.fails = None
        primer.prime(1)
        await asyncio.sleep(0.05)

    assert MOST_TRIES + 1 == record.asked[1]


async def test_not_again_where_that_is_no_use() -> None:
    """Without the permission nothing is asked again: getting it is an event of its own."""
    record = Record(fails=NoAnswerError(Reason.NO_PERMISSION, "Manage Server is missing"))
    async with Primer(record, PATIENCE) as primer:
        primer.prime(1)
        await asyncio.sleep(0.1)

    assert 1 == record.asked[1]


async def test_one_guild_that_fails_stops_no_other() -> None:
    """What goes wrong in one guild is logged, and the next one has its turn."""
    record = Record(fails=RuntimeError("a bug"))
    async with Primer(record, PATIENCE) as primer:
        primer.prime(1)
        await asyncio.sleep(0.01)
        primer.prime(2)
        await asyncio.sleep(0.05)

    assert {1, 2} == set(record.asked)


async def test_a_timer_ends_with_the_rest() -> None:
    """Nothing is asked after the end, also where a question was to come again."""
    record = Record(fails=NoAnswerError(Reason.NO_ANSWER, "not yet"))
    async with Primer(record, Patience(unanswered=(0.05,))) as primer:
        primer.prime(1)
        await asyncio.sleep(0.01)

    await asyncio.sleep(0.1)
    assert 1 == record.asked[1]
