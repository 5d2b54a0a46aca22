"""Answers are private, or there are none."""

import pytest

from bot.client import Usher
from bot.errors import UserError
from bot.sandbox import NoAnswer, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from cogs._asking import asker


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
