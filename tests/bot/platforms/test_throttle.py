"""All requests together: how much fits is found out, and nobody is refused twice for it."""

import asyncio
import itertools
import math
import random
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.throttle import GROWS, Throttle, least_rate
from bot.platforms.turns import OVERDUE
from tests.bot.platforms.virtually import in_virtual_time

MOST = 40
STUCK = 60.0
"""Seconds that an answer takes if it takes long."""


class Platform:
    """A bucket over all routes: so many requests fit at once, and as many leave in a second.

    Like the real one it tells whole milliseconds, rounded up. Of `stuck` requests that fit one is
    answered late.
    """

    def __init__(self, limit: int, lag: float = 0.0, seed: int = 0, stuck: int = 0) -> None:
        self.limit, self.level, self.at = limit, 0.0, 0.0
        self.refused = Counter[int]()
        self.numbers = itertools.count()
        self._lag, self._random, self._stuck = lag, random.Random(seed), stuck
        self._fitted = 0

    def ask(self, now: float) -> float | None:
        """None if it fits, else when to come again."""
        self.level, self.at = max(self.level - (now - self.at) * self.limit, 0.0), now
        if self.level + 1 > self.limit:
            return math.ceil((self.level + 1 - self.limit) / self.limit * 1000) / 1000
        self.level += 1
        return None

    async def asked(self) -> float | None:
        """Through a network that takes its time either way."""
        await asyncio.sleep(self._random.uniform(0, self._lag))
        told = self.ask(asyncio.get_running_loop().time())
        self._fitted += told is None
        if told is None and self._stuck and self._fitted % self._stuck == 0:
            await asyncio.sleep(STUCK)
        await asyncio.sleep(self._random.uniform(0, self._lag))
        return told


async def call(throttle: Throttle, platform: Platform, number: int) -> None:
    """As the library does it: again and again, after as long as it was told."""
    while True:
        ride = await throttle.turn(refused_before=platform.refused[number] > 0)
        retry_after = await platform.asked()
        if retry_after is None:
            return ride.answered(fitted=True)
        ride.refused(retry_after)
        platform.refused[number] += 1
        await asyncio.sleep(retry_after)


async def ended(call: Awaitable[None]) -> tuple[float, discord.RateLimited | None]:
    """When, and whether it was told to come later."""
    try:
        await call
    except discord.RateLimited as error:
        return asyncio.get_running_loop().time(), error
    return asyncio.get_running_loop().time(), None


