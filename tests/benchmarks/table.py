"""What is printed: the machine, then a line for each figure beside what is required of it."""

import os
import platform
import sqlite3
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from typing import NamedTuple

import discord

SYNCS = 50


class Row(NamedTuple):
    what: str
    measured: str
    required: str = ""
    met: bool | None = None
    """None where nothing is required."""


class Section(NamedTuple):
    title: str
    rows: list[Row]


def show(section: Section) -> None:
    print(f"\n{section.title}", flush=True)  # noqa: T201 - a benchmark prints
    for line in lines(section.rows):
        print(line, flush=True)  # noqa: T201


def lines(rows: Iterable[Row]) -> Iterable[str]:
    for what, measured, required, met in rows:
        mark = "" if met is None else "met" if met else "NOT MET"
        yield f"  {what:<46} {measured:<46} {required:<12} {mark}".rstrip()


def machine() -> list[Row]:
    return [
        Row("processor", f"{_processor()}, {os.cpu_count()} cores"),
        Row("memory", _memory()),
        Row("system", f"{platform.system()} {platform.release()}"),
        Row("Python, SQLite", f"{platform.python_version()}, {sqlite3.sqlite_version}"),
        Row("discord.py", discord.__version__),
        Row("one write reaching the disk (median)", f"{_sync_ms():.2f} ms"),
        Row("date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f}"),
    ]


def _processor() -> str:
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in described if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / (1 << 30):.1f} GiB"


def _sync_ms() -> float:
    """What the disk under the temporary ledgers needs for a small durable write."""
    took = []
    with NamedTemporaryFile() as file:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begun)
    return median(took) * 1000
