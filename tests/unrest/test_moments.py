"""What is told and counted as late as may be, to the second: no verdict comes too early.

By each platform's own lags; what follows where uses may be lost is in `open_between`.
"""

import asyncio

import pytest

from bot.attribution import Lags
from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from bot.windows import LONGEST_WINDOW, SLOWEST_SPACING
from data.ledger import Ledger
from data.models import Met, Reason
from tests.benchmarks.virtual_time import virtual_loop
from tests.harness import on_both

from .moments import (
    JUST_INSIDE,
    LISTS,
    LONG,
    RECONNECTS_AFTER,
    count_late,
    early_in_a_second,
    history,
    open_between,
    said,
    silent,
    told_late,
)


@on_both
@pytest.mark.usefixtures("usher")
class TestLateEvents:
    async def test_announced_as_late_as_may_be(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
    ) -> None:
        """Whoever was counted before the closing reading and is told of after it shares its
        window, and its explanations.
        """
        found = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(lags.counter - JUST_INSIDE)
        late = await told_late(sandbox, codes[0], lags.event - JUST_INSIDE)
        await asyncio.sleep(LONG)

        for member in (found, late):
            assert [open_between(sandbox, codes, codes[0], "~other")] == await said(ledger, member)

    async def test_announced_after_the_connection_broke(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
    ) -> None:
        """While a connection is broken no window closes, and what is replayed then may be as old
        as that.
        """
        await early_in_a_second()
        found = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(0.1)
        sandbox.drop_gateway()
        await asyncio.sleep(lags.counter - 0.1 - JUST_INSIDE)
        replayed = await sandbox.join(codes[0])
        await asyncio.sleep(RECONNECTS_AFTER - lags.counter - 1)
        assert [] == await said(ledger, found)
        await asyncio.sleep(LONG)

        for member in (found, replayed):
            assert [open_between(sandbox, codes, codes[0], "~other")] == await said(ledger, member)

    async def test_announced_after_a_silence(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
    ) -> None:
        """A connection may have been dead before that is noticed: what is replayed then may be
        older than the break.
        """
        await early_in_a_second()
        found = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(lags.counter - JUST_INSIDE)
        replayed = await told_late(sandbox, codes[0], 5.0)  # into a dead connection
        await asyncio.sleep(1.5)
        other = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(2.5)
        sandbox.drop_gateway()
        await asyncio.sleep(LONG)

        for member in (found, replayed, other):
            assert [open_between(sandbox, codes, codes[0], "~other")] == await said(ledger, member)

    async def test_announced_while_people_are_looked_for(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
    ) -> None:
        """Whoever is found after an outage and announced right then has not been missed."""
        await asyncio.sleep(60)
        guild.outage()
        guild.recover()
        late = await told_late(sandbox, codes[0], lags.event - JUST_INSIDE)
        await asyncio.sleep(LONG)

        [join] = await ledger.joins_of(guild.id, late.id)
        assert Met.JOINING is join.met

    async def test_announced_after_a_reading_that_nobody_caused(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
    ) -> None:
        """Such a reading may show uses that are yet to be announced: it is no baseline before
        that.
        """
        assert guild.me is not None
        own = guild.roles_by_id[guild.me.roles[0]]
        guild.change_role(own, permissions=Permission.ADMINISTRATOR)
        await asyncio.sleep(lags.counter - JUST_INSIDE)
        late = await told_late(sandbox, codes[0], lags.event - JUST_INSIDE)
        await asyncio.sleep(LONG)

        expected = open_between(sandbox, codes, codes[0], "~other", "~unknown")
        assert [expected] == await said(ledger, late)

    async def test_read_again_after_an_announcement(
        self, sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags
    ) -> None:
        """Whoever is announced while a window waits for the last word is read for as well."""
        first = await sandbox.join(codes[0])
        await asyncio.sleep(lags.counter + lags.event - JUST_INSIDE)
        second = await sandbox.join(codes[1])
        await asyncio.sleep(LONG)

        assert [f"certain {codes[0]}"] == await said(ledger, first)
        assert [f"certain {codes[1]}"] == await said(ledger, second)


