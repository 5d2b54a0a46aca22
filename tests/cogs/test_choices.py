"""Autocomplete: from the ledger, for those who may see invites."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Invite
from tests.cogs.conftest import Seen


@pytest.fixture
async def code(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel
) -> str:
    """An invite of a campaign."""
    del usher
    await sandbox.slash(moderator, general, "invite create", campaign="partner-a")
    [code] = guild.invites
    return code


@pytest.mark.parametrize("command", ["invite show", "invite revoke"])
async def test_codes_complete_with_what_helps_to_choose(
    sandbox: Sandbox, moderator: Member, general: Channel, code: str, command: str
) -> None:
    """A code is found by its beginning, its link or its campaign, without asking the platform."""
    asked = len(sandbox.requests)
    wanted = {"name": f"{code} · partner-a · 0 uses", "value": code}

    for typed in ("", code[:3], f"https://discord.gg/{code}", "tner"):
        found = await sandbox.autocomplete(moderator, general, command, "code", typed)
        assert [wanted] == found

    callbacks = [request for request in sandbox.requests[asked:] if "callback" in request[1]]
    assert len(callbacks) == len(sandbox.requests) - asked


async def test_ended_codes_can_be_shown_but_not_revoked(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, code: str, seen: Seen
) -> None:
    """What has ended is offered where it can still be looked at, and says how it ended."""
    guild.revoke_invite(code, by=moderator)
    await seen(0)

    [shown] = await sandbox.autocomplete(moderator, general, "invite show", "code", code)
    revocable = await sandbox.autocomplete(moderator, general, "invite revoke", "code", code)

    assert f"{code} · partner-a · 0 uses · revoked" == shown["name"]
    assert [] == revocable


async def test_expired_codes_are_not_offered_for_revoking(
    sandbox: Sandbox, usher: Usher, ledger: Ledger, guild: Guild, general: Channel
) -> None:
    """What has expired is not offered, even before anybody wrote that down."""
    del usher
    past = datetime.now(UTC) - timedelta(hours=1)
    invite = Invite(
        guild_id=guild.id,
        code="bygone",
        channel_id=general.id,
        inviter_id=None,
        created_at=past - timedelta(hours=1),
        expires_at=past,
    )
    await ledger.record_invite(invite, past)

    shown = await sandbox.autocomplete(guild.owner, general, "invite show", "code", "by")
    revocable = await sandbox.autocomplete(guild.owner, general, "invite revoke", "code", "by")

    assert ["bygone · 0 uses · expired"] == [choice["name"] for choice in shown]
    assert [] == revocable


@pytest.mark.parametrize("command", ["invite create", "invite list"])
async def test_campaigns_complete(
    sandbox: Sandbox, moderator: Member, general: Channel, code: str, command: str
) -> None:
    """Campaigns that there are can be picked."""
    del code

    found = await sandbox.autocomplete(moderator, general, command, "campaign", "par")

    assert [{"name": "partner-a", "value": "partner-a"}] == found


async def test_durations_complete(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """A number becomes durations that the platform allows."""
    del usher

    found = await sandbox.autocomplete(moderator, general, "invite create", "max_age", "2 h")

    assert ["2 hours"] == [choice["value"] for choice in found]


async def test_nothing_is_offered_to_who_may_not_see_invites(
    sandbox: Sandbox, stranger: Member, general: Channel, code: str
) -> None:
    """Whoever cannot list invites does not learn codes or campaigns by typing."""
    del code

    codes = await sandbox.autocomplete(stranger, general, "invite show", "code", "")
    campaigns = await sandbox.autocomplete(stranger, general, "invite create", "campaign", "")

    assert ([], []) == (codes, campaigns)


async def test_administrators_see_everything(
    sandbox: Sandbox, guild: Guild, general: Channel, code: str
) -> None:
    """An administrator needs no other permission."""
    role = guild.add_role("Admin", permissions=Permission.ADMINISTRATOR)
    admin = guild.add_member("admin", roles=[role])

    [choice] = await sandbox.autocomplete(admin, general, "invite show", "code", "")

    assert code == choice["value"]


async def test_at_most_twenty_five_are_offered(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel, seen: Seen
) -> None:
    """However many invites there are, the platform gets no more than it shows."""
    del usher
    for _ in range(30):
        guild.create_invite(general, by=moderator)
    await seen(30)

    found = await sandbox.autocomplete(moderator, general, "invite show", "code", "")

    assert 25 == len(found)


async def test_special_characters_are_taken_as_they_are(
    sandbox: Sandbox, moderator: Member, general: Channel, code: str
) -> None:
    """What would mean "anything" to the ledger means itself here."""
    del code

    for typed in ("%", "_", "\\", "'"):
        assert [] == await sandbox.autocomplete(moderator, general, "invite show", "code", typed)
