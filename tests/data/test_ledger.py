import asyncio
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.errors import LedgerInUseError, LedgerUnavailableError
from data.ledger import Ledger
from data.models import Creation, Ending, EndReason, Invite, JoinFact
from tests.data.samples import (
    GUILD,
    NOON,
    at,
    invite_of,
    join_of,
    reading_of,
    settlement_of,
    verdict_of,
)

ROOT = Path(__file__).parents[2]
LIVES = 12


@contextmanager
def living(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that keeps the ledger, and is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("life.py")), str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None, "It was asked for as a pipe"
    with process.stdout:
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def read_until(process: "subprocess.Popen[str]", word: str) -> list[str]:
    lines = []
    assert process.stdout is not None, "It was asked for as a pipe"
    for line in process.stdout:
        lines.append(line.strip())
        if line.startswith(word):
            return lines
    raise AssertionError(f"It ended before it said {word}: {lines}")


def rest(process: "subprocess.Popen[str]") -> list[str]:
    """What it still said; a last line that broke off was no acknowledgement."""
    assert process.stdout is not None, "It was asked for as a pipe"
    return [line.strip() for line in process.stdout if line.endswith("\n")]


def acknowledged(lines: list[str], word: str) -> list[int]:
    return [int(line.split()[1]) for line in lines if line.startswith(f"{word} ")]


async def check(path: Path, lines: list[str]) -> None:
    """Nothing that was acknowledged is missing, and nothing was counted twice."""
    async with Ledger.open(path) as ledger:
        joins = [join async for join in ledger.export(1)]
        pending = await ledger.pending(1)
        baseline = await ledger.baseline(1)
        unsent = {message.id for message in await ledger.unsent(1)}
    members = [join.member_id for join in joins]
    assert len(set(members)) == len(members)
    assert set(acknowledged(lines, "join")) <= set(members)
    assert set(acknowledged(lines, "leave")) <= {j.member_id for j in joins if j.left_at}
    assert not unsent & set(acknowledged(lines, "told"))
    uses = baseline.counters["abc"].uses if baseline else 0
    assert max(acknowledged(lines, "settled"), default=0) <= uses
    assert uses == len(joins) - len(pending)
    assert uses == sum(join.code == "abc" for join in joins)


@pytest.mark.timeout(120)
async def test_killed_at_any_moment_the_ledger_keeps_its_word(path: Path) -> None:
    """Killed with -9 again and again, it loses nothing it acknowledged and counts nothing twice."""
    lines: list[str] = []
    for _ in range(LIVES):
        with living(path) as process:
            lines += read_until(process, "alive")
            await asyncio.sleep(random.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            lines += rest(process)
        await check(path, lines)

    assert len(acknowledged(lines, "settled")) > LIVES
    db = sqlite3.connect(path)
    verdicts, windows = db.execute(
        "SELECT COUNT(*), COUNT(DISTINCT join_id) FROM verdicts"
    ).fetchone()
    assert verdicts == windows
    joined, left = db.execute("SELECT COUNT(*), COUNT(left_at) FROM joins").fetchone()
    lines_of = "SELECT COUNT(*) FILTER (WHERE kind = 'join'), COUNT(*) FROM log_lines"
    assert db.execute(lines_of).fetchone() == (joined, joined + left)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


async def test_a_second_process_is_refused_until_the_first_is_killed(path: Path) -> None:
    """While another process keeps the ledger it is refused; kill -9 releases it at once."""
    with living(path) as process:
        read_until(process, "alive")

        with pytest.raises(LedgerInUseError):
            async with Ledger.open(path):
                pass

    async with Ledger.open(path) as ledger:
        assert await ledger.record_join(join_of(1))


@contextmanager
def no_more_space() -> Iterator[None]:
    """No file of this process may grow any more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_disk_that_takes_no_more(ledger: Ledger, path: Path) -> None:
    """If a file cannot grow, joins fail with a sentence and reading goes on; later all is well."""
    await ledger.record_join(join_of(1))

    with no_more_space():
        refused = await asyncio.gather(
            *(ledger.record_join(join_of(member)) for member in (2, 3)), return_exceptions=True
        )
        read, _ = await ledger.joins(GUILD)

    assert [type(answer) for answer in refused] == [LedgerUnavailableError] * 2
    assert f"The ledger {path} is on a disk that fails or is full." in str(refused[0])
    assert [join.member_id for join in read] == [1]
    assert await ledger.record_join(join_of(2))


async def test_locked_by_another_connection(ledger: Ledger, path: Path) -> None:
    """While another program writes, every kind of write fails alike, and reading goes on."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    writes = [
        ledger.record_join(join_of(1)),
        ledger.record_leave(GUILD, 1, NOON),
        ledger.record_invite(invite_of("abc"), NOON),
        ledger.settle(settlement_of()),
        ledger.expire(NOON),
        ledger.set_meta("a", "b"),
    ]
    refused = await asyncio.gather(*writes, return_exceptions=True)

    assert [type(answer) for answer in refused] == [LedgerUnavailableError] * len(writes)
    assert await ledger.joins(GUILD) == ([], 0)
    other.execute("ROLLBACK")
    other.close()
    assert await ledger.record_join(join_of(1))


