"""What is made of an answer of the record, and when the next one is asked for."""

import pytest

from bot.cases import Case, Hope, Key
from data.models import Confirmation, Source

SECOND = 1000
NOW = 3.0
HOPE = Hope(NOW, 900.0)


def waiting(*joins: Key) -> Case:
    return Case(7, waiting=dict.fromkeys(joins, HOPE))


def said(member_id: int, joined_at: int) -> Confirmation:
    return Confirmation(
        member_id=member_id,
        joined_at=joined_at,
        source=Source.INVITE,
        code="abc",
        inviter_id=None,
        raw_source=1,
    )


def found(case: Case, *told: Confirmation, precision: int = SECOND) -> set[Key]:
    named = case.told(told, precision, NOW)
    assert all(key == (one.member_id, one.joined_at) for key, one in named.items())
    return set(named)


def test_named_by_the_second_and_kept_by_the_millisecond() -> None:
    """A record of whole seconds names the join that began within that second, and no other."""
    case = waiting((1, 5_723), (2, 6_000), (3, 4_999))

    assert {(1, 5_723)} == found(case, said(1, 5_000), said(2, 5_000), said(3, 5_000))


def test_named_before_a_second_time_could_be_heard_of() -> None:
    """Of whom it is too early to hope for a word this one is no use, and another is waited for."""
    case = Case(7, waiting={(1, 5_100): HOPE, (2, 5_900): Hope(NOW + 0.1, 900.0)})

    assert {(1, 5_100)} == found(case, said(1, 5_000), said(2, 5_000))
    assert (2, 5_900) in case.waiting


def test_an_exact_record_names_the_very_moment() -> None:
    """A record of milliseconds says nothing of another join within the same second."""
    case = waiting((1, 5_723), (1, 5_900))

    assert {(1, 5_900)} == found(case, said(1, 5_900), said(1, 5_000), precision=1)
    assert {(1, 5_723), (1, 5_900)} == case.waiting.keys()


def test_twice_within_a_second_is_named_neither_time() -> None:
    """Whoever left and came again within one second may be meant either time: the answer is of no
    use, and is not asked for again.
    """
    case = waiting((1, 5_100), (1, 5_900), (2, 5_100))

    assert {(2, 5_100)} == found(case, said(1, 5_000), said(2, 5_000))
    assert {(2, 5_100)} == case.waiting.keys()


def test_twice_within_a_second_although_the_first_was_named() -> None:
    """What the record has said of the first is not said of the second, while that may be."""
    case = waiting((1, 5_900))
    case.undecided = {(1, 5_100), (1, 5_900)}

    assert set() == found(case, said(1, 5_000))


@pytest.mark.parametrize("step", [1, SECOND])
def test_whoever_does_not_wait_is_not_named(step: int) -> None:
    """The record tells of everybody; only those who wait for it are written down."""
    assert set() == found(waiting((1, 5_000)), said(2, 5_000), precision=step)
