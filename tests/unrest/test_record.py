"""When the platform's record is asked, and for how long what it may change is kept in memory.

What is kept is private: nothing outside shows it. Discord's record is asked after a window was
decided, Fluxer's while it is open; what is Fluxer's alone is in test_record_first.py.
"""

import asyncio
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate, pairwise, takewhile
from typing import Any

import pytest

from bot.attribution import Lags
from bot.cases import GIVE_UP, MOST_WINDOWS
from bot.client import Usher
from bot.patience import repeating
from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Correction, Source
from tests.benchmarks.virtual_time import virtual_loop
from tests.harness import on_both

from .moments import LONG, running, said, silent

pytestmark = [on_both, pytest.mark.usefixtures("recorded")]


@pytest.fixture
def due(platform: str) -> list[float]:
    """In how many seconds after somebody joined the record is asked, while there is hope."""
    moments = accumulate(repeating(silent(platform).record))
    return list(takewhile(lambda at: at < GIVE_UP, moments))


async def both(sandbox: Sandbox, codes: list[str]) -> tuple[Member, Member]:
    """Two people on two codes at once, which counters must leave open."""
    return await sandbox.join(codes[0]), await sandbox.join(codes[1])


def refuse(sandbox: Sandbox) -> None:
    """The record is not ours to read."""
    sandbox.fail("POST", "/guilds/*/members-search", status=403, times=None)


async def correct(usher: Usher, member: Member, code: str) -> None:
    [join] = await usher.ledger.joins_of(member.guild_id, member.id)
    at = datetime.fromtimestamp(virtual_loop().wall(), UTC)
    word = Correction(join_id=join.id, moderator_id=77, source=Source.INVITE, code=code, at=at)
    await usher.corrections.correct(member.guild_id, word)


async def test_known_to_a_window_that_is_still_open(
    recorded: Usher,
    sandbox: Sandbox,
    guild: Guild,
    ledger: Ledger,
    codes: list[str],
    due: list[float],
) -> None:
    """Whom the record has named before their window closes leaves the other code to the other,
    from the first verdict on.
    """
    assert recorded.tracker.guilds() == [guild.id]
    sandbox.fail("GET", "/guilds/*/invites", status=503, times=None)
    named, hidden = await both(sandbox, codes)
    await sandbox.leave(hidden)
    await asyncio.sleep(due[0] + 10)
    sandbox.clear_faults()
    await asyncio.sleep(120)

    assert f"confirmed {codes[0]}" == (await said(ledger, named))[-1]
    assert [f"certain {codes[1]}"] == [
        one for one in await said(ledger, hidden) if not one.startswith("unknown")
    ]


