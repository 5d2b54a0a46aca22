"""What is to be done about a guild after a while."""

import asyncio
from collections.abc import Callable


class Later:
    """Calls once about each guild, however often that is asked for until then."""

    def __init__(self, call: Callable[[int], None]) -> None:
        self._call = call
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        """How many guilds wait."""
        return len(self._timers)

    def after(self, seconds: float, guild_id: int) -> None:
        if guild_id not in self._timers:
            loop = asyncio.get_running_loop()
            self._timers[guild_id] = loop.call_later(seconds, self._now, guild_id)

    def forget(self, guild_id: int) -> None:
        timer = self._timers.pop(guild_id, None)
        if timer is not None:
            timer.cancel()

    def stop(self) -> None:
        """Nobody is called any more."""
        for guild_id in list(self._timers):
            self.forget(guild_id)

    def _now(self, guild_id: int) -> None:
        del self._timers[guild_id]
        self._call(guild_id)
