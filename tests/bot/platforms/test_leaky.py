"""Buckets that leak: what their figures mean, and how long a request waits for its place."""

import asyncio
from itertools import pairwise

import discord
import pytest

from bot.platforms import leaky
from bot.platforms.leaky import LeakyBucket, Level


def told(limit: int, remaining: int, reset_after: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset-After": str(reset_after),
    }


class Platform:
    """A bucket as the platform keeps one: `limit` requests, draining evenly in `per` seconds."""

    def __init__(self, limit: int, per: float, level: float = 0.0) -> None:
        self.limit, self.per, self.level, self.at = limit, per, level, 0.0
        self.refused = 0

    def ask(self, now: float) -> tuple[bool, dict[str, str], float]:
        rate = self.limit / self.per
        self.level = max(self.level - (now - self.at) * rate, 0.0)
        self.at = now
        fits = self.level + 1 <= self.limit
        self.level += fits
        self.refused += not fits
        left = int(self.limit - self.level) if fits else 0
        full = round(self.level / rate, 3)
        return fits, told(self.limit, left, full), max(self.level + 1 - self.limit, 0) / rate


class TestLevel:
    """What the recorded answers say: 20 requests in 60 seconds, so 3 seconds for each."""

    def test_the_recorded_answers(self) -> None:
        """Reset-After is the drain of the whole bucket: with places left nothing waits."""
        level = Level()
        for number, reset_after in enumerate([3, 5.816, 8.638]):
            level.told(0.0, 20, 19 - number, reset_after)

            assert 0 == level.wait(0.0, 0)
        assert 3 == pytest.approx(level.token, abs=0.01)

    def test_the_recorded_refusal(self) -> None:
        """The next place is free in 2 seconds, though the bucket drains in 59."""
        level = Level()
        level.told(0.0, 20, 19, 3)
        level.told(100.0, 20, 0, 59.065)

        assert 2.065 <= level.wait(100.0, 0) < 2.1

    def test_without_an_earlier_answer(self) -> None:
        """Met full, it is surely no later than one place of the whole."""
        level = Level()
        level.told(0.0, 20, 0, 59.065)

        assert 2.065 <= level.wait(0.0, 0) <= 3

    def test_nothing_is_known_at_first(self) -> None:
        """One request goes out to learn; the others wait for its answer."""
        level = Level()

        assert 0 == level.wait(0.0, 0)
        assert float("inf") == level.wait(0.0, 1)

    def test_what_is_not_answered_yet_has_its_place(self) -> None:
        level = Level()
        level.told(0.0, 5, 2, 3.0)

        assert 0 == pytest.approx(level.wait(0.0, 1), abs=0.01)
        assert 1 == pytest.approx(level.wait(0.0, 2), abs=0.01)
        assert 2 == pytest.approx(level.wait(0.0, 3), abs=0.01)

    def test_an_answer_without_figures_took_its_place(self) -> None:
        """Failures tell nothing of the bucket, and fill it all the same."""
        level = Level()
        level.told(0.0, 5, 4, 1.0)
        for _ in range(4):
            level.untold(0.0)

        assert 1 == pytest.approx(level.wait(0.0, 0), abs=0.01)

    def test_answers_that_overtake_each_other(self) -> None:
        """The fullest the bucket was told to be counts."""
        level = Level()
        level.told(0.0, 5, 3, 2.0)
        level.told(0.0, 5, 4, 1.0)

        assert 2.0 == level.drained_at

    def test_another_limit_is_learnt_anew(self) -> None:
        level = Level()
        level.told(0.0, 5, 4, 1.0)
        level.told(0.0, 100, 99, 0.1)

        assert 100 == level.capacity
        assert 0.1 == pytest.approx(level.token, abs=0.01)

    @pytest.mark.parametrize(("limit", "per"), [(20, 60.0), (1, 5.0), (40, 10.0), (100, 10.0)])
    @pytest.mark.parametrize("before", [0.0, 0.4, 0.99])
    def test_never_refused_and_never_idle(self, limit: int, per: float, before: float) -> None:
        """One by one, whatever was in the bucket before: at most the first is refused, the bucket
        never waits for us longer than a place takes, and the rate is the platform's.
        """
        platform, level = Platform(limit, per, before * limit), Level()
        now, sent = 0.0, list[float]()
        while len(sent) < 4 * limit:
            now += level.wait(now, 0)
            fits, figures, retry_after = platform.ask(now)
            level.told(
                now,
                int(figures["X-RateLimit-Limit"]),
                int(figures["X-RateLimit-Remaining"]),
                float(figures["X-RateLimit-Reset-After"]),
            )
            if fits:
                sent.append(now)
            else:
                now += retry_after

        assert platform.refused <= 1
        assert max(later - sooner for sooner, later in pairwise(sent)) <= per / limit * 1.05 + 0.01
        assert sent[-1] <= 3.2 * per * (1 + 0.05) + before * per


