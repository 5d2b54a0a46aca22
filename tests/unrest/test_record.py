"""When the platform's record is asked, and for how long what it may change is kept in memory.

What is kept is private: nothing outside shows it. On Discord, whose record is asked after a window
was decided; on Fluxer it comes first, and tests/bot/test_fluxer_joins.py has that.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate, pairwise

import pytest

from bot.cases import GIVE_UP, MOST_WINDOWS
from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Correction, Source
from tests.benchmarks.virtual_time import virtual_loop

from .moments import SILENT, running, said

RECORD = "/guilds/{guild_id}/members-search"
SOON = SILENT.record[0]
"""Seconds after which somebody should show in the record."""


@pytest.fixture
async def usher(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    async with running(ledger, sandbox, [guild]) as bot:
        yield bot


@pytest.fixture
def asked(sandbox: Sandbox) -> list[float]:
    """The moments at which the record was asked."""
    moments: list[float] = []
    sandbox.exchanges.append(
        lambda one: moments.append(virtual_loop().time()) if one.template == RECORD else None
    )
    return moments


async def both(sandbox: Sandbox, codes: list[str]) -> tuple[Member, Member]:
    """Two people on two codes at once, which counters must leave open."""
    return await sandbox.join(codes[0]), await sandbox.join(codes[1])


async def correct(usher: Usher, member: Member, code: str) -> None:
    [join] = await usher.ledger.joins_of(member.guild_id, member.id)
    at = datetime.fromtimestamp(virtual_loop().wall(), UTC)
    word = Correction(join_id=join.id, moderator_id=77, source=Source.INVITE, code=code, at=at)
    await usher.corrections.correct(member.guild_id, word)


async def test_known_to_a_window_that_is_still_open(
    usher: Usher, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """Whom the record has named before their window closes leaves the other code to the other,
    from the first verdict on.
    """
    assert usher.tracker.guilds() == [guild.id]
    sandbox.fail("GET", "/guilds/*/invites", status=503, times=None)
    named, hidden = await both(sandbox, codes)
    await sandbox.leave(hidden)
    await asyncio.sleep(SOON + 10)
    sandbox.clear_faults()
    await asyncio.sleep(120)

    assert f"confirmed {codes[0]}" == (await said(ledger, named))[-1]
    assert [f"certain {codes[1]}"] == [
        one for one in await said(ledger, hidden) if not one.startswith("unknown")
    ]


@pytest.mark.usefixtures("usher")
async def test_known_while_a_window_is_being_written(
    sandbox: Sandbox, ledger: Ledger, codes: list[str]
) -> None:
    """Whom the record names between the last look at a window and its verdicts leaves the other
    code to the other as well.
    """
    sandbox.fail("GET", "/guilds/*/audit-logs", delay=SOON)
    named, hidden = await sandbox.join(codes[2]), await sandbox.join(codes[0])
    await sandbox.leave(hidden)
    await asyncio.sleep(SOON + 5)

    assert [f"confirmed {codes[2]}"] == await said(ledger, named)
    assert f"certain {codes[0]}" == (await said(ledger, hidden))[-1]


async def test_two_words_at_once(
    usher: Usher, sandbox: Sandbox, ledger: Ledger, codes: list[str]
) -> None:
    """What is said of two people of one window in the same moment decides the third."""
    came = [await sandbox.join(code) for code in codes]
    await asyncio.sleep(SOON / 2)
    await asyncio.gather(*map(partial(correct, usher), came[:2], codes[:2]))

    assert f"certain {codes[2]}" == (await said(ledger, came[2]))[-1]


class TestTheFirstQuestion:
    async def test_once_the_first_of_many_should_show(
        self, usher: Usher, sandbox: Sandbox, codes: list[str], asked: list[float]
    ) -> None:
        """While people keep coming and no window closes, the record is asked when it should have
        the first of them; until then that costs a timer and no task.
        """
        began = virtual_loop().time()
        for number in range(20):
            await sandbox.join(codes[0])
            await asyncio.sleep(2)
            if number * 2 + 2 < SOON:
                [case] = usher.confirmer._cases.values()
                assert not case.watched

        assert [pytest.approx(SOON, abs=0.1)] == [at - began for at in asked[:1]]

    async def test_of_somebody_alone(
        self, usher: Usher, sandbox: Sandbox, codes: list[str], asked: list[float]
    ) -> None:
        """One question is enough for whoever the record has by then, and it is not asked early."""
        assert usher.is_ready()
        began = virtual_loop().time()
        await sandbox.join(codes[0])
        await asyncio.sleep(300)

        assert [pytest.approx(SOON, abs=0.1)] == [at - began for at in asked]

    async def test_of_somebody_who_never_shows(
        self, usher: Usher, sandbox: Sandbox, codes: list[str], asked: list[float]
    ) -> None:
        """Whoever the record does not have is asked for more and more rarely, until there is no
        hope.
        """
        assert usher.is_ready()
        began = virtual_loop().time()
        sandbox.misrecord(await sandbox.join(codes[0]), source="unknown")
        await asyncio.sleep(2 * GIVE_UP)

        due = [at for at in accumulate(SILENT.record) if at < GIVE_UP]
        assert [pytest.approx(at, abs=0.1) for at in due] == [at - began for at in asked]

    async def test_of_somebody_new_beside_one_who_never_shows(
        self, usher: Usher, sandbox: Sandbox, ledger: Ledger, codes: list[str], asked: list[float]
    ) -> None:
        """Somebody new is asked for as soon, and as soon again, as if they were alone."""
        assert usher.is_ready()
        sandbox.misrecord(await sandbox.join(codes[0]), source="unknown")
        await asyncio.sleep(400)
        asked.clear()
        sandbox.record_lag = SOON + 1
        began = virtual_loop().time()
        member = await sandbox.join(codes[1])
        await asyncio.sleep(60)

        due = [pytest.approx(at, abs=0.1) for at in accumulate(SILENT.record[:2])]
        assert due == [at - began for at in asked[:2]]
        assert f"confirmed {codes[1]}" == (await said(ledger, member))[-1]

    async def test_while_people_keep_coming(
        self, usher: Usher, sandbox: Sandbox, codes: list[str], asked: list[float]
    ) -> None:
        """The record is asked no more often than after the shortest of the waits."""
        assert usher.is_ready()
        sandbox.record_lag = SOON - 1
        for _ in range(60):
            await sandbox.join(codes[0])
            await asyncio.sleep(2)
        waits = [late - early for early, late in pairwise(asked)]

        assert len(waits) > 2
        assert min(waits) >= min(SILENT.record)


class TestNothingPilesUp:
    async def test_once_everybody_is_named(
        self, usher: Usher, sandbox: Sandbox, ledger: Ledger, codes: list[str]
    ) -> None:
        """Nothing is kept of a guild in which nobody waits for the record."""
        member, _ = await both(sandbox, codes)
        await asyncio.sleep(SOON + 5)

        assert f"confirmed {codes[0]}" == (await said(ledger, member))[-1]
        assert {} == usher.confirmer._cases

    async def test_of_somebody_who_never_shows(
        self, usher: Usher, sandbox: Sandbox, ledger: Ledger, codes: list[str]
    ) -> None:
        """Their window is kept for as long as there is hope, and no longer."""
        one, other = await both(sandbox, codes)
        sandbox.misrecord(one, source="unknown")
        sandbox.misrecord(other, source="unknown")
        await asyncio.sleep(GIVE_UP - 60)
        assert usher.confirmer._cases
        await correct(usher, one, codes[0])
        assert f"certain {codes[1]}" == (await said(ledger, other))[-1]

        await asyncio.sleep(60 + SILENT.record[-1])
        assert {} == usher.confirmer._cases

    async def test_in_a_guild_whose_record_is_behind(
        self, usher: Usher, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """Of many windows only the latest are kept."""
        sandbox.record_lag = 3600
        for _ in range(MOST_WINDOWS + 10):
            await sandbox.join(codes[0])
            await asyncio.sleep(4)

        assert MOST_WINDOWS == len(usher.confirmer._cases[guild.id].windows)


class TestWithoutTheRecord:
    """Moderators may still know more, for a while."""

    async def test_when_it_is_refused(
        self, usher: Usher, sandbox: Sandbox, ledger: Ledger, codes: list[str], asked: list[float]
    ) -> None:
        """What waited for the record is kept for a moderator's word, and then forgotten."""
        sandbox.record_absent = True
        one, other = await both(sandbox, codes)
        await asyncio.sleep(SOON + GIVE_UP - 10)
        assert usher.confirmer._cases
        await correct(usher, one, codes[0])
        assert f"certain {codes[1]}" == (await said(ledger, other))[-1]

        await asyncio.sleep(20)
        assert {} == usher.confirmer._cases
        assert 1 == len(asked)

    async def test_while_it_is_closed(
        self, usher: Usher, sandbox: Sandbox, ledger: Ledger, codes: list[str]
    ) -> None:
        """Of those who come later the same, and of those who come alone nothing."""
        sandbox.record_absent = True
        await sandbox.join(codes[0])
        await asyncio.sleep(SOON + GIVE_UP + 10)
        await sandbox.join(codes[0])
        await asyncio.sleep(10)
        assert {} == usher.confirmer._cases

        one, other = await both(sandbox, codes)
        await asyncio.sleep(GIVE_UP - 10)
        assert usher.confirmer._cases
        await correct(usher, one, codes[0])
        assert f"certain {codes[1]}" == (await said(ledger, other))[-1]

        await asyncio.sleep(20)
        assert {} == usher.confirmer._cases