async def storm(throttle: Throttle, platform: Platform, calls: int, gap: float = 0.0) -> float:
    """How many seconds so many calls take, of which one begins every `gap` seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for _ in range(calls):
            group.create_task(call(throttle, platform, next(platform.numbers)))
            await asyncio.sleep(gap)
    return loop.time() - began


class TestLeastRate:
    def test_what_fits_at_once_is_its_size(self) -> None:
        """Ten within a moment need a bucket of ten."""
        assert 10 == least_rate([(0.0, 0.01)] * 10)

    def test_what_it_lost_meanwhile_is_taken_into_account(self) -> None:
        """A bucket of ten lets twenty in within a second, and thirty within two."""
        assert 10 == least_rate([(0.0, 0.0)] * 10 + [(0.1 * n, 0.1 * n) for n in range(1, 11)])
        assert 5 == least_rate([(0.0, 1.0)] * 10)

    def test_the_densest_time_counts(self) -> None:
        """Many together show more than the few before them."""
        assert 8 == least_rate([(0.0, 0.0), *[(4.0, 4.0)] * 8])

    def test_nothing_shows_nothing(self) -> None:
        """One a second is what is tried then."""
        assert 1 == least_rate([])

    @given(
        limit=st.integers(1, 50),
        asked=st.lists(
            st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 0.5)), max_size=120
        ),
    )
    def test_never_more_than_it_takes(
        self, limit: int, asked: list[tuple[float, float, float]]
    ) -> None:
        """Whenever requests come and however long they are on their way, no rate is taken for
        proven that the platform does not allow.
        """
        platform, now, fits = Platform(limit), 0.0, []
        for gap, there, back in asked:
            now += gap
            if platform.ask(now) is None:
                fits.append((now - there, now + back))

        assert least_rate(fits) <= limit


class TestThrottle:
    @settings(max_examples=150, deadline=None)
    @given(
        limit=st.integers(1, 50),
        calls=st.integers(1, 150),
        lag=st.sampled_from([0.0, 0.002, 0.02, 0.1, 0.5]),
        gap=st.sampled_from([0.0, 0.001, 0.02, 0.03]),
        seed=st.integers(0, 1000),
        stuck=st.sampled_from([0, 2, 7, 30]),
    )
    def test_nobody_is_refused_twice(
        self, limit: int, calls: int, lag: float, gap: float, seed: int, stuck: int
    ) -> None:
        """At any limit from one a second, through any network, in a storm and in the next one,
        and also if some answers are late.
        """

        async def storms() -> Platform:
            throttle, platform = Throttle(MOST), Platform(limit, lag, seed, stuck)
            await storm(throttle, platform, calls, gap)
            await asyncio.sleep(seed / 50)
            await storm(throttle, platform, calls, gap)
            return platform

        platform = in_virtual_time(storms())

        assert {*platform.refused.values()} <= {1}

    @pytest.mark.parametrize("lag", [0.0, 0.05])
    @pytest.mark.parametrize("limit", [1, 2, 5, 10, 20, 30])
    def test_as_fast_as_the_limit_allows(self, limit: int, lag: float) -> None:
        """Once the limit is met nothing is wasted but the way to the platform and back."""

        async def two_hundred() -> float:
            return await storm(Throttle(MOST), Platform(limit, lag), 200)

        ideal = (200 - limit) / limit

        assert ideal <= in_virtual_time(two_hundred()) <= ideal * (1 + lag * 2) + 1.5

    def test_at_full_speed_without_such_a_limit(self) -> None:
        """Nothing waits below the platform's own limit, and nothing is refused."""
        platform = Platform(50, 0.1)

        async def two_hundred() -> float:
            return await storm(Throttle(MOST), platform, 200)

        assert in_virtual_time(two_hundred()) <= 160 / MOST + 0.3
        assert not platform.refused

    def test_a_bucket_that_somebody_else_had_filled(self) -> None:
        """What seemed little is tried again, so that nobody is slow for good."""
        platform = Platform(50)
        platform.level = 50.0

        async def storms() -> tuple[float, float]:
            throttle = Throttle(MOST)
            return await storm(throttle, platform, 200), await storm(throttle, platform, 200)

        first, second = in_virtual_time(storms())

        assert first < 4 * GROWS
        assert second < GROWS
        assert {1} == {*platform.refused.values()}

    def test_who_was_refused_goes_first(self) -> None:
        """Nobody who came later is let through before."""
        order: list[int] = []

        async def asked(throttle: Throttle, number: int, *, refused_before: bool) -> None:
            ride = await throttle.turn(refused_before=refused_before)
            order.append(number)
            ride.answered(fitted=True)

        async def play() -> None:
            throttle = Throttle(1)
            async with asyncio.TaskGroup() as group:
                for number in range(4):
                    group.create_task(asked(throttle, number, refused_before=number > 1))

        in_virtual_time(play())

        assert [0, 2, 3, 1] == order

    def test_nothing_more_is_tried_while_they_wait(self) -> None:
        """At one a second they wait for longer than that, and none of them pays for a trial."""

        async def play() -> tuple[float, Platform]:
            throttle, platform = Throttle(MOST), Platform(1, lag=0.01)
            return await storm(throttle, platform, MOST), platform

        took, platform = in_virtual_time(play())

        assert took > GROWS
        assert MOST - 1 == len(platform.refused) == platform.refused.total()

    def test_nor_by_whoever_comes_meanwhile(self) -> None:
        """A newcomer who has to wait makes nobody faster who was refused before."""

        async def play() -> list[float]:
            loop, throttle = asyncio.get_running_loop(), Throttle(MOST, longest=60.0)
            (await throttle.turn()).refused(25.0)

            async def again() -> float:
                (await throttle.turn(refused_before=True)).answered(fitted=True)
                return loop.time()

            async with asyncio.TaskGroup() as group:
                waiting = [group.create_task(again()) for _ in range(2)]
                await asyncio.sleep(GROWS + 1)
                group.create_task(throttle.turn())
            return [one.result() for one in waiting]

        assert [25, 26] == pytest.approx(in_virtual_time(play()), abs=0.1)

    def test_a_long_wait_is_refused_at_once(self) -> None:
        """Whoever would wait longer than anybody waits hears it now, with the time; who was refused
        before waits for what was promised.
        """

        async def play() -> list[Any]:
            throttle, platform = Throttle(MOST, longest=30.0), Platform(1, lag=0.01)
            async with asyncio.TaskGroup() as group:
                group.create_task(storm(throttle, platform, MOST))
                await asyncio.sleep(1.5)
                async with asyncio.timeout(5):
                    late = [throttle.turn() for _ in range(3)]
                    return await asyncio.gather(*late, return_exceptions=True)

        told = in_virtual_time(play())

        assert all(isinstance(error, discord.RateLimited) for error in told)
        assert 38 == pytest.approx(told[0].retry_after, abs=2)

    def test_an_answer_that_never_comes_beside_a_refusal(self) -> None:
        """The others wait for it for some seconds, and then go on as fast as the answers of the
        other four have shown.
        """

        async def play() -> tuple[float, Platform]:
            loop, throttle, platform = asyncio.get_running_loop(), Throttle(MOST, 30.0), Platform(5)
            await throttle.turn()
            platform.ask(loop.time())
            return await storm(throttle, platform, 50), platform

        took, platform = in_virtual_time(play())

        assert OVERDUE + 45 / 5 <= took <= OVERDUE + 46 / 4 + 0.1
        assert {1} == {*platform.refused.values()}

    def test_answers_that_never_come_without_a_refusal(self) -> None:
        """However many there are, whoever comes after them waits for some seconds only."""

        async def play() -> float:
            throttle = Throttle(MOST, longest=30.0)
            for _ in range(MOST):
                await throttle.turn()
            await throttle.turn()
            return asyncio.get_running_loop().time()

        assert OVERDUE == pytest.approx(in_virtual_time(play()), abs=0.1)

    def test_nobody_waits_for_longer_than_the_longest(self) -> None:
        """Whoever seemed to have a place in time, and has none because less fits, is told so."""

        async def play() -> list[tuple[float, discord.RateLimited | None]]:
            throttle, platform = Throttle(MOST, longest=30.0), Platform(1)
            calls = [call(throttle, platform, next(platform.numbers)) for _ in range(10 * MOST)]
            return await asyncio.gather(*map(ended, calls))

        ends = in_virtual_time(play())

        late = [(now, error.retry_after) for now, error in ends if error is not None]
        assert 10 * MOST - 2 * MOST < len(late) < 10 * MOST
        assert {30.0} == {retry_after for _, retry_after in late}
        assert max(now for now, _ in late) < 30.1

    def test_who_gives_up_takes_no_place(self) -> None:
        """A request that was cancelled while it waited lets the next one pass."""

        async def play() -> None:
            throttle = Throttle(1)
            ride = await throttle.turn()
            waiting = asyncio.gather(*(throttle.turn(refused_before=one) for one in (True, False)))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            ride.answered(fitted=True)
            async with asyncio.timeout(2):
                await throttle.turn()

        in_virtual_time(play())

    def test_nobody_waits_for_who_gave_up(self) -> None:
        """Whoever stood behind one that was refused before goes on when that one is cancelled."""

        async def play() -> float:
            loop, throttle = asyncio.get_running_loop(), Throttle(1)
            (await throttle.turn()).answered(fitted=True)
            async with asyncio.TaskGroup() as group:
                refused = group.create_task(throttle.turn(refused_before=True))
                behind = group.create_task(throttle.turn())
                await asyncio.sleep(0.1)
                refused.cancel()
                async with asyncio.timeout(10):
                    await behind
            return loop.time()

        assert 1 == pytest.approx(in_virtual_time(play()), abs=0.1)

    def test_an_answer_counts_once(self) -> None:
        """What is said of it when it is over changes nothing of what was said before."""

        async def play() -> Throttle:
            throttle = Throttle(MOST)
            ride = await throttle.turn()
            ride.refused(0.1)
            ride.answered(fitted=False)
            return throttle

        assert 0 == len(in_virtual_time(play())._tempo._under_way)
