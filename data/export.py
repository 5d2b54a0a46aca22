"""Joins as lines for other programs: JSON lines or CSV. Pure formatting."""

import csv
import io
import json
from collections.abc import AsyncIterable, AsyncIterator, Callable
from datetime import UTC, datetime
from enum import StrEnum

from data.models import JoinRecord

COLUMNS = (
    "guild_id",
    "member_id",
    "joined_at",
    "left_at",
    "source",
    "code",
    "inviter_id",
    "credited_id",
    "campaign",
    "certainty",
    "candidates",
    "decided_at",
    "decided_by",
    "reason",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet runs a cell that begins with one of these."""

_QUOTED = "\r\n"
"""The csv module quotes what contains its own line end: told of `\\n` alone, it lets `\\r` pass."""


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


def moment(text: str) -> datetime:
    """A day or a time in ISO 8601, in UTC unless it says otherwise; raises `ValueError`."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def lines(joins: AsyncIterable[JoinRecord], form: Format) -> AsyncIterator[str]:
    """Each with its line end; CSV begins with the names of the columns."""
    if form is Format.CSV:
        yield _csv(COLUMNS)
    line: Callable[[JoinRecord], str] = csv_line if form is Format.CSV else json_line
    async for join in joins:
        yield line(join)


def json_line(join: JoinRecord) -> str:
    return json.dumps(_values(join), ensure_ascii=False) + "\n"


def csv_line(join: JoinRecord) -> str:
    return _csv(tuple(_cell(value) for value in _values(join).values()))


def _values(join: JoinRecord) -> dict[str, str | tuple[str, ...] | None]:
    values = {
        "guild_id": _id(join.guild_id),
        "member_id": _id(join.member_id),
        "joined_at": _time(join.joined_at),
        "left_at": _time(join.left_at),
        "source": join.source,
        "code": join.code,
        "inviter_id": _id(join.inviter_id),
        "credited_id": _id(join.credited_id),
        "campaign": join.campaign,
        "certainty": join.certainty,
        "candidates": join.candidates,
        "decided_at": _time(join.decided_at),
        "decided_by": join.decided_by,
        "reason": join.reason,
    }
    return {column: values[column] for column in COLUMNS}


def _id(number: int | None) -> str | None:
    """A string: most readers of JSON round numbers this large."""
    return None if number is None else str(number)


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _cell(value: str | tuple[str, ...] | None) -> str:
    text = " ".join(value) if isinstance(value, tuple) else value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator=_QUOTED).writerow(cells)
    return line.getvalue().removesuffix(_QUOTED) + "\n"
