"""As many joins as a client takes: what bare discord.py consumes, what Usher makes durable."""

import time
from collections import Counter
from statistics import median
from typing import NamedTuple

from .client_process import BARE, usher
from .ledger_file import Watcher, judged
from .platform_process import PlatformProcess
from .remote import CLIENT_CORE, OTHER_CORE, FailedError, Remote
from .stalls import Stalls


class Size(NamedTuple):
    guilds: int
    invites: int
    """Per guild."""
    joins: int
    """In all; guilds and invites take turns."""
    rounds: int


class Run(NamedTuple):
    """One client under one flood."""

    per_second: float
    cpu_us: float
    """Microseconds of computing for each join."""
    stalls: Stalls


class Decided(NamedTuple):
    """What came after the joins were durable."""

    per_second: float
    """Verdicts, from the first event to the last verdict."""
    seconds: float
    """From the last durable join to the last verdict."""
    stalls: Stalls
    """From the last durable join to the last verdict."""
    requests: int
    judged: Counter[str]


class Round(NamedTuple):
    bare: Run
    usher: Run
    decided: Decided
    started: float
    """Seconds from Usher's log-in until every guild was read and settled."""


class Flood(NamedTuple):
    size: Size
    rounds: list[Round]

    @property
    def ratio(self) -> float:
        """Usher against bare in the same round; the median of the rounds."""
        return median(one.usher.per_second / one.bare.per_second for one in self.rounds)


class Span(NamedTuple):
    began: float
    durable: float
    asked: int
    """List requests before anybody joined."""


LIST = "GET /guilds/{guild_id}/invites"


def flood(size: Size) -> Flood:
    with Remote(PlatformProcess.open, OTHER_CORE) as platform:
        platform.call("build", guilds=size.guilds, invites=size.invites)
        rounds = [_round(platform, size) for _ in range(size.rounds)]
        if unknown := platform.call("unknown"):
            raise FailedError(f"the platform does not imitate: {unknown}")
    return Flood(size, rounds)


def _round(platform: Remote, size: Size) -> Round:
    bare = _bare(platform, size)
    platform.call("truth")
    with Watcher.temporary() as ledger:
        return _usher(platform, size, ledger, bare)


def _bare(platform: Remote, size: Size) -> Run:
    with Remote(BARE, CLIENT_CORE) as client:
        connect(client, platform, size.guilds)
        computed = client.call("cpu")
        client.call("begin")
        platform.begin("emit", joins=size.joins)
        ended = client.call("until", joins=size.joins)
        stalls = client.call("stalls")
        computed = client.call("cpu") - computed
        return _run(size, ended - platform.answer(), computed, stalls)


def _usher(platform: Remote, size: Size, ledger: Watcher, bare: Run) -> Round:
    with Remote(usher(ledger.path), CLIENT_CORE) as client:
        begun = time.monotonic()
        connect(client, platform, size.guilds)
        started = ledger.until_read(size.guilds) - begun
        asked = platform.call("requests")[LIST]
        computed = client.call("cpu")
        client.call("begin")
        platform.begin("emit", joins=size.joins)
        durable = ledger.until_joins(size.joins)
        computed = client.call("cpu") - computed
        stalls = client.call("stalls")
        client.call("begin")
        began = platform.answer()
        run = _run(size, durable - began, computed, stalls)
        decided = _decided(platform, client, ledger, Span(began, durable, asked))
        return Round(bare, run, decided, started)


def _decided(platform: Remote, client: Remote, ledger: Watcher, span: Span) -> Decided:
    """Wait for the last verdict, and hold all of them against the truth."""
    ended = ledger.until_decided()
    stalls = client.call("stalls")
    verdicts = ledger.verdicts()
    return Decided(
        per_second=len(verdicts) / (ended - span.began),
        seconds=ended - span.durable,
        stalls=stalls,
        requests=platform.call("requests")[LIST] - span.asked,
        judged=judged(verdicts, platform.call("truth")),
    )


def connect(client: Remote, platform: Remote, guilds: int) -> None:
    seen = client.call("connect", **platform.call("address"))
    if seen != guilds:
        raise FailedError(f"{seen} guilds seen of {guilds}")


def _run(size: Size, seconds: float, computed: float, stalls: Stalls) -> Run:
    return Run(size.joins / seconds, computed / size.joins * 1e6, stalls)
