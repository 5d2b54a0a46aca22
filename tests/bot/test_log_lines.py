"""Which lines of a log channel are said now, later or never."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.log_lines import MANY, TOLD_WITHIN, due, given_up, happened_at, in_time, nonce_of
from data.models import Certainty, LogKind, LogLine, LogMessage
from tests.cogs.samples import join

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
UNDECIDED = timedelta(seconds=10)
SECOND = timedelta(seconds=1)
JUST_NOW, BEFORE = NOW - SECOND, NOW - UNDECIDED
PENDING, CERTAIN = Certainty.PENDING, Certainty.CERTAIN


def line(number: int, arrived_at: datetime, certainty: Certainty) -> LogLine:
    told = join(arrived_at=arrived_at, certainty=certainty)
    return LogLine(id=number, kind=LogKind.JOIN, join=told)


def message(claimed_at: datetime, number: int = 1) -> LogMessage:
    return LogMessage(
        id=number,
        guild_id=1,
        channel_id=2,
        message_id=None,
        claimed_at=claimed_at,
        version=1,
        lines=(),
    )


@pytest.mark.parametrize(
    ("waiting", "said"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([(JUST_NOW, CERTAIN)], 1, id="decided"),
        pytest.param([(NOW, PENDING)], 0, id="undecided"),
        pytest.param([(BEFORE + SECOND, PENDING)], 0, id="undecided for long"),
        pytest.param([(BEFORE, PENDING)], 1, id="undecided for too long"),
        pytest.param([(NOW + SECOND, PENDING)], 1, id="by a clock that was put back"),
        pytest.param([(BEFORE, CERTAIN), (NOW, PENDING), (NOW, CERTAIN)], 1, id="one after it"),
        pytest.param([(NOW, PENDING)] * MANY, 0, id="not many yet"),
        pytest.param([(NOW, PENDING)] * (MANY + 1), MANY + 1, id="many"),
    ],
)
def test_what_is_due(waiting: list[tuple[datetime, Certainty]], said: int) -> None:
    """What is decided, or will hardly be soon, up to the first that may be; of many, all."""
    lines = [line(number, *one) for number, one in enumerate(waiting)]

    assert list(range(said)) == [one.id for one in due(lines, NOW, UNDECIDED)]


@pytest.mark.parametrize(
    ("waiting", "too_long"),
    [
        ([], False),
        ([NOW], False),
        ([NOW - TOLD_WITHIN, NOW], False),
        ([NOW - TOLD_WITHIN - SECOND, NOW], True),
    ],
)
def test_what_waited_too_long(waiting: list[datetime], too_long: bool) -> None:
    """The oldest tells, and at an hour to the second it is still said."""
    lines = [line(number, one, CERTAIN) for number, one in enumerate(waiting)]

    assert too_long is given_up(lines, NOW)


@pytest.mark.parametrize(
    ("kind", "left_at", "when"),
    [
        (LogKind.JOIN, None, BEFORE),
        (LogKind.JOIN, JUST_NOW, BEFORE),
        (LogKind.LEAVE, JUST_NOW, JUST_NOW),
        (LogKind.LEAVE, None, BEFORE),
    ],
)
def test_when_it_happened(kind: LogKind, left_at: datetime | None, when: datetime) -> None:
    """A leave when they left; a join, and a leave without a time, when the join was written."""
    told = join(arrived_at=BEFORE, left_at=left_at)

    assert when == happened_at(LogLine(id=1, kind=kind, join=told))


@pytest.mark.parametrize(
    ("waited", "news"), [(SECOND, True), (TOLD_WITHIN - SECOND, True), (TOLD_WITHIN, False)]
)
def test_what_is_news(waited: timedelta, news: bool) -> None:
    """What was claimed within the hour may still be said."""
    assert news is in_time(message(NOW - waited), NOW)


def test_a_nonce_is_of_one_message() -> None:
    """It is short enough for the platform, and another for each message, also of a new ledger."""
    claimed = [message(NOW), message(NOW, 2), message(NOW + SECOND), message(NOW, 1 << 40)]
    nonces = [nonce_of(each) for each in claimed]

    assert len(claimed) == len(set(nonces))
    assert all(len(each) <= 25 for each in nonces)
