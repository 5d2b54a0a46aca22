"""All requests together, through the library and the sandbox, in virtual time."""

import asyncio
from collections import Counter
from typing import Any, NamedTuple

import discord
import pytest

from bot.client import intents
from bot.platforms import fluxer_edge, internals
from bot.platforms.fluxer_wire import REQUESTS_A_SECOND as MOST
from bot.platforms.throttle import REMEMBERED
from bot.platforms.turns import OVERDUE
from bot.sandbox import Sandbox
from tests.bot.platforms.virtually import in_virtual_time


class Storms(NamedTuple):
    told: list[list[object]]
    """What each call of each storm came to."""
    took: float
    """Seconds until the last answer."""
    statuses: Counter[tuple[str, int]]
    """How often each path was answered how."""

    @property
    def refused(self) -> list[int]:
        return [times for (_, status), times in self.statuses.items() if status == 429]


async def through_the_library(
    *storms: int,
    limit: int | None = None,
    locked_out: bool = False,
    hanging: int = 0,
    channel: str = "c{}",
) -> Storms:
    """So many calls at once about a channel each, or all about one; `hanging` get no answer."""
    clock = asyncio.get_running_loop().time
    answered_at = [0.0]
    statuses: Counter[tuple[str, int]] = Counter()
    async with Sandbox(platform="fluxer") as sandbox:
        internals.use_endpoints(sandbox.api_base, None)
        guild = sandbox.add_guild("Harbour")
        options: dict[str, Any] = {"intents": intents(), "max_ratelimit_timeout": 30.0}
        async with discord.AutoShardedClient(**options) as client:
            fluxer_edge.attach(client)
            await client.login(sandbox.token)
            await asyncio.sleep(2 * REMEMBERED)
            sandbox.exchanges.append(lambda one: statuses.update([(one.path, one.status)]))
            sandbox.exchanges.append(lambda _: answered_at.append(clock()))
            sandbox.fail("GET", "/channels/*", hang=True, times=hanging)
            sandbox.global_limit = limit
            if locked_out:
                sandbox._rest.token = "another"
            told: list[list[object]] = []
            began = clock()
            for calls in storms:
                for number in range(calls):
                    guild.add_channel(f"c{number}")
                channels = [guild.channel(channel.format(n)).id for n in range(calls)]
                asked = (client.http.get_channel(channel) for channel in channels)
                told.append([*await asyncio.gather(*asked, return_exceptions=True)])
            return Storms(told, answered_at[-1] - began, statuses)


@pytest.mark.parametrize("limit", [1, 3, 20])
def test_nobody_is_refused_twice(limit: int) -> None:
    """At once as many as there may ever be, and those that are refused all succeed in time."""
    storms = in_virtual_time(through_the_library(MOST, limit=limit))

    assert [1] * (MOST - limit) == storms.refused
    assert all(isinstance(one, dict) for one in storms.told[0])
    assert storms.took <= (MOST - limit) / limit + 1.5


def test_a_request_that_hangs() -> None:
    """Whoever is refused beside it waits for it for some seconds, not until it is given up."""
    storms = in_virtual_time(through_the_library(MOST, limit=3, hanging=1))

    assert [1] * (MOST - 4) == storms.refused
    assert [TimeoutError] == [type(one) for one in storms.told[0] if not isinstance(one, dict)]
    assert storms.took <= OVERDUE + (MOST - 4) / 3 + 1.5


def test_a_route_of_which_one_request_hangs() -> None:
    """Others on the same route wait for it for some seconds only."""
    storms = in_virtual_time(through_the_library(3, hanging=1, channel="c0"))

    assert 2 == sum(isinstance(one, dict) for one in storms.told[0])
    assert storms.took <= OVERDUE + 0.5


def test_whoever_would_wait_too_long() -> None:
    """At one a second nobody is kept waiting for more than half a minute: that is an answer of
    its own.
    """
    [_, told] = in_virtual_time(through_the_library(2, 2 * MOST, limit=1)).told

    late = [one for one in told if isinstance(one, discord.RateLimited)]
    assert len(told) - 32 <= len(late) < len(told)
    assert all(one.retry_after >= 30 for one in late)
    assert all(isinstance(one, dict) for one in told if one not in late)


def test_nobody_goes_on_with_a_token_that_is_not_accepted() -> None:
    """Whoever waits for their turn when that is told is not sent."""
    storms = in_virtual_time(through_the_library(2 * MOST, locked_out=True))

    assert MOST == storms.statuses.total()
    assert MOST == sum(isinstance(one, discord.LoginFailure) for one in storms.told[0])
