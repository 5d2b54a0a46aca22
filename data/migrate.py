"""Brings a ledger to the schema of this build: numbered SQL files, all or nothing.

The version is part of the file (`PRAGMA user_version`) and changes in the same transaction as the
schema. A released file is never edited; there is no way back but the copy that is taken first.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import aiosqlite

log = logging.getLogger(__name__)


def load() -> list[str]:
    """Read the migrations that came with this build; the first is number 1."""
    folder = resources.files("data").joinpath("migrations")
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return [file.read_text("utf-8") for file in files]


def statements(script: str) -> Iterator[str]:
    """Split a script, triggers included.

    Not `executescript`, which commits the open transaction before it starts.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise ValueError(f"A migration ends inside a statement: {statement.strip()[:60]}")


async def version(db: aiosqlite.Connection) -> int:
    [row] = await db.execute_fetchall("PRAGMA user_version")
    return int(row[0])


async def migrate(db: aiosqlite.Connection, scripts: Sequence[str]) -> None:
    """Apply what is pending and record it in the same transaction."""
    try:
        # Before the version is read: of two processes that start together one waits here and
        # then finds nothing to do.
        await db.execute("BEGIN IMMEDIATE")
        before = await version(db)
        for script in scripts[before:]:
            for statement in statements(script):
                await db.execute(statement)
        await db.execute(f"PRAGMA user_version = {len(scripts)}")
        await db.commit()
    except BaseException:  # cancellation too, at any of the awaits
        await db.rollback()
        raise
    if before < len(scripts):
        log.info("The ledger went from version %d to %d.", before, len(scripts))


async def upgrade(db: aiosqlite.Connection, path: Path, scripts: Sequence[str]) -> None:
    """Migrate, after taking a copy beside the file if there is anything in it to lose."""
    before = await version(db)
    if 0 < before < len(scripts):
        await _back_up(db, path.with_name(f"{path.name}.v{before}.bak"))
    await migrate(db, scripts)


async def _back_up(db: aiosqlite.Connection, copy: Path) -> None:
    unfinished = copy.with_name(f"{copy.name}.partial")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    async with aiosqlite.connect(unfinished) as target:
        # All pages in one step: a copy in steps starts over at every write.
        await db.backup(target, pages=-1)
    os.replace(unfinished, copy)  # noqa: PTH105 - it says what happens to an earlier copy
    log.info("The ledger before the migration is kept as %s.", copy)
