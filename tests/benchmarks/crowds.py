"""What happens on a platform whose counters lose uses: people who accept at once.

In the parts that situations.py describes.
"""

import asyncio
from collections.abc import Callable

from bot.sandbox import Refused
from bot.sandbox.entities import Member

from . import hardships, situations
from .situations import ONE_USE, Parts, Situation
from .stage import Stage

CROWD = 8
SEVERAL = 3
"""Uses of a limited invite; of eight who accept at once all get in."""


async def crowd(stage: Stage) -> Parts:
    one, *_ = stage.invites(SEVERAL)
    yield
    await _at_once(stage, lambda: one)


async def crowd_on_several(stage: Stage) -> Parts:
    codes = stage.invites(SEVERAL)
    yield
    await _at_once(stage, lambda: stage.random.choice(codes))


async def crowd_on_limited(stage: Stage) -> Parts:
    stage.invites(1)
    code = stage.add(max_uses=SEVERAL)
    yield
    await _at_once(stage, lambda: code)


async def crowd_on_one_use(stage: Stage) -> Parts:
    codes = [stage.add(**ONE_USE), *stage.invites(1)]
    yield
    await _at_once(stage, lambda: stage.random.choice(codes))


async def crowd_at_vanity(stage: Stage) -> Parts:
    code, *_ = stage.invites(2)
    assert stage.guild.vanity is not None, "these guilds have one"
    ways = [stage.guild.vanity.code, code]
    yield
    await _at_once(stage, lambda: stage.random.choice(ways))


async def crowd_and_discovery(stage: Stage) -> Parts:
    code, *_ = stage.invites(2)
    yield
    async with asyncio.TaskGroup() as group:
        group.create_task(_at_once(stage, lambda: code, CROWD - 1))
        group.create_task(stage.enter())


async def crowd_after_crowd(stage: Stage) -> Parts:
    """A slow count of the first may still be set while the second is counted."""
    one, two, _ = stage.invites(SEVERAL)
    yield
    await _at_once(stage, lambda: one)
    await stage.calm(stage.random.choice((0.1, 1, 6)))
    await _at_once(stage, lambda: stage.random.choice((one, two)))


async def crowd_then_one(stage: Stage) -> Parts:
    """Who comes alone is told apart though a crowd went before."""
    one, two, _ = stage.invites(SEVERAL)
    yield
    await _at_once(stage, lambda: one)
    await stage.calm(20)
    await stage.join(two)


async def crowd_soon_gone(stage: Stage) -> Parts:
    """Every second of them leaves before or while the record is asked."""
    one, two, _ = stage.invites(SEVERAL)
    yield
    came = await _at_once(stage, lambda: stage.random.choice((one, two)))
    for member in came[::2]:
        await stage.calm(stage.random.choice((0, 0.3, 1)))
        await stage.leave(member)


async def _at_once(stage: Stage, code: Callable[[], str], people: int = CROWD) -> list[Member]:
    """They do not wait for each other: the first is not counted yet when the last comes."""
    async with asyncio.TaskGroup() as group:
        coming = []
        for _ in range(people):
            coming.append(group.create_task(_come(stage, code())))
            await stage.next()
    return [one.result() for one in coming]


async def _come(stage: Stage, code: str) -> Member:
    try:
        return await stage.join(code)
    except Refused:
        return await stage.enter()  # used up meanwhile: they find another way


CROWDS = (
    Situation("eight on one", crowd),
    Situation("eight on three", crowd_on_several),
    Situation("eight on one for three", crowd_on_limited),
    Situation("eight, one of two for one", crowd_on_one_use),
    Situation("eight, some by vanity", crowd_at_vanity, vanity=True),
    Situation("eight, one of them by discovery", crowd_and_discovery),
    Situation("eight, and eight again", crowd_after_crowd),
    Situation("eight, then one", crowd_then_one),
    Situation("eight, half of them soon gone", crowd_soon_gone),
)
_ORDINARY = {
    situations.plain,
    situations.first_use,
    situations.one_use,
    situations.two_codes,
    situations.one_code_twice,
    situations.vanity,
    situations.discovered,
    situations.vanity_after_expiry,
    situations.missed_creation,
    situations.failed_list,
    situations.no_permission,
    situations.real_after_revoked,
    situations.coming_back,
    situations.told_twice,
    situations.revoked_after_use,
    situations.gone_with_channel,
    situations.bot_added,
}
SINGLY = tuple(one for one in situations.ALONE if one.play in _ORDINARY)
IN_GAPS = hardships.IN_GAPS
