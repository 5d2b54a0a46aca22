import sqlite3
from datetime import UTC
from typing import Any

import pytest

from data import rows
from data.models import Gain, Vanity
from tests.data.samples import at


def row(**columns: Any) -> sqlite3.Row:
    """A row as SQLite would answer it."""
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    names = ", ".join(f"? AS {name}" for name in columns)
    found: sqlite3.Row = db.execute(f"SELECT {names}", tuple(columns.values())).fetchone()
    db.close()
    return found


VERDICT = {
    "id": 1,
    "decided_at": 1000,
    "decided_by": "counters",
    "certainty": "ambiguous",
    "source": "unknown",
    "code": None,
    "actor_id": None,
    "inviter_id": None,
    "raw_source": None,
    "candidates": "abc ~other",
    "reason": "gap",
    "note": None,
    "undoes": None,
    "undoer_id": None,
    "opened_at": 1000,
    "closed_at": 2000,
    "joins": 3,
    "gap": 1,
    "gains": '[["abc", 0, null], ["xyz", 1, 2]]',
    "unexplained": 4,
}


def test_evidence_comes_back_from_its_text() -> None:
    """The gains of a window are read back one by one, with and without an upper bound."""
    window = rows.verdict(row(**VERDICT)).window

    assert window is not None
    assert window.gains == (
        Gain(code="abc", low=0, high=None),
        Gain(code="xyz", low=1, high=2),
    )
    assert (window.gap, window.joins, window.unexplained) == (True, 3, 4)


def test_joins_of_one_window_share_its_evidence() -> None:
    """A raid of thousands does not keep thousands of copies of the same evidence."""
    first, second = (rows.verdict(row(**VERDICT | {"id": number})) for number in (1, 2))

    assert first.window is second.window


def test_no_window_is_no_evidence() -> None:
    """A verdict without a window has none, not an empty one."""
    assert rows.verdict(row(**VERDICT | {"opened_at": None})).window is None


@pytest.mark.parametrize(
    ("ms", "expected"), [pytest.param(None, None, id="absent"), pytest.param(0, at(0), id="zero")]
)
def test_an_absent_moment_stays_absent(ms: int | None, expected: object) -> None:
    """Nothing becomes the year 1970, and the year 1970 does not become nothing."""
    found = rows.moment(ms)

    assert (found is None) == (expected is None)
    assert found is None or (found.year, found.tzinfo) == (1970, UTC)


def test_a_guild_without_a_reading_has_no_baseline() -> None:
    """No row is no baseline; a row without a code is a baseline without invites."""
    guild = {
        "read_at": 5,
        "platform_ms": None,
        "begun_ms": 5,
        "vanity_code": None,
        "vanity_uses": 0,
    }
    counter = dict.fromkeys(
        ("code", "uses", "max_uses", "created_at", "expires_at", "guest", "role_ids")
    )

    baseline = rows.baseline([row(**guild, **counter)])

    assert rows.baseline([]) is None
    assert baseline is not None
    assert (baseline.counters, baseline.vanity, baseline.begun_ms) == ({}, Vanity(None, 0), 5)
