"""The ledger file as another process sees it: what is there is durable."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

GLANCE = 0.005
PATIENCE = 240.0

Verdict = tuple[int, int, str, str, str | None, str]
"""Guild, member, certainty, source, code, candidates."""


class Watcher:
    """Looks into the ledger through a connection that can only read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    @contextmanager
    def temporary(cls) -> Iterator[Self]:
        with TemporaryDirectory(prefix="usher-bench-") as folder:
            yield cls(Path(folder) / "usher.db")

    def until_joins(self, joins: int) -> float:
        """Wait for that many rows in all; when the last one was there."""
        return self._until("SELECT COALESCE(MAX(id), 0) >= ? FROM joins", joins)

    def until_decided(self) -> float:
        query = "SELECT COUNT(*) <= ? FROM joins WHERE certainty = 'pending'"
        return self._until(query, 0, glance=10 * GLANCE)

    def until_confirmed(self, joins: int) -> float:
        query = "SELECT COUNT(*) >= ? FROM joins WHERE certainty = 'confirmed'"
        return self._until(query, joins, glance=10 * GLANCE)

    def until_read(self, guilds: int) -> float:
        """Wait until every guild has a baseline."""
        query = "SELECT COUNT(*) >= ? FROM guilds WHERE read_at IS NOT NULL"
        return self._until(query, guilds, glance=10 * GLANCE)

    def verdicts(self) -> list[Verdict]:
        with self._open() as db:
            return db.execute(
                """
                SELECT guild_id, member_id, certainty, source, code, candidates
                FROM join_records
                """
            ).fetchall()

    def _until(self, query: str, wanted: int, glance: float = GLANCE) -> float:
        deadline = time.monotonic() + PATIENCE
        with self._open() as db:
            while not db.execute(query, (wanted,)).fetchone()[0]:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"still not true after {PATIENCE:g} s: {query}")
                time.sleep(glance)
        return time.monotonic()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as db:
            yield db


def judged(verdicts: list[Verdict], truth: dict[tuple[int, int], str]) -> Counter[str]:
    """Count verdicts by certainty; `wrong` are those that the truth contradicts."""
    found: Counter[str] = Counter()
    for guild_id, member_id, certainty, source, code, candidates in verdicts:
        came = truth[guild_id, member_id]
        said = set(candidates.split()) or {code or f"~{source}"}
        # Counters can only say "another way" where the record knows its name.
        right = {came, "~other"} if came == "~discovery" else {came}
        named = said & right or said == {"~unknown"}
        found[certainty if named else "wrong"] += 1
    return found
