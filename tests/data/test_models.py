from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from data.models import (
    Counter,
    EndReason,
    InviteRecord,
    Source,
    from_ms,
    to_ms,
)
from tests.data.samples import INVITER, NOON, at, invite_of


def record(**options: object) -> InviteRecord:
    known: dict[str, object] = {
        "id": 1,
        "invite": invite_of("abc"),
        "moderator_id": None,
        "behalf_id": None,
        "campaign": None,
        "reason": None,
        "first_seen_at": NOON,
        "uses_before": 0,
        "ended_at": None,
        "end_reason": None,
        "ended_by": None,
        "end_note": None,
    }
    return InviteRecord.model_validate(known | options)


def test_moments_survive_the_way_through_milliseconds() -> None:
    """A moment with whole milliseconds comes back as it was, from any time zone, as UTC."""
    elsewhere = datetime(1969, 7, 20, 22, 17, 40, 123000, timezone(timedelta(hours=2)))

    assert from_ms(to_ms(elsewhere)) == elsewhere
    assert from_ms(to_ms(elsewhere)).tzinfo is UTC


def test_fractions_of_a_millisecond_are_rounded_down() -> None:
    """A moment never becomes later than it was."""
    assert to_ms(datetime(1970, 1, 1, 0, 0, 0, 1999, UTC)) == 1


def test_a_moment_without_a_zone_is_refused() -> None:
    """A naive time names no moment."""
    with pytest.raises(TypeError):
        to_ms(datetime(2026, 1, 1))  # noqa: DTZ001 - the claim


def test_a_source_among_candidates_has_a_tilde() -> None:
    """A source is never taken for a code, because no code may have a tilde."""
    assert Source.OTHER.candidate == "~other"
    with pytest.raises(ValidationError):
        invite_of("~other")


def test_unknown_fields_are_refused() -> None:
    """A misspelt field is an error, not a forgotten value."""
    with pytest.raises(ValidationError):
        invite_of("abc", max_use=1)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, False, id="plain"),
        pytest.param({"guest": True}, True, id="guest"),
        pytest.param({"role_ids": (5,)}, True, id="roles"),
    ],
)
def test_invites_that_members_may_use_up(options: dict[str, object], expected: bool) -> None:
    """Guest invites and those that grant roles may count people who belong already."""
    assert expected is invite_of("abc", **options).belongs_already


def test_what_attribution_needs_of_an_invite() -> None:
    """The counter of an invite has its limits and its times in milliseconds."""
    invite = invite_of("abc", uses=3, max_uses=9, expires_at=at(1), guest=True)

    created = to_ms(at(-3600))
    assert invite.counter() == Counter(3, 9, created, created + 3_601_000, belongs_already=True)
    assert invite_of("abc", created_at=None).counter() == Counter(0, 0, None, None)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, INVITER, id="the platform's inviter"),
        pytest.param({"moderator_id": 2}, 2, id="the moderator who asked"),
        pytest.param({"moderator_id": 2, "behalf_id": 3}, 3, id="the member it was made for"),
    ],
)
def test_who_is_credited(options: dict[str, object], expected: int) -> None:
    """Credit goes to the member it was made for, else to who asked, else to the inviter."""
    assert expected == record(**options).credited_id


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, False, id="no end"),
        pytest.param({"invite": invite_of("abc", expires_at=at(1))}, False, id="not yet"),
        pytest.param({"invite": invite_of("abc", expires_at=at(0))}, True, id="just now"),
        pytest.param({"ended_at": at(-1), "end_reason": EndReason.REVOKED}, True, id="revoked"),
    ],
)
def test_an_invite_has_ended(options: dict[str, object], expected: bool) -> None:
    """An invite has ended when somebody said so, and when its time has passed unsaid."""
    assert expected is record(**options).ended(NOON)
