"""`/invite create` for who does not manage the server: what they may, see and have to wait for."""

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.cogs.conftest import Ask, only
from tests.harness import on_both
from tests.moderators import labels, said_in_place

pytestmark = [pytest.mark.usefixtures("usher"), on_both]

CREATE = ("POST", "/channels/{channel_id}/invites")


async def test_a_moderators_invite_is_not_read_by_asking_for_one_like_it(
    ask: Ask, sandbox: Sandbox, guild: Guild, moderator: Member, stranger: Member
) -> None:
    """Of an invite that fits they get the link, and nothing that the ledger knows of it."""
    partner = guild.add_member("partner")
    await ask(
        "invite create", unique=False, campaign="raffle", reason="the press", on_behalf=partner
    )
    await sandbox.join(only(guild).code)

    reply = await ask("invite create", by=stranger, unique=False)

    assert only(guild).code in reply.text
    assert "was there already" in reply.text
    for secret in ("raffle", "the press", "ses", moderator.mention, partner.mention):
        assert secret not in reply.text
    [embed] = reply.embeds
    assert ["Expires", "Limit"] == [field["name"] for field in embed["fields"]]
    assert [] == labels(reply)


async def test_their_own_terms_are_theirs_to_see(ask: Ask, guild: Guild, stranger: Member) -> None:
    """What they asked for is answered, without the words of the ledger around it."""
    reply = await ask("invite create", by=stranger, max_uses=3, reason="for a friend")

    assert "Invite created" in reply.text
    assert "3 uses" in reply.text
    assert "for a friend" in reply.text
    assert only(guild).code in reply.text
    assert reply.ephemeral


@pytest.mark.parametrize("option", ["campaign", "on_behalf"])
async def test_figures_and_credit_are_the_moderators(
    ask: Ask, sandbox: Sandbox, guild: Guild, stranger: Member, option: str
) -> None:
    """Who does not manage the server counts for no campaign and for nobody else, and hears why."""
    partner = guild.add_member("partner")
    value = {"campaign": "raffle", "on_behalf": partner}[option]

    reply = await ask("invite create", by=stranger, **{option: value})

    assert reply.text == (
        f"You need **Manage Server**. Without Manage Server leave out `{option}`."
    )
    assert said_in_place(sandbox, reply)
    assert 0 == sandbox.count(*CREATE)


async def test_on_behalf_of_oneself_is_nobody_elses_credit(
    ask: Ask, guild: Guild, stranger: Member, ledger: Ledger
) -> None:
    """Whom it counts for anyway may be named."""
    await ask("invite create", by=stranger, on_behalf=stranger)
    record = await ledger.invite(guild.id, only(guild).code)

    assert record is not None
    assert stranger.id == record.credited_id


async def test_nobody_uses_up_what_the_platform_lets_usher_do(
    ask: Ask, sandbox: Sandbox, guild: Guild, stranger: Member
) -> None:
    """After three in a minute the next is refused unasked; moderators go on."""
    for _ in range(3):
        await ask("invite create", by=stranger)

    reply = await ask("invite create", by=stranger)

    assert reply.text.startswith(
        "Without **Manage Server** you can make 3 invites a minute. Try again in "
    )
    assert said_in_place(sandbox, reply)
    assert 3 == len(guild.invites) == sandbox.count(*CREATE)
    for _ in range(4):
        await ask("invite create")
    assert 7 == len(guild.invites)


async def test_slips_are_not_counted(ask: Ask, guild: Guild, stranger: Member) -> None:
    """What was refused for another reason has used up nothing."""
    for _ in range(4):
        await ask("invite create", by=stranger, max_age="soon")

    await ask("invite create", by=stranger)

    assert 1 == len(guild.invites)
