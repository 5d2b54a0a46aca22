"""What a moderator and Usher must be allowed before an invite is created."""

import pytest

from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.cogs.conftest import Ask
from tests.harness import on_both
from tests.moderators import slash_only

pytestmark = [pytest.mark.usefixtures("usher"), on_both]


async def test_creating_needs_create_invite_in_that_channel(ask: Ask, guild: Guild) -> None:
    """A moderator who may not create invites in a channel may not through Usher either."""
    hall = guild.add_channel("hall")
    guild.overwrite(hall, guild.everyone, deny=Permission.CREATE_INSTANT_INVITE)
    assert guild.me is not None
    guild.overwrite(hall, guild.me, allow=Permission.CREATE_INSTANT_INVITE)

    reply = await ask("invite create", channel=hall)

    assert f"You need **Create Invite** in <#{hall.id}>." == reply.text


@slash_only
async def test_every_missing_permission_is_named(
    ask: Ask, guild: Guild, stranger: Member, general: Channel
) -> None:
    """Roles need Manage Roles and another member's credit Manage Server; both are named."""
    guild.overwrite(general, stranger, deny=Permission.CREATE_INSTANT_INVITE)
    helper = guild.add_role("Helper")
    partner = guild.add_member("partner")

    reply = await ask("invite create", by=stranger, roles=helper.mention, on_behalf=partner)

    assert reply.text == (
        f"You need **Create Invite** in <#{general.id}>, **Manage Roles** and **Manage Server**."
        " Without Manage Server leave out `on_behalf`."
    )


async def test_who_may_create_invites_may_through_usher_if_let(
    ask: Ask, guild: Guild, stranger: Member
) -> None:
    """Somebody whom administrators gave the command needs no more than Create Invite."""
    await ask("invite create", by=stranger)

    assert 1 == len(guild.invites)


@slash_only
async def test_ushers_own_missing_permissions_are_named_before_asking(
    ask: Ask, sandbox: Sandbox, guild: Guild, manager: Member, general: Channel
) -> None:
    """What Usher lacks is named each, and the platform is not asked in vain."""
    helper = guild.add_role("Helper", position=3)
    assert guild.me is not None
    guild.overwrite(general, guild.me, deny=Permission.CREATE_INSTANT_INVITE)
    mine = guild.roles_by_id[guild.me.roles[0]]
    guild.change_role(mine, permissions=mine.permissions & ~Permission.MANAGE_ROLES)

    reply = await ask("invite create", by=manager, roles=helper.mention)

    assert f"I need **Create Invite** in <#{general.id}> and **Manage Roles**." == reply.text
    assert 0 == sandbox.count("POST", "/channels/{channel_id}/invites")


async def test_a_channel_hidden_from_usher_is_named_so(ask: Ask, guild: Guild) -> None:
    """Where Usher cannot even look, View Channel is what it asks for."""
    hall = guild.add_channel("hall")
    assert guild.me is not None
    guild.overwrite(hall, guild.me, deny=Permission.VIEW_CHANNEL)

    reply = await ask("invite create", channel=hall)

    assert "I need **View Channel**" in reply.text


@slash_only
async def test_a_channels_manage_roles_gives_no_roles(
    ask: Ask, guild: Guild, moderator: Member, general: Channel
) -> None:
    """In a channel the same bit means managing its permissions, which is not enough."""
    helper = guild.add_role("Helper", position=3)
    guild.overwrite(general, moderator, allow=Permission.MANAGE_ROLES)

    reply = await ask("invite create", roles=helper.mention)

    assert "You need **Manage Roles**." == reply.text
