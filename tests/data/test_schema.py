"""What the schema itself refuses, whoever asks: a program that knows nothing of Usher's code."""

import re
import sqlite3
from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path

import pytest

from data import telling
from data.ledger import Ledger
from data.migrate import load
from data.models import (
    Certainty,
    EndReason,
    Gain,
    InviteKind,
    Lag,
    LogKind,
    Met,
    Reason,
    Source,
)
from tests.data.samples import (
    GUILD,
    NOON,
    invite_of,
    join_of,
    settlement_of,
    verdict_of,
    window_of,
)


@pytest.fixture
async def file(path: Path) -> AsyncIterator[sqlite3.Connection]:
    """Another program's connection to a ledger with one of everything."""
    async with Ledger.open(path) as ledger:
        await ledger.record_join(join_of(1))
        await ledger.record_leave(GUILD, 2, NOON)
        await ledger.record_invite(invite_of("abc"), NOON)
        window = window_of(Gain(code="abc", low=1, high=1))
        await ledger.settle(settlement_of(verdicts=(verdict_of(join_of(1), "abc"),), window=window))
    db = sqlite3.connect(path)
    db.execute("PRAGMA foreign_keys = ON")
    yield db
    db.close()


def columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


DERIVED = {"left_at", "certainty", "source", "invite_id", "verdict_id"}
UNDOES = (
    "INSERT INTO verdicts "
    "(guild_id, join_id, decided_at, decided_by, certainty, source, undoes, undoer_id) VALUES"
)
IDENTITY = {
    *("id", "guild_id", "code", "kind", "raw_kind", "created_at", "first_seen_at", "uses_before")
}


async def test_facts_are_never_changed(file: sqlite3.Connection) -> None:
    """No fact of a join, window, verdict or invite's identity can be changed; the rest can."""
    facts = {
        "joins": set(columns(file, "joins")) - DERIVED,
        "windows": set(columns(file, "windows")),
        "verdicts": set(columns(file, "verdicts")),
        "invites": IDENTITY,
    }

    for table, guarded in facts.items():
        for column in columns(file, table):
            change = f"UPDATE {table} SET {column} = {column}"
            if column in guarded:
                with pytest.raises(sqlite3.IntegrityError, match="never change"):
                    file.execute(change)
            else:
                file.execute(change)


@pytest.mark.parametrize("table", ["joins", "windows", "verdicts", "invites"])
async def test_facts_are_never_deleted(file: sqlite3.Connection, table: str) -> None:
    """No join, window, verdict or invite can be deleted, also not one met when leaving."""
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        file.execute(f"DELETE FROM {table}")
    if table == "joins":
        with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
            file.execute("DELETE FROM joins WHERE member_id = 2")


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("INSERT INTO windows SELECT 9, 404, 1, 1, 0, 0, '[]', 0", id="no such guild"),
        pytest.param("UPDATE joins SET invite_id = 404", id="no such invite"),
        pytest.param("UPDATE joins SET verdict_id = 404", id="no such verdict"),
        pytest.param("UPDATE joins SET left_at = joined_at - 1", id="left before joining"),
        pytest.param("UPDATE joins SET left_at = 'noon'", id="a text for a time"),
        pytest.param("UPDATE invites SET uses = -1", id="a negative count"),
        pytest.param("UPDATE invites SET ended_at = 1", id="an end without a reason"),
        pytest.param("UPDATE invites SET ended_by = 1", id="who ended what has not ended"),
        pytest.param("UPDATE guilds SET vanity_code = 'a'", id="a vanity code without its count"),
        pytest.param(
            "INSERT INTO joins (guild_id, member_id, arrived_at, left_at, met) "
            "VALUES (4001, 2, 1, 1, 'leaving')",
            id="two memberships from before Usher",
        ),
        pytest.param(
            "INSERT INTO joins (guild_id, member_id, arrived_at, met) VALUES (1, 1, 1, 'joining')",
            id="a join at no time",
        ),
        pytest.param(
            "INSERT INTO verdicts (guild_id, join_id, decided_at, decided_by, certainty, source) "
            "VALUES (4001, 1, 1, 'counters', 'pending', 'unknown')",
            id="a pending verdict that undoes nothing",
        ),
        pytest.param(f"{UNDOES} (4001, 1, 1, '8', 'unknown', 'unknown', 1, NULL)", id="no undoer"),
        pytest.param(f"{UNDOES} (4001, 1, 1, '8', 'unknown', 'unknown', 404, 8)", id="no verdict"),
        pytest.param(
            f"{UNDOES} (4001, 1, 1, '8', 'unknown', 'unknown', 1, 8), "
            "(4001, 1, 1, '8', 'unknown', 'unknown', 1, 9)",
            id="undone twice",
        ),
        pytest.param("UPDATE guilds SET guild_id = guild_id + 1", id="a guild with another id"),
        pytest.param(
            "INSERT INTO log_lines VALUES (9, 4001, 404, 'join', 1, NULL)", id="a line of no join"
        ),
        pytest.param(
            "INSERT INTO log_lines VALUES (8, 4001, 1, 'join', 1, NULL), "
            "(9, 4001, 1, 'join', 2, NULL)",
            id="one join told twice",
        ),
        pytest.param(
            "INSERT INTO log_lines VALUES (9, 4001, 1, 'join', 1, 404)", id="a line in no message"
        ),
        pytest.param(
            "INSERT INTO log_messages VALUES (9, 4001, 5, NULL, 1, 2, 1)",
            id="a message that says something and was not sent",
        ),
        pytest.param(
            "INSERT INTO log_messages VALUES (9, 4001, 5, 9001, 1, 2, 0)",
            id="a message that was sent and says nothing",
        ),
        pytest.param("INSERT INTO log_channels VALUES (404, 5, 1, 8)", id="telling no guild"),
        pytest.param(
            "INSERT INTO backfills (guild_id, moderator_id, begun_at, mark_member_id) "
            "VALUES (4001, 8, 1, 1)",
            id="half a mark",
        ),
        pytest.param("INSERT INTO lags VALUES ('event', 100, 0)", id="a lag of nobody"),
    ],
)
async def test_what_cannot_be_is_refused(file: sqlite3.Connection, statement: str) -> None:
    """The file itself refuses rows that contradict one another or the vocabulary."""
    with pytest.raises(sqlite3.IntegrityError):
        file.execute(statement)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        pytest.param("kind", [InviteKind, LogKind], id="kinds"),
        pytest.param("end_reason", [EndReason], id="ends"),
        pytest.param("source", [Source, Source], id="sources"),
        pytest.param("met", [Met], id="met"),
        pytest.param("reason", [Reason], id="reasons"),
        pytest.param("lag", [Lag], id="lags"),
    ],
)
def test_the_schema_has_the_words_of_the_vocabulary(
    column: str, words: list[type[StrEnum]]
) -> None:
    """Every list of allowed words in the schema is the enum's, word for word and in its order."""
    lists = re.findall(rf"\b{column} IN \(([^)]+)\)", "".join(load()))

    assert [re.findall(r"'([^']+)'", found) for found in lists] == list(map(list, words))


