import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.errors import (
    LedgerDamagedError,
    LedgerError,
    LedgerInUseError,
    LedgerTooNewError,
    LedgerUnavailableError,
)
from data.ledger import Ledger
from data.migrate import load
from data.opening import reading, require_sqlite, writing
from data.reader import Reader
from tests.data.samples import GUILD, join_of

NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[Path]:
    """A folder of a user whom file permissions bind, even where the tests run as root."""
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0:
            yield Path(folder)
            return
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


def run(path: Path, statement: str) -> None:
    """Let another program change the file."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(statement)
    db.close()


def other_program(path: Path) -> None:
    run(path, "CREATE TABLE songs (title TEXT)")


def other_version(path: Path) -> None:
    run(path, "PRAGMA user_version = 3")


def text(path: Path) -> None:
    path.write_text("Shopping: bread, milk, " * 50)


async def filled(path: Path) -> None:
    """A ledger of some forty pages."""
    async with Ledger.open(path) as ledger:
        for member_id in range(500):
            await ledger.record_join(join_of(member_id))


def overwrite(path: Path, place: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content)


async def opened(path: Path) -> None:
    async with Ledger.open(path, patience=0.05):
        pass


async def asked(path: Path) -> None:
    async with Reader.read_only(path, patience=0.05) as reader:
        await reader.joins(GUILD)


def test_an_old_sqlite_is_refused_with_both_versions() -> None:
    """Where SQLite is too old, the sentence says which is there and which is needed."""
    with pytest.raises(LedgerUnavailableError, match=r"needs SQLite 3\.38\.0 .* has 3\.37\.2"):
        require_sqlite((3, 37, 2))


def test_the_sqlite_of_these_tests_will_do() -> None:
    """The SQLite that is here is new enough, and so is the oldest that is allowed."""
    require_sqlite()
    require_sqlite((3, 38, 0))


async def test_a_new_ledger_is_private(tmp_path: Path) -> None:
    """The folder is made, and only the owner can read what is in it."""
    path = tmp_path / "var" / "usher" / "ledger.db"

    async with Ledger.open(path) as ledger:
        await ledger.set_meta("a", "b")

        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert set(modes) == {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock"}
    assert set(modes.values()) == {0o600}


async def test_a_relative_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger may be named from the working directory, strange characters included."""
    monkeypatch.chdir(tmp_path)

    await opened(Path("my ledger?#1%20.db"))

    assert (tmp_path / "my ledger?#1%20.db").stat().st_size > 0


async def test_a_place_that_cannot_be_a_folder(tmp_path: Path) -> None:
    """A path below a file is refused with what the system says and what to do."""
    (tmp_path / "file").touch()

    with pytest.raises(LedgerUnavailableError, match=r"cannot be written: .* USHER_LEDGER"):
        await opened(tmp_path / "file" / "ledger.db")


async def test_a_folder_that_may_not_be_written() -> None:
    """Without the right to write beside the ledger it is refused, and unlocked again."""
    with unprivileged() as folder:
        folder.chmod(0o500)

        with pytest.raises(LedgerUnavailableError, match="cannot be written: Permission denied"):
            await opened(folder / "ledger.db")

        folder.chmod(0o700)
        await opened(folder / "ledger.db")


async def test_a_ledger_that_may_not_be_written() -> None:
    """A write-protected ledger is refused when it is opened, and can still be asked."""
    with unprivileged() as folder:
        path = folder / "ledger.db"
        await opened(path)
        path.chmod(0o400)

        with pytest.raises(LedgerUnavailableError, match="read-only"):
            await opened(path)
        await asked(path)


