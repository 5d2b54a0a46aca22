"""What SQLite says about a ledger, as an error with a sentence (`data.errors`)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from data.errors import (
    LedgerDamagedError,
    LedgerError,
    LedgerRefusedError,
    LedgerUnavailableError,
)

_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "locked by another program. Close that program; nothing was written.",
    sqlite3.SQLITE_LOCKED: "locked by another program. Close that program; nothing was written.",
    sqlite3.SQLITE_READONLY: "read-only. Give Usher the right to write to it and to its folder.",
    sqlite3.SQLITE_PERM: "read-only. Give Usher the right to write to it and to its folder.",
    sqlite3.SQLITE_FULL: "on a full disk. Free some space; Usher goes on by itself.",
    sqlite3.SQLITE_IOERR: "on a disk that fails or is full. Check the disk and its free space.",
    sqlite3.SQLITE_CANTOPEN: "not to be opened. Check that it exists and who may read its folder.",
    sqlite3.SQLITE_NOMEM: "too large for the memory that is left. Free some memory.",
    sqlite3.SQLITE_INTERRUPT: "busy closing. Try again once Usher has started.",
}
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY = 0xFF
"""SQLite puts detail above the lowest byte of its error codes."""


@contextmanager
def explained(path: object) -> Iterator[None]:
    """Turn whatever SQLite says about the ledger at `path` into a sentence."""
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:
        raise explain(error, path) from error


def explain(error: Exception, path: object) -> LedgerError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code in _UNAVAILABLE:
        return LedgerUnavailableError(f"The ledger {path} is {_UNAVAILABLE[code]}")
    if code in _DAMAGED:
        return damaged(path, str(error))
    return LedgerRefusedError(f"The ledger {path} refused this: {error}.")


def damaged(path: object, detail: str) -> LedgerDamagedError:
    return LedgerDamagedError(
        f"{path} is damaged or not a ledger of Usher ({detail}). It was left as it is: "
        "put a backup in its place, or name another file in USHER_LEDGER."
    )
