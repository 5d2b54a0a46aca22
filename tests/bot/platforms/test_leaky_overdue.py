"""Answers that do not come, or too late: they hold up nobody else on their route."""

import asyncio

import discord
import pytest

from bot.platforms.leaky import LeakyBucket, Level, Place
from bot.platforms.turns import OVERDUE
from tests.bot.platforms.virtually import in_virtual_time


async def sent(bucket: LeakyBucket) -> Place:
    """A request that has its place, and is under way."""
    await bucket.take()
    place = Place(bucket)
    place.sent()
    return place


FIGURES = {
    "X-RateLimit-Limit": "20",
    "X-RateLimit-Remaining": "0",
    "X-RateLimit-Reset-After": "60",
}


class TestOverdue:
    @pytest.mark.parametrize("level", [None, Level(1, 0.5)], ids=["unknown", "one place"])
    def test_it_does_not_hold_its_route(self, level: Level | None) -> None:
        """After some seconds the request counts as one that is in the bucket."""

        async def play() -> float:
            bucket = LeakyBucket(30.0, level)
            await sent(bucket)
            await sent(bucket)
            return asyncio.get_running_loop().time()

        drained = 0.0 if level is None else level.token
        assert OVERDUE + drained == pytest.approx(in_virtual_time(play()), abs=0.01)

    def test_it_counts_once(self) -> None:
        """When it comes after all its place is gone, and is not taken again."""

        async def play() -> None:
            bucket = LeakyBucket(None, Level(2, 100.0))
            late = await sent(bucket)
            await asyncio.sleep(OVERDUE + 1)
            assert 0 == bucket._ready() == bucket._held

            late.answered({})
            late.given_back()

            assert 0 == bucket._ready() == bucket._held

        in_virtual_time(play())

    def test_its_figures_count(self) -> None:
        """They are as fresh as any."""

        async def play() -> None:
            bucket = LeakyBucket(None, Level(2, 1.0))
            late = await sent(bucket)
            await asyncio.sleep(OVERDUE + 1)
            assert 0 == bucket._ready()

            late.answered(FIGURES)

            assert 3 == pytest.approx(bucket._ready(), abs=0.01)

        in_virtual_time(play())

    @pytest.mark.parametrize("of_all", [True, False])
    def test_a_refusal_that_was_overdue(self, *, of_all: bool) -> None:
        """Whoever was refused waits for another place, as the first is gone."""

        async def play() -> None:
            bucket = LeakyBucket(None, Level(2, 1.0))
            late = await sent(bucket)
            await asyncio.sleep(OVERDUE + 1)
            assert 0 == bucket._ready() == bucket._held

            late.refused({}, of_all=of_all)
            assert (False, 0) == (late.held, bucket._held)

            await late.again()
            assert (True, 1) == (late.held, bucket._held)

        in_virtual_time(play())

    def test_who_has_not_been_sent_is_not_overdue(self) -> None:
        """A place is held for as long as its request waits for a turn elsewhere."""

        async def play() -> None:
            bucket = LeakyBucket(None, Level(1, 0.1))
            await bucket.take()
            await asyncio.sleep(OVERDUE + 1)

            assert float("inf") == bucket._ready()

        in_virtual_time(play())

    def test_who_goes_out_again_is_waited_for_again(self) -> None:
        """The library repeats what met a fault, in the place that it has."""

        async def play() -> None:
            bucket = LeakyBucket(None, Level(1, 0.1))
            place = await sent(bucket)
            await asyncio.sleep(OVERDUE - 1)
            place.answered({})
            await asyncio.sleep(2)
            place.sent()
            assert OVERDUE == pytest.approx(bucket._ready(), abs=0.01)

            place.answered({})
            place.given_back()
            assert 0 == bucket._held == len(bucket._under_way)

        in_virtual_time(play())

    def test_who_waits_already_counts(self) -> None:
        """With two before, each for a quarter of a minute, the third hears it at once."""

        async def play() -> float:
            bucket = LeakyBucket(30.0, Level(1, 15.0))
            bucket.answered({})
            async with asyncio.TaskGroup() as group:
                first = group.create_task(bucket.take())
                await asyncio.sleep(0)
                second = group.create_task(bucket.take())
                await asyncio.sleep(0)
                with pytest.raises(discord.RateLimited) as refused:
                    await bucket.take()
                first.cancel()
                second.cancel()
            return refused.value.retry_after

        assert 45 == pytest.approx(in_virtual_time(play()), abs=0.1)

    def test_nobody_waits_for_longer_than_the_longest(self) -> None:
        """What nobody can foresee ends there, too."""

        async def play() -> float:
            bucket = LeakyBucket(30.0)
            await bucket.take()
            with pytest.raises(discord.RateLimited) as refused:
                await bucket.take()
            assert (30.0, 1) == (refused.value.retry_after, bucket._held)
            return asyncio.get_running_loop().time()

        assert 30 == pytest.approx(in_virtual_time(play()), abs=0.01)
