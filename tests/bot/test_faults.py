"""Whole worlds of trouble, in virtual time: whatever happens, nothing wrong is said in the end.

Usher is stopped and killed at any moment; events come late, twice, in another order or never;
connections break, guilds vanish, permissions go and come, the ledger is locked, and requests fail
in every way. See tests/unrest.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

import pytest

from data.models import Certainty
from tests.unrest.life import play
from tests.unrest.scene import World

WORLDS = {
    "discord": {
        "by counters": World(1, recorded=False, seconds=150),
        "one by one": World(12, recorded=False, slow=True, seconds=500),
        "late, and nothing else": World(32, recorded=False, calm=True, slow=True, seconds=500),
        "with the record": World(3, recorded=True, seconds=150),
        "events without a trace": World(4, recorded=True, lossy=True, seconds=150),
        "clocks apart": World(30, recorded=False, skewed=True, seconds=150),
        "without the audit log": World(13, recorded=False, unaudited=True, seconds=150),
    },
    "fluxer": {
        "by lower bounds": World(30, recorded=False, seconds=150),
        "late, and nothing else": World(33, recorded=False, calm=True, slow=True, seconds=500),
        "with the record": World(30, recorded=True, seconds=150),
        "events without a trace": World(20, recorded=True, lossy=True, seconds=150),
        "without the audit log": World(27, recorded=False, unaudited=True, seconds=150),
    },
}
"""On Fluxer of those in which counting takes seconds, so that whoever comes at once is lost."""


@pytest.fixture(scope="module")
def process() -> Iterator[Executor]:
    """Virtual time changes the whole process it is in."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        yield pool


@pytest.mark.parametrize(
    ("platform", "world"),
    [
        pytest.param(platform, world, id=f"{platform}, {name}")
        for platform, worlds in WORLDS.items()
        for name, world in worlds.items()
    ],
)
def test_survives_faults(process: Executor, platform: str, world: World) -> None:
    """No join is lost or counted twice, none stays pending, none is wrong, and totals are exact;
    who is here has not left, the record has named everybody who is, and no invite is said to have
    ended in another way than it did, or than its end was told.
    """
    played = process.submit(play, world, platform).result()

    said = played.judged
    assert [] == said.complaints
    assert said.joins > 50
    assert played.starts > 1 or world.calm
    best = Certainty.CONFIRMED if world.recorded else Certainty.CERTAIN
    assert said.verdicts[best] > 5
