"""What waits for its turn, and what is under way."""

import asyncio
import math

import discord
import pytest

from bot.platforms.turns import OVERDUE, Queue, UnderWay
from tests.bot.platforms.virtually import in_virtual_time


class TestUnderWay:
    def test_comes_back_once(self) -> None:
        """With the time when it was sent."""
        under_way = UnderWay()
        first, second = under_way.sent(1.0), under_way.sent(2.0)

        assert (2.0, None) == (under_way.back(second), under_way.back(second))
        assert (1, 1.0) == (len(under_way), under_way.back(first))

    def test_is_overdue_once(self) -> None:
        """Each at its own time, however late somebody looks; then it does not come back."""
        under_way = UnderWay()
        numbers = [under_way.sent(now) for now in (0.0, 1.0, 50.0)]

        assert [] == under_way.overdue(OVERDUE - 0.1)
        assert [OVERDUE, OVERDUE + 1] == under_way.overdue(50.0)
        assert [] == under_way.overdue(50.0)
        assert [None, None, 50.0] == [*map(under_way.back, numbers)]

    def test_the_oldest_is_waited_for(self) -> None:
        """For ever if there is none."""
        under_way = UnderWay()
        assert math.inf == under_way.patience(0.0)

        first = under_way.sent(1.0)
        under_way.sent(3.0)
        assert OVERDUE - 1 == under_way.patience(2.0)
        under_way.back(first)
        assert OVERDUE + 1 == under_way.patience(2.0)
        assert 0 == under_way.patience(100.0)


async def through(queue: Queue) -> float | discord.RateLimited:
    """When somebody was let through."""
    try:
        await queue.go()
    except discord.RateLimited as error:
        return error
    return asyncio.get_running_loop().time()


class TestQueue:
    def test_news_are_looked_at_at_once(self) -> None:
        """Whatever the time that was foreseen."""

        async def play() -> float | discord.RateLimited:
            waits = iter([math.inf, 1000.0, 0.0])
            queue = Queue(None, lambda: next(waits), lambda: 0.0)
            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(through(queue))
                for _ in range(2):
                    await asyncio.sleep(1)
                    queue.stir()
            return waiting.result()

        assert 2 == pytest.approx(in_virtual_time(play()), abs=0.01)

    def test_without_a_limit_it_takes_as_long_as_it_takes(self) -> None:
        """An hour, here."""

        async def play() -> float | discord.RateLimited:
            waits = iter([3600.0, 0.0])
            return await through(Queue(None, lambda: next(waits), lambda: 3600.0))

        assert 3600 == pytest.approx(in_virtual_time(play()), abs=0.01)

    @pytest.mark.parametrize(
        ("expected", "told", "after"),
        [(31.0, 31.0, 0.0), (30.0, 30.0, 30.0), (math.inf, 30.0, 30.0)],
    )
    def test_a_long_wait(self, expected: float, told: float, after: float) -> None:
        """What is foreseen is refused at once; what is not, when it has taken so long."""

        async def play() -> tuple[float | discord.RateLimited, float, int]:
            queue = Queue(30.0, lambda: math.inf, lambda: expected)
            error = await through(queue)
            return error, asyncio.get_running_loop().time(), len(queue)

        error, now, waiting = in_virtual_time(play())

        assert isinstance(error, discord.RateLimited)
        assert (told, 0) == (error.retry_after, waiting)
        assert after == pytest.approx(now, abs=0.01)

    def test_who_gives_up_lets_the_next_pass(self) -> None:
        """Also the first of all, and only whoever still waits is counted."""

        async def play() -> list[int]:
            waits = iter([math.inf, math.inf, 0.0])
            queue, lengths = Queue(None, lambda: next(waits), lambda: 0.0), []
            async with asyncio.TaskGroup() as group:
                first, second, _ = (group.create_task(through(queue)) for _ in range(3))
                await asyncio.sleep(1)
                lengths.append(len(queue))
                for one in (first, second):
                    one.cancel()
                await asyncio.wait([first, second])
                lengths.append(len(queue))
                queue.stir()
            return [*lengths, len(queue)]

        assert [3, 1, 0] == in_virtual_time(play())
