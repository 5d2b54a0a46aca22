"""Joins and leaves by day: counted from facts and the verdicts that stand."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data import reports
from data.ledger import Ledger
from data.models import (
    Certainty,
    JoinFact,
    JoinsOfDay,
    LeavesOfDay,
    Met,
    Source,
    to_ms,
)
from tests.data.samples import (
    GUILD,
    at,
    confirmation_of,
    join_of,
    reading_of,
    settlement_of,
    verdict_of,
)

MONDAY = date(2026, 5, 4)  # the day of `samples.NOON`
HALF_A_DAY = 12 * 3600
MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def joined_at(member_id: int, moment: datetime, met: Met = Met.JOINING) -> JoinFact:
    return JoinFact(GUILD, member_id, to_ms(moment), to_ms(moment), met=met)


async def test_days_begin_and_end_in_utc(ledger: Ledger) -> None:
    """Whoever joins in the first millisecond of a day is of that day, and in the last one, too."""
    moments = [MIDNIGHT, at(0), MIDNIGHT + timedelta(days=1, milliseconds=-1)]
    around = [MIDNIGHT - timedelta(milliseconds=1), MIDNIGHT + timedelta(days=1)]
    for number, moment in enumerate([*moments, *around]):
        await ledger.record_join(joined_at(number, moment))

    counted = await ledger.joins_by_day(GUILD, MONDAY, MONDAY)

    assert counted == [JoinsOfDay(MONDAY, Certainty.PENDING, Source.UNKNOWN, 3, 0)]


async def test_the_verdict_that_stands_is_counted(ledger: Ledger) -> None:
    """Each day has a figure for what is thought of its joins now, not for what once was."""
    facts = [join_of(1), join_of(2, 1), join_of(3, 2), join_of(4, 3 * HALF_A_DAY)]
    for fact in facts:
        await ledger.record_join(fact)
    said = [
        verdict_of(facts[0], "abc"),
        verdict_of(facts[1], None, certainty=Certainty.AMBIGUOUS, candidates=("abc", "~vanity")),
        verdict_of(facts[2], "abc"),
    ]
    await ledger.settle(settlement_of(5, verdicts=tuple(said)))
    await ledger.confirm(GUILD, [confirmation_of(facts[2], None, source=Source.DISCOVERY)], at(9))

    counted = await ledger.joins_by_day(GUILD, day(0), day(2))

    assert counted == [
        JoinsOfDay(day(0), Certainty.AMBIGUOUS, Source.INVITE, 1, 0),
        JoinsOfDay(day(0), Certainty.CERTAIN, Source.INVITE, 1, 0),
        JoinsOfDay(day(0), Certainty.CONFIRMED, Source.DISCOVERY, 1, 0),
        JoinsOfDay(day(2), Certainty.PENDING, Source.UNKNOWN, 1, 0),
    ]


async def test_who_was_found_in_the_record_is_counted_apart(ledger: Ledger) -> None:
    """Of a day it is told how many were there before Usher; who came in a gap was not."""
    for number, met in enumerate((Met.JOINING, Met.GAP, Met.BACKFILL)):
        await ledger.record_join(joined_at(number, at(number), met=met))

    counted = await ledger.joins_by_day(GUILD, MONDAY, MONDAY)

    assert counted == [
        JoinsOfDay(MONDAY, Certainty.PENDING, Source.UNKNOWN, 2, 0),
        JoinsOfDay(MONDAY, Certainty.UNKNOWN, Source.UNKNOWN, 1, 1),
    ]


async def test_leaves_count_when_they_happen(ledger: Ledger) -> None:
    """Also of somebody who joined long before, or was there before Usher; each rejoin has one."""
    long_ago = joined_at(1, MIDNIGHT - timedelta(days=900))
    for fact in (long_ago, join_of(2), join_of(3)):
        await ledger.record_join(fact)
    await ledger.record_leave(GUILD, 1, at(5))
    await ledger.record_leave(GUILD, 77, at(HALF_A_DAY * 2))
    await ledger.record_leave(GUILD, 2, at(6))
    await ledger.record_join(join_of(2, 7))
    await ledger.record_leave(GUILD, 2, at(8))

    counted = await ledger.leaves_by_day(GUILD, day(0), day(1))

    assert counted == [LeavesOfDay(day(0), 3), LeavesOfDay(day(1), 1)]


async def test_only_one_guild_is_counted(ledger: Ledger) -> None:
    """What happens in another guild is no figure of this one."""
    await ledger.record_join(join_of(1, guild_id=GUILD + 1))
    await ledger.record_leave(GUILD + 1, 1, at(1))

    assert await ledger.joins_by_day(GUILD, MONDAY, MONDAY) == []
    assert await ledger.leaves_by_day(GUILD, MONDAY, MONDAY) == []
    assert await ledger.begun(GUILD) is None


@pytest.mark.parametrize("days", [1, 30, 31, 32, 62, 63, 365])
async def test_no_day_falls_between_two_stretches(ledger: Ledger, days: int) -> None:
    """However many days are asked for in stretches, each is counted once, and no other."""
    first = MIDNIGHT - timedelta(days=1)
    for number in range(days + 2):
        await ledger.record_join(joined_at(number, first + timedelta(days=number)))
        await ledger.record_leave(GUILD, number, first + timedelta(days=number, hours=1))

    joins = await ledger.joins_by_day(GUILD, day(0), day(days - 1))
    leaves = await ledger.leaves_by_day(GUILD, day(0), day(days - 1))

    asked_for = [day(number) for number in range(days)]
    assert [(each.day, each.joins) for each in joins] == [(each, 1) for each in asked_for]
    assert [(each.day, each.leaves) for each in leaves] == [(each, 1) for each in asked_for]


async def test_when_the_ledger_begins(ledger: Ledger) -> None:
    """It begins with the first reading of a guild, and stays there."""
    first = to_ms(at(0))
    await ledger.settle(settlement_of(baseline=reading_of(), begun_ms=first))
    await ledger.settle(settlement_of(60, baseline=reading_of(seconds=60), begun_ms=first + 60_000))

    assert await ledger.begun(GUILD) == at(0)


async def test_when_a_guild_was_first_heard_of(ledger: Ledger) -> None:
    """That is when the first who came or left was written down, of this guild and no other."""
    await ledger.record_join(join_of(1, guild_id=GUILD + 1))
    assert await ledger.first_heard(GUILD) is None

    long_ago = MIDNIGHT - timedelta(days=900)
    await ledger.record_join(JoinFact(GUILD, 2, to_ms(long_ago), to_ms(at(5)), met=Met.BACKFILL))
    await ledger.record_join(joined_at(3, at(9)))

    assert await ledger.first_heard(GUILD) == at(5)


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (
            reports.JOINS_BY_DAY,
            "joins USING INDEX joins_by_time (guild_id=? AND <expr>>? AND <expr><?)",
        ),
        (
            reports.LEAVES_BY_DAY,
            "joins USING COVERING INDEX joins_by_leave (guild_id=? AND left_at>? AND left_at<?)",
        ),
        (
            reports.FIRST_HEARD,
            "joins USING COVERING INDEX joins_by_time (guild_id=?)",
        ),
    ],
    ids=["joins", "leaves", "first heard"],
)
@pytest.mark.usefixtures("ledger")
async def test_a_stretch_of_an_index_is_read(path: Path, question: str, index: str) -> None:
    """Whoever asks for a month looks at nobody else, however many came in other years."""
    what = {"guild_id": 1, "since": 0, "until": 1}
    with closing(sqlite3.connect(path)) as file:
        plan = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {question}", what)]

    assert f"SEARCH {index}" in plan
