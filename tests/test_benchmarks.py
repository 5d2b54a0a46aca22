"""The benchmarks are run by `make bench`; here only that they run, and cannot flatter."""

import asyncio
import multiprocessing
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import pytest

from tests.benchmarks.accuracy import group
from tests.benchmarks.clients import USHER, named
from tests.benchmarks.judging import Outcome, Said, Truth, judge, judged
from tests.benchmarks.outcomes import COUNTERS
from tests.benchmarks.peers import NAMES, Count, FirstMoved, LargestDifference, OnlyOne, moved
from tests.benchmarks.virtual_time import VirtualLoop
from tests.benchmarks.wire import HOST, Wire
from tests.benchmarks.worlds import Played, World, play

ROOT = Path(__file__).parent.parent
TRUTH = Truth(1, 2, 3, "real", "plain", 0.0, float("inf"))


def test_the_cheapest_benchmark_runs_from_end_to_end() -> None:
    """A join alone is measured on a whole Usher in its own process, and meets what is required."""
    command = [sys.executable, "-m", "tests.benchmarks", "requests", "--quick"]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=50)

    assert "one alone" in run.stdout
    assert "NOT MET" not in run.stdout
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("came", "names", "outcome"),
    [
        ("real", ["real"], Outcome.RIGHT),
        ("real", ["else"], Outcome.WRONG),
        ("real", ["~other"], Outcome.WRONG),
        ("real", ["~vanity"], Outcome.WRONG),
        ("~vanity", ["~vanity"], Outcome.RIGHT),
        ("~vanity", ["~other"], Outcome.WRONG),
        ("~discovery", ["~other"], Outcome.RIGHT),
        ("~discovery", ["~oauth"], Outcome.WRONG),
        ("~discovery", ["real"], Outcome.WRONG),
        ("real", ["real", "else"], Outcome.AMONG),
        ("real", ["else", "~other"], Outcome.NOT_AMONG),
        ("~discovery", ["else", "~other"], Outcome.AMONG),
        ("real", [], Outcome.UNKNOWN),
        ("~discovery", [], Outcome.UNKNOWN),
        ("real", ["~unknown"], Outcome.UNKNOWN),
        ("real", ["else", "~unknown"], Outcome.AMONG),
    ],
)
def test_the_judge_holds_a_verdict_against_the_truth(
    came: str, names: list[str], outcome: Outcome
) -> None:
    """Only the truth is right, and of candidates the truth must be one."""
    assert outcome == judge(came, Said(3.0, frozenset(names)))


def test_the_record_must_name_the_way() -> None:
    """Counters may say "another way" of a discovered member, the record may not."""
    other = frozenset({"~other"})

    assert judge("~discovery", Said(3.0, other)) is Outcome.RIGHT
    assert judge("~discovery", Said(3.0, other, recorded=True)) is Outcome.WRONG


def test_an_invite_that_was_known_is_none_that_could_not_be_seen() -> None:
    """Such a candidate admits only codes that nobody had told of by then."""
    names = frozenset({"else", "~unknown"})

    assert judge("real", Said(3.0, names)) is Outcome.AMONG
    assert judge("real", Said(3.0, names, seen=frozenset({"real"}))) is Outcome.NOT_AMONG


def test_who_has_no_word_for_other_ways_may_name_nothing_there_and_nowhere_else() -> None:
    """A peer that names nobody is right about a discovered member, not about an invited one."""
    silent = Said(3.0, frozenset(), abstains=True)

    assert judge("~discovery", silent) is Outcome.RIGHT
    assert judge("real", silent) is Outcome.UNKNOWN


def test_a_verdict_that_was_wrong_once_stays_wrong() -> None:
    """What the record puts right later still counts against the verdict before it."""
    wrong = Said(3.0, frozenset({"else"}))
    right = Said(25.0, frozenset({"real"}), recorded=True)

    found = judged(TRUTH, [wrong, right])

    assert (found.first, found.last, found.worst) == (
        Outcome.WRONG,
        Outcome.RIGHT,
        Outcome.WRONG,
    )
    assert found.named_after == 25.0


def test_a_join_without_a_trace_is_missed() -> None:
    """Nobody gets away with not noticing, and a join without a verdict is not missed."""
    assert judged(TRUTH, None).last is Outcome.MISSED
    assert judged(TRUTH, []).last is Outcome.UNKNOWN


