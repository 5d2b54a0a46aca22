import sqlite3
from pathlib import Path

import pytest

from data.errors import (
    LedgerDamagedError,
    LedgerError,
    LedgerRefusedError,
    LedgerUnavailableError,
)
from data.explain import explained


def database(path: Path, statements: str, mode: str = "rwc", size: int = 1 << 20) -> None:
    """Run statements on a file that may only grow to `size` pages."""
    db = sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=0)
    try:
        db.execute(f"PRAGMA max_page_count = {size}")
        db.executescript(statements)
    finally:
        db.close()


@pytest.mark.parametrize(
    ("trouble", "expected", "words"),
    [
        pytest.param({"mode": "ro"}, LedgerUnavailableError, "is read-only. Give", id="read-only"),
        pytest.param({"size": 1}, LedgerUnavailableError, "is on a full disk. Free", id="full"),
        pytest.param(
            {"statements": "INSERT INTO t VALUES (1);"}, LedgerRefusedError, "UNIQUE", id="refused"
        ),
    ],
)
def test_what_sqlite_says_becomes_a_sentence(
    tmp_path: Path, trouble: dict[str, object], expected: type[LedgerError], words: str
) -> None:
    """Each trouble of SQLite becomes the error for it, with the file and what to do."""
    path = tmp_path / "l.db"
    database(path, "CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1);")
    asked: dict[str, object] = {"statements": "CREATE TABLE u (x); CREATE TABLE v (x);"}

    with pytest.raises(expected, match=words) as caught, explained(path):
        database(path, **asked | trouble)  # type: ignore[arg-type] # a table of cases

    assert str(path) in str(caught.value)
    assert isinstance(caught.value.__cause__, sqlite3.Error)


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    """Bytes that SQLite cannot read are a damaged ledger, and the file is named."""
    path = tmp_path / "l.db"
    path.write_text("Dear diary, " * 100)

    with pytest.raises(LedgerDamagedError, match=r"l\.db is damaged or not a ledger"):  # noqa: SIM117 - one raises in the other
        with explained(path):
            database(path, "SELECT * FROM sqlite_schema;")


def test_a_missing_file_cannot_be_opened(tmp_path: Path) -> None:
    """A file that is not there is unavailable, not a crash."""
    path = tmp_path / "l.db"

    with pytest.raises(LedgerUnavailableError, match="is not to be opened"), explained(path):
        database(path, "SELECT 1;", mode="ro")


def test_a_number_beyond_sqlite_is_refused(tmp_path: Path) -> None:
    """A number that does not fit into the file is refused like any other bad value."""
    db = sqlite3.connect(":memory:")

    with pytest.raises(LedgerRefusedError), explained(tmp_path):
        db.execute("SELECT ?", (2**64,))

    db.close()


def test_other_errors_pass(tmp_path: Path) -> None:
    """What SQLite did not say is not about the ledger."""
    with pytest.raises(ZeroDivisionError), explained(tmp_path):
        raise ZeroDivisionError
