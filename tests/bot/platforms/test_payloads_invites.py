"""What becomes of invites of every kind, also of those that nobody has described."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.platforms.payloads import DISCORD, FLUXER, InviteReader
from data.models import NO_GUILD, InviteKind

CHANNEL = {"id": "8", "type": 3, "name": None}
PACK = {"id": "6", "name": "Owls", "type": "emoji"}


@pytest.mark.parametrize(
    ("reader", "number", "kind"),
    [
        (DISCORD, 0, InviteKind.GUILD),
        (DISCORD, 1, InviteKind.GROUP_DM),
        (DISCORD, 2, InviteKind.FRIEND),
        (DISCORD, 3, InviteKind.OTHER),
        (FLUXER, 0, InviteKind.GUILD),
        (FLUXER, 1, InviteKind.GROUP_DM),
        (FLUXER, 2, InviteKind.EMOJI_PACK),
        (FLUXER, 3, InviteKind.STICKER_PACK),
        (FLUXER, 4, InviteKind.OTHER),
    ],
)
def test_the_platform_says_what_a_number_means(
    reader: InviteReader, number: int, kind: InviteKind
) -> None:
    """Two is a friend on one and a pack on the other; a number of tomorrow is kept as it came."""
    payload = {"code": "abc", "type": number, "guild_id": "7", "pack": PACK, "uses": 3}

    invite = reader.one(payload).invite()

    assert kind is invite.kind
    assert (number if kind is InviteKind.OTHER else None) == invite.raw_kind
    belongs = kind in (InviteKind.GUILD, InviteKind.OTHER)
    assert (7 if belongs else NO_GUILD) == invite.guild_id
    assert 3 == invite.uses


@pytest.mark.parametrize(
    ("more", "guild_id", "channel_id", "pack_id"),
    [
        ({"type": 1, "channel": CHANNEL}, NO_GUILD, 8, None),
        ({"type": 2, "pack": PACK}, NO_GUILD, None, 6),
        ({"type": 3, "pack": PACK}, NO_GUILD, None, 6),
        ({"type": 0, "guild": {"id": "7"}, "channel": CHANNEL}, 7, 8, None),
    ],
    ids=str,
)
def test_where_an_invite_leads(
    more: dict[str, Any], guild_id: int, channel_id: int | None, pack_id: int | None
) -> None:
    """A guild's names guild and channel, a group's its channel, a pack's the pack."""
    invite = FLUXER.one({"code": "abc", **more}).invite()

    assert (guild_id, channel_id, pack_id) == (invite.guild_id, invite.channel_id, invite.pack_id)


@pytest.mark.parametrize(
    ("more", "kind", "guild_id"),
    [
        ({"guild_id": "7", "channel_id": "8"}, InviteKind.GUILD, 7),
        ({"channel_id": "8"}, InviteKind.GROUP_DM, NO_GUILD),
    ],
)
def test_events_without_a_number(more: dict[str, Any], kind: InviteKind, guild_id: int) -> None:
    """Discord's event has no kind: one that names no guild is of a group DM."""
    invite = DISCORD.announced({"code": "abc", **more})

    assert invite is not None
    assert (kind, guild_id, 8) == (invite.kind, invite.guild_id, invite.channel_id)


@pytest.mark.parametrize(
    "payload",
    [
        *(None, [], {}, {"code": 7}, {"code": ""}),
        {"code": "abc", "type": 0},
        {"code": "abc", "uses": []},
        {"code": "abc", "type": 0, "guild": {"id": "7"}, "uses": -1},
    ],
    ids=repr,
)
def test_what_announces_nothing(payload: object) -> None:
    """What cannot be read, or is of a guild that is not named, is no error of ours."""
    assert FLUXER.announced(payload) is None


@pytest.mark.parametrize("number", [True, 1.5, "0", None, -1])
def test_a_kind_that_is_no_number_of_a_kind(number: object) -> None:
    """Nothing but a whole number is a kind; the rest never ends in an error of ours."""
    for reader in (DISCORD, FLUXER):
        reader.shown([{"code": "abc", "type": number}], 7)


@pytest.mark.parametrize("reader", [DISCORD, FLUXER])
@pytest.mark.parametrize("name", ["uses", "max_uses", "max_age", "type"])
@pytest.mark.parametrize("number", [2**53, 2**63, 10**30])
def test_a_number_that_no_ledger_holds(reader: InviteReader, name: str, number: int) -> None:
    """What is larger than any platform means cannot be read: it is written down nowhere."""
    payload = {"code": "abc", "guild_id": "7", "channel_id": "8", "uses": 0, name: number}

    assert reader.announced(payload) is None
    assert ([], 1) == reader.shown([payload], 7)
    with pytest.raises(ValidationError):
        reader.one(payload)
    with pytest.raises(ValidationError):
        reader.all([payload])
    assert reader.announced(payload | {name: 2**53 - 1})


@pytest.mark.parametrize(
    "more", [{}, {"version": 1, "created_at": "2026-11-01T00:00:00Z"}], ids=str
)
@pytest.mark.parametrize("reader", [DISCORD, FLUXER])
def test_true_is_no_group(reader: InviteReader, more: dict[str, Any]) -> None:
    """To Python it is 1, the number of a group's invite; to us such an invite cannot be read."""
    payload = {"code": "abc", "type": True, "guild_id": "7", "channel_id": "8", **more}

    assert reader.announced(payload) is None


def test_one_that_cannot_be_read_hides_no_other() -> None:
    """A list that is only shown has the rest, and says how many are missing."""
    listed = [{"code": "a"}, {"uses": 1}, 7, {"code": "b", "type": 99}, {"code": "c d"}]

    found = FLUXER.shown(listed, 7)

    assert (["a", "b"], 3) == ([invite.code for invite in found.invites], found.unreadable)


@pytest.mark.parametrize("answer", [None, {}, "", {"code": "RATE_LIMITED"}])
def test_what_is_no_list_is_no_empty_one(answer: object) -> None:
    """An error in the place of a list is not "nothing to show"."""
    with pytest.raises(ValidationError):
        FLUXER.shown(answer, 7)


def test_of_a_baseline_every_entry_counts() -> None:
    """A guild's list with an entry that cannot be read is no answer: it may be the one used."""
    with pytest.raises(ValidationError):
        FLUXER.all([{"code": "a"}, {"uses": 1}])
    assert ["a", "b"] == [one.code for one in FLUXER.all([{"code": "a"}, {"code": "b", "type": 9}])]


def test_a_field_that_nobody_needs_hides_no_invite() -> None:
    """A width that is a text spoils the documented shape, and nothing else."""
    payload = {
        "code": "abc",
        "type": 0,
        "guild": {"id": "7", "name": "Harbour", "banner_width": "wide"},
        "channel": CHANNEL,
        "uses": 4,
        "max_uses": 9,
        "created_at": "2026-11-01T10:00:00Z",
    }

    for reader in (FLUXER, DISCORD):
        [invite] = [one.invite(7) for one in reader.all([payload])]
        assert (7, 8, 4, 9) == (
            invite.guild_id,
            invite.channel_id,
            invite.uses,
            invite.max_uses,
        )