@pytest.mark.parametrize("said", ["else", "real"])
def test_one_wrong_verdict_fails_the_accuracy_of_a_group(said: str) -> None:
    """Among a thousand right ones, a single wrong verdict of Usher turns the line."""
    right = judged(TRUTH, [Said(3.0, frozenset({"real"}))])
    one = judged(TRUTH, [Said(3.0, frozenset({said}))])
    played = Played(
        World("alone", 0, 0.08, recorded=False), USHER, [right] * 1000 + [one], Counter()
    )

    rows = {row.what: row for row in group({(COUNTERS, "alone"): [played]}, "alone")}

    assert rows[COUNTERS].met is (said == "real")


def test_a_verdict_of_the_ledger_is_judged_by_what_it_names() -> None:
    """A code, a source, all candidates, or nothing."""
    assert {"abc"} == named("certain", "invite", "abc", "")
    assert {"~vanity"} == named("confirmed", "vanity", "name", "")
    assert {"abc", "~other"} == named("ambiguous", "unknown", None, "abc ~other")
    assert not named("unknown", "unknown", None, "")


def test_the_usual_algorithms_choose_as_they_are_known_for() -> None:
    """The first that moved, the one that moved most, or none if it is not the only one."""
    before = {"a": Count(3, 0), "b": Count(5, 0), "last": Count(0, 1), "gone": Count(4, 9)}
    found = moved(before, {"new": Count(0, 0), "a": Count(4, 0), "b": Count(7, 0)})

    assert found == {"a": 1, "b": 2, "last": 1}
    assert FirstMoved.choose(found) == "a"
    assert LargestDifference.choose(found) == "b"
    assert OnlyOne.choose(found) is None
    assert OnlyOne.choose({"a": 2}) == "a"


def in_virtual_time() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        yield runner


virtual = pytest.fixture(in_virtual_time)


def test_the_virtual_clock_neither_loses_nor_reorders_timers(virtual: asyncio.Runner) -> None:
    """A thousand timers over a day fire once each, in order, at their time; equal ones as set."""
    random = Random(7)
    delays = [random.choice([random.uniform(0, 86_400), 5.0, 5.0005]) for _ in range(1000)]
    fired: list[tuple[int, float]] = []

    async def wait() -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()

        def note(number: int) -> None:
            fired.append((number, loop.time() - begun))

        for number, delay in enumerate(delays):
            loop.call_later(delay, note, number)
        await asyncio.sleep(86_401)

    virtual.run(wait())

    due = sorted(range(1000), key=lambda number: delays[number])
    assert due == [number for number, _ in fired]
    assert all(0 <= at - delays[number] < 1e-4 for number, at in fired)


def test_no_virtual_time_passes_while_a_thread_works(virtual: asyncio.Runner) -> None:
    """A timer that is due in a minute waits for a call in a thread that takes real time."""
    order: list[str] = []

    async def work() -> None:
        asyncio.get_running_loop().call_later(60, order.append, "timer")
        await asyncio.to_thread(time.sleep, 0.1)
        order.append("thread")
        await asyncio.sleep(61)

    virtual.run(work())

    assert order == ["thread", "timer"]


def test_a_request_takes_exactly_its_latency_in_virtual_time(virtual: asyncio.Runner) -> None:
    """What is under way in a socket arrives before the clock jumps, however long the way is."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        writer.close()

    async def ask() -> float:
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(shout, HOST, 0)
        async with server, Wire.to(server.sockets[0].getsockname()[1], 0.4) as wire:
            reader, writer = await asyncio.open_connection(HOST, wire.port)
            begun = loop.time()
            writer.write(b"hello\n")
            assert await reader.readline() == b"HELLO\n"
            took = loop.time() - begun
            writer.close()
            return took

    assert virtual.run(ask()) == pytest.approx(0.4, abs=1e-3)


def outcomes(played: Played) -> list[tuple[Truth, Outcome, Outcome]]:
    """`stayed` is a duration, exact to the clock's ticks only."""
    return [
        (j.truth._replace(stayed=round(j.truth.stayed, 3)), j.first, j.last) for j in played.joins
    ]


@pytest.mark.timeout(120)
def test_the_situations_run_and_do_not_depend_on_real_time() -> None:
    """A pause at every jump of the clock changes nothing; nobody is wrong where all is plain."""
    world = World("gaps", 0, 0.08, recorded=True, gap="restart")
    calm = World("calm", 0, 0.08, recorded=False)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        paused = pool.submit(play, world, USHER, 0.002)
        once, peer = pool.submit(play, world, USHER), pool.submit(play, calm, [*NAMES][-1])

    assert outcomes(paused.result()) == outcomes(once.result())
    joins = once.result().joins
    assert len(joins) == 60
    assert all(one.worst not in {Outcome.WRONG, Outcome.NOT_AMONG} for one in joins)
    assert all(one.named_after for one in joins if one.last is Outcome.RIGHT)
    assert all(one.last is Outcome.RIGHT for one in peer.result().joins)
