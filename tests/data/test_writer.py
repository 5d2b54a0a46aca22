import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import aiosqlite
import pytest

from data.errors import LedgerError, LedgerRefusedError, LedgerUnavailableError
from data.writer import Writer

SCHEMA = """
    CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE NOT NULL CHECK (text <> 'bad'));
    CREATE TABLE replies (note INTEGER REFERENCES notes DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER havoc AFTER INSERT ON notes WHEN NEW.text = 'havoc'
    BEGIN
        SELECT RAISE(ROLLBACK, 'havoc');
    END;
"""
Run = Callable[[aiosqlite.Connection], Awaitable[str]]


@pytest.fixture
async def db(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(path, isolation_level=None, timeout=0.05) as db:
        await db.executescript(f"PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; {SCHEMA}")
        yield db


@pytest.fixture
async def writer(db: aiosqlite.Connection, path: Path) -> AsyncIterator[Writer]:
    async with Writer.on(db, path) as writer:
        yield writer


@pytest.fixture
async def spoken(db: aiosqlite.Connection) -> list[str]:
    """Every statement that SQLite is given from now on."""
    said: list[str] = []
    await db.set_trace_callback(said.append)
    return said


def note(text: str) -> Run:
    """Two statements: all of them count, or none."""

    async def run(db: aiosqlite.Connection) -> str:
        await db.execute("INSERT INTO notes (text) VALUES (?)", (f"{text}, first",))
        await db.execute("INSERT INTO notes (text) VALUES (?)", (text,))
        return text.upper()

    return run


async def notes_at_once(db: aiosqlite.Connection, texts: Sequence[str]) -> list[str]:
    values = ", ".join("(?)" for _ in texts)
    await db.execute(f"INSERT INTO notes (text) VALUES {values}", texts)
    return [text.upper() for text in texts]


async def reply(db: aiosqlite.Connection) -> str:
    """A reply to no note: the statement passes, the commit does not."""
    await db.execute("INSERT INTO replies VALUES (4711)")
    return "replied"


def written(path: Path) -> list[str]:
    """What another program finds in the file, in the order in which it was written."""
    other = sqlite3.connect(path)
    rows = other.execute("SELECT text FROM notes ORDER BY id").fetchall()
    other.close()
    return [text for (text,) in rows if not text.endswith(", first")]


async def outcomes(*writes: Awaitable[object]) -> list[object]:
    """Queue these in one breath."""
    return list(await asyncio.gather(*writes, return_exceptions=True))


async def test_a_write_is_answered_when_it_is_durable(writer: Writer, path: Path) -> None:
    """Once a write is answered, everybody finds it in the file."""
    assert await writer.write(note("a")) == "A"
    assert written(path) == ["a"]


async def test_writes_that_wait_share_one_commit(writer: Writer, spoken: list[str]) -> None:
    """A hundred writes in one breath cost one transaction, and each gets its own answer."""
    answers = await outcomes(*(writer.write(note(f"n{n}")) for n in range(100)))

    assert answers == [f"N{n}" for n in range(100)]
    assert (spoken.count("BEGIN IMMEDIATE"), spoken.count("COMMIT")) == (1, 1)


async def test_items_in_line_become_one_statement(writer: Writer, spoken: list[str]) -> None:
    """Items that wait for the same statement are written by it at once, each answered."""
    answers = await outcomes(*(writer.write_together(notes_at_once, f"n{n}") for n in range(9)))

    assert answers == [f"N{n}" for n in range(9)]
    assert len({said for said in spoken if said.startswith("INSERT")}) == 1
    assert not [said for said in spoken if said.startswith("SAVEPOINT")]


async def test_writes_keep_their_order(writer: Writer, path: Path) -> None:
    """What was asked for first is written first, whether it is written alone or together."""
    await outcomes(
        writer.write_together(notes_at_once, "a"),
        writer.write_together(notes_at_once, "b"),
        writer.write(note("c")),
        writer.write_together(notes_at_once, "d"),
        writer.write(note("e")),
    )

    assert written(path) == ["a", "b", "c", "d", "e"]


async def test_more_than_one_transaction_holds(writer: Writer, spoken: list[str]) -> None:
    """Thousands that wait are written in several transactions, and none is forgotten."""
    answers = await outcomes(*(writer.write_together(notes_at_once, f"{n}") for n in range(2500)))

    assert answers == [f"{n}" for n in range(2500)]
    assert spoken.count("COMMIT") == 13


async def test_a_bad_write_undoes_only_itself(writer: Writer, path: Path) -> None:
    """A write that fails half-way leaves nothing; those beside it are written."""
    before, bad, after = await outcomes(*map(writer.write, map(note, ("a", "bad", "c"))))

    assert (before, after) == ("A", "C")
    assert isinstance(bad, LedgerRefusedError)
    assert written(path) == ["a", "c"]


async def test_a_bad_item_undoes_only_itself(writer: Writer, path: Path) -> None:
    """A bad item among many fails only its own caller, and the order of the others stays."""
    a, bad, c = await outcomes(
        *(writer.write_together(notes_at_once, text) for text in ("a", "bad", "c"))
    )

    assert (a, c) == ("A", "C")
    assert isinstance(bad, LedgerRefusedError)
    assert written(path) == ["a", "c"]


async def test_an_error_of_the_caller_is_its_own(writer: Writer, path: Path) -> None:
    """Any exception of a write reaches its own caller unchanged and undoes what it wrote."""

    async def clumsy(db: aiosqlite.Connection) -> str:
        await note("x")(db)
        raise ZeroDivisionError

    mine, other = await outcomes(writer.write(clumsy), writer.write(note("a")))

    assert isinstance(mine, ZeroDivisionError)
    assert other == "A"
    assert written(path) == ["a"]


@pytest.mark.parametrize("together", [True, False])
async def test_a_transaction_that_sqlite_gave_up_fails_for_all(
    writer: Writer, path: Path, together: bool
) -> None:
    """If SQLite rolls back everything by itself, nobody is told that a write was kept."""
    havoc = (
        writer.write_together(notes_at_once, "havoc") if together else writer.write(note("havoc"))
    )

    answers = await outcomes(writer.write(note("a")), havoc, writer.write(note("c")))

    assert [type(answer) for answer in answers] == [LedgerRefusedError] * 3
    assert all("havoc" in str(answer) for answer in answers)
    assert written(path) == []
    assert await writer.write(note("d")) == "D"


async def test_a_failed_commit_fails_for_all(writer: Writer, path: Path) -> None:
    """If the commit is refused everybody in it hears so, nothing remains, and life goes on."""
    answers = await outcomes(writer.write(note("a")), writer.write(reply))

    assert [type(answer) for answer in answers] == [LedgerRefusedError] * 2
    assert written(path) == []
    assert await writer.write(note("b")) == "B"
    assert written(path) == ["b"]


async def test_a_caller_that_stops_waiting_harms_nobody(writer: Writer, path: Path) -> None:
    """A cancelled caller's write still happens, and the others get their answers."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(writer.write(note(text))) for text in "abc"]
        await asyncio.sleep(0)
        tasks[1].cancel()

    assert [task.cancelled() for task in tasks] == [False, True, False]
    assert written(path) == ["a", "b", "c"]


async def test_cancelled_at_any_await_a_write_is_whole_or_absent(
    writer: Writer, path: Path
) -> None:
    """Wherever a caller is cancelled, its write is there as a whole or not at all."""
    for steps in range(30):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(writer.write(note(f"n{steps}")))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()

    await writer.write(note("last"))
    other = sqlite3.connect(path)
    [(halves,)] = other.execute("SELECT COUNT(*) FROM notes WHERE text LIKE '%, first'")
    other.close()
    assert halves == len(written(path))


async def test_a_writer_cancelled_at_any_await_leaves_nothing_open(
    db: aiosqlite.Connection, path: Path
) -> None:
    """Wherever the writer itself is cancelled, nobody waits for ever and no transaction stays."""
    for steps in range(30):
        async with Writer.on(db, path) as writer:
            [work] = [t for t in asyncio.all_tasks() if t.get_name() == "ledger-writer"]
            asking = asyncio.gather(
                *(writer.write(note(f"{steps} {n}")) for n in range(3)), return_exceptions=True
            )
            for _ in range(steps):
                await asyncio.sleep(0)
            work.cancel()
            answers = await asking

        kept = [text for text in written(path) if text.startswith(f"{steps} ")]
        assert not db.in_transaction
        assert len(kept) in (0, 3)
        assert all(isinstance(a, str | LedgerUnavailableError) for a in answers)
        assert len(kept) >= len([a for a in answers if isinstance(a, str)])


async def test_what_waits_at_the_end_is_written(db: aiosqlite.Connection, path: Path) -> None:
    """Closing writes what was asked for before, and refuses what is asked for later."""
    async with asyncio.TaskGroup() as group, Writer.on(db, path) as writer:
        tasks = [group.create_task(writer.write(note(f"{n}"))) for n in range(1500)]
        await asyncio.sleep(0)

    assert [task.result() for task in tasks] == [f"{n}" for n in range(1500)]
    assert written(path) == [f"{n}" for n in range(1500)]
    with pytest.raises(LedgerUnavailableError, match="is closed"):
        await writer.write(note("b"))


async def test_an_error_around_the_writer_stays_what_it_is(
    db: aiosqlite.Connection, path: Path
) -> None:
    """The writer passes the errors of those who use it, and closes."""
    with pytest.raises(ZeroDivisionError):
        async with Writer.on(db, path):
            raise ZeroDivisionError


async def test_locked_by_another_program(writer: Writer, path: Path) -> None:
    """While another program holds the lock writes fail with a sentence, and later succeed."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LedgerUnavailableError, match="locked by another program"):
        await writer.write(note("a"))
    other.execute("ROLLBACK")
    other.close()

    assert await writer.write(note("a")) == "A"


@pytest.mark.parametrize("together", [True, False])
async def test_a_full_disk(
    db: aiosqlite.Connection, writer: Writer, path: Path, together: bool
) -> None:
    """On a full disk writes fail with a sentence, and succeed once there is space again."""
    [[pages]] = await db.execute_fetchall("PRAGMA page_count")
    await db.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    big = ["x" * 9000, "y" * 9000]

    async def attempt() -> list[object]:
        if together:
            return await outcomes(*(writer.write_together(notes_at_once, text) for text in big))
        return await outcomes(*(writer.write(note(text)) for text in big))

    refused = await attempt()
    assert [type(answer) for answer in refused] == [LedgerUnavailableError] * 2
    assert "on a full disk" in str(refused[0])
    assert written(path) == []

    await db.execute_fetchall("PRAGMA max_page_count = 100000")
    assert await attempt() == [text.upper() for text in big]
    assert written(path) == big


async def test_many_writers(writer: Writer, path: Path) -> None:
    """Fifty callers at once, some of them wrong, each hear the truth about their own writes."""
    kept: list[str] = []

    async def caller(name: int) -> None:
        for number in range(20):
            text = f"{name}/{number % 18}"  # the last two of each are there already
            try:
                kept.append((await writer.write_together(notes_at_once, text)).lower())
            except LedgerError:
                assert number >= 18

    await asyncio.gather(*map(caller, range(50)))

    assert len(kept) == 50 * 18
    assert sorted(kept) == sorted(written(path))