@on_both
@pytest.mark.usefixtures("usher")
class TestLateCounts:
    async def test_counted_as_late_as_may_be(
        self, sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags
    ) -> None:
        """A use that is counted just in time shows in the first reading for it, and no more are
        taken.
        """
        count_late(sandbox, lags.counter - JUST_INSIDE)
        lists = sandbox.count("GET", LISTS)
        member = await sandbox.join(codes[0])
        await asyncio.sleep(LONG)

        assert [f"certain {codes[0]}"] == await said(ledger, member)
        assert 1 == sandbox.count("GET", LISTS) - lists

    @pytest.mark.parametrize("again", [1, 2, 3])
    async def test_counted_later_than_the_lags_admit(
        self, sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags, again: int
    ) -> None:
        """While nothing explains somebody it is read again, three times, each time later: what is
        counted by then decides. Where uses may be lost a counter that stands still proves nothing,
        and is not waited for.
        """
        waits = silent(sandbox.platform).unmet[:again]
        last = lags.counter + sum(lags.event + wait for wait in waits)
        count_late(sandbox, last - 2 * JUST_INSIDE)
        lists = sandbox.count("GET", LISTS)
        member = await sandbox.join(codes[0])
        await asyncio.sleep(LONG)

        exact = sandbox.platform == "discord"
        expected = f"certain {codes[0]}" if exact else open_between(sandbox, codes)
        assert [expected] == await said(ledger, member)
        assert 1 + (again if exact else 0) == sandbox.count("GET", LISTS) - lists

    async def test_nobody_waits_for_ever(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Whoever no count explains after three more readings came some other way; where uses may
        be lost it says nothing, and is not waited for.
        """
        lists = sandbox.count("GET", LISTS)
        member = await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(LONG)

        exact = sandbox.platform == "discord"
        expected = "certain ~other" if exact else open_between(sandbox, codes)
        assert [expected] == await said(ledger, member)
        assert (4 if exact else 1) == sandbox.count("GET", LISTS) - lists


@on_both
@pytest.mark.usefixtures("usher")
async def test_people_keep_coming(
    sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """While people come less than both lags apart no window closes; after two minutes what is there
    is decided all the same and says so, and so is whoever is left, who may have been counted by
    then; once it is quiet that is over.
    """
    began = virtual_loop().time()
    came: list[Member] = []
    while not came or not await said(ledger, came[0]):
        came.append(await sandbox.join(codes[0]))
        await asyncio.sleep(lags.event + lags.counter - JUST_INSIDE)
    assert 0 < virtual_loop().time() - began - LONGEST_WINDOW < 2 * SLOWEST_SPACING
    assert [] == await said(ledger, came[-1])
    await asyncio.sleep(LONG)

    reasons = {verdict.reason for member in came for verdict in await history(ledger, member)}
    assert {Reason.KEPT_COMING} == reasons
    member = await sandbox.join(codes[0])
    await asyncio.sleep(LONG)
    assert [f"certain {codes[0]}"] == await said(ledger, member)


@on_both
@pytest.mark.usefixtures("usher")
async def test_people_came_for_long(
    sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """A window that has lasted longer, but then closed as any, is decided as any."""
    began = virtual_loop().time()
    came: list[Member] = []
    while virtual_loop().time() - began < LONGEST_WINDOW - 1:
        came.append(await sandbox.join(codes[0]))
        await asyncio.sleep(1)
    await asyncio.sleep(lags.counter + lags.event)
    assert [] == await said(ledger, came[0])
    await asyncio.sleep(LONG)

    verdicts = [verdict for member in came for verdict in await history(ledger, member)]
    assert Reason.KEPT_COMING not in {verdict.reason for verdict in verdicts}
    assert len(came) == len(verdicts)


@on_both
async def test_people_came_for_long_and_are_looked_for(
    usher: Usher, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """A window that has lasted too long to wait for those who are looked for is cut: whoever is in
    it may have come some other way.
    """
    began = virtual_loop().time()
    while virtual_loop().time() - began < LONGEST_WINDOW - 4:
        await sandbox.join(codes[0])
        await asyncio.sleep(1)
    sandbox.fail("GET", "/guilds/*/members", delay=15.0)
    sandbox.lose_event("GUILD_MEMBER_ADD")
    await sandbox.join(codes[1])
    found = await sandbox.enter(guild, source="discovery")
    await asyncio.sleep(1)
    keeper = usher.tracker._keeper  # private: what doubts is the day's count, or the record
    keeper._missed.doubt(keeper.window(guild.id))
    await asyncio.sleep(2 * LONG)

    [verdict] = await history(ledger, found)
    assert {"~other", "~unknown"} & {*verdict.candidates, verdict.source.candidate}
