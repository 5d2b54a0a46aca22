"""What a world consists of, and what is remembered of it to judge Usher by."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.gateway import Dispatch
from bot.sandbox.guild import Guild
from data.models import EndReason
from tests.benchmarks.virtual_time import virtual_loop

from .judging import Key, Truth

LATENCIES = (0.002, 0.08, 0.4)
SKEWS = (3.2, -3.2)
SPREAD = 1.95
"""Seconds by which an event may be late: just within A, which is 2."""
COUNTER_LAGS = (0.0, 0.3, 0.95)
"""Seconds: just within C, which is 1."""
COUNTINGS = ((0.0, 0.0), (0.0, 0.3), (0.0, 4.0))
"""Seconds, at least and at most, in which Fluxer counts who came: with the lag just within its C,
which is 5."""
CONNECTING = (0.0, 0.0, 3.0, 12.0)
"""Seconds that it takes to connect: so long are connections broken."""
APART = 2 * SPREAD
"""Seconds between two things whose events must not overtake each other."""
SETTLED = 1.0
"""Seconds in which an event that arrived is surely written down, if the ledger is not locked."""
LOCKED = 20.0
"""Seconds after a lock in which that may still be waited for."""


class World(NamedTuple):
    """Everything in it follows from these values and the platform."""

    seed: int
    recorded: bool
    """Whether the platform's record is there."""
    lossy: bool = False
    """Whether events get lost that nothing tells of: then counters alone can be wrong."""
    slow: bool = False
    """Whether people come one by one, and trouble too: then counters can say much."""
    hasty: bool = False
    """Whether people may come again before the event of their leaving has arrived."""
    skewed: bool = False
    """Whether the platform's clock is ahead or behind."""
    calm: bool = False
    """Whether nothing goes wrong, but that all is late and connections break for a while."""
    unaudited: bool = False
    """Whether Usher may not read the audit log: then events have to do."""
    guilds: int = 4
    seconds: float = 300.0
    """For how long there is trouble."""


@dataclass
class Scene:
    sandbox: Sandbox
    world: World
    luck: Random
    guilds: list[Guild] = field(default_factory=list)
    truths: dict[Key, Truth] = field(default_factory=dict)
    told: dict[Key, float] = field(default_factory=dict)
    """When somebody was announced to an Usher that listened."""
    interrupted: list[float] = field(default_factory=list)
    """When Usher was stopped, its connection cut or its ledger locked."""
    ended: dict[str, set[EndReason]] = field(default_factory=dict)
    """How invites that are gone may have ended, as far as an onlooker can know."""
    revoked: dict[str, float] = field(default_factory=dict)
    """When an Usher that listened was told of an end that nothing but somebody's hand can be."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        sandbox, luck = self.sandbox, self.luck
        sandbox.counter_lag = luck.choice(COUNTER_LAGS)
        sandbox.record_lag = luck.choice((0.0, 5.0, 20.0))
        sandbox.index_delay = luck.choice((0.0, 0.0, 15.0))
        sandbox.record_absent = not self.world.recorded
        sandbox.exhaustion_order = luck.choice(("delete first", "join first"))
        if sandbox.platform == "fluxer":
            sandbox.counting = luck.choice(COUNTINGS)
            sandbox.random = Random(luck.random())
        sandbox.events.append(self._told)
        self.guilds += [self._guild(number) for number in range(self.world.guilds)]

    @property
    def permissions(self) -> int:
        """Usher's, as long as nobody takes any away."""
        return LEAST & ~Permission.VIEW_AUDIT_LOG if self.world.unaudited else LEAST

    def _guild(self, number: int) -> Guild:
        """With people and invites from before Usher."""
        vanity = f"name-{number}" if self.luck.random() < 0.4 else None
        guild = self.sandbox.add_guild(
            f"guild {number}", vanity=vanity, bot_permissions=self.permissions
        )
        for elder in guild.populate(3):
            self.note(Truth(elder, "~unknown", elder=True))
        channel = guild.channel("general")
        for uses, limit in ((0, 0), (7, 0), (1, 4), (0, 1)):
            guild.add_invite(channel, by=guild.owner, uses=uses, max_uses=limit)
        return guild

    def end(self, reason: EndReason, *codes: str) -> None:
        for code in codes:
            self.ended.setdefault(code, set()).add(reason)

    def note(self, truth: Truth) -> None:
        self.truths[truth.key] = truth

    def interrupt(self) -> None:
        self.interrupted.append(virtual_loop().time())

    def _told(self, event: Dispatch) -> None:
        if not any(one.id == event.session_id for one in self.sandbox.sessions):
            return
        now = virtual_loop().time()
        if event.name == "GUILD_MEMBER_ADD":
            guild_id, member_id = int(event.data["guild_id"]), int(event.data["user"]["id"])
            key = Truth.key_of(guild_id, member_id, event.data["joined_at"])
            self.told.setdefault(key, now)
        elif event.name == "INVITE_DELETE" and self.sandbox.platform == "fluxer":
            self.revoked.setdefault(event.data["code"], now)

    def must_be_known(self) -> set[Key]:
        """Those who are here, and those whose announcement surely was written down."""
        return {
            key
            for key, truth in self.truths.items()
            if not truth.elder and (not truth.left or self._written(self.told.get(key)))
        }

    def may_have_ended(self) -> dict[str, set[EndReason]]:
        """What may be said of how invites ended; what surely was written down must be."""
        return {
            code: {EndReason.REVOKED}
            if self._written(self.revoked.get(code))
            else {*reasons, EndReason.UNKNOWN}
            for code, reasons in self.ended.items()
        }

    def _written(self, at: float | None) -> bool:
        return at is not None and not any(
            at - LOCKED <= one <= at + SETTLED for one in self.interrupted
        )
