"""Joins and leaves told in a log channel: on the sandbox, through the real discord.py."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import JoinFact, Source, to_ms
from tests.bot.listening import (
    MESSAGE,
    MODERATOR,
    QUICK,
    confirm,
    mentioned,
    quiet,
    said,
    until_asked,
)
from tests.harness import connected, decided, first_reading, on_both

pytestmark = on_both


@pytest.mark.usefixtures("chosen")
class TestTelling:
    async def test_a_join_is_told_once_with_its_verdict(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Who, through what, whose credit and how certain, in one message that pings nobody."""
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            [message] = await said(sandbox, channel, bool)
            await quiet(ledger, guild)

        assert f"{member.mention} joined · through `{code}`, certain" in message.content
        assert f"credit {guild.owner.mention}" in message.content
        assert 0 == message.edits
        assert not message.pings
        assert 1 == len(sandbox.messages(channel))

    async def test_a_better_verdict_changes_the_message(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """When the record confirms a join its line says so, in its place, pinging nobody."""
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            await said(sandbox, channel, bool)
            await decided(ledger, guild, 1)
            await confirm(ledger, guild, member)
            [message] = await said(sandbox, channel, lambda told: "confirmed" in told[0])
            await quiet(ledger, guild)

        assert "through server discovery, confirmed" in message.content
        assert 1 == message.edits
        assert not message.pings

    async def test_a_verdict_that_does_not_come_is_not_waited_for(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """A join that stays undecided is told as pending, and changed when it is decided."""
        hasty = QUICK._replace(pace=QUICK.pace._replace(verdict=0.0))
        async with connected(ledger, sandbox, patience=hasty):
            await first_reading(ledger, guild)
            sandbox.fail("GET", "/guilds/*/invites", delay=1.5, times=None)
            await sandbox.join(code)

            [message] = await said(sandbox, channel, bool)
            assert " joined · pending" in message.content
            await said(sandbox, channel, lambda told: f"through `{code}`, certain" in told[0])

        assert 1 == message.edits

    async def test_a_clock_that_was_put_back_holds_up_nothing(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel
    ) -> None:
        """An undecided join that is said to arrive in an hour is not waited for that long."""
        later = to_ms(datetime.now(UTC) + timedelta(hours=1))
        await ledger.record_join(JoinFact(guild.id, 1, later, later))
        sandbox.fail("GET", "/guilds/*/invites", hang=True, times=None)
        patient = QUICK._replace(pace=QUICK.pace._replace(verdict=60.0))

        async with connected(ledger, sandbox, patience=patient):
            [message] = await said(sandbox, channel, bool)

        assert " <@1> joined · pending" in message.content

    async def test_a_leave_is_told(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Who leaves is told, after the join and with what they had come through."""
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            await decided(ledger, guild, 1)
            await sandbox.leave(member)
            messages = await said(sandbox, channel, lambda told: "left" in "".join(told))
            await quiet(ledger, guild)

        lines = "\n".join(message.content for message in messages).splitlines()
        assert f"{member.mention} joined" in lines[0]
        assert f"{member.mention} left · after less than a minute" in lines[1]
        assert f"had come through `{code}`, certain" in lines[1]
        assert 2 == len(lines)

    async def test_a_restart_says_nothing_twice(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """What was said before a restart is not said after it, and what was not is."""
        async with connected(ledger, sandbox, patience=QUICK) as usher:
            await first_reading(ledger, guild)
            one = await sandbox.join(code)
            await said(sandbox, channel, bool)
            await quiet(ledger, guild)
            usher.log_channels.speak(None)
            two = await sandbox.join(code)
            await decided(ledger, guild, 2)

        async with connected(ledger, sandbox, patience=QUICK):
            messages = await said(sandbox, channel, lambda told: len(told) > 1)
            await quiet(ledger, guild)

        owner = guild.owner.id
        assert [one.id, owner, two.id, owner] == mentioned(messages)

    async def test_nothing_to_tell_asks_nothing(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Between two joins the platform is not asked anything."""
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            await sandbox.join(code)
            await said(sandbox, channel, bool)
            await quiet(ledger, guild)
            before = len(sandbox.requests)
            await asyncio.sleep(0.3)

            assert before == len(sandbox.requests)

    async def test_no_guild_waits_for_another(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """While one channel's request hangs, another guild's joins are told."""
        other = sandbox.add_guild("Elsewhere")
        place = other.add_channel("log")
        await ledger.set_log(other.id, place.id, MODERATOR, datetime.now(UTC))
        sandbox.fail("POST", f"/channels/{channel.id}/messages", hang=True)
        async with connected(ledger, sandbox, patience=QUICK):
            await first_reading(ledger, guild)
            await first_reading(ledger, other)
            await sandbox.join(code)
            await until_asked(sandbox, channel)
            newcomer = await sandbox.enter(other)

            messages = await said(sandbox, place, bool)

        assert newcomer.id in mentioned(messages)
        assert [] == sandbox.messages(channel)


@pytest.mark.usefixtures("chosen")
class TestRaids:
    async def test_a_hundred_at_once_meet_no_limit(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Drawn together into a few messages, each person in exactly one, each confirmed there."""
        statuses: list[int] = []
        sandbox.exchanges.append(lambda exchange: statuses.append(exchange.status))
        pace = QUICK.pace._replace(say=1.0, edit=1.0)
        patience = QUICK._replace(pace=pace, record=(0.3,))
        async with connected(ledger, sandbox, patience=patience):
            await first_reading(ledger, guild)
            sandbox.record_lag = 2.0
            came = [await sandbox.join(code) for _ in range(100)]

            messages = await said(
                sandbox,
                channel,
                lambda told: (
                    len(re.findall("joined", "".join(told))) == len(told) >= 2
                    and all("confirmed" in each and "certain" not in each for each in told)
                ),
            )
            await quiet(ledger, guild)

        told = [one for one in mentioned(messages) if one != guild.owner.id]
        assert sorted(member.id for member in came) == sorted(told)
        assert 429 not in statuses
        assert 2 == len(messages)
        assert not any(message.pings for message in messages)
        assert sandbox.count("PATCH", MESSAGE) <= 6

    async def test_what_comes_soon_after_is_drawn_together(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel
    ) -> None:
        """The first is told at once, and those that follow within the pace in one message."""
        people = [guild.add_member() for _ in range(6)]
        patience = QUICK._replace(pace=QUICK.pace._replace(say=1.0))
        async with connected(ledger, sandbox, patience=patience):
            for number, member in enumerate(people):
                await sandbox.leave(member)
                if number == 0:
                    await said(sandbox, channel, bool)
                await asyncio.sleep(0.05)
            messages = await said(sandbox, channel, lambda told: len("".join(told)) > 300)
            await quiet(ledger, guild)

        assert [1, 5] == [len(mentioned([message])) for message in messages]

    async def test_changes_are_drawn_together(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel, code: str
    ) -> None:
        """Of verdicts that follow each other within the pace only the last is shown."""
        patience = QUICK._replace(pace=QUICK.pace._replace(edit=1.0))
        async with connected(ledger, sandbox, patience=patience):
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            [message] = await said(sandbox, channel, bool)
            await confirm(ledger, guild, member, Source.DISCOVERY)
            await said(sandbox, channel, lambda told: "confirmed" in told[0])
            for source in (Source.HUB, Source.OAUTH, Source.LOBBY):
                await confirm(ledger, guild, member, source)
                await asyncio.sleep(0.1)
            await quiet(ledger, guild)

        assert "through a linked lobby, confirmed" in message.content
        assert 2 == message.edits

    async def test_when_very_many_wait_verdicts_are_not_waited_for(
        self, sandbox: Sandbox, ledger: Ledger, guild: Guild, channel: Channel
    ) -> None:
        """A thousand undecided joins are told at once, in two messages that the platform takes."""
        now = to_ms(datetime.now(UTC))
        facts = [JoinFact(guild.id, number, now, now) for number in range(1, 1001)]
        await asyncio.gather(*map(ledger.record_join, facts))
        sandbox.fail("GET", "/guilds/*/invites", hang=True, times=None)
        patient = QUICK._replace(pace=QUICK.pace._replace(verdict=60.0))

        async with connected(ledger, sandbox, patience=patient):
            messages = await said(sandbox, channel, lambda told: len(told) > 1)
            await quiet(ledger, guild)

        assert [True, True] == ["500 joined" in message.content for message in messages]
        assert ["500 pending"] * 2 == [
            re.findall("[0-9]+ pending", message.content)[0] for message in messages
        ]
        people = mentioned(messages)
        assert len(people) == len(set(people)) > 100
