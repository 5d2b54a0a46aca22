"""A log message of which nobody knows whether it was said, and what was not said."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.log_channel import NONCE_KEPT
from bot.log_lines import TOLD_WITHIN
from bot.platforms.speech import Speech
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from bot.sandbox.rest import Exchange
from cogs import _log_texts as texts
from data.ledger import Ledger
from data.models import LogLine, to_ms
from tests.bot.listening import (
    MESSAGE,
    MESSAGES,
    MODERATOR,
    QUICK,
    claimed_by_an_earlier_run,
    quiet,
    said,
)
from tests.harness import connected, decided, first_reading, on_both, until

pytestmark = on_both


class Speechless:
    """Texts with a mistake in them."""

    room = staticmethod(texts.room)
    opening = staticmethod(texts.opening)
    untold = staticmethod(texts.untold)

    def render(self, lines: Sequence[LogLine], /) -> str:
        raise LookupError(f"no words for {len(lines)} lines")


@pytest.mark.usefixtures("chosen")
class TestInterrupted:
    """Between being drawn together and being known to have been said."""

    @pytest.mark.parametrize(
        ("age", "times"),
        [
            pytest.param(timedelta(0), 1, id="just now"),
            pytest.param(2 * NONCE_KEPT, 1, id="earlier"),
            pytest.param(2 * TOLD_WITHIN, 1, id="long ago"),
            pytest.param(2 * NONCE_KEPT, 2, id="earlier, in a channel that cannot be read"),
        ],
    )
    async def test_what_was_said_is_found_again(
        self,
        sandbox: Sandbox,
        ledger: Ledger,
        guild: Guild,
        channel: Channel,
        age: timedelta,
        times: int,
    ) -> None:
        """By its nonce, or later in the channel; only where that cannot be read, told twice."""
        code = guild.add_invite(guild.channel("general"), by=guild.owner).code
        if times > 1:
            guild.overwrite(channel, guild.everyone, deny=Permission.READ_MESSAGE_HISTORY)
        async with connected(ledger, sandbox, patience=QUICK) as usher:
            usher.log_channels.speak(None)
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            message = await claimed_by_an_earlier_run(ledger, guild, channel, age)
            nonce = f"{message.id}-{to_ms(message.claimed_at):x}"
            await Speech(usher).post(channel.id, texts.render(message.lines), nonce)
            await decided(ledger, guild, 1)
        if age:
            sandbox.nonce_life = 0.0

        async with connected(ledger, sandbox, patience=QUICK):
            await quiet(ledger, guild)

        messages = sandbox.messages(channel)
        assert times == len(messages)
        assert f"{member.mention} joined · through `{code}`, certain" in messages[-1].content

    async def test_what_stands_in_an_earlier_channel_is_not_told_again(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Found where it can be changed no more, it stays as it is."""
        general = guild.channel("general")
        async with connected(ledger, sandbox, patience=QUICK) as usher:
            usher.log_channels.speak(None)
            await first_reading(ledger, guild)
            await sandbox.join(code)
            message = await claimed_by_an_earlier_run(ledger, guild, channel, 2 * NONCE_KEPT)
            await Speech(usher).post(channel.id, texts.render(message.lines), "said")
            await decided(ledger, guild, 1)
            await ledger.set_log(guild.id, general.id, MODERATOR, datetime.now(UTC))
        sandbox.fail("PATCH", MESSAGE, status=403, code=50001, times=None)

        async with connected(ledger, sandbox, patience=QUICK):
            await quiet(ledger, guild)

        assert 1 == sandbox.count("PATCH", MESSAGE)
        assert 1 == len(sandbox.messages(channel))
        assert [] == sandbox.messages(general)

    async def test_what_was_not_said_is_said(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """A message that never left is said after the restart, beside one of the same person."""
        async with connected(ledger, sandbox, patience=QUICK) as usher:
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            await said(sandbox, channel, bool)
            await quiet(ledger, guild)
            usher.log_channels.speak(None)
            await sandbox.leave(member)
            await claimed_by_an_earlier_run(ledger, guild, channel, NONCE_KEPT)

        async with connected(ledger, sandbox, patience=QUICK):
            messages = await said(sandbox, channel, lambda told: len(told) > 1)
            await quiet(ledger, guild)

        assert [False, True] == [" left " in message.content for message in messages]

    async def test_a_fault_of_ours_loses_nothing(
        self, sandbox: Sandbox, ledger: Ledger, channel: Channel, guild: Guild, code: str
    ) -> None:
        """Words that cannot be found are logged, and what was to be said is said later."""
        async with connected(ledger, sandbox, patience=QUICK) as usher:
            await first_reading(ledger, guild)
            usher.log_channels.speak(Speechless())
            member = await sandbox.join(code)
            await until(lambda: ledger.unsent(guild.id))
            usher.log_channels.speak(texts)

            [message] = await said(sandbox, channel, bool)

        assert member.mention in message.content

    async def test_what_was_not_said_for_long_is_counted(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """A message that never left is old news after a while."""
        async with connected(ledger, sandbox, patience=QUICK) as usher:
            usher.log_channels.speak(None)
            await sandbox.join(code)
            await claimed_by_an_earlier_run(ledger, guild, channel, 2 * TOLD_WITHIN)

        async with connected(ledger, sandbox, patience=QUICK):
            newcomer = await sandbox.join(code)
            messages = await said(sandbox, channel, lambda told: len(told) > 1)

        assert "one join or leave" in messages[0].content
        assert newcomer.mention in messages[1].content

    async def test_an_answer_that_got_lost_says_nothing_twice(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """The platform says it and then fails to answer: it stands there once."""
        lost: list[str] = []

        def lose(exchange: Exchange) -> None:
            if exchange.method == "POST" and exchange.template == MESSAGES and not lost:
                lost.append(exchange.path)
                raise ConnectionError("the answer is lost")

        sandbox.exchanges.append(lose)
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            await sandbox.join(code)
            await said(sandbox, channel, bool)
            await quiet(ledger, guild)

        # By its nonce the platform knows it again; where it does not look at them we do.
        asked = 2 if sandbox.platform == "discord" else 1
        assert asked == sandbox.count("POST", MESSAGES)
        assert 1 == len(sandbox.messages(channel))

    async def test_an_unsaid_message_of_a_closed_channel_is_said_in_the_one_of_now(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """It is drawn together anew for the channel that was chosen since."""
        general = guild.channel("general")
        async with connected(ledger, sandbox, patience=QUICK) as usher:
            usher.log_channels.speak(None)
            member = await sandbox.join(code)
            await claimed_by_an_earlier_run(ledger, guild, channel)
            guild.delete_channel(channel)
            await ledger.set_log(guild.id, general.id, MODERATOR, datetime.now(UTC))

        async with connected(ledger, sandbox, patience=QUICK):
            messages = await said(sandbox, general, bool)
            await quiet(ledger, guild)

        assert member.mention in messages[0].content
        assert 1 == len(sandbox.messages(general))
