"""Worlds played by many clients, each in a process of its own, and what came of it in figures."""

import logging
import multiprocessing
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from .clients import USHER
from .judging import Judged, Outcome
from .remote import CORES
from .worlds import Played, World, play

COUNTERS, RECORD = "Usher, counters only", "Usher, with the record"
SHORT = {Outcome.AMONG: "ambiguous", Outcome.NOT_AMONG: "ambiguous without the truth"}


class Job(NamedTuple):
    world: World
    who: str


Table = dict[tuple[str, str], list[Played]]
"""Whose verdicts (`COUNTERS`, `RECORD` or a peer's name), and the cast → what was played."""


def played(jobs: Sequence[Job]) -> list[Played]:
    """Two at a time, each in a process of its own."""
    with ProcessPoolExecutor(
        min(len(CORES), 2),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(CORES,),
    ) as pool:
        return list(pool.map(play, *zip(*jobs, strict=True)))


def _begin(cores: Sequence[int]) -> None:
    """The benchmark itself stays on one core, which its children would inherit.

    Requests fail on purpose by the hundred: nobody wants to read of each.
    """
    logging.disable(logging.CRITICAL)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def for_usher(worlds: Iterable[World]) -> Iterator[Job]:
    """With the record, and the same world without it."""
    for world in worlds:
        yield Job(world, USHER)
        yield Job(world._replace(recorded=False), USHER)


def right_within(seconds: float, joins: Sequence[Judged]) -> float:
    """Percent of the joins that the record named in that time, and named right."""
    named = [
        one.named_after is not None and one.named_after <= seconds and one.last is Outcome.RIGHT
        for one in joins
    ]
    return 100 * sum(named) / len(joins)


def gathered(played: Iterable[Played]) -> Table:
    table: Table = defaultdict(list)
    for one in played:
        usher = RECORD if one.world.recorded else COUNTERS
        table[usher if one.who == USHER else one.who, one.world.cast].append(one)
    return dict(table)


def joins_of(table: Table, who: str, cast: str) -> list[Judged]:
    return [join for played in table.get((who, cast), ()) for join in played.joins]


def bad(joins: Iterable[Judged]) -> int:
    """Verdicts that named the wrong way, or left the right one out."""
    return sum(join.worst in {Outcome.WRONG, Outcome.NOT_AMONG} for join in joins)


def shares(joins: Sequence[Judged]) -> str:
    """How many of all; a verdict that was ever wrong counts as wrong."""
    found = Counter(one.worst for one in joins)
    shown = (
        f"{100 * found[one] / len(joins):.1f} % {SHORT.get(one, one)}"
        for one in (*Outcome,)
        if found[one]
    )
    return ", ".join([f"{found[Outcome.WRONG]} wrong", *shown])


def requests(played: Iterable[Played]) -> str:
    joins = sum(len(one.joins) for one in played)
    asked = sum((one.requests for one in played), Counter[str]())
    lists = sum(n for route, n in asked.items() if route.endswith("/invites"))
    return f"{lists / joins:.3f} lists and {(asked.total() - lists) / joins:.3f} others a join"
