"""Help where no client shows the commands: found without a manual, and never a secret told."""

from typing import get_args

import pytest
from discord.ext import commands

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from cogs._help_texts import EXAMPLES
from cogs._options import Options
from tests.harness import on_both
from tests.moderators import say

on_fluxer = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)


@on_fluxer
@pytest.mark.usefixtures("usher")
class TestHelp:
    """Said where it was asked for, to whoever asks."""

    async def test_lists_every_command(
        self, sandbox: Sandbox, usher: Usher, guild: Guild, general: Channel
    ) -> None:
        """All of them, as they are typed, also for somebody who may not use them."""
        reply = await say(sandbox, guild.add_member("anybody"), general, "!help")

        missing = [
            each.qualified_name
            for each in usher.walk_commands()
            if not isinstance(each, commands.Group)
            and f"`!{each.qualified_name}`" not in reply.text
            and not each.hidden
        ]
        assert [] == missing
        assert reply.text.index("`!invite create`") < reply.text.index("`!joins recent`")
        assert not reply.private

    @pytest.mark.parametrize(
        "text", ["help invite create", "help `!invite create`", "HELP INVITE  create"]
    )
    async def test_tells_what_can_be_said_after_a_command(
        self, sandbox: Sandbox, moderator: Member, general: Channel, text: str
    ) -> None:
        """Every option with its meaning, and an example that can be typed as it is."""
        reply = await say(sandbox, moderator, general, f"!{text}")

        assert "`max_age:` How long it lasts" in reply.text
        assert "For example: `!invite create max_age: 7d" in reply.text
        assert "roles" not in reply.text
        assert "target" not in reply.text

    @pytest.mark.parametrize("text", ["!help", "!invite create", "a mention"])
    async def test_a_webhook_is_nobody(
        self, sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel, text: str
    ) -> None:
        """Whatever it says, nobody answers, though its author is not marked as a bot; a person
        who asks after it is answered.
        """
        assert usher.user is not None
        said = usher.user.mention if text == "a mention" else text
        await sandbox.post_by_webhook(general, said)

        await say(sandbox, moderator, general, "!help invite")

        answers = [one for one in sandbox.messages(general) if one.author_id == usher.user.id]
        assert 1 == len(answers)

    async def test_tells_what_is_needed_and_what_can_be_chosen(
        self, sandbox: Sandbox, moderator: Member, general: Channel
    ) -> None:
        """What cannot be left out is marked, and fixed words are listed."""
        reply = await say(sandbox, moderator, general, "!help joins correct")

        assert "`member:` (needed; its name can be left out)" in reply.text
        assert "`invite`, `vanity`, `discovery`" in reply.text

    @pytest.mark.parametrize("text", ["!help invite", "!invite", "!INVITE "])
    async def test_a_group_shows_its_commands(
        self, sandbox: Sandbox, moderator: Member, general: Channel, text: str
    ) -> None:
        """Also when it is given by itself."""
        reply = await say(sandbox, moderator, general, text)

        assert "`!invite revoke` Revoke an invite, after showing what goes." in reply.text

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (
                "!help invite crate",
                "There is no command `invite crate`. Did you mean `!invite create`?",
            ),
            ("!help accept", "There is no command `accept`. `!help` lists all."),
            ("!invite accpt", "Did you mean `!invite vanity`?"),
            ("!help **me** @everyone", "There is no command `**me** @everyone`."),
        ],
    )
    async def test_suggests_what_may_be_meant(
        self, sandbox: Sandbox, moderator: Member, general: Channel, text: str, sentence: str
    ) -> None:
        """A name that there is not leads to the nearest, and formats nothing."""
        reply = await say(sandbox, moderator, general, text)

        assert sentence in reply.text
        assert not reply.pings

    async def test_a_bare_mention_is_answered(
        self, sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
    ) -> None:
        """Whoever knows nothing but the name finds the help."""
        assert usher.user is not None

        reply = await say(sandbox, moderator, general, usher.user.mention)

        assert "`!help` lists what I can do." in reply.text

    async def test_a_mention_with_something_else_is_answered(
        self, sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
    ) -> None:
        """Spoken to by name, Usher says that it did not understand."""
        assert usher.user is not None

        reply = await say(sandbox, moderator, general, f"{usher.user.mention} good morning")

        assert "I do not know that. `!help` lists what I can do." == reply.text

    async def test_every_example_is_understood(self, usher: Usher) -> None:
        """The words of each example are options of the command that it is for."""
        for name, example in EXAMPLES.items():
            known = usher.get_command(name)
            assert known is not None
            [parameter] = known.clean_params.values()
            kind = parameter.converter
            assert isinstance(kind, type)
            assert issubclass(kind, Options)
            parsed = kind.parse_flags(example)
            for option, [value] in parsed.items():
                choices = get_args(kind.get_flags()[option].annotation)
                assert value in choices or not any(isinstance(each, str) for each in choices)


@on_both
async def test_every_command_has_its_place_in_the_help(usher: Usher) -> None:
    """Each says in a line what it does, and each of its options what it means."""
    for known in usher.walk_commands():
        assert known.short_doc
        for parameter in known.clean_params.values():
            kind = parameter.converter
            if isinstance(kind, type) and issubclass(kind, Options):
                assert all(isinstance(flag.description, str) for flag in kind.get_flags().values())
