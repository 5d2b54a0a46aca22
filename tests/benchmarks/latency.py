"""How long after somebody joined there is a verdict, and the record's word."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from math import ceil
from urllib.request import Request, urlopen

from bot.platforms.discord import LAGS

from .client_process import usher
from .clients import USHER
from .flood import connect
from .ledger_file import GLANCE, PATIENCE, Watcher
from .outcomes import Job, played
from .platform_process import PlatformProcess
from .remote import CLIENT_CORE, OTHER_CORE, FailedError, Remote
from .table import Row, Section
from .worlds import LATENCIES, RECORD_LAG, World

INVITES = 5
EVERY = 0.3
"""Seconds between two joins, each in another guild."""
ASKED = 100
"""Requests whose time is taken."""
SPARE = 0.05
"""Seconds for writing twice, and for looking at the ledger from outside."""


def latency(*, quick: bool) -> Section:
    guilds = 20 if quick else 100
    latencies = LATENCIES[1:2] if quick else LATENCIES
    rows = [_real(guilds), *_virtual(latencies)]
    return Section(f"From a join to its verdict: calm, lags as set by default ({LAGS})", rows)


def _real(guilds: int) -> Row:
    """From the platform's own time of the join to the moment the verdict is seen in the file."""
    with Watcher.temporary() as ledger, Remote(PlatformProcess.open, OTHER_CORE) as platform:
        platform.call("build", guilds=guilds, invites=INVITES)
        with Remote(usher(ledger.path), CLIENT_CORE) as client:
            connect(client, platform, guilds)
            ledger.until_read(guilds)
            time.sleep(2 * LAGS.event)
            one = _request(platform.call("address"), ledger)
            platform.begin("emit", joins=guilds, gap=EVERY)
            took = _seen(ledger, guilds)
            platform.answer()
    most = LAGS.counter + LAGS.event + one + SPARE
    what = f"first verdict, real time, {guilds} guilds, a join every {EVERY:g} s"
    shown = f"{_figures(took)}; a request takes {1000 * one:.0f} ms"
    return Row(what, shown, f"p99 <= {most:.2f} s", _percentile(took, 99) <= most)


def _request(address: dict[str, str], ledger: Watcher) -> float:
    """What one question for the invites takes, in seconds (p99)."""
    with closing(sqlite3.connect(ledger.path)) as db:
        (guild_id,) = db.execute("SELECT guild_id FROM guilds").fetchone()
    headers = {"Authorization": f"Bot {address['token']}"}
    question = Request(f"{address['api_base']}/guilds/{guild_id}/invites", headers=headers)
    took = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        with urlopen(question) as answer:
            answer.read()
        took.append(time.perf_counter() - begun)
    return _percentile(took, 99)


def _seen(ledger: Watcher, joins: int) -> list[float]:
    """Seconds from each join until its first verdict could be read by anybody."""
    query = """
        SELECT verdicts.id, joins.joined_at
        FROM verdicts
        JOIN joins ON joins.id = verdicts.join_id
        WHERE verdicts.id > ? AND verdicts.decided_by = 'counters'
        ORDER BY verdicts.id
    """
    took: list[float] = []
    last, deadline = 0, time.monotonic() + PATIENCE
    with closing(sqlite3.connect(f"{ledger.path.as_uri()}?mode=ro", uri=True)) as db:
        while len(took) < joins:
            fresh = db.execute(query, [last]).fetchall()
            now = time.time()
            took += [now - joined_at / 1000 for _, joined_at in fresh]
            last = max((number for number, _ in fresh), default=last)
            if time.monotonic() > deadline:
                raise FailedError(f"{len(took)} verdicts of {joins}")
            time.sleep(GLANCE)
    return took


def _virtual(latencies: Sequence[float]) -> Iterator[Row]:
    """Nothing that is computed takes time here: what remains is what Usher waits for."""
    worlds = [World("calm", 0, latency, True) for latency in latencies]
    for run in played([Job(world, USHER) for world in worlds]):
        request = run.world.latency
        first = [join.first_after for join in run.joins if join.first_after is not None]
        most = LAGS.counter + LAGS.event + request + SPARE
        met = len(first) == len(run.joins) and _percentile(first, 99) <= most
        what = f"first verdict, virtual time, requests of {1000 * request:.0f} ms"
        yield Row(what, _figures(first), f"p99 <= {most:.2f} s", met)
        named = [join.named_after for join in run.joins if join.named_after is not None]
        shown = f"{_figures(named)}; {len(named)} of {len(run.joins)} joins"
        yield Row(f"  the record's word, {RECORD_LAG:g} s late", shown)


def _figures(seconds: Sequence[float]) -> str:
    shown = (f"p{percent} {_percentile(seconds, percent):.2f}" for percent in (50, 99))
    return f"{', '.join(shown)}, longest {max(seconds):.2f} s"


def _percentile(seconds: Sequence[float], percent: int) -> float:
    return sorted(seconds)[ceil(len(seconds) * percent / 100) - 1]
