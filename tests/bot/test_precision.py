"""One membership, told exactly by one and in whole seconds by another."""

import pytest

from bot.platforms.platform import Membership, RecordedMember, RecordPage
from bot.precision import as_known, is_known, told_apart_after, twice
from data.models import Confirmation, RecordMark, Source


@pytest.mark.parametrize(
    ("known", "precision", "same"),
    [
        pytest.param(5_723, 1000, True, id="told by both"),
        pytest.param(5_000, 1000, True, id="only the record had told of it"),
        pytest.param(5_100, 1000, False, id="another within the same second"),
        pytest.param(4_000, 1000, False, id="another second"),
        pytest.param(None, 1000, False, id="not known"),
        pytest.param(5_723, 1, True, id="an exact record"),
        pytest.param(5_000, 1, False, id="an exact record, another time"),
    ],
)
def test_which_memberships_are_one(known: int | None, precision: int, *, same: bool) -> None:
    """Somebody in the list of members is whom the ledger has, if the record told it of them."""
    assert same is is_known(Membership(1, 5_723, False), known, precision)


@pytest.mark.parametrize(
    ("joined_at", "precision", "seconds"),
    [
        pytest.param(5_000, 1000, 1.0 + 2.0, id="as a second begins"),
        pytest.param(5_750, 1000, 0.25 + 2.0, id="late in a second"),
        pytest.param(5_750, 1, 0.0, id="an exact record"),
    ],
)
def test_when_a_second_time_must_have_been_heard_of(
    joined_at: int, precision: int, seconds: float
) -> None:
    """The last to come again within the second is announced when it is over, at the latest so much
    later as events may be.
    """
    assert seconds == told_apart_after(joined_at, precision, 2.0)


@pytest.mark.parametrize(
    ("known", "precision", "again"),
    [
        pytest.param([(1, 5_100), (1, 5_900)], 1000, True, id="within a second"),
        pytest.param([(1, 5_100), (1, 5_100)], 1000, False, id="one membership, told twice"),
        pytest.param([(1, 5_100), (1, 6_000)], 1000, False, id="in two seconds"),
        pytest.param([(1, 5_100), (2, 5_900)], 1000, False, id="two members"),
        pytest.param([(1, 5_100), (1, 5_900)], 1, False, id="an exact record"),
    ],
)
def test_who_joined_twice_within_a_step(
    known: list[tuple[int, int]], precision: int, *, again: bool
) -> None:
    """Of them a record of steps may mean either time, whichever is asked about."""
    assert again is ((1, 5_100) in twice([(1, 5_100)], known, precision))


def page(*times: int) -> RecordPage:
    members = [
        RecordedMember(
            Membership(n, at, False),
            Confirmation(
                member_id=n,
                joined_at=at,
                source=Source.DISCOVERY,
                code=None,
                inviter_id=None,
                raw_source=6,
            ),
        )
        for n, at in enumerate(times, 1)
    ]
    return RecordPage(members, len(members), RecordMark(len(times), times[-1]))


def test_a_page_with_the_times_that_are_known() -> None:
    """Whoever is in the ledger keeps the time they have there, also in what is said of them."""
    known = [(1, 5_723), (1, 3_100), (2, 6_100), (4, 5_500)]

    told = as_known(page(5_000, 5_000, 7_000), known, 1000)

    times = [(each.membership.joined_at, each.confirmation) for each in told.members]
    assert [5_723, 5_000, 7_000] == [at for at, _ in times]
    assert all(said is not None and said.joined_at == at for at, said in times)
    assert RecordMark(3, 7_000) == told.mark


def test_of_two_within_a_second_the_last_is_meant() -> None:
    """Whoever came again within the same second is a member since the second time."""
    told = as_known(page(5_000), [(1, 5_900), (1, 5_100)], 1000)

    assert 5_900 == told.members[0].membership.joined_at
