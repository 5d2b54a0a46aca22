"""Answers are private, or there are none."""

from collections.abc import Awaitable, Callable

import discord
import pytest
from discord.ext import commands

from bot.client import Usher
from bot.errors import UserError
from bot.sandbox import NoAnswer, Sandbox, payloads
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from cogs._asking import asker

Typed = Callable[[str], Awaitable[str]]


@pytest.fixture
async def typed(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel
) -> Typed:
    """Type a command where there are no slash commands; returns what the person would be told.

    This platform sends Usher no text, so the message is made here.
    """
    assert usher.user is not None
    mention = usher.user.mention

    async def say(text: str) -> str:
        await sandbox.say(moderator, general, text)
        channel = usher.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        data = {
            "id": str(general.id + 1),
            "channel_id": str(general.id),
            "guild_id": str(guild.id),
            "content": f"{mention} {text}",
            "author": payloads.user(moderator.user),
            "member": guild.member_payload(moderator),
            "mentions": [],
            "attachments": [],
            "embeds": [],
            "type": 0,
            "pinned": False,
            "mention_everyone": False,
            "tts": False,
            "edited_timestamp": None,
        }
        message = discord.Message(state=usher._connection, channel=channel, data=data)  # type: ignore[arg-type] # as it comes
        context = await usher.get_context(message)
        assert context.command is not None
        with pytest.raises(commands.CommandError) as refused:
            await context.command.invoke(context)
        return str(getattr(refused.value, "original", refused.value))

    return say


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("invite create 7d", "I do not know what `7d` is for", id="leftover"),
        pytest.param("invite create maxuses: 3", "There is no option `maxuses`", id="unknown"),
        pytest.param("invite create max_uses: 3 max_uses: 4", "twice", id="repeated"),
        pytest.param("invite create max_uses: 101", "from 0 to 100, not `101`", id="bounds"),
        pytest.param("invite create max_uses: many", "`many` does not fit `max_uses`", id="words"),
        pytest.param("invite create channel: nowhere", "does not fit `channel`", id="channel"),
        pytest.param("invite create on_behalf: nobody", "does not fit `on_behalf`", id="member"),
        pytest.param(
            "invite list state: dead", "`live`, `ended` or `all`, not `dead`", id="choice"
        ),
        pytest.param("invite show a b", "Too many arguments", id="leftover of a plain option"),
        pytest.param("joins recent 5", "I do not know what `5` is for", id="leftover of a list"),
    ],
)
async def test_typed_commands_refuse_what_they_would_ignore(
    typed: Typed, text: str, sentence: str
) -> None:
    """Where commands are typed, a slip is refused and never becomes another command."""
    assert sentence in await typed(text)


@pytest.mark.parametrize(
    "text",
    [
        "invite create",
        "invite list",
        "invite show abc",
        "joins recent",
        "invite create max_age: 1d",
    ],
)
async def test_typed_commands_do_nothing_that_they_cannot_answer_in_private(
    sandbox: Sandbox, guild: Guild, typed: Typed, text: str
) -> None:
    """Where there is no private answer nothing is done, and nothing is said in public."""
    told = await typed(text)

    assert "I answer only in private" in told or "I know no invite" in told
    assert not guild.invites
    assert 0 == sandbox.count("POST", "/channels/{channel_id}/messages")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("joins correct {who} hub", "I do not know what `hub` is for", id="leftover"),
        pytest.param("joins correct {who} source: bot", "or `unknown`, not `bot`", id="choice"),
        pytest.param("joins correct {who} join: 0", "from 1 to 9999, not `0`", id="bounds"),
        pytest.param("joins correct nobody", 'User "nobody" not found.', id="nobody"),
        pytest.param("joins undo {who} 1", "I do not know what `1` is for", id="leftover of undo"),
        pytest.param("joins accuracy now", "Too many arguments", id="leftover of no option"),
        pytest.param("joins correct {who} source: hub", "I answer only in private", id="correct"),
        pytest.param("joins undo {who}", "I answer only in private", id="undo"),
        pytest.param("joins accuracy", "I answer only in private", id="accuracy"),
    ],
)
async def test_typed_corrections_are_as_strict(
    typed: Typed, guild: Guild, text: str, sentence: str
) -> None:
    """A typed word on how somebody came is refused like any, and nothing is said in public."""
    assert sentence in await typed(text.format(who=guild.owner.id))


@pytest.mark.parametrize("text", ["correct {who} source: hub", "undo {who}", "accuracy"])
async def test_typed_corrections_need_manage_server(
    typed: Typed, guild: Guild, moderator: Member, text: str
) -> None:
    """Where commands are typed nothing hides them, and the permission is asked for all the same."""
    guild.set_roles(moderator, [])

    told = await typed(f"joins {text}".format(who=guild.owner.id))

    assert told == "You need **Manage Server**."


class TestTooLate:
    """When the platform takes no private answer any more, there is none."""

    async def test_for_an_answer(
        self, sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
    ) -> None:
        """An answer that comes after three seconds does not become a public message."""
        del usher
        sandbox.answer_limit = 0
        sandbox.patience = 0.5

        with pytest.raises(NoAnswer):
            await sandbox.slash(moderator, general, "invite list")

        assert 0 == sandbox.count("POST", "/channels/{channel_id}/messages")

    async def test_for_work(
        self, sandbox: Sandbox, guild: Guild, usher: Usher, moderator: Member, general: Channel
    ) -> None:
        """What cannot be announced in time is not begun."""
        del usher
        sandbox.answer_limit = 0
        sandbox.patience = 0.5

        with pytest.raises(NoAnswer):
            await sandbox.slash(moderator, general, "invite create")

        assert not guild.invites
        assert 0 == sandbox.count("POST", "/channels/{channel_id}/messages")

    async def test_for_the_result(
        self, sandbox: Sandbox, guild: Guild, usher: Usher, moderator: Member, general: Channel
    ) -> None:
        """A result whose token ran out meanwhile is not told, least of all in public."""
        del usher
        sandbox.token_life = 0
        sandbox.patience = 0.5

        with pytest.raises(NoAnswer):
            await sandbox.slash(moderator, general, "invite create")

        assert 1 == len(guild.invites)
        assert 0 == sandbox.count("POST", "/channels/{channel_id}/messages")


@pytest.mark.parametrize("command", ["invite create", "invite list"])
async def test_a_fault_while_answering_gets_a_reference(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel, command: str
) -> None:
    """When the platform refuses an answer for another reason, the person hears of a fault."""
    del usher
    sandbox.fail("POST", "/interactions/*/*/callback", status=403, code=50013)

    reply = await sandbox.slash(moderator, general, command)

    assert "Tell my operator the reference" in reply.text
    assert reply.ephemeral


async def test_a_server_out_of_sight_is_said_to_be(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel
) -> None:
    """While the platform hides a server from Usher, commands in it are refused with a sentence."""
    assert usher.get_guild(guild.id)
    guild.outage()

    reply = await sandbox.slash(moderator, general, "invite create")

    assert "I cannot see this server at the moment" in reply.text


def test_nobody_asks_outside_of_a_server() -> None:
    """Whoever is not in a server is told so; the platform should not have let them ask."""

    class Direct:
        """As much of a direct message's context as is looked at."""

        guild = None
        author = None

    with pytest.raises(UserError, match="only in a server"):
        asker(Direct())  # type: ignore[arg-type] # a stand-in: no client can send this
