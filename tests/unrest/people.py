"""What people do in one guild, by chance, as long as a world lasts."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from random import Random
from typing import Any

from bot.sandbox import Refused
from bot.sandbox.entities import Member, User
from bot.sandbox.guild import Guild
from data.models import EndReason
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
SOURCES = {
    "discord": ("discovery", "oauth", "hub", "integration", "bot"),
    "fluxer": ("discovery", "manual", "bot"),
}
CROWD = 8
"""People who come at once, at most, where they are not counted at once."""


class People:
    def __init__(self, scene: Scene, guild: Guild, luck: Random) -> None:
        self._scene = scene
        self._guild = guild
        self._luck = luck
        self._former: dict[int, tuple[Member, float]] = {}
        """Who left, and when they last did."""
        self._made: defaultdict[int, list[str]] = defaultdict(list)
        """The codes that led to a channel, also those that are gone."""
        self._counting = asyncio.TaskGroup()
        """Those who came, until they are counted."""

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
        if self._scene.sandbox.platform == "fluxer":
            acts |= {self._come_at_once: 8}
        async with self._counting:
            while not self._scene.over.is_set():
                [act] = self._luck.choices([*acts], [*acts.values()])
                await act()
                await asyncio.sleep(self._luck.choice(pauses) * self._luck.random())

    async def _joins(self, code: str, user: User | None = None) -> None:
        """Somebody is let in at once, and counted at once or later."""
        who = user or self._scene.sandbox.add_user()
        self._counting.create_task(self._accepts(code, who))
        await asyncio.sleep(0)
        if who.id in self._guild.members:
            self._came(self._guild.members[who.id])

    async def _accepts(self, code: str, who: User) -> None:
        with suppress(Refused):  # it was used up by those who came just before
            await self._scene.sandbox.join(code, user=who)
        if code not in self._codes():
            self._scene.end(EndReason.EXHAUSTED, code)

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
            await self._joins(self._luck.choice(few))

    async def _come_at_once(self) -> None:
        for _ in range(self._luck.randint(2, CROWD)):
            await self._comes()

    async def _comes_otherwise(self) -> None:
        scene, guild = self._scene, self._guild
        source = self._luck.choice(SOURCES[scene.sandbox.platform])
        if source == "bot":
            self._came(await scene.sandbox.add_bot(guild, by=guild.owner))
        else:
            self._came(await scene.sandbox.enter(guild, source=source))

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
            await self._joins(self._luck.choice(codes), who.user)

    async def _makes_an_invite(self) -> None:
        channel = self._luck.choice(self._guild.channels)
        terms = self._luck.choice(TERMS)
        made = self._guild.create_invite(channel, by=self._guild.owner, **terms)
        self._made[channel.id].append(made.code)
        if made.max_age:
            self._scene.end(EndReason.EXPIRED, made.code)
        if self._luck.random() < 0.3:
            await self._joins(made.code)

    async def _revokes(self) -> None:
        codes = list(self._guild.invites)
        if len(codes) > 2:
            code = self._luck.choice(codes)
            self._scene.end(EndReason.REVOKED, code)
            self._guild.revoke_invite(code, by=self._guild.owner)

    async def _builds(self) -> None:
        """A channel, or makes it vanish with its invites."""
        more = [one for one in self._guild.channels if one.name == "more"]
        if more:
            self._scene.end(EndReason.CHANNEL_DELETED, *self._made[more[0].id])
            self._guild.delete_channel(more[0])
        else:
            self._guild.add_channel("more")

    async def _renames(self) -> None:
        if self._guild.vanity is not None:
            self._guild.set_vanity(f"name-{self._guild.id}-{self._luck.randrange(1000)}")
