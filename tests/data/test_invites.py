import pytest

from data.ledger import Ledger
from data.models import (
    Creation,
    Ending,
    EndReason,
    Invite,
    InviteFilter,
    InviteKind,
    InviteRecord,
    InviteState,
    to_ms,
)
from tests.data.samples import (
    GUILD,
    INVITER,
    MODERATOR,
    NOON,
    at,
    invite_of,
    latest,
)

FULL = Invite(
    guild_id=GUILD,
    code="full",
    kind=InviteKind.OTHER,
    raw_kind=9,
    channel_id=1,
    pack_id=3,
    inviter_id=2,
    created_at=at(-5.5),
    expires_at=at(3600),
    max_age=3600,
    max_uses=7,
    temporary=True,
    guest=True,
    role_ids=(30, 20),
    target_user_id=4,
    target_application_id=5,
    uses=6,
)
AUDIT = Ending(at=at(3), reason=EndReason.REVOKED, by=MODERATOR, note="spam")


async def test_an_invite_is_kept_as_it_was_described(ledger: Ledger) -> None:
    """Everything that the platform says of an invite comes back, and what Usher knows of it."""
    creation = Creation(moderator_id=8, behalf_id=9, campaign="spring", reason="for the fair")

    await ledger.record_invite(FULL, NOON, uses_before=6, creation=creation)

    assert await ledger.invite(GUILD, "full") == InviteRecord(
        id=1,
        invite=FULL,
        moderator_id=8,
        behalf_id=9,
        campaign="spring",
        reason="for the fair",
        first_seen_at=NOON,
        uses_before=6,
        ended_at=None,
        end_reason=None,
        ended_by=None,
        end_note=None,
    )


async def test_an_unknown_code_is_unknown(ledger: Ledger) -> None:
    """A code of another guild is as unknown as one that does not exist."""
    await ledger.record_invite(invite_of("abc"), NOON)

    assert await ledger.invite(GUILD + 1, "abc") is None
    assert await ledger.invite(GUILD, "abd") is None


async def test_a_poorer_description_takes_nothing_away(ledger: Ledger) -> None:
    """Described again with less, an invite keeps what was known of it, and who asked for it."""
    await ledger.record_invite(FULL, NOON, creation=Creation(moderator_id=8, campaign="x"))
    before = await latest(ledger, "full")
    poor = Invite(
        guild_id=GUILD,
        code="full",
        channel_id=None,
        inviter_id=None,
        created_at=None,
        expires_at=None,
    )

    await ledger.record_invite(poor, at(9), uses_before=3)
    await ledger.record_invite(poor.model_copy(update={"created_at": FULL.created_at}), at(9))

    assert await latest(ledger, "full") == before
    assert (await ledger.invites(GUILD))[1] == 1


async def test_a_richer_description_adds_to_it(ledger: Ledger) -> None:
    """What a first description lacked is filled in by a later one."""
    await ledger.record_invite(
        invite_of("full", created_at=FULL.created_at, inviter_id=None, kind=FULL.kind, raw_kind=9),
        NOON,
    )

    await ledger.record_invite(FULL, at(1))

    assert (await latest(ledger, "full")).invite == FULL


async def test_a_code_that_comes_back_is_another_invite(ledger: Ledger) -> None:
    """The same code created at another time is a new invite, and the code then names that one."""
    await ledger.record_invite(invite_of("abc", uses=5), NOON)
    await ledger.record_ending(GUILD, "abc", Ending(at=at(1), reason=EndReason.UNKNOWN))
    await ledger.record_invite(invite_of("abc", created_at=at(2)), at(2))

    listed, total = await ledger.invites(GUILD, InviteFilter(state=InviteState.ALL))
    assert [(one.id, one.ended_at) for one in listed] == [(2, None), (1, at(1))]
    assert total == 2
    assert (await latest(ledger, "abc")).id == 2


async def test_the_first_to_ask_for_an_invite_stays(ledger: Ledger) -> None:
    """Asked for again, an invite keeps its moderator; only what was not said is filled in."""
    await ledger.record_invite(invite_of("abc"), NOON)
    first = Creation(moderator_id=1, campaign="spring")
    await ledger.record_creation(GUILD, "abc", at(-3600), first)

    second = Creation(moderator_id=2, behalf_id=3, campaign="autumn", reason="again")
    await ledger.record_creation(GUILD, "abc", at(-3600), second)

    record = await latest(ledger, "abc")
    assert (record.moderator_id, record.campaign) == (1, "spring")
    assert (record.behalf_id, record.reason) == (3, "again")
    assert record.credited_id == 3


