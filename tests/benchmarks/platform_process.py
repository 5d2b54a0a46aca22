"""The embedded platform in its own process: guilds, people who join, and the truth about them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild

WAITING = 500
"""Events that may queue for one connection: people join as fast as the client takes it, and an
event is never announced much later than it happened."""

LOOK = 50
"""Joins between two looks at the queues."""


class PlatformProcess:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._guilds: list[Guild] = []
        self._codes: list[list[str]] = []
        self._truth: dict[tuple[int, int], str] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["PlatformProcess"]:
        async with Sandbox() as sandbox:
            yield cls(sandbox)

    async def address(self) -> dict[str, str]:
        sandbox = self._sandbox
        return {
            "api_base": sandbox.api_base,
            "gateway_url": sandbox.gateway_url,
            "token": sandbox.token,
        }

    async def build(self, guilds: int, invites: int, max_uses: int = 0) -> None:
        """Guilds with invites by their owner; of the last invite's uses there may be a limit."""
        for number in range(guilds):
            guild = self._sandbox.add_guild(f"guild {number}")
            limits = [0] * (invites - 1) + [max_uses] if invites else []
            self._codes.append([self._add(guild, limit) for limit in limits])
            self._guilds.append(guild)

    def _add(self, guild: Guild, max_uses: int) -> str:
        channel = guild.channel("general")
        return guild.add_invite(channel, guild.owner, max_uses=max_uses).code

    async def let_record_lag(self, seconds: float) -> None:
        self._sandbox.record_lag = seconds

    async def emit(self, joins: int, gap: float = 0.0, most_codes: int | None = None) -> float:
        """Let people join in every guild in turn, through its invites in turn; when it began."""
        codes = [cycle(codes[:most_codes]) for codes in self._codes]
        began = time.monotonic()
        for number in range(joins):
            place = number % len(codes)
            await self._join(next(codes[place]), self._guilds[place])
            if gap:
                await asyncio.sleep(gap)
            elif number % LOOK == 0:
                await self._taken()
        return began

    async def _join(self, code: str, guild: Guild) -> None:
        if code not in guild.invites:  # used up: whoever comes takes another
            code = next(iter(guild.invites))
        member = await self._sandbox.join(code)
        self._truth[guild.id, member.id] = code

    async def discovered(self) -> float:
        """One person comes in a way that no counter sees."""
        began = time.monotonic()
        member = await self._sandbox.enter(self._guilds[0])
        self._truth[member.guild_id, member.id] = "~discovery"
        return began

    async def _taken(self) -> None:
        """Wait until the client has taken what was announced, but for a few."""
        sessions = self._sandbox.sessions
        while max((len(one.outbox) for one in sessions), default=0) > WAITING:  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def truth(self) -> dict[tuple[int, int], str]:
        """Who joined since the last question, and through what."""
        truth, self._truth = self._truth, {}
        return truth

    async def requests(self) -> Counter[str]:
        """How often each route was asked so far."""
        return Counter(f"{method} {template}" for method, template, _ in self._sandbox.requests)

    async def unknown(self) -> list[str]:
        return self._sandbox.unknown
