"""`/report export`: a file with every join, for whoever may see them and nobody else.

The library loads an extension anew, so its bounds are those of the module that is there by then.
"""

import csv
import gzip
import io
import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from cogs import reports
from data.export import COLUMNS
from data.ledger import Ledger
from data.models import JoinFact
from tests.harness import on_both
from tests.moderators import use

pytestmark = [on_both, pytest.mark.usefixtures("usher")]

DAY = 86_400_000
EXPORT = "report export"


@pytest.fixture
async def joined(ledger: Ledger, guild: Guild) -> list[int]:
    """Three members, who came a day after each other."""
    first = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp() * 1000)
    members = [101, 102, 103]
    for number, member_id in enumerate(members):
        at = first + number * DAY
        await ledger.record_join(JoinFact(guild.id, member_id, at, at, False))
    return members


async def test_a_line_for_each_join(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, joined: list[int]
) -> None:
    """The file has the columns of the command line's export, and nobody else sees it."""
    reply = await use(sandbox, moderator, general, EXPORT)

    [(name, table)] = reply.files.items()
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    assert f"joins-{guild.id}.csv" == name
    assert list(COLUMNS) == list(rows[0])
    assert [str(one) for one in joined] == [row["member_id"] for row in rows]
    assert reply.content.startswith("3 joins")
    assert reply.ephemeral


async def test_since_a_day_as_json_lines(
    sandbox: Sandbox, moderator: Member, general: Channel, joined: list[int]
) -> None:
    """Only who joined since then, in the other format."""
    reply = await use(sandbox, moderator, general, EXPORT, format="jsonl", since="2026-11-02")

    [(name, table)] = reply.files.items()
    rows = [json.loads(line) for line in table.decode().splitlines()]
    assert name.endswith(".jsonl")
    assert [str(one) for one in joined[1:]] == [row["member_id"] for row in rows]
    assert reply.content.startswith("2 joins")


async def test_a_large_one_is_compressed(
    sandbox: Sandbox,
    moderator: Member,
    general: Channel,
    joined: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What grows large comes as a .gz with the same lines; a bound is lowered for that."""
    monkeypatch.setattr(sys.modules[reports.__name__], "PLAIN", 10)

    reply = await use(sandbox, moderator, general, EXPORT)

    [(name, table)] = reply.files.items()
    assert name.endswith(".csv.gz")
    assert len(joined) + 1 == len(gzip.decompress(table).splitlines())


@pytest.mark.parametrize("bound", ["MOST", "MOST_PLAIN"])
async def test_what_does_not_fit_is_refused(
    sandbox: Sandbox,
    moderator: Member,
    general: Channel,
    joined: list[int],
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
) -> None:
    """Nothing is cut off in silence: it is said what to do instead; a bound is lowered for that."""
    monkeypatch.setattr(sys.modules[reports.__name__], bound, 10)

    reply = await use(sandbox, moderator, general, EXPORT)

    assert joined
    assert "more than fits into a file" in reply.text
    assert {} == reply.files


async def test_what_is_no_day(sandbox: Sandbox, moderator: Member, general: Channel) -> None:
    """A sentence with an example, and no file."""
    reply = await use(sandbox, moderator, general, EXPORT, since="last week")

    assert "`last week` is not a day" in reply.text
    assert {} == reply.files


async def test_only_who_manages_the_server(
    sandbox: Sandbox, guild: Guild, stranger: Member, general: Channel, joined: list[int]
) -> None:
    """Others learn nothing, wherever they ask."""
    if sandbox.platform == "discord":
        guild.allow_command("report", stranger)

    reply = await use(sandbox, stranger, general, EXPORT)

    assert joined
    assert "You need **Manage Server**" in reply.text
    assert {} == reply.files


def test_a_time_of_its_own_zone() -> None:
    """UTC unless it says otherwise."""
    there = reports.since("2026-11-01T12:00+02:00")

    assert timedelta(hours=2) == there.utcoffset()
    assert UTC is reports.since("2026-11-01").tzinfo
