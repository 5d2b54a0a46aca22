"""Invites that belong to no guild: of group DMs, friends and packs."""

import pytest

from data.errors import LedgerRefusedError
from data.ledger import Ledger
from data.models import (
    NO_GUILD,
    Creation,
    Ending,
    EndReason,
    Invite,
    InviteFilter,
    InviteKind,
    InviteState,
)
from tests.data.samples import GUILD, NOON, at, invite_of, join_of, settlement_of, verdict_of

ELSEWHERE: dict[InviteKind, dict[str, int | None]] = {
    InviteKind.GROUP_DM: {"channel_id": 51},
    InviteKind.FRIEND: {"channel_id": None},
    InviteKind.EMOJI_PACK: {"channel_id": None, "pack_id": 61},
    InviteKind.STICKER_PACK: {"channel_id": None, "pack_id": 62},
}


def elsewhere(kind: InviteKind, code: str = "abc") -> Invite:
    return invite_of(code, guild_id=NO_GUILD, kind=kind, **ELSEWHERE[kind])


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_it_is_kept_as_what_it_is(ledger: Ledger, kind: InviteKind) -> None:
    """Its kind, its channel or pack and its maker are written down, in no guild."""
    await ledger.record_invite(elsewhere(kind), NOON)

    record = await ledger.invite(NO_GUILD, "abc")

    assert record is not None
    assert elsewhere(kind) == record.invite


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_no_guild_ever_sees_it(ledger: Ledger, kind: InviteKind) -> None:
    """Whatever a guild asks, it is not among the answers, also not under the same code."""
    await ledger.record_invite(invite_of("abc"), NOON)
    what = Creation(moderator_id=1, campaign="spring")
    await ledger.record_invite(elsewhere(kind), NOON, creation=what)
    await ledger.record_invite(elsewhere(kind, "other"), NOON)
    await ledger.record_join(join_of(1))
    await ledger.settle(settlement_of(verdicts=(verdict_of(join_of(1), "other"),)))

    everything = InviteFilter(state=InviteState.ALL)
    [record], total = await ledger.invites(GUILD, everything)
    assert (InviteKind.GUILD, 1) == (record.invite.kind, total)
    assert ["abc"] == [found.invite.code for found in await ledger.codes(GUILD, "")]
    assert [] == await ledger.campaigns(GUILD, "")
    assert await ledger.invite(GUILD, "other") is None
    assert ["abc"] == [found.invite.code for found in await ledger.unlisted(GUILD, NOON)]
    [join] = await ledger.joins_of(GUILD, 1)
    assert join.inviter_id is None


async def test_the_same_invite_twice(ledger: Ledger) -> None:
    """Listed again it is the same one, with the uses it has by now; created anew it is another."""
    pack = elsewhere(InviteKind.EMOJI_PACK)
    await ledger.record_invite(pack, NOON)
    await ledger.record_invite(pack.model_copy(update={"uses": 4}), at(9))
    again = pack.model_copy(update={"created_at": at(10)})
    await ledger.record_invite(again, at(11))

    everything = InviteFilter(state=InviteState.ALL)
    found, _ = await ledger.invites(NO_GUILD, everything)

    assert [(again, at(11)), (pack.model_copy(update={"uses": 4}), NOON)] == [
        (record.invite, record.first_seen_at) for record in found
    ]


async def test_it_ends_like_any_other(ledger: Ledger) -> None:
    """It expires by its time and is revoked by an event, and neither touches a guild's."""
    for code in ("abc", "gone"):
        await ledger.record_invite(invite_of(code), NOON)
    expiring = elsewhere(InviteKind.GROUP_DM).model_copy(update={"expires_at": at(5)})
    await ledger.record_invite(expiring, NOON)
    await ledger.record_invite(elsewhere(InviteKind.GROUP_DM, "gone"), NOON)

    assert 1 == await ledger.expire(at(6))
    await ledger.record_ending(NO_GUILD, "gone", Ending(at=at(7), reason=EndReason.UNKNOWN))

    ends = [await ledger.invite(NO_GUILD, code) for code in ("abc", "gone")]
    assert [EndReason.EXPIRED, EndReason.UNKNOWN] == [r.end_reason for r in ends if r]
    assert 2 == (await ledger.invites(GUILD))[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": InviteKind.GROUP_DM},
        {"kind": InviteKind.FRIEND},
        {"kind": InviteKind.EMOJI_PACK},
        {"kind": InviteKind.STICKER_PACK, "pack_id": 61},
        {"guild_id": NO_GUILD},
        {"guild_id": NO_GUILD, "kind": InviteKind.VANITY},
        {"pack_id": 61},
        {"kind": InviteKind.OTHER},
        {"raw_kind": 9},
    ],
    ids=str,
)
async def test_kind_and_guild_fit_together(ledger: Ledger, changes: dict[str, object]) -> None:
    """The file refuses a pack in a guild, a guild's invite in none, and a number without need."""
    with pytest.raises(LedgerRefusedError):
        await ledger.record_invite(invite_of("abc", **changes), NOON)


@pytest.mark.parametrize("guild_id", [NO_GUILD, GUILD])
async def test_a_kind_of_tomorrow(ledger: Ledger, guild_id: int) -> None:
    """What no build knows yet is kept with the platform's number, wherever it belongs."""
    strange = invite_of("abc", guild_id=guild_id, kind=InviteKind.OTHER, raw_kind=9, pack_id=7)

    await ledger.record_invite(strange, NOON)

    record = await ledger.invite(guild_id, "abc")
    assert record is not None
    assert strange == record.invite
