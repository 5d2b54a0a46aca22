"""How long the event loop was away: a probe that wants to wake every two milliseconds."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

EVERY = 0.002


class Waking(NamedTuple):
    """One waking of the probe, in seconds."""

    late: float
    computing: float
    """As much of it as this process computed; the rest of it other processes had the core."""


class Stalls(NamedTuple):
    """In milliseconds.

    A stall of a second makes one waking late, yet it is a second in which nobody was served.
    So the figures marked `of_time` count every waking that would have been due in it.
    """

    p50: float
    p99: float
    longest: float
    p99_of_time: float
    computing_p99_of_time: float


class Probe:
    def __init__(self) -> None:
        self._wakings: list[Waking] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._wakings = []
        self._task = asyncio.get_running_loop().create_task(self._watch())

    def stop(self) -> Stalls:
        assert self._task is not None, "started before"
        self._task.cancel()
        return stalls(self._wakings)

    async def _watch(self) -> None:
        while True:
            due, computed = time.perf_counter() + EVERY, time.process_time()
            await asyncio.sleep(EVERY)
            late = max(time.perf_counter() - due, 0.0)
            computing = min(time.process_time() - computed, late)
            self._wakings.append(Waking(late, computing))


def stalls(wakings: Sequence[Waking]) -> Stalls:
    late = [waking.late for waking in wakings]
    computing = [waking.computing for waking in wakings]
    return Stalls(
        p50=_percentile(late, 50),
        p99=_percentile(late, 99),
        longest=_percentile(late, 100),
        p99_of_time=_percentile(_missed(late), 99),
        computing_p99_of_time=_percentile(_missed(computing), 99),
    )


def _missed(late: Iterable[float]) -> list[float]:
    """Also the wakings that fell into a stall, each as late as it would have been."""
    return [seconds - passed * EVERY for seconds in late for passed in range(_due(seconds))]


def _due(seconds: float) -> int:
    return int(seconds / EVERY) + 1


def _percentile(seconds: Iterable[float], percent: int) -> float:
    ordered = sorted(seconds) or [0.0]
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1000
