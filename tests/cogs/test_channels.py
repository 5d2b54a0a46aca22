"""A channel that somebody cannot see is not there for them, whatever they call it."""

import re
from collections.abc import Callable

import pytest

from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.cogs.conftest import Ask, only
from tests.harness import on_both
from tests.moderators import say

pytestmark = pytest.mark.usefixtures("usher")

typed_only = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)

NOWHERE = 1573811375627567999

CALLED: dict[str, Callable[[Channel], str]] = {
    "name": lambda channel: channel.name,
    "sign": lambda channel: f"#{channel.name}",
    "id": lambda channel: str(channel.id),
    "mention": lambda channel: f"<#{channel.id}>",
    "link": lambda channel: f"https://discord.com/channels/{channel.guild_id}/{channel.id}",
}


@pytest.fixture
def secret(guild: Guild) -> Channel:
    """Nobody but the owner and Usher sees it."""
    channel = guild.add_channel("secret-raid")
    assert guild.me is not None
    guild.overwrite(channel, guild.everyone, deny=Permission.VIEW_CHANNEL)
    guild.overwrite(channel, guild.me, allow=Permission.VIEW_CHANNEL)
    return channel


@on_both
@pytest.mark.parametrize("command", ["invite create", "invite list", "settings log"])
async def test_it_is_not_there(
    ask: Ask, guild: Guild, stranger: Member, secret: Channel, command: str
) -> None:
    """No command tells it from a channel that is gone, and nothing is made in it."""
    gone = guild.add_channel("gone")
    hidden = await ask(command, by=stranger, channel=secret)
    guild.delete_channel(gone)
    absent = await ask(command, by=stranger, channel=gone)

    assert _without_ids(absent.text) == _without_ids(hidden.text)
    assert "see" in hidden.text
    assert not guild.invites


@typed_only
@pytest.mark.parametrize("command", ["invite create", "invite list", "settings log"])
@pytest.mark.parametrize("called", CALLED)
async def test_whatever_it_is_called(
    sandbox: Sandbox,
    general: Channel,
    stranger: Member,
    secret: Channel,
    command: str,
    called: str,
) -> None:
    """By name, id, mention or link the answer is that of any word which is no channel's."""
    named = CALLED[called](secret)
    text = f'!{command} channel: "{named}"'

    reply = await say(sandbox, stranger, general, text)

    cut = named if len(named) <= 40 else f"{named[:39]}…"
    assert reply.text == (
        f"I see no channel `{cut}` that fits `channel`. Mention it, or give its id."
    )


@typed_only
@pytest.mark.parametrize("called", CALLED)
async def test_who_sees_it_finds_it(
    sandbox: Sandbox, guild: Guild, general: Channel, secret: Channel, called: str
) -> None:
    """For whoever sees it all of that works."""
    await say(sandbox, guild.owner, general, f'!invite create channel: "{CALLED[called](secret)}"')

    assert secret.id == only(guild).channel_id


@typed_only
async def test_a_name_means_a_channel_that_they_see(
    sandbox: Sandbox, guild: Guild, general: Channel, stranger: Member, secret: Channel
) -> None:
    """A hidden channel of the same name is neither meant nor in the way."""
    seen = guild.add_channel(secret.name)

    await say(sandbox, stranger, general, f"!invite create channel: {secret.name}")

    assert seen.id == only(guild).channel_id


@typed_only
@pytest.mark.parametrize(
    ("command", "kind"), [("settings log", "voice"), ("invite create", "category")]
)
async def test_of_its_kind_only(
    sandbox: Sandbox, guild: Guild, general: Channel, command: str, kind: str
) -> None:
    """A channel where this cannot be is none either, whoever asks."""
    other = guild.add_channel("other", kind)

    for named in (other.name, str(other.id)):
        reply = await say(sandbox, guild.owner, general, f"!{command} channel: {named}")

        assert f"I see no channel `{named}` that fits `channel`." in reply.text


def _without_ids(text: str) -> str:
    return re.sub("[0-9]{15,20}", "N", text)
