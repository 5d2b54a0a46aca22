"""Accuracy on Fluxer: eight people accept at once, and its counters lose most of their uses."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

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
from .table import Row, Section
from .worlds import GAPS, LATENCIES, Played, World

GROUPS = {
    "crowds": "Accuracy on Fluxer: eight people accept at once",
    "singly": "Accuracy on Fluxer: one or two people at a time",
    "gaps": "Accuracy on Fluxer: across restarts, outages and lost sessions",
}
ROUNDS = 3

HIDDEN = "no permission"
"""The situation in which the record may not be asked for a while."""

SOON = 10.0
"""Seconds in which the record's word is to be there; who left before is told apart."""
LEAST_RIGHT = 99.5


def fluxer(*, quick: bool) -> Iterator[Section]:
    table = gathered(played(list(_jobs(quick=quick))))
    for cast, title in GROUPS.items():
        count = len(joins_of(table, COUNTERS, cast))
        yield Section(f"{title} ({count:,} joins)", list(_group(table, cast)))


def _jobs(*, quick: bool) -> Iterator[Job]:
    """With the record and without it, the same worlds."""
    for number, latency in enumerate(LATENCIES[1:2] if quick else LATENCIES):
        for seed in range(number, number + (1 if quick else ROUNDS)):
            for cast in ("crowds", "singly"):
                yield from for_usher([World(cast, seed, latency, True, platform="fluxer")])
        for seed, gap in enumerate(GAPS, number):
            yield from for_usher([World("gaps", seed, latency, True, gap, platform="fluxer")])


def _group(table: Table, cast: str) -> Iterator[Row]:
    for who in (COUNTERS, RECORD):
        joins = joins_of(table, who, cast)
        shown = f"{shares(joins)}; {requests(table[who, cast])}"
        yield Row(who, shown, "0 wrong, ever", not bad(joins))
    twice = [one for played in table[RECORD, cast] for one in _twice_within_a_second(played)]
    hidden = [one for one in joins_of(table, RECORD, cast) if one.truth.situation == HIDDEN]
    apart = {id(one) for one in chain(twice, hidden)}
    known = [
        one for one in joins_of(table, RECORD, cast) if _knowable(one) and id(one) not in apart
    ]
    share = right_within(SOON, known)
    row = Row(f"confirmed and right within {SOON:g} s", f"{share:.2f} % of {len(known):,}")
    if cast != "gaps":  # who joined in a gap is found after it
        row = row._replace(required=f">= {LEAST_RIGHT:g} %", met=share >= LEAST_RIGHT)
    yield row
    wrong = sum(one.last is not Outcome.RIGHT for one in known)
    yield Row("not right at the end", f"{wrong}")
    if hidden:
        yield Row("who came while Usher might not read the record", shares(hidden))
    if twice:
        yield Row("joined twice in the same second", shares(twice))


def _knowable(one: Judged) -> bool:
    return one.truth.stayed >= SOON and one.truth.came != BOT


def _within(one: Judged) -> tuple[int, int, int]:
    """The member, and the second in which they joined: all that the record tells of a join."""
    return one.truth.guild_id, one.truth.member_id, one.truth.joined_ms // 1000


def _twice_within_a_second(played: Played) -> list[Judged]:
    """Of one world; ids are the same in others."""
    times = Counter(map(_within, played.joins))
    return [one for one in played.joins if times[_within(one)] > 1]
