"""Joins a second from the call to the durable row, with 1, 10 and 100 callers at a time.

Run it by hand: `python tests/data/measure_joins.py [folder]`. Not a test: it judges nothing.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from data.ledger import Ledger
from data.models import JoinFact


async def measure(folder: Path, callers: int, joins: int) -> str:
    async with Ledger.open(folder / f"{callers}.db") as ledger:
        waits: list[float] = []

        async def join(caller: int) -> None:
            for number in range(caller, joins, callers):
                began = time.perf_counter()
                await ledger.record_join(JoinFact(1, number, number, number))
                waits.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*map(join, range(callers)))
        rate = joins / (time.perf_counter() - began)
    p50, p99 = (statistics.quantiles(waits, n=100)[at] * 1000 for at in (49, 98))
    return f"{callers:>4} callers {rate:>8.0f} joins/s   p50 {p50:.2f} ms   p99 {p99:.2f} ms\n"


async def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as folder:
        for callers, joins in ((1, 3000), (10, 20_000), (100, 100_000), (1000, 100_000)):
            sys.stdout.write(await measure(Path(folder), callers, joins))


if __name__ == "__main__":
    asyncio.run(main())
