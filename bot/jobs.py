"""Work in the background that ends together with whoever started it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Self


class Jobs:
    """A task group that is stopped at once; use it as an async context manager.

    A job must not raise: the others would end with it.
    """

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopped = True
        for task in self._running:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    def start(self, job: Coroutine[Any, Any, None]) -> None:
        """Start a job; one that comes while everything ends is dropped."""
        if self._stopped:
            job.close()
            return
        task = self._group.create_task(job)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
