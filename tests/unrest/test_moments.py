"""What is told and counted as late as may be, to the second: no verdict comes too early.

On Discord, whose counters say enough to be wrong by a moment; where uses may be lost the worlds of
tests/bot/test_faults.py are as late as its lags admit.
"""

import asyncio

import pytest

from bot.platforms.discord import LAGS
from bot.sandbox import Permission, Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import EndReason, Met

from .moments import JUST_INSIDE, RECONNECTS_AFTER, early_in_a_second, said, told_late

LIST = "/guilds/{guild_id}/invites"


@pytest.mark.usefixtures("usher")
class TestLateEvents:
    async def test_announced_as_late_as_may_be(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Whoever was counted before the closing reading and is told of after it shares its
        window, and its explanations.
        """
        found = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(LAGS.counter - JUST_INSIDE)
        late = await told_late(sandbox, codes[0], LAGS.event - JUST_INSIDE)
        await asyncio.sleep(60)

        for member in (found, late):
            assert [f"ambiguous {codes[0]} ~other"] == await said(ledger, member)

    async def test_announced_after_the_connection_broke(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """While a connection is broken no window closes, and what is replayed then may be as old
        as that.
        """
        await early_in_a_second()
        found = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(0.1)
        sandbox.drop_gateway()
        await asyncio.sleep(LAGS.counter - 0.1 - JUST_INSIDE)
        replayed = await sandbox.join(codes[0])
        await asyncio.sleep(RECONNECTS_AFTER - 2)
        assert [] == await said(ledger, found)
        await asyncio.sleep(60)

        for member in (found, replayed):
            assert [f"ambiguous {codes[0]} ~other"] == await said(ledger, member)

    async def test_announced_after_a_silence(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A connection may have been dead before that is noticed: what is replayed then may be
        older than the break.
        """
        await early_in_a_second()
        found = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(LAGS.counter - JUST_INSIDE)
        replayed = await told_late(sandbox, codes[0], 5.0)  # into a dead connection
        await asyncio.sleep(1.5)
        other = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(2.5)
        sandbox.drop_gateway()
        await asyncio.sleep(60)

        for member in (found, replayed, other):
            assert [f"ambiguous {codes[0]} ~other"] == await said(ledger, member)

    async def test_announced_while_people_are_looked_for(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Whoever is found after an outage and announced right then has not been missed."""
        await asyncio.sleep(60)
        guild.outage()
        guild.recover()
        late = await told_late(sandbox, codes[0], LAGS.event - JUST_INSIDE)
        await asyncio.sleep(60)

        [join] = await ledger.joins_of(guild.id, late.id)
        assert Met.JOINING is join.met

    async def test_announced_after_a_reading_that_nobody_caused(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Such a reading may show uses that are yet to be announced: it is no baseline before
        that.
        """
        assert guild.me is not None
        own = guild.roles_by_id[guild.me.roles[0]]
        guild.change_role(own, permissions=Permission.ADMINISTRATOR)
        await asyncio.sleep(LAGS.counter - JUST_INSIDE)
        late = await told_late(sandbox, codes[0], LAGS.event - JUST_INSIDE)
        await asyncio.sleep(60)

        assert [f"ambiguous {codes[0]} ~other ~unknown"] == await said(ledger, late)

    async def test_read_again_after_an_announcement(
        self, sandbox: Sandbox, ledger: Ledger, codes: list[str]
    ) -> None:
        """Whoever is announced while a window waits for the last word is read for as well."""
        first = await sandbox.join(codes[0])
        await asyncio.sleep(LAGS.counter + LAGS.event - JUST_INSIDE)
        second = await sandbox.join(codes[1])
        await asyncio.sleep(60)

        assert [f"certain {codes[0]}"] == await said(ledger, first)
        assert [f"certain {codes[1]}"] == await said(ledger, second)


@pytest.mark.usefixtures("usher")
class TestLateCounts:
    async def test_counted_as_late_as_may_be(
        self, sandbox: Sandbox, ledger: Ledger, codes: list[str]
    ) -> None:
        """A use that is counted just in time shows in the first reading for it, and no more are
        taken.
        """
        sandbox.counter_lag = LAGS.counter - JUST_INSIDE
        lists = sandbox.count("GET", LIST)
        member = await sandbox.join(codes[0])
        await asyncio.sleep(60)

        assert [f"certain {codes[0]}"] == await said(ledger, member)
        assert 1 == sandbox.count("GET", LIST) - lists

    @pytest.mark.parametrize(("late", "lists"), [(3.4, 2), (7.4, 3), (14.4, 4)])
    async def test_counted_later_than_the_lags_admit(
        self,
        sandbox: Sandbox,
        ledger: Ledger,
        codes: list[str],
        late: float,
        lists: int,
    ) -> None:
        """While nothing explains somebody it is read again, three times, each time later: what is
        counted by then decides.
        """
        sandbox.counter_lag = late
        before = sandbox.count("GET", LIST)
        member = await sandbox.join(codes[0])
        await asyncio.sleep(60)

        assert [f"certain {codes[0]}"] == await said(ledger, member)
        assert lists == sandbox.count("GET", LIST) - before

    async def test_nobody_waits_for_ever(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """Whoever no count explains after three more readings came some other way."""
        lists = sandbox.count("GET", LIST)
        member = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(60)

        assert ["certain ~other"] == await said(ledger, member)
        assert 4 == sandbox.count("GET", LIST) - lists


@pytest.mark.usefixtures("usher")
class TestEndings:
    """An invite for one use that is gone: by a join, or by somebody's hand."""

    @pytest.mark.parametrize("late", [0.0, LAGS.event - JUST_INSIDE])
    async def test_used_up(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], late: float
    ) -> None:
        """Whoever used it up is certain, and it is exhausted, whatever is told first."""
        member = await told_late(sandbox, codes[2], late)
        await asyncio.sleep(60)

        record = await ledger.invite(guild.id, codes[2])
        assert record is not None
        assert (EndReason.EXHAUSTED, 1) == (record.end_reason, record.invite.uses)
        assert [f"certain {codes[2]}"] == await said(ledger, member)

    @pytest.mark.parametrize("last", ["INVITE_DELETE", "GUILD_AUDIT_LOG_ENTRY_CREATE"])
    async def test_revoked(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], last: str
    ) -> None:
        """Whoever joins just then may or may not have used it; in whatever order its two events
        arrive, it was revoked, and by whom, though the audit log cannot be asked.
        """
        sandbox.fail("GET", "/guilds/*/audit-logs", status=403, times=None)
        sandbox.delay_events(last, LAGS.event - JUST_INSIDE)
        found = await sandbox.enter(guild, source="discovery")
        guild.revoke_invite(codes[2], by=guild.owner)
        await asyncio.sleep(60)

        record = await ledger.invite(guild.id, codes[2])
        assert record is not None
        assert (EndReason.REVOKED, guild.owner.id) == (record.end_reason, record.ended_by)
        assert [f"ambiguous {codes[2]} ~other"] == await said(ledger, found)

    @pytest.mark.parametrize("last", ["INVITE_DELETE", "CHANNEL_DELETE"])
    async def test_gone_with_its_channel(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, last: str
    ) -> None:
        """Nobody used up an invite that went with its channel, also if its own end is told,
        before or after.
        """
        channel = guild.add_channel("partners")
        code = guild.create_invite(channel, by=guild.owner, max_uses=1).code
        await asyncio.sleep(60)
        sandbox.delay_events(last, LAGS.event - JUST_INSIDE)
        guild.delete_channel(channel)
        where = {"guild_id": str(guild.id), "channel_id": str(channel.id)}
        guild.emit("INVITE_DELETE", {**where, "code": code})
        found = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(60)

        record = await ledger.invite(guild.id, code)
        assert record is not None
        assert EndReason.CHANNEL_DELETED is record.end_reason
        assert [f"ambiguous {code} ~other"] == await said(ledger, found)
