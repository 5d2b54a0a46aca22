"""What people do in one guild, by chance, as long as a world lasts."""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from tests.benchmarks.virtual_time import virtual_loop

from .judging import Truth
from .scene import APART, Scene

MANY = ((0, 0.001, 0.2, 1, 5), (0, 0.2, 3, 10, 30), (1, 10, 40))
FEW = ((0, 3, 20, 60), (20, 60, 120), (4, 8, 16))
"""Seconds between what they do, at most."""
TERMS: tuple[dict[str, Any], ...] = (
    {},
    {"max_uses": 1},
    {"max_uses": 1},
    {"max_uses": 3},
    {"max_age": 20},
)
SOURCES = ("discovery", "oauth", "hub", "integration", "bot")


class People:
    def __init__(self, scene: Scene, guild: Guild, luck: Random) -> None:
        self._scene = scene
        self._guild = guild
        self._luck = luck
        self._former: dict[int, tuple[Member, float]] = {}
        """Who left, and when they last did."""

    async def live(self) -> None:
        pauses = self._luck.choice(FEW if self._scene.world.slow else MANY)
        acts: dict[Callable[[], Coroutine[Any, Any, None]], int] = {
            self._comes: 40,
            self._comes_otherwise: 10,
            self._leaves: 10,
            self._returns: 5,
            self._makes_an_invite: 12,
            self._revokes: 5,
            self._builds: 2,
            self._renames: 1,
        }
        while not self._scene.over.is_set():
            [act] = self._luck.choices([*acts], [*acts.values()])
            await act()
            await asyncio.sleep(self._luck.choice(pauses) * self._luck.random())

    def _came(self, member: Member) -> None:
        way = {"invite": member.code, "vanity": "~vanity"}.get(member.source)
        self._scene.note(Truth(member, way or f"~{member.source}"))

    def _codes(self) -> list[str]:
        vanity = self._guild.vanity
        return [*self._guild.invites, *([vanity.code] if vanity else [])]

    async def _comes(self) -> None:
        codes = self._codes()
        few = codes[-2:] if self._luck.random() < 0.5 else codes
        if few:
            self._came(await self._scene.sandbox.join(self._luck.choice(few)))

    async def _comes_otherwise(self) -> None:
        source, guild = self._luck.choice(SOURCES), self._guild
        if source == "bot":
            self._came(await self._scene.sandbox.add_bot(guild, by=guild.owner))
        else:
            self._came(await self._scene.sandbox.enter(guild, source=source))

    async def _leaves(self) -> None:
        guild = self._guild
        here = [one for one in guild.members.values() if one not in (guild.owner, guild.me)]
        if not here:
            return
        who = self._luck.choice(here)
        self._scene.truths[Truth(who, "").key].left = True
        await self._scene.sandbox.leave(who)
        if not who.user.bot:
            self._former[who.id] = (who, virtual_loop().time())

    async def _returns(self) -> None:
        patience = 0.0 if self._scene.world.hasty else APART
        before = virtual_loop().time() - patience
        here = self._guild.members
        gone = [who for who, at in self._former.values() if at <= before and who.id not in here]
        codes = self._codes()
        if gone and codes:
            who = self._luck.choice(gone)
            self._came(await self._scene.sandbox.rejoin(who.user, self._luck.choice(codes)))

    async def _makes_an_invite(self) -> None:
        channel = self._luck.choice(self._guild.channels)
        terms = self._luck.choice(TERMS)
        made = self._guild.create_invite(channel, by=self._guild.owner, **terms)
        if self._luck.random() < 0.3:
            self._came(await self._scene.sandbox.join(made.code))

    async def _revokes(self) -> None:
        codes = list(self._guild.invites)
        if len(codes) > 2:
            self._guild.revoke_invite(self._luck.choice(codes), by=self._guild.owner)

    async def _builds(self) -> None:
        """A channel, or makes it vanish with its invites."""
        more = [one for one in self._guild.channels if one.name == "more"]
        if more:
            self._guild.delete_channel(more[0])
        else:
            self._guild.add_channel("more")

    async def _renames(self) -> None:
        if self._guild.vanity is not None:
            self._guild.set_vanity(f"name-{self._guild.id}-{self._luck.randrange(1000)}")
