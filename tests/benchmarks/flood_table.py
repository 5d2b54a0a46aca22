"""A flood of joins as lines of a table."""

from collections.abc import Callable
from statistics import median

from .flood import Flood, Round, Run
from .stalls import Stalls
from .table import Row, Section

LEAST_RATIO = 0.2
LONGEST_STALL = 20.0
"""Milliseconds, at the 99th percentile of time."""


def joins(flood: Flood) -> Section:
    """Joins per second until they are durable, and verdicts per second apart."""
    ratio = flood.ratio
    return Section(
        _title("Joins", flood),
        [
            _speed("bare discord.py takes", flood, lambda one: one.bare),
            _speed("Usher makes durable", flood, lambda one: one.usher),
            Row("Usher / bare", f"{ratio:.2f}", f">= {LEAST_RATIO:g}", ratio >= LEAST_RATIO),
            _computing(flood),
            *_verdicts(flood),
        ],
    )


def stall(flood: Flood) -> Section:
    """How long the event loop was away."""
    return Section(
        _title("Stalls of the event loop", flood),
        [
            Row("", "p99 of time (its own computing); of wakings, ms"),
            _away("bare discord.py, people joining", flood, lambda one: one.bare.stalls),
            _away("Usher, people joining", flood, lambda one: one.usher.stalls, LONGEST_STALL),
            _away("Usher, deciding", flood, lambda one: one.decided.stalls, LONGEST_STALL),
        ],
    )


def _title(what: str, flood: Flood) -> str:
    guilds, invites, joins, rounds = flood.size
    each = f"{invites} invites and {joins / guilds:,.0f} joins each"
    where = "1 guild" if guilds == 1 else f"{guilds:,} guilds"
    return f"{what}: {where} with {each} (median of {rounds})"


def _speed(what: str, flood: Flood, run: Callable[[Round], Run]) -> Row:
    per_second = median(run(one).per_second for one in flood.rounds)
    return Row(what, f"{per_second:,.0f}/s, {_cpu(flood, run):.0f} us of computing each")


def _cpu(flood: Flood, run: Callable[[Round], Run]) -> float:
    return median(run(one).cpu_us for one in flood.rounds)


def _computing(flood: Flood) -> Row:
    """The stricter ratio: as if the platform had never kept bare discord.py waiting."""
    ratio = _cpu(flood, lambda one: one.bare) / _cpu(flood, lambda one: one.usher)
    met = ratio >= LEAST_RATIO
    return Row("computing of bare / of Usher", f"{ratio:.2f}", f">= {LEAST_RATIO:g}", met)


def _verdicts(flood: Flood) -> list[Row]:
    decided = [one.decided for one in flood.rounds]
    per_second = median(one.per_second for one in decided)
    after = median(one.seconds for one in decided)
    requests = median(one.requests for one in decided) / flood.size.joins
    found = sum((one.judged for one in decided[1:]), decided[0].judged)
    shown = ", ".join(f"{100 * n / found.total():.3g} % {one}" for one, n in sorted(found.items()))
    return [
        Row("verdicts", f"{per_second:,.0f}/s, the last {after:.1f} s after the last join"),
        Row("list requests for a join", f"{requests:.4f}"),
        Row("verdicts against the truth", shown, "0 wrong", not found["wrong"]),
        Row("log-in until every guild was read", f"{flood.rounds[0].started:.1f} s"),
    ]


def _away(
    what: str, flood: Flood, stalls: Callable[[Round], Stalls], most: float | None = None
) -> Row:
    figures = zip(*(stalls(one) for one in flood.rounds), strict=True)
    found = Stalls(*map(median, figures))
    wakings = f"p50 {found.p50:.1f}, p99 {found.p99:.1f}, longest {found.longest:.0f}"
    row = Row(what, f"{found.p99_of_time:.1f} ms ({found.computing_p99_of_time:.1f}); {wakings}")
    if most is None:
        return row
    return row._replace(required=f"<= {most:g} ms", met=found.p99_of_time <= most)