class TestLeakyBucket:
    async def test_many_at_once(self) -> None:
        """As many as fit go out together, the others as places become free, in their order."""
        loop, platform = asyncio.get_running_loop(), Platform(10, 0.5)
        began, bucket, order = loop.time(), LeakyBucket(None), list[int]()

        async def ask(number: int) -> None:
            async with bucket:
                order.append(number)
                await asyncio.sleep(0.01)
                _, figures, _ = platform.ask(loop.time() - began)
                bucket.answered(figures)

        await asyncio.gather(*map(ask, range(30)))

        assert 0 == platform.refused
        assert list(range(30)) == order
        assert 1.0 <= loop.time() - began < 1.6

    async def test_who_gives_up_takes_no_place(self) -> None:
        """A request that was cancelled while it waited lets the next one pass."""
        bucket = LeakyBucket(None, Level(1, 0.1))

        async with bucket:
            waiting = asyncio.gather(*(bucket.take() for _ in range(3)))
            await asyncio.sleep(0)
            waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

        async with asyncio.timeout(1), bucket:
            pass

    async def test_a_long_wait_is_refused_at_once(self) -> None:
        """Whoever would wait longer than anybody waits hears it now, with the time."""
        level = Level(1, 40.0)
        bucket = LeakyBucket(30.0, level)
        bucket.answered(told(1, 0, 40.0))

        with pytest.raises(discord.RateLimited) as refused:
            async with bucket:
                pass

        assert 40 == pytest.approx(refused.value.retry_after, abs=0.1)

    async def test_whoever_is_refused_queues_again(self) -> None:
        """If less fits than was told, each is refused once, and then waits for its place."""
        loop, platform = asyncio.get_running_loop(), Platform(5, 0.25)
        began, bucket, refused = loop.time(), LeakyBucket(None, Level(20, 0.0)), list[int]()

        async def ask(number: int) -> None:
            async with bucket:
                place = leaky.place()
                assert place is not None
                while True:
                    await place.again()
                    await asyncio.sleep(0.01)
                    fits, figures, retry_after = platform.ask(loop.time() - began)
                    if fits:
                        place.answered(figures)
                        return
                    refused.append(number)
                    place.refused(figures)
                    await asyncio.sleep(retry_after)

        await asyncio.gather(*map(ask, range(20)))

        assert 15 == len(refused) == len(set(refused))

    async def test_whoever_gives_up_after_a_refusal_leaves_nothing_behind(self) -> None:
        bucket = LeakyBucket(None, Level(1, 0.0))

        async def give_up() -> None:
            async with bucket:
                place = leaky.place()
                assert place is not None
                place.refused({})
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await give_up()

        async with asyncio.timeout(1), bucket:
            assert float("inf") == bucket._level.wait(0.0, bucket._held)
        assert 0 == bucket._held

    async def test_a_refusal_of_all_together_is_none_of_this_bucket(self) -> None:
        """Its place is kept, and nothing of the answer is taken for this bucket's."""
        bucket = LeakyBucket(None, Level(3, 1.0))

        async with bucket:
            place = leaky.place()
            assert place is not None
            place.refused(told(1, 0, 60.0), of_all=True)

            assert (True, True) == (place.held, place.refused_before)
            assert (1, 3) == (bucket._held, bucket._level.capacity)
        assert 0 == bucket._held

    async def test_is_thrown_away_only_when_idle(self) -> None:
        bucket = LeakyBucket(None)
        async with bucket:
            assert not bucket.is_inactive()
        assert not bucket.is_inactive()
