"""The worker that draws: real processes, which hang, die and rest."""

import asyncio
import json
import os
import shutil
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path

import psutil
import pytest

from bot.charts import PROGRAM, Chart, Charts, NoChartError, NotInstalledError
from tests.harness import until

PNG = b"\x89PNG\r\n\x1a\n"
CHART = Chart(["2026-11-20", "2026-11-21"], [("invite", [1, 2])], [0, 1], 0)

_ANSWER = """
import os, sys, time
def answer(text):
    sys.stdout.buffer.write(len(text).to_bytes(4, "big") + text)
    sys.stdout.buffer.flush()
"""
ECHO = f"{_ANSWER}\nfor line in sys.stdin.buffer: answer(line)"
HANG = f"{_ANSWER}\nfor line in sys.stdin.buffer: b'hang' not in line and answer(line)"
DEAF = "import time; time.sleep(60)"
DIE = "import sys; sys.stdin.readline(); sys.stdout.write('half'); sys.exit(3)"
TELL = f"{_ANSWER}\nfor line in sys.stdin.buffer: answer(repr(dict(os.environ)).encode())"


def doing(program: str) -> tuple[str, ...]:
    """A worker that does something else than drawing."""
    return sys.executable, "-c", program


def named(name: str) -> Chart:
    return CHART._replace(bars=[(name, [1, 2])])


async def begun(charts: Charts) -> Process | None:
    return charts.worker


async def rested(charts: Charts) -> bool:
    return charts.worker is None


async def closing(worker: Process) -> bool:
    assert worker.stdin is not None
    return worker.stdin.is_closing()


async def failed(charts: Charts, chart: Chart) -> NoChartError:
    """Ask for a chart that cannot come."""
    with pytest.raises(NoChartError) as error:
        await charts.draw(chart)
    return error.value


async def test_a_chart_is_drawn_by_one_worker() -> None:
    """The first chart starts it, the second finds it there, and it ends with its owner."""
    async with Charts() as charts:
        first = await charts.draw(CHART)
        worker = charts.worker
        second = await charts.draw(CHART._replace(left=[5, 5]))
        assert worker is charts.worker

    assert first.startswith(PNG)
    assert second.startswith(PNG)
    assert first != second
    assert worker is not None
    assert 0 == worker.returncode


async def test_a_break_at_the_terminal_is_for_usher() -> None:
    """Ctrl-C goes to a group of processes, and the worker is in another one."""
    async with Charts(doing(ECHO)) as charts:
        await charts.draw(CHART)
        worker = charts.worker
        assert worker is not None
        assert os.getpgid(worker.pid) != os.getpgid(0)


async def test_it_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment it gets all but Usher's own settings."""
    monkeypatch.setenv("USHER_TOKEN", "very secret")
    monkeypatch.setenv("HARBOUR", "open")

    async with Charts(doing(TELL)) as charts:
        told = (await charts.draw(CHART)).decode()

    assert "very secret" not in told
    assert "'HARBOUR': 'open'" in told


async def test_what_lies_around_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file beside the program, or where Usher was started, does not stand in for a library."""
    for name in ("matplotlib", "json", "bot"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)\n", "utf-8")
    program = str(shutil.copy(PROGRAM[-1], tmp_path))
    (tmp_path / "matplotlibrc").write_text("xtick.major.size: 60\n", "utf-8")
    async with Charts() as charts:
        elsewhere = await charts.draw(CHART)
    monkeypatch.chdir(tmp_path)

    async with Charts([*PROGRAM[:-1], program]) as charts:
        assert elsewhere == await charts.draw(CHART)


async def test_what_is_not_installed_is_said_so() -> None:
    """Nothing is started, and whoever asks learns that trying again is no use."""
    async with Charts(needed="a_library_that_nobody_has") as charts:
        with pytest.raises(NotInstalledError):
            await charts.draw(CHART)

        assert charts.worker is None


async def test_a_worker_that_hangs_is_ended() -> None:
    """After its time there is no chart, and the next one is drawn by another worker."""
    async with Charts(doing(HANG), limit=0.5) as charts:
        await charts.draw(CHART)
        worker = charts.worker
        with pytest.raises(NoChartError):
            await charts.draw(named("hang"))
        assert worker is not None
        assert 0 == worker.returncode
        assert b'"invite"' in await charts.draw(CHART)

        assert charts.worker is not worker


async def test_a_worker_that_hears_nothing_is_killed() -> None:
    """Also one that does not end with its input is gone when the wait for it is over."""
    async with (
        Charts(doing(DEAF), limit=0.2, grace=0.1) as charts,
        asyncio.TaskGroup() as group,
    ):
        drawing = group.create_task(failed(charts, CHART))
        worker = await until(lambda: begun(charts))

    assert isinstance(drawing.result(), NoChartError)
    assert -signal.SIGKILL == worker.returncode


async def test_a_worker_that_hears_nothing_is_killed_on_an_older_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where a time limit is none in a task that is cancelled, as until Python 3.11.7.

    That is put on, as no such Python may be at hand.
    """
    enter = asyncio.Timeout.__aenter__

    async def older(limit: asyncio.Timeout) -> asyncio.Timeout:
        await enter(limit)
        vars(limit)["_cancelling"] = 0
        return limit

    monkeypatch.setattr(asyncio.Timeout, "__aenter__", older)
    async with Charts(doing(DEAF), limit=0.2, grace=0.1) as charts:
        async with asyncio.TaskGroup() as group:
            drawing = group.create_task(failed(charts, CHART))
            worker = await until(lambda: begun(charts))

        assert isinstance(drawing.result(), NoChartError)
        assert charts.worker is None
        assert -signal.SIGKILL == worker.returncode


