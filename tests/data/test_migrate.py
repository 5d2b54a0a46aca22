import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
import pytest

from data.migrate import load, migrate, statements, upgrade, version

FIRST = "CREATE TABLE first (x INTEGER);\n"
SECOND = "ALTER TABLE first ADD COLUMN y INTEGER;\n"
BROKEN = "CREATE TABLE second (x INTEGER);\nINSERT INTO nowhere VALUES (1);\n"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(path, isolation_level=None, timeout=5) as db:
        yield db


async def tables(db: aiosqlite.Connection) -> list[str]:
    rows = await db.execute_fetchall("SELECT name FROM sqlite_schema ORDER BY name")
    return [row[0] for row in rows]


async def test_the_ledger_of_this_build_can_be_made(path: Path) -> None:
    """The migrations that ship turn an empty file into a ledger of the newest version."""
    async with opened(path) as db:
        await migrate(db, load())

        assert await version(db) == len(load())
        assert {"joins", "invites", "verdicts"} <= set(await tables(db))


def test_migrations_travel_in_the_wheel(tmp_path: Path) -> None:
    """An installed Usher finds its migrations without the repository."""
    root = Path(__file__).parents[2]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    ask = "import data.migrate as m; print(m.__file__, len(m.load()))"

    answer = subprocess.run(
        [sys.executable, "-c", ask],
        env=os.environ | {"PYTHONPATH": str(wheel)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )

    place, found = answer.stdout.split()
    assert place.startswith(str(wheel))
    assert int(found) == len(load())


def test_a_script_is_split_with_its_triggers_whole() -> None:
    """A semicolon inside a trigger or a comment ends no statement."""
    trigger = "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n    SELECT 1;\n    SELECT 2;\nEND;\n"
    script = f"-- first; of two\n{FIRST}{trigger}\n"

    assert list(statements(script)) == [f"-- first; of two\n{FIRST}", trigger]


def test_a_script_that_breaks_off_is_refused() -> None:
    """A statement without its end is an error, not one statement less."""
    with pytest.raises(ValueError, match="ends inside a statement: CREATE TABLE x"):
        list(statements(f"{FIRST}CREATE TABLE x (\n"))


async def test_a_failed_migration_leaves_nothing(path: Path) -> None:
    """If the last statement fails, no table, no version and no open transaction remain."""
    async with opened(path) as db:
        with pytest.raises(aiosqlite.OperationalError):
            await migrate(db, [FIRST, BROKEN])

        assert await tables(db) == []
        assert await version(db) == 0
        assert not db.in_transaction


async def test_a_cancelled_migration_leaves_nothing_or_all(path: Path) -> None:
    """Cancelled at any await, a migration has happened wholly or not at all."""
    for steps in range(40):
        path.unlink(missing_ok=True)
        async with opened(path) as db, asyncio.TaskGroup() as group:
            task = group.create_task(migrate(db, [FIRST, SECOND]))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})

            assert (await version(db), await tables(db)) in ((0, []), (2, ["first"]))
            assert not db.in_transaction


async def test_only_what_is_pending_is_applied(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Migrating twice is migrating once, and the operator reads of it once."""
    with caplog.at_level(logging.INFO, "data.migrate"):
        async with opened(path) as db:
            await migrate(db, [FIRST])
            await migrate(db, [FIRST])

    assert caplog.messages == ["The ledger went from version 0 to 1."]


async def test_two_that_start_together_migrate_once(path: Path) -> None:
    """Of two processes on one file one migrates, and the other waits and finds it done."""
    async with opened(path) as one, opened(path) as other:
        await asyncio.gather(migrate(one, [FIRST, SECOND]), migrate(other, [FIRST, SECOND]))

        assert await version(other) == 2


async def test_an_older_ledger_is_copied_before_it_changes(path: Path) -> None:
    """Beside an upgraded ledger lies the old one with its rows, for its owner only."""
    copy = path.with_name("ledger.db.v1.bak")
    copy.write_text("an earlier copy")
    async with opened(path) as db:
        await migrate(db, [FIRST])
        await db.execute("INSERT INTO first VALUES (42)")
        await upgrade(db, path, [FIRST, SECOND])

        assert await version(db) == 2
    async with opened(copy) as db:
        rows = await db.execute_fetchall("SELECT * FROM first")

        assert await version(db) == 1
        assert [tuple(row) for row in rows] == [(42,)]
    assert copy.stat().st_mode & 0o777 == 0o600


async def test_a_new_ledger_is_not_copied(path: Path) -> None:
    """There is nothing to lose in an empty file, nor in one that is up to date."""
    async with opened(path) as db:
        await upgrade(db, path, [FIRST])
        await upgrade(db, path, [FIRST])

    assert [file.name for file in path.parent.iterdir()] == ["ledger.db"]
