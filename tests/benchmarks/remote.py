"""An object in a process of its own, whose coroutine methods are called by name."""

import asyncio
import multiprocessing
import os
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from multiprocessing.connection import Connection
from typing import Any, Self

Make = Callable[[], AbstractAsyncContextManager[object]]

PATIENCE = 300.0
"""Seconds that any single call may take; a benchmark that hangs ends by itself."""

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
CLIENT_CORE, OTHER_CORE = CORES[0], CORES[-1]
"""The client has a core of its own; the platform and whoever watches share the other."""


class FailedError(Exception):
    """The other process failed, or did not answer in time."""


class Remote:
    """Starts the process and ends it; use it as a context manager."""

    def __init__(self, make: Make, core: int) -> None:
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        self._pipe = ours
        self._theirs = theirs
        self._process = multiprocessing.get_context("spawn").Process(
            target=_live, args=(make, theirs, core), daemon=True
        )

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()  # the process ends when nobody can call it any more
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def call(self, name: str, **arguments: Any) -> Any:
        self.begin(name, **arguments)
        return self.answer()

    def begin(self, name: str, **arguments: Any) -> None:
        """Let it work meanwhile; `answer` waits for it."""
        self._pipe.send((name, arguments))

    def answer(self) -> Any:
        if not self._pipe.poll(PATIENCE):
            raise FailedError(f"no answer within {PATIENCE:g} s")
        try:
            failure, value = self._pipe.recv()
        except EOFError:
            raise FailedError("the process ended") from None
        if failure:
            raise FailedError(failure)
        return value


def pin(core: int) -> None:
    """Stay on one core, where the system has a say in it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def _live(make: Make, pipe: Connection, core: int) -> None:
    pin(core)
    asyncio.run(_serve(make, pipe))


async def _serve(make: Make, pipe: Connection) -> None:
    async with make() as served:
        while True:
            try:
                name, arguments = await asyncio.to_thread(pipe.recv)
            except EOFError:
                return
            pipe.send(await _outcome(served, name, arguments))


async def _outcome(served: object, name: str, arguments: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "", await getattr(served, name)(**arguments)
    except Exception:  # noqa: BLE001 - whoever called is told, whatever it is
        return traceback.format_exc(), None
