"""Whole platforms full of situations, each played for one client in virtual time."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.platforms import internals
from bot.sandbox import Sandbox

from . import crowds, hardships, situations
from .clients import Client, client
from .judging import Judged, judged
from .situations import Parts, Situation
from .stage import Pace, Stage
from .virtual_time import SETTLE, LoopHeart, run, virtual_loop
from .wire import HOST, Wire

BURSTS = (0.0, 0.001, 0.015, 0.2)
LATENCIES = (0.002, 0.08, 0.4)

MOST_LATE = 1.9
"""Seconds; within A, which is 2."""
LATE = ((0.0, 0.0), (0.0, MOST_LATE), (MOST_LATE, MOST_LATE))
"""Events come at once, at any moment, or as late as they may."""
LATE_IN = {"calm": (0.0, 0.0), "late events": (2.3, 5.0)}
LOST_IN = {"lost joins": 0.05}
"""The chance that the event of a join never comes."""
COUNTER_LAGS = (0.0, 0.3, 0.9)
"""Seconds; within C, which is 1."""
COUNTER_LAGS_IN = {"calm": (0.0,), "late counters": (2.5,)}
SKEWS = (0.0, 3.2, -3.2)
"""Seconds that the platform's clock is ahead of ours."""

RECORD_LAG = 20.0
INDEXED_WITHIN = 1.0
"""Seconds until Fluxer's record shows who joined: it is told of them as they join."""
COUNTING = (0.0, 0.9)
"""Seconds in which Fluxer reads a counter and sets it; who comes meanwhile is lost."""
GAP_AT, GAP_LASTS = 12.0, 20.0
GAPS = ("restart", "outage", "session")
MIXED = 8
"""Guilds of each burst in which several situations overlap."""
TOGETHER = 6.0
"""Seconds within which they begin."""

ROOM = 4.0
"""Seconds of a world for each guild, at a latency of 0.4: Usher asks in a few guilds at a time, and
how it waits in line is not asked here."""
AFTERWARDS = {True: 75.0, False: 20.0}
"""Seconds that are waited for the record's word, or without a record."""
HARD = 700.0
"""Seconds that a record gets which at first gives no answer."""
LONGEST = 300.0


class World(NamedTuple):
    """Everything in it follows from these values."""

    cast: str
    """Which situations: calm, alone, mixed, raid, gaps, interrupted, record; or, against what is
    assumed, late events, late counters, lost joins, broken."""
    seed: int
    latency: float
    """Seconds for a request and its answer."""
    recorded: bool
    """Whether the platform's record is there."""
    gap: str = ""
    """What interrupts the client: a restart, an outage of the guilds, a lost session."""
    platform: str = "discord"


class Played(NamedTuple):
    world: World
    who: str
    joins: list[Judged]
    requests: Counter[str]
    """From the first join on."""


class Player:
    """One guild's situations, part by part."""

    def __init__(self, stage: Stage, cast: Sequence[Situation]) -> None:
        self.stage = stage
        self._cast = cast
        self._parts: list[Parts] = [situation.play(stage) for situation in cast]

    @property
    def name(self) -> str:
        return self._cast[0].name if len(self._cast) == 1 else "mixed"

    async def prepare(self) -> None:
        self.stage.situation = self.name
        for parts in self._parts:
            await anext(parts)

    async def play(self, gap: "Gap") -> None:
        async with asyncio.TaskGroup() as group:
            for number, parts in enumerate(self._parts):
                offset = self.stage.random.uniform(0, TOGETHER) if number else 0.0
                group.create_task(_through(parts, offset, gap))


class Gap:
    def __init__(self) -> None:
        self.down = asyncio.Event()
        self.up = asyncio.Event()


async def _through(parts: Parts, offset: float, gap: Gap) -> None:
    await asyncio.sleep(offset)
    if await anext(parts, True):
        return
    await gap.down.wait()
    await anext(parts, None)
    await gap.up.wait()
    await anext(parts, None)


def play(world: World, who: str, settle: float = SETTLE) -> Played:
    """In virtual time, which changes the whole process."""
    with TemporaryDirectory(prefix="usher-bench-") as folder:
        return run(lambda: _play(world, who, Path(folder)), settle)


async def _play(world: World, who: str, folder: Path) -> Played:
    loop = virtual_loop()
    skew = SKEWS[world.seed % len(SKEWS)]
    async with (
        Sandbox(platform=world.platform, clock=lambda: loop.wall() + skew) as sandbox,
        Wire.to(sandbox.port, world.latency) as wire,
    ):
        LoopHeart.network = world.latency
        api = urlsplit(sandbox.api_base)._replace(netloc=f"{HOST}:{wire.port}")
        internals.use_endpoints(api.geturl(), sandbox.gateway_url)
        _set(sandbox, world)
        players = list(_players(sandbox, world))
        for player in players:
            await player.prepare()
        played = client(who, folder, world.latency, world.platform)
        await played.start(sandbox.token, len(players))
        before = Counter(sandbox.requests)
        await _perform(sandbox, world, players, played)
        asked = Counter(sandbox.requests) - before
        await played.stop()
        if sandbox.unknown:
            raise AssertionError(f"the platform does not imitate: {sandbox.unknown}")
        return Played(world, who, _verdicts(players, played, skew), _by_route(asked))


