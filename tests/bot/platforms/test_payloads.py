from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bot.platforms.payloads import (
    AuditEntry,
    InvitePayload,
    RecordAnswer,
    has_counters,
    invite_list,
    memberships,
)
from bot.platforms.platform import Membership, RecordPage
from data.models import Confirmation, EndReason, RecordMark, Source, to_ms

FULL: dict[str, Any] = {
    "code": "abc",
    "type": 0,
    "guild": {"id": "7", "name": "Harbour", "features": []},
    "channel": {"id": "8", "name": "general", "type": 0},
    "inviter": {"id": "9", "username": "inviter", "discriminator": "0", "avatar": None},
    "created_at": "2026-11-01T10:00:00.123456+00:00",
    "expires_at": "2026-11-02T10:00:00+00:00",
    "max_age": 86400,
    "max_uses": 5,
    "temporary": True,
    "flags": 1,
    "role_ids": ["11", "12"],
    "target_user": {"id": "13"},
    "target_application": {"id": "14", "name": "a game"},
    "uses": 2,
    "a field of tomorrow": {},
}


def test_every_field_of_a_listed_invite() -> None:
    """An invite keeps everything that the list tells of it."""
    invite = InvitePayload.model_validate(FULL).invite(7)

    assert (7, "abc", 8, 9) == (invite.guild_id, invite.code, invite.channel_id, invite.inviter_id)
    assert datetime(2026, 11, 1, 10, 0, 0, 123456, UTC) == invite.created_at
    assert datetime(2026, 11, 2, 10, tzinfo=UTC) == invite.expires_at
    assert (86400, 5, 2) == (invite.max_age, invite.max_uses, invite.uses)
    assert (True, True, (11, 12)) == (invite.temporary, invite.guest, invite.role_ids)
    assert (13, 14) == (invite.target_user_id, invite.target_application_id)
    assert invite.belongs_already


def test_the_shape_of_the_gateway() -> None:
    """An event names the channel by id and gives no more than it has."""
    payload = {"code": "abc", "channel_id": "8", "guild_id": "7", "uses": 0, "roles": [{"id": "5"}]}

    invite = InvitePayload.model_validate(payload).invite(7)

    assert (8, None, None) == (invite.channel_id, invite.inviter_id, invite.created_at)
    assert (5,) == invite.role_ids


@pytest.mark.parametrize(
    "answer",
    [None, "", "<html>", {}, {"message": "no"}, [1], [{"uses": 1}], [{"code": "a", "uses": "x"}]],
    ids=repr,
)
def test_what_is_no_list_is_refused(answer: object) -> None:
    """Garbage is never read as an empty list."""
    with pytest.raises(ValidationError):
        invite_list(answer)


def test_an_empty_list_is_a_list() -> None:
    """A guild without invites has an answer, and it has counters."""
    assert [] == invite_list([])
    assert has_counters([])


def test_missing_counters_are_noticed() -> None:
    """One invite without uses makes the whole answer one without counters."""
    without = {name: value for name, value in FULL.items() if name != "uses"}

    assert not has_counters(invite_list([FULL, without]))


def entry(**more: Any) -> AuditEntry:
    payload = {"id": "1", "action_type": 42, "user_id": "9", "reason": "spam", **more}
    return AuditEntry.model_validate(payload)


def test_a_revocation_names_code_and_person() -> None:
    """The deleted code stands among the changes, the person in the entry."""
    found = entry(changes=[{"key": "uses", "old_value": 3}, {"key": "code", "old_value": "abc"}])

    assert "abc" == found.deleted_code()
    ending = found.revocation(datetime(2026, 11, 1, tzinfo=UTC), own_id=5)
    assert (EndReason.REVOKED, 9, "spam") == (ending.reason, ending.by, ending.note)


def test_a_creation_names_its_code() -> None:
    """The new code stands among the changes, too."""
    changes = [{"key": "code", "new_value": "abc"}]

    assert "abc" == entry(action_type=40, changes=changes).created_code()
    assert entry(changes=changes).created_code() is None


def test_who_added_a_bot() -> None:
    """The bot is what the entry is about, the person whose entry it is."""
    assert (7, 9) == entry(action_type=28, target_id="7").added_bot()
    assert entry(target_id="7").added_bot() is None
    assert entry(action_type=28).added_bot() is None


def test_own_revocations_leave_the_person_to_the_order() -> None:
    """The audit log names Usher for what a moderator asked; that is not who revoked it."""
    ending = entry().revocation(datetime(2026, 11, 1, tzinfo=UTC), own_id=9)

    assert (EndReason.REVOKED, None, None) == (ending.reason, ending.by, ending.note)