async def test_a_creation_belongs_to_one_invite(ledger: Ledger) -> None:
    """Who asked for an invite is not who asked for another with the same code."""
    await ledger.record_invite(invite_of("abc", created_at=None), NOON)
    await ledger.record_invite(invite_of("abc"), NOON)

    await ledger.record_creation(GUILD, "abc", None, Creation(moderator_id=1))

    every, _ = await ledger.invites(GUILD)
    assert {one.invite.created_at: one.moderator_id for one in every} == {None: 1, at(-3600): None}


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        pytest.param(
            Ending(at=at(9), reason=EndReason.UNKNOWN), AUDIT, AUDIT, id="unknown, then a person"
        ),
        pytest.param(
            AUDIT, Ending(at=at(9), reason=EndReason.UNKNOWN, by=5), AUDIT, id="a person, then not"
        ),
        pytest.param(
            Ending(at=at(9), reason=EndReason.UNKNOWN, note="why?"),
            Ending(at=at(3), reason=EndReason.EXPIRED),
            Ending(at=at(3), reason=EndReason.EXPIRED, note="why?"),
            id="unknown, then a reason",
        ),
        pytest.param(
            Ending(at=at(9), reason=EndReason.EXHAUSTED), AUDIT, AUDIT, id="guessed, then a person"
        ),
        pytest.param(
            AUDIT, Ending(at=at(1), reason=EndReason.EXPIRED), AUDIT, id="a person, then expired"
        ),
        pytest.param(
            Ending(at=at(3), reason=EndReason.REVOKED),
            AUDIT,
            AUDIT,
            id="revoked, then by whom",
        ),
        pytest.param(
            AUDIT.model_copy(update={"note": None}),
            AUDIT.model_copy(update={"at": at(9), "by": 5}),
            AUDIT,
            id="by whom, then why",
        ),
        pytest.param(
            Ending(at=at(3), reason=EndReason.EXPIRED),
            Ending(at=at(4), reason=EndReason.EXHAUSTED, note="full"),
            Ending(at=at(3), reason=EndReason.EXPIRED),
            id="two reasons",
        ),
    ],
)
async def test_better_evidence_of_an_ending_replaces_weaker(
    ledger: Ledger, first: Ending, then: Ending, expected: Ending
) -> None:
    """A known reason replaces an unknown one and a known person any other, never the reverse."""
    await ledger.record_invite(invite_of("abc"), NOON)
    await ledger.record_invite(invite_of("other"), NOON)

    await ledger.record_ending(GUILD, "abc", first)
    await ledger.record_ending(GUILD, "abc", then)
    await ledger.record_ending(GUILD, "abc", then)

    assert (await latest(ledger, "abc")).ending == expected
    assert (await latest(ledger, "other")).ending is None


async def test_the_end_of_an_unknown_invite_is_nothing(ledger: Ledger) -> None:
    """That an invite ended which was never seen leaves no trace."""
    await ledger.record_ending(GUILD, "abc", AUDIT)

    assert await ledger.invite(GUILD, "abc") is None


async def test_an_event_after_the_end_revives_nothing(ledger: Ledger) -> None:
    """A create event that arrives after the delete event does not bring an invite back."""
    await ledger.record_invite(invite_of("abc"), NOON)
    await ledger.record_ending(GUILD, "abc", AUDIT)

    await ledger.record_invite(invite_of("abc"), at(9))

    assert (await latest(ledger, "abc")).ending == AUDIT


async def test_expiry_is_noticed_without_an_event(ledger: Ledger) -> None:
    """Invites whose time has passed end at that time, once, in every guild; others stay."""
    await ledger.record_invite(invite_of("gone", expires_at=at(5)), NOON)
    await ledger.record_invite(invite_of("elsewhere", guild_id=1, expires_at=at(6)), NOON)
    await ledger.record_invite(invite_of("later", expires_at=at(7)), NOON)
    await ledger.record_invite(invite_of("never"), NOON)

    assert [await ledger.expire(at(6)), await ledger.expire(at(6))] == [2, 0]

    assert (await latest(ledger, "gone")).ending == Ending(at=at(5), reason=EndReason.EXPIRED)
    listed, _ = await ledger.invites(GUILD)
    assert {one.invite.code for one in listed} == {"later", "never"}


async def test_outside_the_baseline_the_highest_count_is_known(ledger: Ledger) -> None:
    """Of an invite that no reading has settled, the highest count that was told is kept."""
    for uses in (0, 3, 1):
        await ledger.record_invite(invite_of("abc", uses=uses), NOON)

    assert (await latest(ledger, "abc")).invite.uses == 3


async def test_times_are_kept_to_the_millisecond(ledger: Ledger) -> None:
    """Microseconds of the platform make no second invite of one."""
    created = at(-5.5).replace(microsecond=500_123)
    await ledger.record_invite(invite_of("abc", created_at=created), NOON)
    await ledger.record_invite(invite_of("abc", created_at=created), NOON)

    assert (await ledger.invites(GUILD))[1] == 1
    record = await latest(ledger, "abc")
    assert record.invite.created_at is not None
    assert to_ms(record.invite.created_at) == to_ms(created)
    assert record.credited_id == INVITER
