"""All requests together: how much fits is found out, and nobody is refused twice for it."""

import asyncio
import itertools
import math
import random
from collections import Counter
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.pace import GROWS, REMEMBERED, Pace, Tempo, least_rate
from tests.bot.platforms.virtually import in_virtual_time

MOST = 40


class Platform:
    """A bucket over all routes: so many requests fit at once, and as many leave in a second.

    Like the real one it tells whole milliseconds, rounded up.
    """

    def __init__(self, limit: int, lag: float = 0.0, seed: int = 0) -> None:
        self.limit, self.level, self.at = limit, 0.0, 0.0
        self.refused = Counter[int]()
        self.numbers = itertools.count()
        self._lag, self._random = lag, random.Random(seed)

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
        await asyncio.sleep(self._random.uniform(0, self._lag))
        return told


async def call(pace: Pace, platform: Platform, number: int) -> None:
    """As the library does it: again and again, after as long as it was told."""
    while True:
        ride = await pace.turn(refused_before=platform.refused[number] > 0)
        retry_after = await platform.asked()
        if retry_after is None:
            return ride.answered(fitted=True)
        ride.refused(retry_after)
        platform.refused[number] += 1
        await asyncio.sleep(retry_after)


async def storm(pace: Pace, platform: Platform, calls: int, gap: float = 0.0) -> float:
    """How many seconds so many calls take, of which one begins every `gap` seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for _ in range(calls):
            group.create_task(call(pace, platform, next(platform.numbers)))
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


class TestTempo:
    def test_without_a_refusal_nothing_waits_but_what_is_too_much(self) -> None:
        """Forty at once and forty a second, whatever answers take."""
        tempo = Tempo(MOST)
        for _ in range(MOST):
            assert 0 == tempo.wait(0.0)
            tempo.sent()

        assert math.inf == tempo.wait(0.0)
        tempo.answered(0.0, 0.1, fitted=True)
        assert 1 / MOST == pytest.approx(tempo.wait(0.1))

    def test_after_a_refusal_all_that_is_under_way_is_waited_for(self) -> None:
        """It may still take the room that was promised."""
        tempo = Tempo(MOST)
        tempo.sent()
        tempo.sent()

        tempo.refused(0.1, 0.2)
        assert math.inf == tempo.wait(0.5)
        tempo.answered(0.0, 1.0, fitted=True)

        assert 1.0 == pytest.approx(tempo.wait(1.0), abs=0.01)

    def test_the_room_that_was_promised_is_used(self) -> None:
        """With nothing else under way, what the refusal says is enough, and then comes the rate."""
        tempo = Tempo(MOST)
        for _ in range(5):
            tempo.sent()
            tempo.answered(0.0, 0.0, fitted=True)
        tempo.sent()
        tempo.refused(0.1, 0.15)

        assert 5 == tempo.rate
        assert 0.15 == pytest.approx(tempo.wait(0.1), abs=0.01)
        tempo.sent()
        assert 0.35 == pytest.approx(tempo.wait(0.1), abs=0.01)

    def test_what_may_have_fitted_proves_nothing(self) -> None:
        """A request that got no answer took a place, perhaps."""
        tempo = Tempo(MOST)
        for _ in range(5):
            tempo.sent()
            tempo.answered(0.0, 0.0, fitted=False)
        tempo.sent()
        tempo.refused(0.1, 0.15)

        assert 1 == tempo.rate

    def test_what_fitted_long_ago_proves_nothing_any_more(self) -> None:
        """The limit may have been another then."""
        tempo = Tempo(MOST)
        for _ in range(30):
            tempo.sent()
            tempo.answered(0.0, 0.0, fitted=True)
        tempo.sent()
        tempo.refused(REMEMBERED + 0.1, 0.15)

        assert 1 == tempo.rate

    def test_more_is_tried_if_somebody_waits(self) -> None:
        """Twice as much after a while, and never more than at first; what was proven stays."""
        tempo = Tempo(MOST)
        for _ in range(15):
            tempo.sent()
            tempo.answered(0.0, 0.0, fitted=True)
        tempo.sent()
        tempo.refused(0.0, 0.01)
        assert 15 == tempo.rate

        rates = []
        for now in (GROWS - 1, GROWS, GROWS + 1, 2 * GROWS, 3 * GROWS):
            for _ in range(tempo.rate):
                tempo.sent()
                tempo.answered(now, now, fitted=True)
            tempo.wait(now)
            rates.append(tempo.rate)
        assert [15, 30, 30, 40, 40] == rates

        tempo.sent()
        tempo.refused(3 * GROWS, 0.01)
        assert 40 == tempo.rate

    def test_nothing_is_tried_while_nobody_waits(self) -> None:
        """Who is alone has no use for more."""
        tempo = Tempo(MOST)
        tempo.sent()
        tempo.refused(0.0, 1.0)

        assert 0 == tempo.wait(10 * GROWS)
        assert 1 == tempo.rate

    def test_a_limit_that_was_lowered(self) -> None:
        """What was proven and is refused all the same holds no more."""
        tempo = Tempo(MOST)
        for _ in range(8):
            tempo.sent()
            tempo.answered(0.0, 0.0, fitted=True)
        rates = []
        for now in (0.0, 2.0, 4.0, 6.0, 8.0):
            tempo.sent()
            tempo.refused(now, 0.1)
            rates.append(tempo.rate)

        assert [8, 4, 2, 1, 1] == rates


class TestPace:
    @settings(max_examples=150, deadline=None)
    @given(
        limit=st.integers(1, 50),
        calls=st.integers(1, 150),
        lag=st.sampled_from([0.0, 0.002, 0.02, 0.1, 0.5]),
        gap=st.sampled_from([0.0, 0.001, 0.02, 0.03]),
        seed=st.integers(0, 1000),
    )
    def test_nobody_is_refused_twice(
        self, limit: int, calls: int, lag: float, gap: float, seed: int
    ) -> None:
        """At any limit from one a second, through any network, in a storm and in the next one."""

        async def storms() -> Platform:
            pace, platform = Pace(MOST), Platform(limit, lag, seed)
            await storm(pace, platform, calls, gap)
            await asyncio.sleep(seed / 50)
            await storm(pace, platform, calls, gap)
            return platform

        platform = in_virtual_time(storms())

        assert {*platform.refused.values()} <= {1}

    @pytest.mark.parametrize("lag", [0.0, 0.05])
    @pytest.mark.parametrize("limit", [1, 2, 5, 10, 20, 30])
    def test_as_fast_as_the_limit_allows(self, limit: int, lag: float) -> None:
        """Once the limit is met nothing is wasted but the way to the platform and back."""

        async def two_hundred() -> float:
            return await storm(Pace(MOST), Platform(limit, lag), 200)

        ideal = (200 - limit) / limit

        assert ideal <= in_virtual_time(two_hundred()) <= ideal * (1 + lag * 2) + 1.5

    def test_at_full_speed_without_such_a_limit(self) -> None:
        """Nothing waits below the platform's own limit, and nothing is refused."""
        platform = Platform(50, 0.1)

        async def two_hundred() -> float:
            return await storm(Pace(MOST), platform, 200)

        assert in_virtual_time(two_hundred()) <= 160 / MOST + 0.3
        assert not platform.refused

    def test_a_bucket_that_somebody_else_had_filled(self) -> None:
        """What seemed little is tried again, so that nobody is slow for good."""
        platform = Platform(50)
        platform.level = 50.0

        async def storms() -> tuple[float, float]:
            pace = Pace(MOST)
            return await storm(pace, platform, 200), await storm(pace, platform, 200)

        first, second = in_virtual_time(storms())

        assert first < 4 * GROWS
        assert second < GROWS
        assert {1} == {*platform.refused.values()}

    def test_who_was_refused_goes_first(self) -> None:
        """Nobody who came later is let through before."""
        order: list[int] = []

        async def asked(pace: Pace, number: int, *, refused_before: bool) -> None:
            ride = await pace.turn(refused_before=refused_before)
            order.append(number)
            ride.answered(fitted=True)

        async def play() -> None:
            pace = Pace(1)
            async with asyncio.TaskGroup() as group:
                for number in range(4):
                    group.create_task(asked(pace, number, refused_before=number > 1))

        in_virtual_time(play())

        assert [0, 2, 3, 1] == order

    def test_nothing_more_is_tried_while_they_wait(self) -> None:
        """At one a second they wait for longer than that, and none of them pays for a trial."""

        async def play() -> tuple[float, Platform]:
            pace, platform = Pace(MOST), Platform(1, lag=0.01)
            return await storm(pace, platform, MOST), platform

        took, platform = in_virtual_time(play())

        assert took > GROWS
        assert MOST - 1 == len(platform.refused) == platform.refused.total()

    def test_a_long_wait_is_refused_at_once(self) -> None:
        """Whoever would wait longer than anybody waits hears it now, with the time; who was refused
        before waits for what was promised.
        """

        async def play() -> list[Any]:
            pace, platform = Pace(MOST, longest=30.0), Platform(1, lag=0.01)
            async with asyncio.TaskGroup() as group:
                group.create_task(storm(pace, platform, MOST))
                await asyncio.sleep(1.5)
                async with asyncio.timeout(5):
                    late = [pace.turn() for _ in range(3)]
                    return await asyncio.gather(*late, return_exceptions=True)

        told = in_virtual_time(play())

        assert all(isinstance(error, discord.RateLimited) for error in told)
        assert 38 == pytest.approx(told[0].retry_after, abs=2)

    def test_who_gives_up_takes_no_place(self) -> None:
        """A request that was cancelled while it waited lets the next one pass."""

        async def play() -> None:
            pace = Pace(1)
            ride = await pace.turn()
            waiting = asyncio.gather(*(pace.turn(refused_before=one) for one in (True, False)))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            ride.answered(fitted=True)
            async with asyncio.timeout(2):
                await pace.turn()

        in_virtual_time(play())

    def test_nobody_waits_for_who_gave_up(self) -> None:
        """Whoever stood behind one that was refused before goes on when that one is cancelled."""

        async def play() -> float:
            loop, pace = asyncio.get_running_loop(), Pace(1)
            (await pace.turn()).answered(fitted=True)
            async with asyncio.TaskGroup() as group:
                refused = group.create_task(pace.turn(refused_before=True))
                behind = group.create_task(pace.turn())
                await asyncio.sleep(0.1)
                refused.cancel()
                async with asyncio.timeout(10):
                    await behind
            return loop.time()

        assert 1 == pytest.approx(in_virtual_time(play()), abs=0.1)

    def test_an_answer_counts_once(self) -> None:
        """What is said of it when it is over changes nothing of what was said before."""

        async def play() -> Pace:
            pace = Pace(MOST)
            ride = await pace.turn()
            ride.refused(0.1)
            ride.answered(fitted=False)
            return pace

        assert 0 == in_virtual_time(play())._tempo._outgoing