async def test_known_while_a_window_is_being_written(
    sandbox: Sandbox, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """Whom the record names between the last look at a window and its verdicts leaves the other
    code to the other as well.
    """
    sandbox.record_lag = lags.counter + lags.event + 1
    sandbox.fail("GET", "/guilds/*/audit-logs", delay=22.0)
    named, hidden = await sandbox.join(codes[2]), await sandbox.join(codes[0])
    await sandbox.leave(hidden)
    await asyncio.sleep(LONG)

    assert [f"confirmed {codes[2]}"] == await said(ledger, named)
    assert f"certain {codes[0]}" == (await said(ledger, hidden))[-1]


async def test_two_words_at_once(
    recorded: Usher, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """What is said of two people of one window in the same moment decides the third."""
    sandbox.record_lag = 3600
    third = guild.create_invite(guild.channel("general"), by=guild.owner).code
    came = [await sandbox.join(code) for code in (*codes[:2], third)]
    await asyncio.sleep(LONG)
    await asyncio.gather(*map(partial(correct, recorded), came[:2], codes[:2]))

    assert f"certain {third}" == (await said(ledger, came[2]))[-1]


class TestTheFirstQuestion:
    async def test_once_the_first_of_many_should_show(
        self,
        recorded: Usher,
        sandbox: Sandbox,
        codes: list[str],
        asked: list[float],
        due: list[float],
    ) -> None:
        """While people keep coming and no window closes, the record is asked when it should have
        the first of them; until then that costs a timer and no task.
        """
        began, step = virtual_loop().time(), due[0] / 11
        for number in range(20):
            await sandbox.join(codes[0])
            await asyncio.sleep(step)
            if number * step + step < due[0]:
                [case] = recorded.confirmer._cases.values()
                assert not case.watched

        assert [pytest.approx(due[0], abs=0.1)] == [at - began for at in asked[:1]]

    async def test_of_somebody_alone(
        self,
        sandbox: Sandbox,
        codes: list[str],
        asked: list[float],
        due: list[float],
    ) -> None:
        """One question is enough for whoever the record has by then, and it is not asked early."""
        began = virtual_loop().time()
        await sandbox.join(codes[0])
        await asyncio.sleep(300)

        assert [pytest.approx(due[0], abs=0.1)] == [at - began for at in asked]

    async def test_of_somebody_who_never_shows(
        self,
        sandbox: Sandbox,
        codes: list[str],
        asked: list[float],
        due: list[float],
    ) -> None:
        """Whoever the record does not have is asked for more and more rarely, until there is no
        hope.
        """
        began = virtual_loop().time()
        sandbox.misrecord(await sandbox.join(codes[0]), source="unknown")
        await asyncio.sleep(2 * GIVE_UP)

        assert [pytest.approx(at, abs=0.1) for at in due] == [at - began for at in asked]

    async def test_of_somebody_new_beside_one_who_never_shows(
        self,
        sandbox: Sandbox,
        ledger: Ledger,
        codes: list[str],
        asked: list[float],
        due: list[float],
    ) -> None:
        """Somebody new is asked for as soon, and as soon again, as if they were alone."""
        sandbox.misrecord(await sandbox.join(codes[0]), source="unknown")
        await asyncio.sleep(400)
        asked.clear()
        sandbox.record_lag = (due[0] + due[1]) / 2
        began = virtual_loop().time()
        member = await sandbox.join(codes[1])
        await asyncio.sleep(LONG)

        assert [pytest.approx(at, abs=0.1) for at in due[:2]] == [at - began for at in asked[:2]]
        assert f"confirmed {codes[1]}" == (await said(ledger, member))[-1]

    async def test_while_people_keep_coming(
        self,
        sandbox: Sandbox,
        codes: list[str],
        asked: list[float],
        due: list[float],
    ) -> None:
        """The record is asked no more often than after the shortest of the waits."""
        sandbox.record_lag = due[0] - 1
        for _ in range(100):
            await sandbox.join(codes[0])
            await asyncio.sleep(due[0] / 11)

        between = [late - early for early, late in pairwise(asked)]
        assert len(between) > 2
        assert min(between) >= min(late - early for early, late in pairwise(due))


class TestNothingPilesUp:
    async def test_once_everybody_is_named(
        self, recorded: Usher, sandbox: Sandbox, ledger: Ledger, codes: list[str]
    ) -> None:
        """Nothing is kept of a guild in which nobody waits for the record."""
        member, _ = await both(sandbox, codes)
        await asyncio.sleep(LONG)

        assert f"confirmed {codes[0]}" == (await said(ledger, member))[-1]
        assert {} == recorded.confirmer._cases

    async def test_of_somebody_who_never_shows(
        self,
        recorded: Usher,
        sandbox: Sandbox,
        ledger: Ledger,
        codes: list[str],
        due: list[float],
    ) -> None:
        """Their window is kept for as long as there is hope, and no longer."""
        one, other = await both(sandbox, codes)
        sandbox.misrecord(one, source="unknown")
        sandbox.misrecord(other, source="unknown")
        await asyncio.sleep(GIVE_UP - 60)
        assert recorded.confirmer._cases
        await correct(recorded, one, codes[0])
        assert f"certain {codes[1]}" == (await said(ledger, other))[-1]

        await asyncio.sleep(60 + due[-1] - due[-2])
        assert {} == recorded.confirmer._cases

    async def test_in_a_guild_whose_record_is_behind(
        self, recorded: Usher, sandbox: Sandbox, guild: Guild, codes: list[str], lags: Lags
    ) -> None:
        """Of many windows only the latest are kept."""
        sandbox.record_lag = 3600
        for _ in range(MOST_WINDOWS + 10):
            await sandbox.join(codes[0])
            await asyncio.sleep(lags.counter + lags.event + 1)

        assert MOST_WINDOWS == len(recorded.confirmer._cases[guild.id].windows)


class TestWithoutTheRecord:
    """Moderators may still know more, for a while."""

    async def test_when_it_is_refused(
        self,
        recorded: Usher,
        sandbox: Sandbox,
        ledger: Ledger,
        codes: list[str],
        asked: list[float],
        due: list[float],
    ) -> None:
        """What waited for the record is kept for a moderator's word, and then forgotten."""
        refuse(sandbox)
        one, other = await both(sandbox, codes)
        await asyncio.sleep(due[0] + GIVE_UP - 10)
        assert recorded.confirmer._cases
        await correct(recorded, one, codes[0])
        assert f"certain {codes[1]}" == (await said(ledger, other))[-1]

        await asyncio.sleep(20)
        assert {} == recorded.confirmer._cases
        assert 1 == len(asked)

    async def test_while_it_is_closed(
        self, recorded: Usher, sandbox: Sandbox, ledger: Ledger, codes: list[str], due: list[float]
    ) -> None:
        """Of those who come later the same, and of those who come alone nothing."""
        refuse(sandbox)
        await sandbox.join(codes[0])
        await asyncio.sleep(due[0] + GIVE_UP + 10)
        await sandbox.join(codes[0])
        await asyncio.sleep(10)
        assert {} == recorded.confirmer._cases

        one, other = await both(sandbox, codes)
        await asyncio.sleep(GIVE_UP - 10)
        assert recorded.confirmer._cases
        await correct(recorded, one, codes[0])
        assert f"certain {codes[1]}" == (await said(ledger, other))[-1]

        await asyncio.sleep(20)
        assert {} == recorded.confirmer._cases


async def test_asked_for_each_once_it_should_show(
    recorded: Usher, sandbox: Sandbox, codes: list[str], asked: list[float], due: list[float]
) -> None:
    """What is kept for a moderator's sake asks for nobody: whoever joins while it is is asked for
    when they should show, as anybody.
    """
    member = await sandbox.join(codes[0])
    await asyncio.sleep(0.1)
    await correct(recorded, member, codes[0])
    asked.clear()
    came = []
    for _ in range(3):
        await asyncio.sleep(LONG + 40)
        came.append(virtual_loop().time())
        await sandbox.join(codes[0])
    await asyncio.sleep(LONG)

    assert pytest.approx([at + due[0] for at in came], abs=0.1) == asked


async def test_a_moderator_speaks_while_the_word_of_the_record_is_written(
    recorded: Usher,
    sandbox: Sandbox,
    ledger: Ledger,
    codes: list[str],
    due: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The moderator's stands, also for those who came beside them."""
    named, beside = await both(sandbox, codes)
    sandbox.misrecord(beside, source="unknown")
    confirm = ledger.confirm

    async def correct_first(*about: Any) -> int:
        await correct(recorded, named, codes[1])
        return await confirm(*about)

    monkeypatch.setattr(ledger, "confirm", correct_first)
    await asyncio.sleep(due[0] + LONG)

    assert f"corrected {codes[1]}" == (await said(ledger, named))[-1]
    assert (
        codes[1] not in (await said(ledger, beside))[-1].split()[1:]
        or "ambiguous" in ((await said(ledger, beside))[-1])
    )


async def test_removed_from_the_guild(
    recorded: Usher, sandbox: Sandbox, guild: Guild, codes: list[str], due: list[float]
) -> None:
    """Nothing is kept of a guild that Usher is not in any more, and nothing is asked about it."""
    await sandbox.join(codes[0])
    await asyncio.sleep(due[0] + 0.2)
    guild.remove_bot()
    await asyncio.sleep(LONG)

    assert [] == recorded.tracker.guilds()
    assert {} == recorded.confirmer._cases
    assert {} == recorded.confirmer._early


async def test_named_before_its_window_closed_after_a_restart(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, recorded: Usher, codes: list[str]
) -> None:
    """It is the record's word all the same, and no moderator's, for whom evidence is kept."""
    await recorded.close()
    sandbox.record_lag = 0.0
    async with running(ledger, sandbox, [guild]):
        await sandbox.join(codes[0])
        await asyncio.sleep(0.1)
    async with running(ledger, sandbox, [guild]) as bot:
        await asyncio.sleep(2 * LONG)
        assert {} == bot.confirmer._cases
