"""What takes minutes, in a moment: for tests of what waits and needs no fixture."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.benchmarks.virtual_time import VirtualLoop

T = TypeVar("T")


def in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