def _set(sandbox: Sandbox, world: World) -> None:
    lags = COUNTER_LAGS_IN.get(world.cast, COUNTER_LAGS)
    sandbox.record_absent = not world.recorded
    if world.platform == "fluxer":
        sandbox.record_lag = INDEXED_WITHIN
        sandbox.counting = COUNTING
        sandbox.random = Random(f"counting {world.seed} {world.latency}")
        return
    sandbox.counter_lag = lags[world.seed // len(SKEWS) % len(lags)]
    sandbox.record_lag = RECORD_LAG


def _players(sandbox: Sandbox, world: World) -> Iterator[Player]:
    """Each guild has a source of chance of its own: it does not matter what happens elsewhere."""
    for number, (burst, cast) in enumerate(_casts(world)):
        random = Random(f"{world.cast} {world.seed} {world.latency} {number}")
        late = LATE_IN.get(world.cast) or random.choice(LATE)
        chance = 0.0 if world.cast == "calm" else 0.3  # its counter costs one more request
        vanity = any(one.vanity for one in cast) or random.random() < chance
        guild = sandbox.add_guild(f"guild {number}", vanity=f"name-{number}" if vanity else None)
        pace = Pace(burst, late, LOST_IN.get(world.cast, 0.0))
        yield Player(Stage(sandbox, guild, random, pace), cast)


def _casts(world: World) -> Iterator[tuple[float, Sequence[Situation]]]:
    match world.cast:
        case "mixed" | "interrupted" | "lost joins":
            yield from chain.from_iterable(_mixes(world, burst) for burst in BURSTS)
        case "raid":
            here = BURSTS[world.seed % 2 :: 2]
            yield from ((burst, [situations.RAID]) for burst in here)
        case cast:
            for situation in CASTS[cast]:
                yield from ((burst, [situation]) for burst in BURSTS)


CASTS: dict[str, Sequence[Situation]] = {
    "calm": [situations.PLAIN] * 25,
    "alone": situations.ALONE,
    "crowds": crowds.CROWDS,
    "singly": crowds.SINGLY,
    "gaps": hardships.IN_GAPS,
    "record": hardships.RECORD,
    "late events": situations.LATE,
    "late counters": situations.LATE,
    "broken": hardships.BROKEN,
}


def _mixes(world: World, burst: float) -> Iterator[tuple[float, Sequence[Situation]]]:
    random = Random(f"mixes {world.seed} {world.latency} {burst}")
    mixing = [one for one in situations.ALONE if one.mixes]
    if world.gap:
        mixing += hardships.IN_GAPS
    for _ in range(MIXED):
        yield burst, random.sample(mixing, random.randint(3, 7))


async def _perform(
    sandbox: Sandbox, world: World, players: Sequence[Player], played: Client
) -> None:
    gap = Gap()
    room = ROOM * world.latency / max(LATENCIES) * len(players) + 1.0
    begins = Random(f"begins {world._replace(recorded=False)}")  # they are the same world
    async with asyncio.TaskGroup() as group:
        for player in players:
            at = begins.uniform(0, GAP_AT if world.gap else room)
            group.create_task(_later(at, player, gap))
        if world.gap:
            await asyncio.sleep(GAP_AT)
            await _interrupt(sandbox, world, players, played, gap)
    await asyncio.sleep(HARD if world.cast == "record" else AFTERWARDS[world.recorded])
    async with asyncio.timeout(LONGEST):
        while played.undecided():  # noqa: ASYNC110 - facts in a file announce nothing
            await asyncio.sleep(1)


async def _later(at: float, player: Player, gap: Gap) -> None:
    await asyncio.sleep(at)
    await player.play(gap)


async def _interrupt(
    sandbox: Sandbox, world: World, players: Sequence[Player], played: Client, gap: Gap
) -> None:
    match world.gap:
        case "restart":
            await played.stop()
        case "outage":
            for player in players:
                player.stage.guild.outage()
        case "session":
            sandbox.refuse_resume()
            sandbox.drop_gateway()
    gap.down.set()
    await asyncio.sleep(GAP_LASTS)
    match world.gap:
        case "restart":
            await played.start(sandbox.token, len(players))
        case "outage":
            for player in players:
                player.stage.guild.recover()
    gap.up.set()


def _verdicts(players: Sequence[Player], played: Client, skew: float) -> list[Judged]:
    codes: dict[int, str] = {}
    for player in players:
        codes |= player.stage.codes_by_inviter
    said = played.said(codes, skew)
    truths = chain.from_iterable(player.stage.truths.values() for player in players)
    return [judged(truth, said.get(truth.key)) for truth in truths]


def _by_route(asked: Counter[tuple[str, str, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (method, template, _), times in asked.items():
        found[f"{method} {template}"] += times
    return found
