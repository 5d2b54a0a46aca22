"""How long a window takes to be decided: everything from its readings to its verdicts."""

import random
import time
from bisect import bisect_right
from statistics import median
from typing import NamedTuple

from bot.attribution import Arrival, Lags, Window, decide
from data.models import Counter, Reading, Reason, Vanity

from .table import Row, Section

LAGS = Lags(event=2.0, counter=1.0)
PER_SECOND = 500
"""Joins in a raid, at distinct moments."""

MOST = 0.1
"""Seconds for 10,000 joins over 50 codes."""


class Case(NamedTuple):
    joins: int = 10_000
    codes: int = 50
    readings: int = 2
    settled: float = 0.0
    """Share of the joins that the record has named."""
    replayed: float = 0.0
    """Share of the joins whose event came after the connection had been broken."""
    gap: Reason | None = None
    exact: bool = True
    """Whether the platform counts every use."""

    def window(self) -> Window:
        """People come through random codes; every use is counted as its event arrives."""
        luck = random.Random(1)
        lasts = self.joins / PER_SECOND
        arrived = sorted(luck.uniform(0, lasts) for _ in range(self.joins))
        through = [luck.randrange(self.codes) for _ in arrived]
        joins = [self._join(luck, *one) for one in enumerate(arrived)]
        between = sorted(luck.uniform(0, lasts) for _ in range(self.readings - 2))
        readings = [self._reading(at, arrived, through) for at in (-10.0, *between, lasts + 1.0)]
        named = [luck.random() < self.settled for _ in joins]
        fixed = {j.key: f"code{c}" for j, c, it in zip(joins, through, named, strict=True) if it}
        return Window(readings, joins, LAGS, fixed=fixed, gap=self.gap, exact=self.exact)

    def _join(self, luck: random.Random, number: int, arrived: float) -> Arrival:
        late_since = arrived - luck.uniform(0, 20) if luck.random() < self.replayed else None
        return Arrival(number, 100_000 + number, arrived, late_since)

    def _reading(self, asked: float, arrived: list[float], through: list[int]) -> Reading:
        uses = [0] * self.codes
        for code in through[: bisect_right(arrived, asked)]:
            uses[code] += 1
        counters = {f"code{code}": Counter(count, 0, 0, None) for code, count in enumerate(uses)}
        return Reading(asked, asked + 0.1, counters, Vanity(None, 0), 0)


CASES = [
    ("10 joins", Case(10), None),
    ("100 joins", Case(100), None),
    ("1,000 joins", Case(1_000), None),
    ("10,000 joins", Case(), MOST),
    ("  on one code", Case(codes=1), MOST),
    ("  on five codes", Case(codes=5), MOST),
    ("  20 readings", Case(readings=20), MOST),
    ("  20 readings, half of the joins settled", Case(readings=20, settled=0.5), MOST),
    ("  20 readings, half of the joins replayed", Case(readings=20, replayed=0.5), MOST),
    ("  20 readings, a gap", Case(readings=20, gap=Reason.GAP), MOST),
    ("  uses may be lost", Case(exact=False), MOST),
    ("  uses may be lost, 20 readings", Case(readings=20, exact=False), MOST),
    ("  1,000 codes, 20 readings", Case(codes=1_000, readings=20), None),
    ("  1,000 codes, 20 readings, uses may be lost", Case(10_000, 1_000, 20, exact=False), None),
    ("100,000 joins", Case(100_000), None),
    ("  20 readings, half of the joins settled", Case(100_000, readings=20, settled=0.5), None),
]


def solving(*, quick: bool) -> Section:
    runs = 3 if quick else 9
    return Section(
        f"Computing to decide a window, joins over 50 codes, one core (median of {runs})",
        [_row(what, case, runs, most) for what, case, most in CASES if not quick or most],
    )


def _row(what: str, case: Case, runs: int, most: float | None) -> Row:
    window = case.window()
    took = median(_seconds(window) for _ in range(runs))
    row = Row(what, f"{took * 1000:.1f} ms")
    if most is None:
        return row
    return row._replace(required=f"< {most * 1000:g} ms", met=took < most)


def _seconds(window: Window) -> float:
    begun = time.process_time()  # one thread computes all of it, whoever else has the core
    decision = decide(window)
    took = time.process_time() - begun
    assert len(decision.verdicts) == len(window.joins) - len(window.fixed), "each open one, once"
    return took
