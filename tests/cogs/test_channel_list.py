"""`/invite list` for whoever manages one channel, and `!invite accept` for nobody."""

import pytest

from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.harness import on_both
from tests.moderators import labels, slash_only, use

CHANNEL_INVITES = ("GET", "/channels/{channel_id}/invites")


@pytest.fixture
def keeper(guild: Guild, general: Channel, stranger: Member) -> Member:
    """Manages one channel, and not the server."""
    guild.overwrite(general, stranger, allow=Permission.MANAGE_CHANNELS)
    return stranger


@on_both
@pytest.mark.usefixtures("usher")
async def test_the_channel_that_they_manage(
    sandbox: Sandbox, guild: Guild, general: Channel, keeper: Member
) -> None:
    """Its live invites are listed, newest first, and those of other channels are not."""
    older = guild.create_invite(general, by=guild.owner, max_uses=5, max_age=3600)
    newer = guild.create_invite(general, by=guild.owner)
    hidden = guild.create_invite(guild.add_channel("hall"), by=guild.owner)
    await sandbox.join(older.code)

    reply = await use(sandbox, keeper, general, "invite list", channel=general)

    assert "Live invites of the channel: 2" in reply.text
    assert reply.text.index(newer.code) < reply.text.index(older.code)
    assert "1 of 5 uses" in reply.text
    assert hidden.code not in reply.text
    assert reply.ephemeral
    assert [] == labels(reply)


@on_both
@pytest.mark.usefixtures("usher")
async def test_other_channels_and_other_questions(
    sandbox: Sandbox, guild: Guild, general: Channel, keeper: Member
) -> None:
    """For everything else they need more, and the platform is not asked."""
    hall = guild.add_channel("hall")
    for options, said in (
        ({}, "You need **Manage Server**."),
        ({"channel": hall}, "You need **Manage Server**."),
        ({"channel": general, "state": "ended"}, "leave the other options out"),
        ({"channel": general, "sort": "most used"}, "leave the other options out"),
        ({"channel": general, "campaign": "x"}, "leave the other options out"),
    ):
        reply = await use(sandbox, keeper, general, "invite list", **options)

        assert said in reply.text
    assert 0 == sandbox.count(*CHANNEL_INVITES)


@on_both
@pytest.mark.usefixtures("usher")
async def test_usher_has_to_manage_it_too(
    sandbox: Sandbox, guild: Guild, general: Channel, keeper: Member
) -> None:
    """What Usher lacks it says before it asks."""
    assert guild.me is not None
    guild.overwrite(general, guild.me, deny=Permission.MANAGE_CHANNELS)

    reply = await use(sandbox, keeper, general, "invite list", channel=general)

    assert "I need **Manage Channels**" in reply.text
    assert 0 == sandbox.count(*CHANNEL_INVITES)


@on_both
@pytest.mark.usefixtures("usher")
async def test_one_bad_entry(sandbox: Sandbox, general: Channel, keeper: Member) -> None:
    """It is counted, and hides nothing; no list at all is said to be none."""
    body = '[{"code": "abc", "uses": 3}, {"uses": 1}]'
    sandbox.fail("GET", "/channels/*/invites", status=200, body=body)
    listed = await use(sandbox, keeper, general, "invite list", channel=general)
    sandbox.fail("GET", "/channels/*/invites", status=200, body="{}")
    silent = await use(sandbox, keeper, general, "invite list", channel=general)

    assert "`abc` · never expires · 3 uses · nobody is named" in listed.text
    assert "1 more invite cannot be read" in listed.text
    assert "The platform gave me no answer" in silent.text


@pytest.mark.parametrize("platform", ["fluxer"], indirect=True)
@pytest.mark.usefixtures("usher")
async def test_no_bot_accepts(sandbox: Sandbox, general: Channel, moderator: Member) -> None:
    """Who tries to send Usher through an invite is told that only people can; nobody is asked."""
    reply = await sandbox.command(moderator, general, "!invite accept https://fluxer.gg/abc")

    assert "Fluxer lets only people accept invites" in reply.text
    assert 0 == sandbox.count("POST", "/invites/{code}")


@on_both
@slash_only
async def test_accepting_is_in_no_list(usher: Usher) -> None:
    """Slash commands have only what can be done."""
    listed = {command.qualified_name for command in usher.tree.walk_commands()}

    assert "invite accept" not in listed
    assert "invite list" in listed
