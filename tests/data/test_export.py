import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta, timezone

import pytest

from data.export import COLUMNS, Format, csv_line, json_line, lines
from data.models import Certainty, JoinRecord, Met, Reason, Source
from tests.data.samples import at

BARE = JoinRecord(
    id=1,
    guild_id=81384788765712384,
    member_id=2,
    joined_at=None,
    arrived_at=at(0),
    met=Met.LEAVING,
    is_bot=False,
    number=1,
    left_at=None,
    certainty=Certainty.UNKNOWN,
    source=Source.UNKNOWN,
    code=None,
    inviter_id=None,
    moderator_id=None,
    credited_id=None,
    campaign=None,
    actor_id=None,
    candidates=(),
    reason=None,
    decided_at=None,
    decided_by=None,
    window=None,
)
FULL = BARE.model_copy(
    update={
        "joined_at": at(0.007),
        "left_at": at(86400),
        "source": Source.INVITE,
        "code": "abc",
        "inviter_id": 3,
        "credited_id": 4,
        "campaign": 'Spring, "the" fair, für alle',
        "certainty": Certainty.AMBIGUOUS,
        "candidates": ("abc", "xyz", "~other"),
        "decided_at": at(5),
        "decided_by": "counters",
        "reason": Reason.SEVERAL_EXPLANATIONS,
    }
)


async def joins(*records: JoinRecord) -> AsyncIterator[JoinRecord]:
    for record in records:
        yield record


def read_back(line: str) -> dict[str, str]:
    [row] = csv.DictReader(io.StringIO(line, newline=""), COLUMNS)
    return row


async def test_json_lines_are_exactly_these() -> None:
    """Ids are strings, times ISO 8601 in UTC, candidates a list, and what is absent is null."""
    full = (
        '{"guild_id": "81384788765712384", "member_id": "2", '
        '"joined_at": "2026-05-04T12:00:00.007Z", "left_at": "2026-05-05T12:00:00.000Z", '
        '"source": "invite", "code": "abc", "inviter_id": "3", "credited_id": "4", '
        '"campaign": "Spring, \\"the\\" fair, für alle", "certainty": "ambiguous", '
        '"candidates": ["abc", "xyz", "~other"], "decided_at": "2026-05-04T12:00:05.000Z", '
        '"decided_by": "counters", "reason": "several explanations"}\n'
    )
    bare = (
        '{"guild_id": "81384788765712384", "member_id": "2", "joined_at": null, "left_at": null, '
        '"source": "unknown", "code": null, "inviter_id": null, "credited_id": null, '
        '"campaign": null, "certainty": "unknown", "candidates": [], "decided_at": null, '
        '"decided_by": null, "reason": null}\n'
    )

    assert [line async for line in lines(joins(FULL, BARE), Format.JSONL)] == [full, bare]


async def test_csv_lines_are_exactly_these() -> None:
    """The first line names the columns, and what is absent is empty."""
    header = (
        "guild_id,member_id,joined_at,left_at,source,code,inviter_id,credited_id,campaign,"
        "certainty,candidates,decided_at,decided_by,reason\n"
    )
    full = (
        "81384788765712384,2,2026-05-04T12:00:00.007Z,2026-05-05T12:00:00.000Z,invite,abc,3,4,"
        '"Spring, ""the"" fair, für alle",ambiguous,abc xyz ~other,2026-05-04T12:00:05.000Z,'
        "counters,several explanations\n"
    )
    bare = "81384788765712384,2,,,unknown,,,,,unknown,,,,\n"

    assert [line async for line in lines(joins(FULL, BARE), Format.CSV)] == [header, full, bare]


async def test_nothing_is_a_header_or_nothing() -> None:
    """Without joins a CSV still names its columns, and JSON lines are none."""
    assert [line async for line in lines(joins(), Format.CSV)] == [",".join(COLUMNS) + "\n"]
    assert [line async for line in lines(joins(), Format.JSONL)] == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_spreadsheet_runs_nothing_of_a_csv(start: str) -> None:
    """Text that a spreadsheet would take for a formula is led by an apostrophe, wherever it is."""
    text = f"{start}HYPERLINK('http://x')"
    join = BARE.model_copy(update={"campaign": text, "code": text, "candidates": (text, "b")})

    row = read_back(csv_line(join))

    assert (row["campaign"], row["code"]) == (f"'{text}", f"'{text}")
    assert row["candidates"] == f"'{text} b"


def test_text_that_is_no_formula_stays() -> None:
    """Signs in the middle of a text, lines and quotes come back from a CSV as they were."""
    for text in ("a=1+1", "two\nlines", 'say "x", then', " =1", ";=1", "'"):
        assert read_back(csv_line(BARE.model_copy(update={"campaign": text})))["campaign"] == text


def test_a_json_line_is_one_line() -> None:
    """No text breaks a line in two, and JSON needs no apostrophe."""
    text = "=1\r\n\u2028x\x00"

    line = json_line(BARE.model_copy(update={"campaign": text}))

    assert line.count("\n") == 1
    assert "\r" not in line
    assert json.loads(line)["campaign"] == text


def test_every_time_is_utc() -> None:
    """A moment of another zone is written as the same moment in UTC."""
    moment = at(0).astimezone(timezone(timedelta(hours=5, minutes=30)))

    line = json.loads(json_line(BARE.model_copy(update={"joined_at": moment})))

    assert line["joined_at"] == "2026-05-04T12:00:00.000Z"
