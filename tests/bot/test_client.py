import logging

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.harness import connected, decided, first_reading, on_both

COMMANDS = "/applications/{application_id}/commands"


async def test_commands_are_registered_once(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> None:
    """A second start tells the platform nothing new, so it tells nothing. Of Discord alone: Fluxer
    has nothing to register with, as the next test holds.
    """
    for _ in range(2):
        async with connected(ledger, sandbox) as bot:
            application_id = bot.application_id
    assert 1 == sandbox.count("PUT", COMMANDS)

    await ledger.set_meta(f"commands of {application_id}", "those of an older Usher")
    async with connected(ledger, sandbox):
        pass

    assert 2 == sandbox.count("PUT", COMMANDS)
    assert guild.id


@pytest.mark.parametrize("platform", ["fluxer"], indirect=True)
async def test_commands_that_are_text_are_registered_nowhere(
    ledger: Ledger, sandbox: Sandbox, guild: Guild
) -> None:
    """Where there are no slash commands the platform is told of none: it would answer 404."""
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)

    assert [] == [asked for asked in sandbox.requests if "/commands" in asked[1]]


@on_both
@pytest.mark.usefixtures("usher")
async def test_garbage_in_an_event_ends_nothing(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """Invite events in a shape nobody knows are logged, and joins are told of as before."""
    invite = guild.create_invite(guild.channel("general"), by=guild.owner)
    await first_reading(ledger, guild)

    sandbox.events.clear()  # what follows is meant to be unlike anything described

    with caplog.at_level(logging.CRITICAL):  # the library logs what a listener could not read
        guild.emit("INVITE_CREATE", {"code": None})
        guild.emit("INVITE_DELETE", {"guild_id": "not a number"})
        guild.emit("GUILD_AUDIT_LOG_ENTRY_CREATE", {"guild_id": str(guild.id), "id": "x"})
        await sandbox.join(invite.code)

        [join] = await decided(ledger, guild, 1)

    assert invite.code == join.code


@on_both
@pytest.mark.usefixtures("guild")
async def test_text_is_read_only_where_commands_are_text(usher: Usher, sandbox: Sandbox) -> None:
    """Where there are slash commands no intent tells of messages, nor of reactions to them."""
    text = sandbox.platform == "fluxer"
    intents = usher.intents
    assert [text] * 3 == [intents.messages, intents.message_content, intents.reactions]
