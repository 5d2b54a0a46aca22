"""Figures laid out by days: what is proved under its source, all else under why it is not."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.reports import Beginning, Timeline, laid_out, timeline
from data.models import Certainty, JoinsOfDay, LeavesOfDay, Source

MONDAY = date(2026, 5, 4)
DAYS = [MONDAY + timedelta(days=number) for number in range(3)]


def joins(
    day: int, certainty: Certainty, source: Source, count: int = 1, backfilled: int = 0
) -> JoinsOfDay:
    return JoinsOfDay(DAYS[day], certainty, source, count, backfilled)


def laid(*rows: JoinsOfDay, left: tuple[LeavesOfDay, ...] = ()) -> Timeline:
    return laid_out(DAYS, rows, left, Beginning(DAYS[0]))


class Asked:
    """A ledger that remembers which days it was asked about."""

    def __init__(self, begun: datetime | None = None, heard: datetime | None = None) -> None:
        self.days: list[tuple[date, date]] = []
        self._begun = begun
        self._heard = heard

    async def joins_by_day(self, guild_id: int, first: date, last: date) -> list[JoinsOfDay]:
        self.days.append((first, last))
        return [JoinsOfDay(last, Certainty.CERTAIN, Source.VANITY, guild_id, 0)]

    async def leaves_by_day(self, guild_id: int, first: date, last: date) -> list[LeavesOfDay]:
        self.days.append((first, last))
        return [LeavesOfDay(first, guild_id)]

    async def begun(self, guild_id: int) -> datetime | None:
        assert guild_id == 7
        return self._begun

    async def first_heard(self, guild_id: int) -> datetime | None:
        assert guild_id == 7
        return self._heard


def test_what_is_proved_stands_under_its_source() -> None:
    """Confirmed, certain and corrected joins are one figure for each source and day."""
    figures = laid(
        joins(0, Certainty.CONFIRMED, Source.VANITY, 2),
        joins(0, Certainty.CERTAIN, Source.VANITY),
        joins(2, Certainty.CORRECTED, Source.INVITE, 4),
    )

    assert {Source.INVITE: (0, 0, 4), Source.VANITY: (3, 0, 0)} == figures.known
    assert [Source.INVITE, Source.VANITY] == list(figures.known)
    assert {} == figures.open
    assert 7 == figures.joins


@pytest.mark.parametrize("source", [Source.INVITE, Source.UNKNOWN])
def test_what_is_not_proved_stands_under_no_source(source: Source) -> None:
    """Also where it is said to be some invite, an ambiguous join counts as ambiguous."""
    figures = laid(
        joins(0, Certainty.PENDING, source, 3),
        joins(1, Certainty.AMBIGUOUS, source, 2),
        joins(1, Certainty.UNKNOWN, source),
    )

    assert {} == figures.known
    assert {} == figures.proofs
    assert [
        (Certainty.AMBIGUOUS, (0, 2, 0)),
        (Certainty.UNKNOWN, (0, 1, 0)),
        (Certainty.PENDING, (3, 0, 0)),
    ] == list(figures.open.items())


def test_a_record_that_names_no_source_proves_none() -> None:
    """Confirmed as unknown is unknown, together with what is that for other reasons."""
    figures = laid(
        joins(1, Certainty.CONFIRMED, Source.UNKNOWN, 2), joins(1, Certainty.UNKNOWN, Source.INVITE)
    )

    assert {Certainty.UNKNOWN: (0, 3, 0)} == figures.open
    assert ({}, {}) == (figures.known, figures.proofs)


def test_by_what_it_is_proved() -> None:
    """What is known is counted by how, and that adds up to what is known."""
    figures = laid(
        joins(0, Certainty.CERTAIN, Source.VANITY),
        joins(1, Certainty.CORRECTED, Source.INVITE, 4),
        joins(2, Certainty.CERTAIN, Source.INVITE, 8),
        joins(2, Certainty.AMBIGUOUS, Source.INVITE, 16),
    )

    assert [(Certainty.CERTAIN, 9), (Certainty.CORRECTED, 4)] == list(figures.proofs.items())
    assert sum(figures.proofs.values()) == sum(map(sum, figures.known.values()))


def test_leaves_have_a_figure_for_each_day() -> None:
    """A day on which nobody left has a nought, and so has a time in which nobody did."""
    assert (0, 5, 0) == laid(left=(LeavesOfDay(DAYS[1], 5),)).left
    assert (0, 0, 0) == laid().left


def test_those_found_in_the_record_are_added_up() -> None:
    """How many joins are known only because the record still showed them."""
    figures = laid(
        joins(0, Certainty.UNKNOWN, Source.UNKNOWN, 5, backfilled=4),
        joins(1, Certainty.CONFIRMED, Source.INVITE, 3, backfilled=2),
    )

    assert 6 == figures.backfilled


@pytest.mark.parametrize("days", [1, 2, 30, 365])
async def test_today_is_the_last_day(days: int) -> None:
    """So many days are asked for, by the day that it is in UTC, and each has its figure."""
    asked = Asked()
    tomorrow_elsewhere = datetime(2026, 5, 5, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    figures = await timeline(asked, 7, days, tomorrow_elsewhere)

    first = MONDAY - timedelta(days=days - 1)
    assert [(first, MONDAY)] * 2 == asked.days
    assert (first, MONDAY, days) == (figures.days[0], figures.days[-1], len(figures.days))
    assert (*(0,) * (days - 1), 7) == figures.known[Source.VANITY]
    assert (7, *(0,) * (days - 1)) == figures.left


@pytest.mark.parametrize(
    ("begun", "unseen"),
    [
        pytest.param(datetime(2026, 5, 4, 23, 59, tzinfo=UTC), 2, id="today"),
        pytest.param(datetime(2026, 5, 2, 23, 59, tzinfo=UTC), 0, id="on the first day"),
        pytest.param(datetime(2026, 5, 3, tzinfo=UTC), 1, id="on the second day"),
        pytest.param(datetime(2025, 1, 1, tzinfo=UTC), 0, id="long before"),
    ],
)
async def test_days_before_usher_came(begun: datetime, unseen: int) -> None:
    """A day is unseen if it was over when Usher came, whoever was heard of by then."""
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    asked = Asked(begun, heard=long_ago)
    figures = await timeline(asked, 7, 3, datetime(2026, 5, 4, 12, tzinfo=UTC))

    assert unseen == figures.unseen
    assert Beginning(begun.date()) == figures.beginning


@pytest.mark.parametrize(
    ("heard", "unseen"),
    [
        pytest.param(None, 2, id="nobody"),
        pytest.param(datetime(2026, 5, 4, 11, tzinfo=UTC), 2, id="today"),
        pytest.param(datetime(2026, 5, 3, 23, 59, tzinfo=UTC), 1, id="yesterday"),
        pytest.param(datetime(2025, 1, 1, tzinfo=UTC), 0, id="long before"),
    ],
)
async def test_invites_that_were_never_read(heard: datetime | None, unseen: int) -> None:
    """What is known begins with whom Usher first heard of, or else today: noughts of before are
    no figures.
    """
    figures = await timeline(Asked(None, heard), 7, 3, datetime(2026, 5, 4, 12, tzinfo=UTC))

    assert unseen == figures.unseen
    assert Beginning(heard.date() if heard else MONDAY, read=False) == figures.beginning