async def test_everything_survives_a_restart(path: Path) -> None:
    """What was written before closing is there after opening, in every respect."""
    async with Ledger.open(path) as ledger:
        invite = invite_of("abc", uses=1)
        await ledger.record_invite(invite, NOON, creation=Creation(moderator_id=3, campaign="x"))
        await ledger.record_join(join_of(1))
        await ledger.settle(
            settlement_of(
                verdicts=(verdict_of(join_of(1), "abc"),),
                baseline=reading_of(invite),
                appeared=(invite,),
            )
        )
        before = await ledger.joins(GUILD), await ledger.invites(GUILD)

    async with Ledger.open(path) as ledger:
        assert before == (await ledger.joins(GUILD), await ledger.invites(GUILD))


async def test_an_invite_and_who_asked_for_it_are_one_write(ledger: Ledger) -> None:
    """If what Usher knows of an invite cannot be written, the invite is not written either."""
    too_large = Creation.model_construct(moderator_id=2**63)

    with pytest.raises(Exception, match="refused"):
        await ledger.record_invite(invite_of("abc"), NOON, creation=too_large)

    assert await ledger.invite(GUILD, "abc") is None


async def test_who_asked_can_be_said_later(ledger: Ledger) -> None:
    """A creation that is told after its invite belongs to it."""
    invite = invite_of("abc")
    await ledger.record_invite(invite, NOON)
    await ledger.record_creation(GUILD, "abc", invite.created_at, Creation(moderator_id=5))

    record = await ledger.invite(GUILD, "abc")
    assert record is not None
    assert record.moderator_id == 5


async def test_a_ledger_closes_with_its_last_writes(path: Path) -> None:
    """What was queued when the ledger closed is in the file, and nothing else is left beside it."""
    async with asyncio.TaskGroup() as group, Ledger.open(path) as ledger:
        tasks = [group.create_task(ledger.record_join(join_of(member))) for member in range(20)]
        await asyncio.sleep(0)

    assert all(task.result() for task in tasks)
    assert {file.name for file in path.parent.iterdir()} <= {"ledger.db", "ledger.db.lock"}
    async with Ledger.open(path) as ledger:
        assert (await ledger.joins(GUILD))[1] == 20


async def test_a_cancelled_user_closes_the_ledger(path: Path) -> None:
    """Cancelled while a join is being written, whoever has the ledger open leaves it closed."""

    async def use() -> None:
        async with Ledger.open(path) as ledger:
            for member_id in range(10_000):
                await ledger.record_join(join_of(member_id))

    for steps in range(0, 400, 9):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(use())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()

    async with Ledger.open(path) as ledger:
        members = sorted([join.member_id async for join in ledger.export(GUILD)])
        assert members == list(range(len(members)))


async def test_everybody_at_once(ledger: Ledger) -> None:
    """Joins, leaves, invites, endings and settlements of many guilds in one breath all count."""

    async def day(guild_id: int) -> None:
        invite: Invite = invite_of("abc", guild_id=guild_id)
        facts: list[JoinFact] = [join_of(member, member, guild_id) for member in range(9)]
        await ledger.record_invite(invite, NOON)
        assert all(await asyncio.gather(*map(ledger.record_join, facts)))
        await ledger.record_leave(guild_id, 3, at(60))
        verdicts = tuple(verdict_of(fact, "abc") for fact in facts)
        settlement = settlement_of(99, verdicts=verdicts)
        await ledger.settle(settlement.model_copy(update={"guild_id": guild_id}))
        await ledger.record_ending(guild_id, "abc", Ending(at=at(99), reason=EndReason.UNKNOWN))

    await asyncio.gather(*map(day, range(1, 31)))

    for guild_id in range(1, 31):
        joins, total = await ledger.joins(guild_id)
        assert total == 9
        assert {join.code for join in joins} == {"abc"}
        assert [join.member_id for join in joins if join.left_at] == [3]
