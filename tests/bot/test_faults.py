"""Whole worlds of trouble, in virtual time: whatever happens, nothing wrong is said in the end.

Usher is stopped and killed at any moment; events come late, twice, in another order or never;
connections break, guilds vanish, permissions go and come, the ledger is locked, and requests fail
in every way. See tests/unrest.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from data.models import Certainty
from tests.unrest.life import Played, play
from tests.unrest.scene import World

WORLDS = {
    "by counters": World(1, recorded=False, seconds=150),
    "one by one": World(10, recorded=False, slow=True, seconds=500),
    "with the record": World(3, recorded=True, seconds=150),
    "events without a trace": World(4, recorded=True, lossy=True, seconds=150),
}


def in_a_process_of_its_own(world: World) -> Played:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(play, world).result()


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
def test_survives_faults(world: World) -> None:
    """No join is lost or counted twice, none stays pending, none is wrong, and totals are exact;
    who is here has not left, and the record has named everybody who is.
    """
    played = in_a_process_of_its_own(world)

    said = played.judged
    assert [] == said.complaints
    assert said.joins > 50
    assert played.starts > 1
    best = Certainty.CONFIRMED if world.recorded else Certainty.CERTAIN
    assert said.verdicts[best] > 5