@pytest.mark.parametrize(
    "more",
    [{"action_type": 40}, {"changes": None}, {"changes": [{"key": "code", "old_value": 7}]}],
    ids=repr,
)
def test_other_entries_name_no_code(more: dict[str, Any]) -> None:
    """Only a deletion that names its code is one."""
    changes = [{"key": "code", "old_value": "abc"}]

    assert entry(**{"changes": changes, **more}).deleted_code() is None


def recorded(source: int, *, bot: bool = False, **more: Any) -> dict[str, Any]:
    user = {"id": "5", "username": "somebody", "bot": bot}
    member = {"user": user, "joined_at": "2026-11-01T10:00:00.123456+00:00", "roles": []}
    return {"member": member, "join_source_type": source, "inviter_id": "9", **more}


def page(members: list[dict[str, Any]], total: int = 0) -> RecordPage:
    answer = {"guild_id": "7", "members": members, "total_result_count": total}
    return RecordAnswer.model_validate(answer).page()


def told(members: list[dict[str, Any]]) -> list[Confirmation]:
    return [m.confirmation for m in page(members).members if m.confirmation is not None]


@pytest.mark.parametrize(
    ("number", "source", "inviter_id"),
    [
        (1, Source.OAUTH, None),
        (2, Source.INTEGRATION, None),
        (3, Source.DISCOVERY, None),
        (4, Source.HUB, None),
        (5, Source.INVITE, 9),
        (6, Source.VANITY, None),
        (7, Source.MANUAL, None),
        (8, Source.LOBBY, None),
        (99, Source.OTHER, None),
    ],
)
def test_sources_of_the_record(number: int, source: Source, inviter_id: int | None) -> None:
    """Each number has its source, an unknown one is kept as it came, and only an invite has a
    person as inviter: elsewhere the id may be an integration's.
    """
    [entry] = told([recorded(number, source_invite_code="abc")])

    assert (source, number, inviter_id) == (entry.source, entry.raw_source, entry.inviter_id)
    assert to_ms(datetime(2026, 11, 1, 10, 0, 0, 123456, UTC)) == entry.joined_at


def test_a_record_that_says_nothing_settles_nothing() -> None:
    """Zero is "not told", and an invite without a code: neither replaces what counters know."""
    assert [] == told([recorded(0), recorded(5)])


def test_a_bot_was_added_and_not_authorised() -> None:
    """The record has one number for both; who is a bot tells them apart."""
    [entry] = told([recorded(1, bot=True)])

    assert Source.BOT is entry.source


def test_a_page_of_the_record() -> None:
    """It has everybody, also those of whom it names no way, and ends at its last member."""
    found = page([recorded(5, source_invite_code="abc"), recorded(0)], total=7)

    joined_at = to_ms(datetime(2026, 11, 1, 10, 0, 0, 123456, UTC))
    assert [Membership(5, joined_at, False)] * 2 == [m.membership for m in found.members]
    assert [False, True] == [member.confirmation is None for member in found.members]
    assert (7, RecordMark(5, joined_at)) == (found.total, found.mark)


def test_an_empty_page_of_the_record() -> None:
    """Nothing follows it: there is no mark to go on from."""
    assert RecordPage([], 0, None) == page([])


def test_a_guild_that_is_being_indexed_is_no_empty_page() -> None:
    """Without `members` it is no answer, whatever else it says."""
    with pytest.raises(ValidationError):
        RecordAnswer.model_validate({"code": 110000, "retry_after": 5})


def test_one_that_cannot_be_read_spoils_no_page() -> None:
    """Whoever else is in it is told, and it goes on behind the last of them."""
    guest = recorded(5, source_invite_code="abc")
    guest["member"]["joined_at"] = None

    found = page([{"member": {}}, recorded(3), guest])

    assert [Source.DISCOVERY] == [m.confirmation.source for m in found.members if m.confirmation]
    assert found.mark is not None


def test_a_page_of_which_nothing_can_be_read() -> None:
    """It is no empty page: whoever pages on must not think that it is the last."""
    with pytest.raises(ValueError, match="can be read"):
        page([{"member": {}}])


def test_the_list_of_members() -> None:
    """Who is a member, since when, and whether it is a bot; a guest stands there without a time,
    for a list that leaves somebody out says that they have left.
    """
    joined = {"joined_at": "2026-11-01T10:00:00+00:00"}

    found = memberships(
        [{"user": {"id": "5", "bot": True}, **joined}, {"user": {"id": "6"}, "joined_at": None}]
    )

    at = to_ms(datetime(2026, 11, 1, 10, tzinfo=UTC))
    assert [Membership(5, at, True), Membership(6, 0, False)] == found
