"""Roles that an invite gives: who is meant, and who may give them."""

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Invite, Member
from bot.sandbox.guild import Guild

pytestmark = pytest.mark.usefixtures("usher")


def only(guild: Guild) -> Invite:
    """The one invite there is."""
    [invite] = guild.invites.values()
    return invite


async def test_roles_may_be_mentions_ids_and_names(
    sandbox: Sandbox, guild: Guild, manager: Member, general: Channel
) -> None:
    """Mentions, ids and names may be mixed; a role named twice counts once."""
    one, two, three = (guild.add_role(name, position=3) for name in ("One", "Two", "The Third"))
    text = f"{one.mention} {two.id}, the third, @One"

    await sandbox.slash(manager, general, "invite create", roles=text)

    assert (one.id, two.id, three.id) == only(guild).terms.role_ids


async def test_two_roles_of_one_name_have_to_be_mentioned(
    sandbox: Sandbox, guild: Guild, manager: Member, general: Channel
) -> None:
    """A name that two roles have is refused rather than guessed."""
    guild.add_role("Helper", position=3)
    guild.add_role("helper", position=3)

    reply = await sandbox.slash(manager, general, "invite create", roles="Helper")

    assert "Several roles are called `Helper`" in reply.text


async def test_only_roles_below_ones_own_can_be_given(
    sandbox: Sandbox, guild: Guild, manager: Member, general: Channel
) -> None:
    """The moderator's own highest role is refused, and so is every role above it."""
    own, high = guild.role("Moderator"), guild.add_role("High", position=30)

    for each in (own, high):
        reply = await sandbox.slash(manager, general, "invite create", roles=each.mention)

        assert f"<@&{each.id}> is not below your highest role, so you cannot give it." == reply.text


async def test_the_owner_stands_above_all_roles(
    sandbox: Sandbox, guild: Guild, general: Channel
) -> None:
    """The owner gives any role that Usher can give, without having one."""
    high = guild.add_role("High", position=30)

    await sandbox.slash(guild.owner, general, "invite create", roles="High")

    assert (high.id,) == only(guild).terms.role_ids


async def test_a_role_above_usher_cannot_be_given(
    sandbox: Sandbox, guild: Guild, general: Channel
) -> None:
    """Not even the owner can give what stands above Usher."""
    guild.add_role("Admin", position=60)

    reply = await sandbox.slash(guild.owner, general, "invite create", roles="Admin")

    assert "not below my highest role, so I cannot give it" in reply.text


async def test_everybodys_role_is_no_gift(
    sandbox: Sandbox, guild: Guild, manager: Member, general: Channel
) -> None:
    """@everyone is refused, however it is written."""
    for text in ("@everyone", "everyone", str(guild.id)):
        reply = await sandbox.slash(manager, general, "invite create", roles=text)

        assert "Everybody has `@everyone` already" in reply.text


async def test_a_role_of_an_integration_cannot_be_given(
    sandbox: Sandbox, guild: Guild, manager: Member, general: Channel
) -> None:
    """A managed role belongs to its bot alone."""
    guild.add_role("Music", position=2, bot_id=12345)

    reply = await sandbox.slash(manager, general, "invite create", roles="Music")

    assert "belongs to an integration" in reply.text


async def test_a_platform_without_such_invites_is_said_to_be_one(
    sandbox: Sandbox,
    usher: Usher,
    manager: Member,
    general: Channel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where invites cannot give roles, roles are refused and not left out in silence."""
    without = usher.platform.capabilities.model_copy(update={"role_invites": False})
    monkeypatch.setattr(usher.platform, "capabilities", without)

    reply = await sandbox.slash(manager, general, "invite create", roles="Moderator")

    assert "Discord has no invites that give roles." == reply.text
