"""What is to be done about a guild after a while."""

import asyncio

from bot.later import Later

A_MINUTE = 60.0


class Calls:
    """About which guilds somebody was called, and how to wait for that."""

    def __init__(self) -> None:
        self.guilds: list[int] = []
        self._called = asyncio.Event()

    def note(self, guild_id: int) -> None:
        self.guilds.append(guild_id)
        self._called.set()

    async def next(self) -> None:
        self._called.clear()
        async with asyncio.timeout(10):
            await self._called.wait()


async def test_each_guild_once() -> None:
    """However often it is asked for, there is one call, when the first was due."""
    calls = Calls()
    later = Later(calls.note)

    for seconds, guild_id in [(A_MINUTE, 1), (0.0, 1), (0.0, 2)]:
        later.after(seconds, guild_id)
    assert 2 == len(later)
    await calls.next()

    assert [2] == calls.guilds
    assert 1 == len(later)
    later.stop()


async def test_it_can_be_asked_for_again_when_called() -> None:
    """By then nobody waits for the guild any more."""
    calls = Calls()

    def again(guild_id: int) -> None:
        calls.note(guild_id)
        later.after(A_MINUTE, guild_id)

    later = Later(again)
    later.after(0.0, 1)
    await calls.next()

    assert ([1], 1) == (calls.guilds, len(later))
    later.stop()


async def test_what_is_forgotten_is_not_called() -> None:
    """Neither one guild, nor any after the end; whom nobody waits for can be forgotten too."""
    calls = Calls()
    later = Later(calls.note)
    for guild_id in (1, 2, 3):
        later.after(0.0, guild_id)

    later.forget(1)
    later.forget(1)
    later.after(A_MINUTE, 1)
    await calls.next()
    assert [2, 3] == calls.guilds

    later.stop()
    later.after(A_MINUTE, 1)
    later.stop()
    last = Later(calls.note)
    last.after(0.0, 4)
    await calls.next()
    assert [2, 3, 4] == calls.guilds
    assert 0 == len(later)
