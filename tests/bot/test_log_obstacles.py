"""Log channels that are closed, gone, changed or switched off."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.client import Usher
from bot.log_lines import TOLD_WITHIN
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import JoinFact, to_ms
from tests.bot.listening import (
    MESSAGE,
    MESSAGES,
    MODERATOR,
    QUICK,
    confirm,
    mentioned,
    quiet,
    said,
    until_asked,
)
from tests.harness import connected, decided, first_reading, on_both, until

pytestmark = on_both


async def troubled(usher: Usher, guild: Guild) -> str | None:
    return usher.log_channels.trouble(guild.id)


@pytest.mark.usefixtures("chosen")
class TestObstacles:
    async def test_a_permission_taken_and_given_back(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Without the permission nothing is asked in vain and nothing lost; then all is told."""
        mine = guild.me
        assert mine is not None
        guild.overwrite(channel, mine, deny=Permission.SEND_MESSAGES)
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            came = [await sandbox.join(code) for _ in range(3)]
            await decided(ledger, guild, 3)
            await asyncio.sleep(0.3)
            assert 0 == sandbox.count("POST", MESSAGES)
            guild.overwrite(channel, mine, allow=Permission.SEND_MESSAGES)

            messages = await said(sandbox, channel, bool)

        assert {member.id for member in came} <= set(mentioned(messages))

    async def test_a_refusal_that_nothing_foretold(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """What the platform refuses against its own permissions is tried again."""
        sandbox.fail("POST", MESSAGES, status=403, code=50013, times=3)
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)

            messages = await said(sandbox, channel, bool)

        assert 1 == len(messages)
        assert member.id in mentioned(messages)
        assert 4 == sandbox.count("POST", MESSAGES)

    async def test_who_is_refused_asks_more_and_more_rarely(
        self, sandbox: Sandbox, ledger: Ledger, channel: Channel, code: str
    ) -> None:
        """The second refusal in a row is waited out longer than the first."""
        sandbox.fail("POST", MESSAGES, status=403, code=50013, times=None)
        patience = QUICK._replace(pace=QUICK.pace._replace(again=(0.05, 60.0)))
        async with connected(ledger, sandbox, patience=patience):
            await sandbox.join(code)
            await until_asked(sandbox, channel)
            await asyncio.sleep(0.6)

        assert 2 == sandbox.count("POST", MESSAGES)

    async def test_what_waited_too_long_is_counted(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Old news is given up with a sentence that says how much, and new joins are told."""
        then = to_ms(datetime.now(UTC) - TOLD_WITHIN) - 1000
        for member_id in (1, 2):
            await ledger.record_join(JoinFact(guild.id, member_id, then, then))
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)

            messages = await said(sandbox, channel, lambda told: len(told) > 1)
            await quiet(ledger, guild)

        assert messages[0].content.startswith("… and 2 joins and leaves that I could not tell")
        assert [member.id, guild.owner.id] == mentioned(messages)

    async def test_only_what_waited_too_long_is_given_up(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel
    ) -> None:
        """What happened since is told, though something older waited with it."""
        now = datetime.now(UTC)
        for member_id, then in ((1, now - 2 * TOLD_WITHIN), (2, now - TOLD_WITHIN / 2)):
            await ledger.record_join(JoinFact(guild.id, member_id, to_ms(then), to_ms(then)))
        async with connected(ledger, sandbox, patience=QUICK):
            messages = await said(sandbox, channel, lambda told: "<@2>" in "".join(told))

        assert messages[0].content.startswith("… and one join or leave")
        assert 1 not in mentioned(messages)

    async def test_a_deleted_message_stays_deleted(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """A moderator deletes a message: it is neither said again nor asked for for ever."""
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            [message] = await said(sandbox, channel, bool)
            await quiet(ledger, guild)
            sandbox.delete_message(message, by=guild.owner)
            await confirm(ledger, guild, member)
            await quiet(ledger, guild)

        assert [] == sandbox.messages(channel)
        assert 1 == sandbox.count("PATCH", MESSAGE)

    async def test_a_deleted_channel_and_another_one(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """What could not be told in the channel that is gone is told in the one chosen next."""
        general = guild.channel("general")
        patient = QUICK._replace(pace=QUICK.pace._replace(again=(60.0,)))
        async with connected(ledger, sandbox, patience=patient) as usher:
            await first_reading(ledger, guild)
            before = await sandbox.join(code)
            await said(sandbox, channel, bool)
            guild.delete_channel(channel)
            after = await sandbox.join(code)
            await decided(ledger, guild, 2)
            await confirm(ledger, guild, before)
            await asyncio.sleep(0.2)  # it has seen by now that it cannot speak
            await ledger.set_log(guild.id, general.id, MODERATOR, datetime.now(UTC))
            usher.log_channels.changed(guild.id)
            messages = await said(sandbox, general, bool)
            await quiet(ledger, guild)

        assert [after.id, guild.owner.id] == mentioned(messages)
        assert 0 == sandbox.count("PATCH", MESSAGE)

    async def test_what_is_refused_is_told_in_the_channel_chosen_next(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """A message that the old channel takes from nobody is drawn together anew, once."""
        general = guild.channel("general")
        patient = QUICK._replace(pace=QUICK.pace._replace(again=(60.0,)))
        async with connected(ledger, sandbox, patience=patient) as usher:
            await first_reading(ledger, guild)
            sandbox.fail("POST", MESSAGES, status=403, code=50013, times=2)
            member = await sandbox.join(code)
            await until_asked(sandbox, channel)
            await until(lambda: troubled(usher, guild))
            await ledger.set_log(guild.id, general.id, MODERATOR, datetime.now(UTC))
            usher.log_channels.changed(guild.id)

            messages = await said(sandbox, general, bool)
            await quiet(ledger, guild)

        assert [member.id, guild.owner.id] == mentioned(messages)
        assert [] == sandbox.messages(channel)
        assert 3 == sandbox.count("POST", MESSAGES)

    async def test_why_it_failed_last_can_be_asked(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """A refusal is remembered until something was said."""
        sandbox.fail("POST", MESSAGES, status=403, code=50013)
        async with connected(ledger, sandbox, patience=QUICK) as usher:
            await first_reading(ledger, guild)
            assert usher.log_channels.trouble(guild.id) is None
            await sandbox.join(code)

            trouble = await until(lambda: troubled(usher, guild))
            await said(sandbox, channel, bool)
            await quiet(ledger, guild)

            assert usher.log_channels.trouble(guild.id) is None
        assert "injected fault" in trouble

    async def test_messages_of_an_earlier_channel_go_on_changing(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Another channel is chosen: what stands in the old one still becomes right."""
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            await said(sandbox, channel, bool)
            general = guild.channel("general")
            await ledger.set_log(guild.id, general.id, MODERATOR, datetime.now(UTC))
            await confirm(ledger, guild, member)

            await said(sandbox, channel, lambda told: "confirmed" in told[0])

        assert [] == sandbox.messages(general)

    async def test_a_refused_change_is_tried_again(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """In the channel of now a refusal only delays what becomes right."""
        sandbox.fail("PATCH", MESSAGE, status=403, code=50001)
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            await said(sandbox, channel, bool)
            await confirm(ledger, guild, member)

            await said(sandbox, channel, lambda told: "confirmed" in told[0])

    async def test_a_refused_change_in_an_earlier_channel_is_given_up(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Where nothing is told any more a refusal is the end of it."""
        sandbox.fail("PATCH", MESSAGE, status=403, code=50001)
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            await said(sandbox, channel, bool)
            general = guild.channel("general")
            await ledger.set_log(guild.id, general.id, MODERATOR, datetime.now(UTC))
            await confirm(ledger, guild, member)
            await quiet(ledger, guild)

        assert 1 == sandbox.count("PATCH", MESSAGE)
        assert "confirmed" not in sandbox.messages(channel)[0].content

    async def test_a_text_that_the_platform_does_not_take_is_given_up(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """It does not stand in the way of those that come after it."""
        sandbox.fail("POST", MESSAGES, status=400, code=50035)
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            await sandbox.join(code)
            await until_asked(sandbox, channel)
            await quiet(ledger, guild)
            newcomer = await sandbox.join(code)

            messages = await said(sandbox, channel, bool)

        assert [newcomer.id, guild.owner.id] == mentioned(messages)

    async def test_switched_off(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Nothing is said any more and nothing changed, neither now nor when switched on again."""
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            await said(sandbox, channel, bool)
            await quiet(ledger, guild)
            await ledger.set_log(guild.id, None, MODERATOR, datetime.now(UTC))
            await sandbox.join(code)
            await decided(ledger, guild, 2)
            await confirm(ledger, guild, member)
            await quiet(ledger, guild)
            await ledger.set_log(guild.id, channel.id, MODERATOR, datetime.now(UTC))
            await quiet(ledger, guild)

        [message] = sandbox.messages(channel)
        assert 0 == message.edits
        assert [member.id, guild.owner.id] == mentioned([message])
