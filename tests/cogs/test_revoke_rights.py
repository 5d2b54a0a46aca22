"""Who may revoke an invite: exactly whom the platform lets, and Usher says so for itself too."""

import pytest

from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Invite, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from tests.cogs.conftest import Ask, Seen, only
from tests.harness import on_both
from tests.moderators import press, slash_only, use

DELETE = ("DELETE", "/invites/{code}")

discord_only = slash_only
fluxer_only = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)

YOU = {
    "discord": "You need **Manage Server**, or **Manage Channels** in the invite's channel.",
    "fluxer": "You need **Manage Server** to revoke what you did not make.",
}
I = {  # noqa: E741 - Usher speaks
    "discord": "I need **Manage Server**, or **Manage Channels** in the invite's channel.",
    "fluxer": "I need **Manage Server** to revoke what I did not make.",
}


@pytest.fixture
async def invite(usher: Usher, guild: Guild, general: Channel, seen: Seen) -> Invite:
    """An invite that somebody made by hand."""
    del usher
    invite = guild.create_invite(general, by=guild.owner)
    await seen(1)
    return invite


@pytest.fixture
async def theirs(
    sandbox: Sandbox, usher: Usher, guild: Guild, general: Channel, stranger: Member, seen: Seen
) -> Invite:
    """One that a stranger may revoke: on Discord in a channel that they manage, else their own."""
    del usher
    by = guild.owner if sandbox.platform == "discord" else stranger
    if sandbox.platform == "discord":
        guild.overwrite(general, stranger, allow=Permission.MANAGE_CHANNELS)
    invite = guild.create_invite(general, by=by)
    await seen(1)
    return invite


@pytest.fixture
async def question(sandbox: Sandbox, moderator: Member, general: Channel, invite: Invite) -> Reply:
    return await use(sandbox, moderator, general, "invite revoke", code=invite.code)


@on_both
async def test_whom_the_platform_lets(
    sandbox: Sandbox, guild: Guild, stranger: Member, general: Channel, theirs: Invite
) -> None:
    """Who may by hand, without managing the server, may through Usher."""
    question = await use(sandbox, stranger, general, "invite revoke", code=theirs.code)

    answer = await press(sandbox, stranger, question, "Revoke")

    assert "Invite revoked" in answer.text
    assert theirs.code not in guild.invites


@fluxer_only
async def test_managing_the_channel_is_not_enough_everywhere(
    sandbox: Sandbox, guild: Guild, stranger: Member, general: Channel, invite: Invite
) -> None:
    """Fluxer lets nobody revoke others' invites who only manages the channel; nor does Usher."""
    guild.overwrite(general, stranger, allow=Permission.MANAGE_CHANNELS)

    reply = await use(sandbox, stranger, general, "invite revoke", code=invite.code)

    assert YOU["fluxer"] == reply.text
    assert invite.code in guild.invites


@on_both
@discord_only
async def test_having_made_it_is_not_enough_everywhere(
    sandbox: Sandbox, usher: Usher, guild: Guild, stranger: Member, general: Channel, seen: Seen
) -> None:
    """Discord does not ask who made an invite; nor does Usher."""
    del usher
    own = guild.create_invite(general, by=stranger)
    await seen(1)

    reply = await use(sandbox, stranger, general, "invite revoke", code=own.code)

    assert YOU["discord"] == reply.text


@on_both
@pytest.mark.parametrize("code", [None, "nobodyknows", "no code"])
async def test_others_learn_nothing(
    sandbox: Sandbox,
    guild: Guild,
    stranger: Member,
    general: Channel,
    invite: Invite,
    code: str | None,
) -> None:
    """Who manages another channel hears the same whether the code exists or not."""
    guild.overwrite(guild.add_channel("hall"), stranger, allow=Permission.MANAGE_CHANNELS)

    reply = await use(sandbox, stranger, general, "invite revoke", code=code or invite.code)

    assert YOU[sandbox.platform] == reply.text


@on_both
@discord_only
async def test_the_question_tells_no_more_than_the_platform(
    ask: Ask, usher: Usher, guild: Guild, stranger: Member, general: Channel, moderator: Member
) -> None:
    """Who manages the channel only is not told for whom and for what a moderator made it."""
    del usher
    partner = guild.add_member("partner")
    await ask("invite create", campaign="raffle", on_behalf=partner)
    guild.overwrite(general, stranger, allow=Permission.MANAGE_CHANNELS)

    reply = await ask("invite revoke", by=stranger, code=only(guild).code)

    assert f"Revoke {only(guild).code}?" in reply.text
    for secret in ("raffle", moderator.mention, partner.mention):
        assert secret not in reply.text


@on_both
async def test_nor_does_the_refusal(
    ask: Ask, guild: Guild, stranger: Member, theirs: Invite, seen: Seen
) -> None:
    """That it was revoked they may know, but not by whom."""
    guild.revoke_invite(theirs.code, by=guild.owner)
    await seen(0)

    reply = await ask("invite revoke", by=stranger, code=theirs.code)

    assert f"`{theirs.code}` is already revoked, <t:" in reply.text
    assert guild.owner.mention not in reply.text


@on_both
async def test_the_permission_is_checked_again_at_the_press(
    sandbox: Sandbox, guild: Guild, moderator: Member, invite: Invite, question: Reply
) -> None:
    """Who lost the permission between question and answer revokes nothing."""
    guild.set_roles(moderator, [])

    reply = await press(sandbox, moderator, question, "Revoke")

    assert YOU[sandbox.platform] in reply.text
    assert invite.code in guild.invites


@on_both
async def test_ushers_own_permission_is_checked_before_asking(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, invite: Invite
) -> None:
    """What Usher lacks itself is said before the question, by what the platform demands of it."""
    lacking = Permission.MANAGE_GUILD
    if sandbox.platform == "discord":
        lacking |= Permission.MANAGE_CHANNELS
    _take(guild, lacking)

    reply = await use(sandbox, moderator, general, "invite revoke", code=invite.code)

    assert I[sandbox.platform] == reply.text


@on_both
async def test_what_usher_may_without_managing_the_server(
    ask: Ask, sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member
) -> None:
    """With Manage Channels on Discord, and its own on Fluxer, Usher can still revoke."""
    del usher
    await ask("invite create")
    _take(guild, Permission.MANAGE_GUILD)
    question = await ask("invite revoke", code=only(guild).code)

    await press(sandbox, moderator, question, "Revoke")

    assert not guild.invites


def _take(guild: Guild, permissions: int) -> None:
    assert guild.me is not None
    mine = guild.roles_by_id[guild.me.roles[0]]
    guild.change_role(mine, permissions=mine.permissions & ~permissions)