def test_a_verdict_is_never_pending() -> None:
    """A join may be pending, a verdict that undoes nothing may not; the others both know."""
    of_joins, of_verdicts = (
        re.findall(r"'([^']+)'", found)
        for found in re.findall(r"\bcertainty IN \(([^)]+)\)", "".join(load()))
    )

    assert of_joins == list(Certainty)
    assert of_verdicts == [word for word in Certainty if word is not Certainty.PENDING]


async def test_every_table_is_strict(file: sqlite3.Connection) -> None:
    """No column takes a value of another type."""
    tables = file.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")

    loose = {name for name, strict in tables if not strict}
    assert loose == {"sqlite_schema", "sqlite_temp_schema"}


async def test_an_ledger_passes_every_check_of_sqlite(file: sqlite3.Connection) -> None:
    """A ledger with one of everything is whole and breaks none of its own references."""
    assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert file.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize(
    ("question", "index"),
    [
        pytest.param(
            "SELECT * FROM join_records WHERE guild_id = 1 ORDER BY position DESC, id DESC LIMIT 9",
            "joins USING INDEX joins_by_time (guild_id=?)",
            id="recent joins",
        ),
        pytest.param(
            "SELECT number FROM join_records WHERE guild_id = 1 ORDER BY position LIMIT 9",
            "earlier USING COVERING INDEX sqlite_autoindex_joins_1 (guild_id=? AND member_id=?)",
            id="which join of a member",
        ),
        pytest.param(
            "SELECT * FROM joins WHERE guild_id = 1 AND certainty = 'pending' ORDER BY arrived_at",
            "joins USING INDEX joins_pending (guild_id=?)",
            id="pending joins",
        ),
        pytest.param(
            "SELECT * FROM join_records WHERE guild_id = 1 AND invite_id = 2 ORDER BY position",
            "joins USING INDEX joins_by_invite (guild_id=? AND invite_id=?)",
            id="joins through an invite",
        ),
        pytest.param(
            telling.UNSAID.replace(":guild_id", "1").replace(":limit", "9"),
            "log_lines USING INDEX log_lines_unsaid (guild_id=?)",
            id="lines that are unsaid",
        ),
        pytest.param(
            "DELETE FROM log_lines WHERE guild_id = 1 AND log_message_id IS NULL AND at < 9",
            "log_lines USING INDEX log_lines_unsaid (guild_id=? AND at<?)",
            id="lines that are too old",
        ),
        pytest.param(
            "UPDATE log_messages SET said = NULL WHERE guild_id = 1 AND said < version",
            "log_messages USING INDEX log_messages_behind (guild_id=?)",
            id="messages behind",
        ),
        pytest.param(
            "SELECT * FROM log_lines WHERE log_message_id = 1",
            "log_lines USING INDEX log_lines_of_message (log_message_id=?)",
            id="lines of a message",
        ),
    ],
)
async def test_questions_use_their_index(
    file: sqlite3.Connection, question: str, index: str
) -> None:
    """A question looks at the rows it is about, without sorting a guild of a million first."""
    plan = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {question}")]

    assert f"SEARCH {index}" in plan
    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]
