"""`/invite show`: one invite as a card."""

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.cogs.conftest import Seen
from tests.harness import connected, decided, first_reading, on_both
from tests.moderators import labels, said_in_place, use

pytestmark = on_both


async def test_a_card_tells_of_an_invite_that_usher_made(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel
) -> None:
    """The card names Usher as inviter, the moderator, and the partner whom it counts for."""
    partner = guild.add_member("partner")
    await use(
        sandbox, moderator, general, "invite create", on_behalf=partner, max_uses=5, campaign="fair"
    )
    [code] = guild.invites

    reply = await use(sandbox, moderator, general, "invite show", code=code)
    fields = {field["name"]: field["value"] for field in reply.embeds[0]["fields"]}

    assert usher.user is not None
    assert (f"<@{usher.user.id}>", moderator.mention, partner.mention) == (
        fields["Inviter"],
        fields["Moderator"],
        fields["Credit"],
    )
    assert "0 of 5, 5 left" == fields["Uses"]
    assert "fair" == fields["Campaign"]
    assert reply.ephemeral


async def test_words_with_colons_stay_words(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel
) -> None:
    """The name of an emoji in a campaign or a reason is shown as it was typed."""
    del usher
    await use(
        sandbox, moderator, general, "invite create", campaign=":smile:", reason="a :wave: too"
    )
    [code] = guild.invites

    reply = await use(sandbox, moderator, general, "invite show", code=code)

    assert r"\:smile:" in reply.text
    assert r"a \:wave: too" in reply.text


async def test_a_card_names_who_came_through_it(
    sandbox: Sandbox,
    usher: Usher,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
) -> None:
    """Who joined through the invite stands on its card, with how sure that is."""
    del usher
    await first_reading(ledger, guild)
    await use(sandbox, moderator, general, "invite create")
    [code] = guild.invites
    newcomer = await sandbox.join(code)
    await decided(ledger, guild, 1)

    reply = await use(sandbox, moderator, general, "invite show", code=code)

    assert "Who joined through it: 1" in reply.text
    assert f"{newcomer.mention} <t:" in reply.text
    assert "certain" in reply.text


async def test_uses_from_before_usher_are_told_apart(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel
) -> None:
    """What an invite had been used before Usher saw it stands on the card as that."""
    invite = guild.add_invite(general, by=guild.owner, uses=3)
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)

        reply = await use(sandbox, moderator, general, "invite show", code=invite.code)

    assert "3\n3 before Usher saw it" in reply.text


@pytest.mark.parametrize("written", ["{}", "LINK", "<LINK>"])
async def test_a_code_may_be_a_link(
    sandbox: Sandbox,
    usher: Usher,
    guild: Guild,
    moderator: Member,
    general: Channel,
    written: str,
) -> None:
    """A code is found bare or in the platform's link."""
    await use(sandbox, moderator, general, "invite create")
    [code] = guild.invites
    written = written.format(code).replace("LINK", usher.platform.link(code))

    reply = await use(sandbox, moderator, general, "invite show", code=written)

    assert f"Invite {code}" in reply.text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("nobodyknows", "I know no invite `nobodyknows` in this server", id="unknown"),
        pytest.param("what is this", "neither a code nor a link", id="not a code"),
        pytest.param("` <@1> **", "`ˋ <@1> **` is neither", id="an injection"),  # noqa: RUF001
        pytest.param("x" * 90, "neither a code nor a link", id="too long for a code"),
        pytest.param("https://example.org/abc", "neither a code nor a link", id="another link"),
    ],
)
async def test_codes_that_are_none_are_refused(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel, text: str, sentence: str
) -> None:
    """An unknown code and what is no code at all have each their own sentence."""
    del usher

    reply = await use(sandbox, moderator, general, "invite show", code=text)

    assert sentence in reply.text
    assert not reply.pings
    assert said_in_place(sandbox, reply)


async def test_a_code_of_another_guild_is_unknown(
    sandbox: Sandbox, ledger: Ledger, usher: Usher, moderator: Member, general: Channel
) -> None:
    """Nobody learns anything here about the invites of another guild."""
    del usher
    other = sandbox.add_guild("Elsewhere")
    invite = other.add_invite(other.channel("general"), by=other.owner)
    await first_reading(ledger, other)
    assert await ledger.invite(other.id, invite.code)

    reply = await use(sandbox, moderator, general, "invite show", code=invite.code)

    assert f"I know no invite `{invite.code}` in this server" in reply.text


async def test_an_ended_invite_says_how_and_by_whom(
    sandbox: Sandbox,
    usher: Usher,
    guild: Guild,
    moderator: Member,
    general: Channel,
    seen: Seen,
) -> None:
    """The card of an invite that was revoked by hand says so, and has no button."""
    del usher
    invite = guild.create_invite(general, by=moderator)
    await seen(1)
    guild.revoke_invite(invite.code, by=guild.owner)
    await seen(0)

    reply = await use(sandbox, moderator, general, "invite show", code=invite.code)

    assert f"revoked by {guild.owner.mention}" in reply.text
    assert not labels(reply)


async def test_showing_needs_manage_server(
    sandbox: Sandbox, usher: Usher, stranger: Member, general: Channel
) -> None:
    """The permission comes before the code: a stranger does not learn whether it exists."""
    del usher

    reply = await use(sandbox, stranger, general, "invite show", code="abc")

    assert "You need **Manage Server**." == reply.text
