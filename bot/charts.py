"""Charts, drawn in a process of their own: drawing takes memory, and time that joins must not wait.

Not a pool of processes: a program that is run has an environment of its own, ends with its input
however Usher ends, and leaves nothing to be tidied up.
"""

import asyncio
import importlib.util
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from bot.jobs import Jobs

log = logging.getLogger(__name__)

NEEDED = "matplotlib"
"""What the extra `charts` installs."""
# -P: what lies beside the program must not stand in for a library.
PROGRAM = (sys.executable, "-P", str(Path(__file__).with_name("drawing.py")))
LIMIT = 30.0
"""Seconds for a chart, also on a small machine that has to start the worker first."""
IDLE = 120.0
"""Seconds after the last chart until the worker ends: it takes a hundred megabytes."""
GRACE = 2.0
"""Seconds for a worker to end in."""


class NoChartError(Exception):
    """There is no chart this time; the next one may succeed."""


class NotInstalledError(NoChartError):
    """There is no chart until whoever runs Usher installs what draws them."""


class Chart(NamedTuple):
    """What is drawn: plain values, as they are handed over."""

    days: Sequence[str]
    """In ISO 8601."""
    bars: Sequence[tuple[str, Sequence[int]]]
    """What `bot.drawing` has a look for, and a figure for each day."""
    left: Sequence[int]
    unseen: int
    """How many of the days were over before Usher came."""


class Charts:
    """The worker: started by the first chart, ended when nobody asks; use it as a context manager.

    One chart is drawn at a time. Whatever goes wrong ends the worker, and the next chart starts
    another one: what a broken one still says must not be taken for an answer.
    """

    def __init__(
        self,
        program: Sequence[str] = PROGRAM,
        *,
        needed: str = NEEDED,
        limit: float = LIMIT,
        idle: float = IDLE,
        grace: float = GRACE,
    ) -> None:
        self._program = program
        self._needed = needed
        self._limit = limit
        self._idle = idle
        self._grace = grace
        self._due = 0.0
        self._closed = False
        self._turn = asyncio.Lock()
        self._jobs = Jobs()
        self.worker: Process | None = None

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        return self

    async def __aexit__(self, *what: object) -> None:
        self._closed = True
        await self._jobs.__aexit__(*what)
        await self._end()

    async def draw(self, chart: Chart) -> bytes:
        """A PNG, or `NoChartError`."""
        if importlib.util.find_spec(self._needed) is None:
            raise NotInstalledError
        try:
            async with asyncio.timeout(self._limit), self._turn:
                return await self._drawn(f"{json.dumps(chart)}\n".encode())
        except (TimeoutError, EOFError, OSError) as error:
            log.warning("no chart: %r", error)
            raise NoChartError from error

    async def _drawn(self, line: bytes) -> bytes:
        try:
            return await _answer(await self._working(), line)
        except BaseException:  # cancellation too, after which an answer would come to nobody
            await self._end()
            raise
        finally:
            self._due = asyncio.get_running_loop().time() + self._idle

    async def _working(self) -> Process:
        if self.worker is not None and self.worker.returncode is None:
            return self.worker
        worker = await asyncio.create_subprocess_exec(
            *self._program,
            stdin=PIPE,
            stdout=PIPE,
            env={name: value for name, value in os.environ.items() if name[:6] != "USHER_"},
            start_new_session=True,  # Ctrl-C is for us
        )
        self.worker = worker
        if self._closed:
            raise EOFError("Usher is closing")
        self._jobs.start(self._rest(worker))
        return worker

    async def _rest(self, worker: Process) -> None:
        """End the worker once nobody has asked for a while."""
        clock = asyncio.get_running_loop().time
        self._due = clock() + self._idle
        while self.worker is worker:
            await asyncio.sleep(self._due - clock())
            async with self._turn:
                if self.worker is worker and clock() >= self._due:
                    await self._end()

    async def _end(self) -> None:
        """It ends with its input; only if it does not, for then it hangs, it is killed."""
        worker = self.worker
        if worker is None:
            return
        assert worker.stdin is not None, "it is a pipe"
        worker.stdin.close()
        # No `asyncio.timeout`: until Python 3.11.7 it never is one in a task that is cancelled.
        killing = asyncio.get_running_loop().call_later(self._grace, _kill, worker)
        await worker.wait()
        killing.cancel()
        # Only now: whoever is interrupted above leaves it to the next to wait for the end.
        if self.worker is worker:
            self.worker = None


def _kill(worker: Process) -> None:
    with suppress(ProcessLookupError):  # it has ended by now
        worker.kill()


async def _answer(worker: Process, line: bytes) -> bytes:
    assert worker.stdin is not None, "both are pipes"
    assert worker.stdout is not None, "both are pipes"
    worker.stdin.write(line)
    await worker.stdin.drain()
    length = await worker.stdout.readexactly(4)
    return await worker.stdout.readexactly(int.from_bytes(length, "big"))
