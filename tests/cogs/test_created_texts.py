"""What the answer to `/invite create` says, to moderators and to others."""

import pytest

from bot.orders import Created
from cogs import _created_texts as texts
from data.models import InviteRecord
from tests.cogs.samples import BIG_ID, HOUR, NOW, everything, fits, record

LINK = "https://discord.gg/abc123"
ASKER, MODERATOR, PARTNER = 4711, 4712, 4713


def test_a_new_invite_is_announced_as_new() -> None:
    """The answer to a creation has the link and what was asked for."""
    shown = everything(texts.created(Created(record(max_uses=5), reused=False), LINK, NOW))

    assert "Invite created" in shown
    assert LINK in shown


def test_a_new_invite_that_nobody_can_use_yet_says_so() -> None:
    """While invites are paused the answer says that nobody can use it, and until when."""
    made = Created(record(), reused=False)

    assert "until somebody resumes them" in everything(texts.created(made, LINK, NOW, paused=True))


def test_a_reused_invite_says_what_it_keeps() -> None:
    """An invite that was there already keeps its campaign, and the moderator is told."""
    shown = everything(texts.created(Created(record(), reused=True), LINK, NOW))

    assert "was there already" in shown
    assert "keeps whom it counts for" in shown


def theirs(moderator_id: int) -> InviteRecord:
    """An invite with all that a ledger can know."""
    return record(
        moderator_id=moderator_id,
        behalf_id=PARTNER,
        inviter_id=BIG_ID,
        campaign="raffle",
        reason="for the press",
        uses=41,
        uses_before=37,
        max_uses=99,
        expires_at=NOW + HOUR,
        temporary=True,
        role_ids=(BIG_ID,),
    )


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(Created(theirs(MODERATOR), reused=True), id="a moderator's"),
        pytest.param(Created(theirs(MODERATOR), reused=False), id="in the same moment"),
        pytest.param(Created(theirs(ASKER), reused=True), id="an earlier one of theirs"),
    ],
)
@pytest.mark.parametrize("paused", [False, True])
def test_others_see_what_the_platform_shows(made: Created, *, paused: bool) -> None:
    """Of an invite that was there: its link, its channel, how long and how often it can be used."""
    embed = texts.slip(made, ASKER, LINK, NOW, paused=paused)
    said = everything(embed)

    assert ["Expires", "Limit", "Temporary"] == [field.name for field in embed.fields]
    assert LINK in said
    assert "99 uses" in said
    assert paused == ("nobody can use it" in said)
    secrets = ("raffle", "press", "41", "37", "58", str(MODERATOR), str(PARTNER), str(BIG_ID))
    assert [] == [secret for secret in secrets if secret in said]


def test_others_see_their_own_terms() -> None:
    """Of what they just had made they see why, and what it gives."""
    made = Created(theirs(ASKER), reused=False)

    embed = texts.slip(made, ASKER, LINK, NOW)

    fields = {field.name: field.value for field in embed.fields}
    assert "for the press" == fields["Reason"]
    assert f"<@&{BIG_ID}>" == fields["Roles"]


def test_an_invite_without_bounds_says_so_to_others() -> None:
    """Neither an end nor a limit is a word each, and no reason is none."""
    embed = texts.slip(Created(record(moderator_id=ASKER), reused=False), ASKER, LINK, NOW)

    assert {"Expires": "never", "Limit": "none"} == {each.name: each.value for each in embed.fields}


def test_no_slip_exceeds_the_platforms_limits() -> None:
    """The longest reason and the most roles fit."""
    long = record(moderator_id=ASKER, reason="*" * 400, role_ids=(BIG_ID,) * 250)

    assert fits(texts.slip(Created(long, reused=False), ASKER, LINK, NOW, paused=True))
