"""How many verdicts are right, wrong, ambiguous or missing, beside the peers, against the truth."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from .clients import USHER
from .judging import BOT, Judged, Outcome
from .outcomes import (
    COUNTERS,
    RECORD,
    Job,
    Table,
    bad,
    for_usher,
    gathered,
    joins_of,
    played,
    requests,
    right_within,
    shares,
)
from .peers import NAMES, PUBLIC
from .table import Row, Section
from .worlds import GAPS, LATENCIES, World

GROUPS = {
    "alone": "Accuracy: each situation alone",
    "mixed": "Accuracy: three to seven situations at once in a guild",
    "raid": "Accuracy: a thousand people on five codes",
    "gaps": "Accuracy: across restarts, outages and lost sessions",
    "interrupted": "Accuracy: three to seven situations at once, interrupted like that",
}
OUTSIDE = {
    "late events": "events later than A",
    "late counters": "counters later than C",
    "lost joins": "5 % of the joins' events lost",
    "broken": "a use without a join during a discovery; a record that contradicts",
}

INTERRUPTED = ("gaps", "interrupted")

SOON = 60.0
"""Seconds in which the record's word is to be there; who left before that is told apart."""
LEAST_CONFIRMED = 99.5
MORE = (1, 2)
"""Further rounds of worlds for Usher alone."""


def accuracy(*, quick: bool) -> Iterator[Section]:
    table = gathered(played(list(_jobs(quick=quick))))
    for cast, title in GROUPS.items():
        if (COUNTERS, cast) in table:
            yield Section(_sized(title, table, cast), list(group(table, cast)))
    yield Section("The record's word, at a lag of 20 s", list(_record(table)))
    yield Section("Against what is assumed: verdicts of Usher", list(_outside(table)))
    yield Section("By situation: right/wrong/neither", list(_situations(table)))


def _jobs(*, quick: bool) -> Iterator[Job]:
    """Those that take longest first; of each kind as many worlds as there are latencies."""
    latencies = list(enumerate(LATENCIES[1:2] if quick else LATENCIES))
    if not quick:
        yield from _for_all(World("raid", n, latency, True) for n, latency in latencies)
    for cast in ("mixed", "alone"):
        yield from _for_all(World(cast, n, latency, True) for n, latency in latencies)
        if not quick:
            more = [(n + 3 * m, latency) for m in MORE for n, latency in latencies]
            yield from for_usher(World(cast, n, latency, True) for n, latency in more)
    for m, gap in enumerate(GAPS):
        for cast in INTERRUPTED:
            yield from _for_all(World(cast, n + m, latency, True, gap) for n, latency in latencies)
    yield from (Job(World("record", n, latency, True), USHER) for n, latency in latencies)
    for cast in OUTSIDE:
        yield from for_usher(World(cast, n, latency, True) for n, latency in latencies)


def _for_all(worlds: Iterable[World]) -> Iterator[Job]:
    """Whether there is a record is nothing to the peers."""
    for world in worlds:
        yield from for_usher([world])
        yield from (Job(world._replace(recorded=False), name) for name in NAMES)


def _sized(title: str, table: Table, cast: str) -> str:
    usher, peer = (len(joins_of(table, who, cast)) for who in (COUNTERS, next(iter(NAMES))))
    return f"{title} ({usher:,} joins for Usher, the first {peer:,} of them for the peers)"


def group(table: Table, cast: str) -> Iterator[Row]:
    for who in (COUNTERS, RECORD, *NAMES):
        joins = joins_of(table, who, cast)
        if not joins:
            continue
        row = Row(who, f"{shares(joins)}; {requests(table[who, cast])}")
        if who in {COUNTERS, RECORD}:
            row = row._replace(required="0 wrong, ever", met=not bad(joins))
        yield row
    if not any(name.startswith(PUBLIC) for name in NAMES):
        yield Row(PUBLIC, "not installed: make bench installs it")
    stayed = [
        one for who in (COUNTERS, RECORD) for one in joins_of(table, who, cast) if _stays(one)
    ]
    missed = sum(one.last is Outcome.MISSED for one in stayed)
    yield Row("missed by Usher though they stayed", f"{missed}", "0", not missed)


def _stays(one: Judged) -> bool:
    return one.truth.stayed >= SOON


