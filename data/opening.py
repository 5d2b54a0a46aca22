"""From a path to an open connection: every way in which that can fail has its sentence."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiosqlite
from filelock import BaseFileLock, FileLock, Timeout

from data import migrate
from data.errors import LedgerInUseError, LedgerTooNewError, LedgerUnavailableError
from data.explain import damaged, explained

OLDEST_SQLITE = (3, 38, 0)
"""The first with the `->>` operator."""
_APPLICATION_ID = 0x55736872
"""What 0001_ledger.sql writes into the file's header."""
_OWNER_ONLY = 0o600

_PRAGMAS = """
    PRAGMA busy_timeout = {patience};
    PRAGMA cache_size = -16000;
    PRAGMA foreign_keys = ON;
"""
_WRITER_PRAGMAS = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 67108864;
"""
_READER_PRAGMAS = """
    PRAGMA query_only = ON;
"""


def require_sqlite(found: Sequence[int] = sqlite3.sqlite_version_info) -> None:
    if tuple(found) < OLDEST_SQLITE:
        wanted, have = (".".join(map(str, v)) for v in (OLDEST_SQLITE, found))
        raise LedgerUnavailableError(
            f"Usher needs SQLite {wanted} or newer, and this Python has {have}. "
            "Use a newer Python or system."
        )


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Keep every other writer off the file; the claim ends with the process, however it ends."""
    # Of the file itself: a second name for it, a link, must not be a second claim to it.
    lock = FileLock(f"{path.resolve()}.lock", timeout=0, mode=_OWNER_ONLY)
    try:
        _claim(path, lock)
        yield
    finally:
        lock.release()


def _claim(path: Path, lock: BaseFileLock) -> None:
    _refuse_folder(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        path.touch(mode=_OWNER_ONLY)
    except Timeout as error:
        raise LedgerInUseError(
            f"Another Usher is using the ledger {path}. "
            "Stop it first, or give this one a file of its own in USHER_LEDGER."
        ) from error
    except OSError as error:
        raise LedgerUnavailableError(
            f"The ledger {path} cannot be written: {error.strerror}. "
            "Name a place in USHER_LEDGER where Usher may write."
        ) from error


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise LedgerUnavailableError(f"{path} is a folder. Name a file in USHER_LEDGER.")


@asynccontextmanager
async def writing(
    path: Path, scripts: Sequence[str], patience: float
) -> AsyncIterator[aiosqlite.Connection]:
    """Open the one connection that writes, on a whole ledger of this build's schema."""
    async with _connected(path, "ro", patience, _READER_PRAGMAS) as db:
        with explained(path):
            await _inspect(db, path, newest=len(scripts))
            await _check(db, path)
    # Only now anything is changed: a file that was refused stays as it was.
    async with _connected(path, "rw", patience, _WRITER_PRAGMAS) as db:
        with explained(path):
            await migrate.upgrade(db, path, scripts)
        yield db


@asynccontextmanager
async def reading(
    path: Path, scripts: Sequence[str], patience: float
) -> AsyncIterator[aiosqlite.Connection]:
    """Open a connection that can only ask."""
    _refuse_folder(path)
    if not path.exists():
        raise LedgerUnavailableError(
            f"There is no ledger at {path}. Name it in USHER_LEDGER, or start Usher once."
        )
    async with _connected(path, "ro", patience, _READER_PRAGMAS) as db:
        with explained(path):
            found = await _inspect(db, path, newest=len(scripts))
        if found < len(scripts):
            raise LedgerUnavailableError(
                f"The ledger {path} was written by an older Usher. "
                "Start this Usher on it once to bring it up to date."
            )
        yield db


@asynccontextmanager
async def _connected(
    path: Path, mode: str, patience: float, pragmas: str
) -> AsyncIterator[aiosqlite.Connection]:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    milliseconds = int(patience * 1000)
    with explained(path):
        db = await aiosqlite.connect(address, uri=True, isolation_level=None)
    try:
        with explained(path):
            db.row_factory = sqlite3.Row
            for pragma in migrate.statements(_PRAGMAS.format(patience=milliseconds) + pragmas):
                await db.execute_fetchall(pragma)
        yield db
    finally:
        await db.close()


async def _inspect(db: aiosqlite.Connection, path: Path, newest: int) -> int:
    """Say which version of the schema the file has, without changing it."""
    found = await migrate.version(db)
    [[application]] = await db.execute_fetchall("PRAGMA application_id")
    [[tables]] = await db.execute_fetchall("SELECT COUNT(*) FROM sqlite_schema")
    if application != _APPLICATION_ID and (found or tables):
        raise damaged(path, "it belongs to another program")
    if found > newest:
        raise LedgerTooNewError(
            f"The ledger {path} was written by a newer Usher (version {found}; this one knows "
            f"{newest}). Update Usher, or name another file in USHER_LEDGER."
        )
    return found


async def _check(db: aiosqlite.Connection, path: Path) -> None:
    [[answer], *_] = await db.execute_fetchall("PRAGMA quick_check(1)")
    if answer != "ok":
        raise damaged(path, answer)