async def test_a_worker_that_is_not_waited_for_is_killed_all_the_same() -> None:
    """If even the last wait for its end is interrupted, it still gets no longer than the others."""
    async with Charts(doing(DEAF), grace=0.1) as charts, asyncio.TaskGroup() as group:
        worker = await charts._working()
        ending = group.create_task(charts._end())
        await until(lambda: closing(worker))
        ending.cancel()
        async with asyncio.timeout(10):
            await worker.wait()

        assert -signal.SIGKILL == worker.returncode


async def test_a_worker_that_dies_takes_one_chart_with_it() -> None:
    """Half an answer is none; and whoever asks next gets a worker that was not there before."""
    async with Charts(doing(DIE)) as charts:
        for _ in range(2):
            with pytest.raises(NoChartError):
                await charts.draw(CHART)
            assert charts.worker is None


async def test_a_worker_that_died_at_rest_costs_nobody_a_chart() -> None:
    """If the system ended it between two charts, another one draws the second."""
    async with Charts(doing(ECHO)) as charts:
        await charts.draw(CHART)
        worker = charts.worker
        assert worker is not None
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()

        assert b'"vanity"' in await charts.draw(named("vanity"))


async def test_it_cannot_be_started() -> None:
    """A program that is not there is no chart, and no reason to fail otherwise."""
    async with Charts(["/nowhere/at/all"]) as charts:
        with pytest.raises(NoChartError):
            await charts.draw(CHART)


async def test_it_rests_when_nobody_asks() -> None:
    """Some time after the last chart its memory is free again, and the next one starts it anew."""
    async with Charts(doing(ECHO), idle=0.05) as charts:
        await charts.draw(CHART)
        await until(lambda: rested(charts))

        assert b'"other"' in await charts.draw(named("other"))


async def test_a_rest_that_is_interrupted_is_ended_all_the_same() -> None:
    """If Usher stops while a worker is given time to end, that is still waited for."""
    async with Charts(doing(DEAF), idle=0.01, limit=0.1, grace=0.2) as charts:
        charts._due = 0.0
        worker = await charts._working()
        await until(lambda: closing(worker))

    assert worker.returncode is not None


async def test_nobody_gets_what_another_asked_for() -> None:
    """Many at once are drawn one after the other, each for who asked."""
    names = [f"chart {number}" for number in range(20)]
    async with Charts(doing(ECHO)) as charts:
        drawn = await asyncio.gather(*(charts.draw(named(name)) for name in names))

    assert names == [json.loads(each)[1][0][0] for each in drawn]


async def test_an_answer_that_nobody_waits_for_is_nobodys() -> None:
    """If who asked is gone, the next one does not get their chart: another worker draws it."""
    async with Charts(doing(HANG)) as charts:
        async with asyncio.TaskGroup() as group:
            drawing = group.create_task(charts.draw(named("hang")))
            worker = await until(lambda: begun(charts))
            drawing.cancel()

        assert b'"mine"' in await charts.draw(named("mine"))
        assert charts.worker is not worker


async def test_nothing_is_started_while_everything_ends() -> None:
    """Who waits for a chart when Usher stops gets none, and no process is left behind."""
    before = psutil.Process().children()
    async with asyncio.TaskGroup() as group, Charts(doing(HANG), limit=600) as charts:
        drawing = [group.create_task(failed(charts, named("hang"))) for _ in range(3)]
        await until(lambda: begun(charts))

    assert [NoChartError] * 3 == [type(each.result()) for each in drawing]
    assert before == psutil.Process().children()