def _record(table: Table) -> Iterator[Row]:
    for cast in GROUPS:
        joins = joins_of(table, RECORD, cast)
        known = [one for one in joins if _stays(one) and one.truth.came != BOT]
        if known:
            yield from _confirmed(cast, known)
        if left := [one for one in joins if not _stays(one)]:
            yield Row(f"{cast}: who left or came again before", shares(left))
    yield from _hard(table)


def _confirmed(cast: str, known: Sequence[Judged]) -> Iterator[Row]:
    share = right_within(SOON, known)
    what = f"{cast}: confirmed and right within {SOON:g} s"
    row = Row(what, f"{share:.2f} % of {len(known):,}")
    if cast not in INTERRUPTED:  # who joined in a gap is found after it
        row = row._replace(required=f">= {LEAST_CONFIRMED:g} %", met=share >= LEAST_CONFIRMED)
    yield row
    if cast == "raid":
        for burst in sorted({one.truth.burst for one in known}):
            those = [one for one in known if one.truth.burst == burst]
            longest = max((one.named_after or 0.0) for one in those)
            share = right_within(SOON, those)
            shown = f"{share:.2f} % of {len(those):,}, the last after {longest:.0f} s"
            yield Row(f"  people {1000 * burst:g} ms apart", shown)
    wrong = sum(one.last is not Outcome.RIGHT for one in known)
    yield Row(f"{cast}: not right at the end", f"{wrong}")


def _hard(table: Table) -> Iterator[Row]:
    """While it fails, is garbled, is being indexed or refuses."""
    by_situation = _by_situation(joins_of(table, RECORD, "record"))
    for situation, joins in by_situation.items():
        named = sum(one.named_after is not None for one in joins)
        yield Row(
            situation,
            f"{shares(joins)}; {named} of {len(joins)} named by it",
            "0 wrong",
            not bad(joins),
        )


def _outside(table: Table) -> Iterator[Row]:
    for cast, said in OUTSIDE.items():
        yield Row(f"{said}:", "")
        counters = joins_of(table, COUNTERS, cast)
        yield Row("  by counters only", shares(counters))
        known = [one for one in joins_of(table, RECORD, cast) if _stays(one)]
        first, last = (sum(pick(one) is Outcome.WRONG for one in known) for pick in (_first, _last))
        shown = f"{first} of {len(known)} wrong at first, {last} at the end"
        yield Row("  with the record", shown, "0 at the end", not last)


def _first(one: Judged) -> Outcome:
    return one.first


def _last(one: Judged) -> Outcome:
    return one.last


def _by_situation(joins: Iterable[Judged]) -> dict[str, list[Judged]]:
    found: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in joins:
        found[one.truth.situation].append(one)
    return dict(found)


Cell = Callable[[Sequence[Judged]], str]


def _situations(table: Table) -> Iterator[Row]:
    """The same worlds for everybody: those that the peers have played, too."""
    everybody = (COUNTERS, RECORD, *NAMES)
    yield Row("", " ".join(f"{_heading(who):>14}" for who in everybody))
    for cast in ("alone", "raid", "gaps", "mixed"):
        shared = {_place(one.world) for one in table.get((next(iter(NAMES)), cast), ())}
        cells: defaultdict[str, list[str]] = defaultdict(list)
        for who in everybody:
            here = [one for one in table.get((who, cast), ()) if _place(one.world) in shared]
            joins = [join for played in here for join in played.joins]
            for situation, those in _by_situation(joins).items():
                cells[situation].append(_cell(those))
        yield from (Row(name, " ".join(f"{one:>14}" for one in row)) for name, row in cells.items())


def _place(world: World) -> World:
    return world._replace(recorded=False)


def _cell(joins: Sequence[Judged]) -> str:
    found = Counter(one.worst for one in joins)
    right, wrong = found[Outcome.RIGHT], found[Outcome.WRONG]
    return f"{right}/{wrong}/{len(joins) - right - wrong}"


def _heading(who: str) -> str:
    return {
        COUNTERS: "counters",
        RECORD: "record",
        "first counter that moved": "first",
        "largest difference": "largest",
        "abstain unless one moved": "abstain",
    }.get(who, PUBLIC)
