"""An event loop whose clock jumps over idle time, so that half an hour takes seconds.

Sockets, threads and files stay real. The clock stands still while anything is going on and jumps
to the next timer once nothing is: what comes out does not depend on how fast the machine is.
What else reads a clock is made to follow the loop's: our modules' `datetime.now` and the
library's heartbeat, which would otherwise be missed as soon as a minute is skipped.
"""

import asyncio
import selectors
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar

import aiosqlite
import discord.gateway
from discord.gateway import DiscordWebSocket, KeepAliveHandler

T = TypeVar("T")

TICK = 1e-9
"""Seconds that pass at each look at the clock: timers set one after another fire in order."""

GRAIN = 1e-6
"""Timers so close to each other fire in one turn."""

SETTLE = 0.0
"""Real seconds without anything after which nothing is going on. None are needed: what is sent over
loopback has arrived when the call returns, and work in threads is counted. With more the results
are the same, and tests/test_benchmarks.py holds that."""

BEGAN = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""The wall clock when a loop's clock says 0."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """`working` counts calls in threads; while there are any, no time passes."""

    def __init__(self, settle: float = SETTLE) -> None:
        selector = selectors.DefaultSelector()
        self._poll = selector.select
        selector.select = self._wait  # type: ignore[method-assign]
        self._settle = settle
        self._now = 0.0
        self.working = 0
        super().__init__(selector)

    def time(self) -> float:
        self._now += TICK
        return self._now

    def wall(self) -> float:
        """Seconds since the epoch, as the machine's clock would tell them."""
        return BEGAN + self.time()

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self.working += 1
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: object) -> None:
        self.working -= 1

    def _wait(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Called when everything that was ready has run; until the next timer it is `timeout`."""
        found = self._poll(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        found = self._settled()
        if not found and timeout is None:
            return self._poll(None)
        if not found and timeout is not None:
            self._now += timeout + GRAIN
        return found

    def _settled(self) -> list[tuple[selectors.SelectorKey, int]]:
        """What still arrives from the kernel or a thread; nothing if it is quiet everywhere."""
        time.sleep(self._settle)
        while True:
            found = self._poll(0.01 if self.working else 0)
            if found or not self.working:
                return found


def run(main: Callable[[], Coroutine[Any, Any, T]], settle: float = SETTLE) -> T:
    """Run in virtual time. Changes the library for the whole process: give it one of its own."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(settle)) as runner:
        discord.gateway.KeepAliveHandler = LoopHeart  # type: ignore[misc]
        for name, call in LEDGER_CALLS.items():
            setattr(aiosqlite.Connection, name, _counted(call))
        return runner.run(main())


def virtual_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop), "runs in virtual time only"
    return loop


class WallClock(datetime):
    """Tells the time by the running loop."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(virtual_loop().wall(), tz)


def follow_wall_clock() -> None:
    """Give every module of ours that looks at the wall clock the loop's."""
    for name, module in list(sys.modules.items()):
        ours = name.partition(".")[0] in {"bot", "cogs", "data"}
        if ours and getattr(module, "datetime", None) is datetime:
            module.datetime = WallClock  # type: ignore[attr-defined]


LEDGER_CALLS = {
    name: getattr(aiosqlite.Connection, name) for name in ("_connect", "_execute", "close")
}
"""All that is done in the thread of a connection."""


def _counted(call: Callable[..., Any]) -> Callable[..., Any]:
    async def counted(*args: Any, **kwargs: Any) -> Any:
        loop = virtual_loop()
        loop.working += 1
        try:
            return await call(*args, **kwargs)
        finally:
            loop.working -= 1

    return counted


class LoopHeart(KeepAliveHandler):
    """A heartbeat in the loop's time; `network` is what it finds the latency to be, in seconds."""

    network = 0.002

    def __init__(self, *args: Any, ws: DiscordWebSocket, **kwargs: Any) -> None:
        super().__init__(*args, ws=ws, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._beats: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._timer = self.ws.loop.call_later(self.interval or 0, self._beat)

    def _beat(self) -> None:
        beat = self.ws.loop.create_task(self._send())
        self._beats.add(beat)
        beat.add_done_callback(self._beats.discard)

    async def _send(self) -> None:
        try:
            await self.ws.send_heartbeat(self.get_payload())
        except (ConnectionError, RuntimeError):
            return  # the socket is closing; whoever reads from it notices
        if not self._stop_ev.is_set():
            self.start()

    def stop(self) -> None:
        super().stop()
        if self._timer is not None:
            self._timer.cancel()

    def ack(self) -> None:
        super().ack()
        self.latency = self.network
