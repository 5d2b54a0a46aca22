"""What is made of an answer of the record, and when the next one is asked for."""

import pytest

from bot.cases import Case, Hope, Key
from data.models import Confirmation, Source

SECOND = 1000
NOW = 3.0
HOPE = Hope(0.0, 900.0, sure_at=NOW)


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
    case.hear(told, precision)
    named = case.sure(NOW)
    assert all(key == (one.member_id, one.joined_at) for key, one in named.items())
    return set(named)


def test_named_by_the_second_and_kept_by_the_millisecond() -> None:
    """A record of whole seconds names the join that began within that second, and no other."""
    case = waiting((1, 5_723), (2, 6_000), (3, 4_999))

    assert {(1, 5_723)} == found(case, said(1, 5_000), said(2, 5_000), said(3, 5_000))


def test_kept_until_a_second_time_must_have_been_heard_of() -> None:
    """What is said early is kept, and named without being asked for again, also of somebody whom
    the record has no more.
    """
    case = Case(7, waiting={(1, 5_100): HOPE, (2, 5_900): HOPE._replace(sure_at=NOW + 0.1)})

    assert {(1, 5_100)} == found(case, said(1, 5_000), said(2, 5_000))
    case.name({(1, 5_100): "abc"})
    assert {} == case.unheard()
    assert NOW + 0.1 == case.next_look_at([0.01])
    assert {(2, 5_900)} == case.sure(NOW + 0.1).keys()


def test_heard_of_and_not_hoped_for_any_more() -> None:
    """Whoever is asked about only once is named by what was said then, also after others."""
    case = Case(7, waiting={(1, 5_100): Hope(0.0, 0.0, NOW), (2, 6_100): Hope(0.0, 0.0, NOW)})
    case.ask(1.0)
    case.hear([said(1, 5_000)], SECOND)

    assert case.give_up(2.0)
    assert {(1, 5_100)} == case.sure(NOW).keys() == case.waiting.keys()


def test_said_otherwise_before() -> None:
    """Two words on one second are of two times, whichever event is missing."""
    case = waiting((1, 5_100))
    case.hear([said(1, 5_000)], SECOND)
    case.hear([said(1, 5_000).model_copy(update={"code": "other"})], SECOND)

    assert {} == case.sure(NOW)
    assert {} == case.waiting


def test_named_together() -> None:
    """In a raid many are sure within moments: they are not named one by one."""
    case = Case(7, waiting={(n, 5_000): HOPE._replace(sure_at=NOW + n / 10) for n in range(9)})
    case.hear([said(n, 5_000) for n in range(9)], SECOND)

    case.name(dict.fromkeys(case.sure(NOW), "abc"))

    assert NOW + 0.5 == case.next_look_at([0.5])
    assert {1, 2, 3, 4, 5} == {member_id for member_id, _ in case.sure(NOW + 0.5)}


def test_an_exact_record_names_the_very_moment() -> None:
    """A record of milliseconds says nothing of another join within the same second."""
    case = waiting((1, 5_723), (1, 5_900))

    assert {(1, 5_900)} == found(case, said(1, 5_900), said(1, 5_000), precision=1)
    assert {(1, 5_723), (1, 5_900)} == case.waiting.keys()


@pytest.mark.parametrize("step", [1, SECOND])
def test_whoever_does_not_wait_is_not_named(step: int) -> None:
    """The record tells of everybody; only those who wait for it are written down."""
    assert set() == found(waiting((1, 5_000)), said(2, 5_000), precision=step)
