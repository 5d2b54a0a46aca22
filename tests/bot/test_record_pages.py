"""Which members of a page of the record are taken as there before Usher, and what is no page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import NoAnswerError
from bot.platforms.platform import Membership, RecordedMember, RecordPage
from bot.record_pages import MARGIN, announced_from, require_order, seconds_left, taken
from data.models import Backfill, Baseline, Confirmation, Met, RecordMark, Source, to_ms

BEGUN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EARLIEST = to_ms(BEGUN) - 10_000_000
LATE = to_ms(BEGUN) - 1_000_000


def backfill(**changes: Any) -> Backfill:
    facts = {
        "guild_id": 1,
        "moderator_id": 7,
        "begun_at": BEGUN,
        "mark": None,
        "members": 0,
        "named": 0,
        "total": None,
        "finished_at": None,
    }
    return Backfill.model_validate(facts | changes)


def page(*members: tuple[int, int], total: int = 10) -> RecordPage:
    """Members with when they joined, in milliseconds since the earliest; odd ids are named."""
    found = [
        RecordedMember(
            Membership(member_id, EARLIEST + ms, is_bot=False),
            Confirmation(member_id=member_id, joined_at=EARLIEST + ms, source=Source.HUB)
            if member_id % 2
            else None,
        )
        for member_id, ms in members
    ]
    mark = RecordMark(*found[-1].membership[:2]) if found else None
    return RecordPage(found, total, mark)


@pytest.mark.parametrize(
    ("total", "pages", "left"),
    [
        pytest.param(None, [(0, 1000), (2, 2000)], None, id="nobody knows how many"),
        pytest.param(9000, [(0, 1000)], None, id="one page is no pace"),
        pytest.param(9000, [(5, 1000), (7, 2000), (11, 3000)], 18, id="three seconds a page"),
        pytest.param(2500, [(0, 2000), (1, 3000)], 0, id="more were read than there are now"),
        pytest.param(3000, [(0, 3000), (1, 3000)], 0, id="the end"),
    ],
)
def test_the_time_left_is_computed_from_the_pace(
    total: int | None, pages: list[tuple[float, int]], left: float | None
) -> None:
    """What is left, at what the last pages took."""
    assert left == seconds_left(total, pages)


class TestWhoIsTaken:
    def test_without_a_baseline_everybody_until_shortly_before(self) -> None:
        """Who joined in the last minute may be about to be announced."""
        assert to_ms(BEGUN - timedelta(minutes=1)) == announced_from(backfill(), None)

    @pytest.mark.parametrize(
        ("begun", "until"),
        [
            pytest.param(EARLIEST, to_ms(BEGUN - MARGIN), id="long ago"),
            pytest.param(to_ms(BEGUN) - 1000, to_ms(BEGUN) - 1000, id="just now"),
        ],
    )
    def test_nobody_else_finds_who_joined_before_the_first_reading(
        self, begun: int, until: int
    ) -> None:
        """Up to it everybody is taken."""
        baseline = Baseline(
            read_at=BEGUN, platform_ms=to_ms(BEGUN), counters={}, vanity=None, begun_ms=begun
        )

        assert until == announced_from(backfill(), baseline)

    @pytest.mark.parametrize(
        ("read_at", "platform_ms", "until"),
        [
            pytest.param(BEGUN, LATE, LATE, id="by the platform's clock"),
            pytest.param(BEGUN, to_ms(BEGUN), to_ms(BEGUN - MARGIN), id="read just now"),
            pytest.param(BEGUN - 9 * MARGIN, None, to_ms(BEGUN - 10 * MARGIN), id="by ours"),
        ],
    )
    def test_who_joined_since_the_baseline_is_for_others(
        self, read_at: datetime, platform_ms: int | None, until: int
    ) -> None:
        """What follows the baseline is decided from counters, whether announced or missed."""
        baseline = Baseline(read_at=read_at, platform_ms=platform_ms, counters={}, vanity=None)

        assert until == announced_from(backfill(), baseline)


class TestPages:
    def test_a_page_brings_facts_and_names(self) -> None:
        """Everybody is a fact, and whom the record names a way for is confirmed."""
        part = taken(page((3, 0), (4, 5)), 1, LATE, frozenset(), 99)

        assert [(3, EARLIEST, 99), (4, EARLIEST + 5, 99)] == [fact[1:4] for fact in part.facts]
        assert [3] == [said.member_id for said in part.confirmations]
        assert RecordMark(4, EARLIEST + 5) == part.mark
        assert (10, False) == (part.total, part.last)

    def test_who_joined_since_the_first_reading_was_missed(self) -> None:
        """To the millisecond; all others were there before."""
        part = taken(page((3, 0), (4, 5)), 1, LATE, frozenset(), 99, EARLIEST + 5)

        assert [Met.BACKFILL, Met.GAP] == [fact.met for fact in part.facts]

    def test_who_came_too_late_is_not_taken(self) -> None:
        """To the millisecond."""
        late = LATE - EARLIEST

        part = taken(page((3, late - 1), (5, late)), 1, LATE, frozenset(), 99)

        assert [3] == [fact.member_id for fact in part.facts]
        assert [3] == [said.member_id for said in part.confirmations]
        assert RecordMark(3, EARLIEST + late - 1) == part.mark

    def test_who_came_again_meanwhile_hides_nobody(self) -> None:
        """A late one at the end of a page does not let it go on after those who follow."""
        part = taken(page((3, 0), (5, 10_000_000)), 1, LATE, frozenset(), 99)

        assert (RecordMark(3, EARLIEST), False) == (part.mark, part.last)

    def test_what_an_answer_repeats_is_not_taken_twice(self) -> None:
        """Where a page begins with the last one's end, that counts once."""
        part = taken(page((3, 0), (4, 0)), 1, LATE, frozenset([3]), 99)

        assert [4] == [fact.member_id for fact in part.facts]

    @pytest.mark.parametrize("answer", [page(), page((3, 0)), page((5, 10_000_000))])
    def test_the_page_that_brings_nobody_is_the_last(self, answer: RecordPage) -> None:
        """Empty, known or too late: then the record has told of everybody."""
        part = taken(answer, 1, LATE, frozenset([3]), 99)

        assert (True, None, ()) == (part.last, part.mark, part.facts)

    @pytest.mark.parametrize(
        ("answer", "mark"),
        [
            pytest.param(page(), None, id="empty at once"),
            pytest.param(page((1, 5000), (2, 0)), None, id="newest first"),
            pytest.param(page((1, 0), (2, 9000)), RecordMark(3, EARLIEST + 5000), id="anew"),
        ],
    )
    def test_an_answer_to_another_question_is_refused(
        self, answer: RecordPage, mark: RecordMark | None
    ) -> None:
        """What would look like the end, and is not, is no answer."""
        with pytest.raises(NoAnswerError):
            require_order(answer, mark)

    @pytest.mark.parametrize(
        ("answer", "mark"),
        [
            pytest.param(page((1, 0)), None, id="one"),
            pytest.param(page((1, 0), (2, 0), (3, 9000)), None, id="in order"),
            pytest.param(page((2, 4999)), RecordMark(1, EARLIEST + 5000), id="rounded"),
            pytest.param(page(), RecordMark(1, EARLIEST), id="the end"),
        ],
    )
    def test_an_answer_in_order_is_one(self, answer: RecordPage, mark: RecordMark | None) -> None:
        """Times may be rounded, and the record may end."""
        require_order(answer, mark)