@pytest.mark.parametrize("opening", [opened, asked])
@pytest.mark.parametrize("made", [other_program, other_version, text])
async def test_a_file_of_something_else_is_refused_untouched(
    path: Path, made: Callable[[Path], None], opening: Callable[[Path], object]
) -> None:
    """What is not a ledger of Usher is named as such, and not a byte of it changes."""
    made(path)
    before = path.read_bytes()

    with pytest.raises(LedgerDamagedError, match="left as it is"):
        await opening(path)  # type: ignore[misc] # both are coroutine functions

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("page", "content"),
    [
        pytest.param(-4096, b"\xff" * 64, id="a page at the end"),
        pytest.param(110, b"\xff" * 900, id="the schema"),
    ],
)
async def test_a_damaged_ledger_is_refused_untouched(path: Path, page: int, content: bytes) -> None:
    """A ledger with a broken page is found when it is opened, and not a byte of it changes."""
    await filled(path)
    overwrite(path, page % path.stat().st_size, content)
    before = path.read_bytes()

    with pytest.raises(LedgerDamagedError, match="put a backup in its place"):
        await opened(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("opening", [opened, asked])
async def test_a_newer_ledger_is_refused_untouched(
    path: Path, opening: Callable[[Path], object]
) -> None:
    """A ledger of a newer build is neither read nor changed by this one."""
    await opened(path)
    run(path, "PRAGMA user_version = 99")
    before = path.read_bytes()

    with pytest.raises(LedgerTooNewError, match=r"newer Usher \(version 99"):
        await opening(path)  # type: ignore[misc] # both are coroutine functions

    assert path.read_bytes() == before


async def test_an_older_ledger_is_not_asked(path: Path) -> None:
    """Reading changes nothing, so a ledger that needs a migration waits for one who may."""
    await opened(path)
    run(path, "PRAGMA user_version = 0")

    with pytest.raises(LedgerUnavailableError, match="older Usher"):
        await asked(path)


async def test_a_ledger_that_is_not_there_is_not_made_by_asking(path: Path) -> None:
    """Asking a ledger that does not exist says so and leaves no file."""
    with pytest.raises(LedgerUnavailableError, match="There is no ledger at"):
        await asked(path)

    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 50),
        ("cache_size", -16000),
        ("journal_size_limit", 67108864),
    ],
)
async def test_what_is_written_is_safe(path: Path, pragma: str, expected: object) -> None:
    """The writing connection syncs every commit, checks references, and waits with patience."""
    await opened(path)

    async with writing(path, load(), patience=0.05) as db:
        [[found]] = await db.execute_fetchall(f"PRAGMA {pragma}")

    assert found == expected


async def test_who_asks_cannot_write(path: Path) -> None:
    """The asking connection refuses every change."""
    await opened(path)

    async with reading(path, load(), patience=0.05) as db:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await db.execute("DELETE FROM meta")


async def test_one_writer_to_a_ledger(path: Path) -> None:
    """While one has the ledger open a second is refused; asking goes on; then it is free again."""
    async with Ledger.open(path):
        with pytest.raises(LedgerInUseError, match="Another Usher is using the ledger"):
            await opened(path)
        await asked(path)

    await opened(path)


async def test_one_writer_to_a_ledger_of_two_names(path: Path) -> None:
    """A link to the ledger is the same ledger, and has the same single writer."""
    link = path.with_name("link.db")
    link.symlink_to(path)

    async with Ledger.open(path):
        with pytest.raises(LedgerInUseError):
            await opened(link)


async def test_a_refused_ledger_is_free_again(path: Path) -> None:
    """An opening that failed keeps neither the lock nor a connection."""
    text(path)
    with pytest.raises(LedgerError):
        await opened(path)
    path.unlink()

    await opened(path)


async def test_a_ledger_locked_by_another_program_is_refused(path: Path) -> None:
    """If another program holds the file, opening gives up after its patience with a sentence."""
    await opened(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(LedgerUnavailableError, match="locked by another program"):
        await opened(path)

    other.close()
    await opened(path)


async def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    """A folder is told as what it is, whether it is to be read or written."""
    for opened in (Ledger.open(tmp_path), Reader.read_only(tmp_path)):
        with pytest.raises(LedgerUnavailableError, match="is a folder"):
            async with opened:
                pass
