"""A record that is the first thing asked, must be begun, and tells whole seconds.

To the second, and on Fluxer only: Discord's is begun by itself, tells milliseconds, and says that
it is absent. What is asked alike of both is in test_record.py.
"""

import asyncio
from itertools import pairwise

import pytest

from bot.attribution import Lags
from bot.cases import GIVE_UP
from bot.confirmer import LEFT_ALONE
from bot.patience import RECORD_FIRST, Patience
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.benchmarks.virtual_time import virtual_loop

from .moments import JUST_INSIDE, LONG, early_in_a_second, running, said

pytestmark = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)


class TestBegun:
    @pytest.mark.parametrize(
        ("made_in", "questions"), [(0.0, 2), (1.9, 2), (2.1, 3), (6.9, 3), (7.1, 4), (3600.0, 4)]
    )
    async def test_until_it_answers(
        self,
        sandbox: Sandbox,
        guild: Guild,
        ledger: Ledger,
        asked: list[float],
        made_in: float,
        questions: int,
    ) -> None:
        """The first question begins it, and as long as it is being made it is asked again, a few
        times, each time later, though nobody joins.
        """
        sandbox.index_delay = made_in
        async with running(ledger, sandbox, [guild]):
            await asyncio.sleep(LONG)

        waits = Patience().unanswered[1:questions]
        assert [pytest.approx(wait, abs=0.1) for wait in waits] == [
            late - early for early, late in pairwise(asked)
        ]

    async def test_whoever_joins_while_it_is_being_made(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
    ) -> None:
        """They are named once it is made, though their window was decided before."""
        sandbox.index_delay = LONG
        async with running(ledger, sandbox, [guild]):
            member = await sandbox.join(codes[0])
            await asyncio.sleep(lags.counter + lags.event + 1)
            assert [f"certain {codes[0]}"] == await said(ledger, member)
            await asyncio.sleep(2 * LONG)

            assert f"confirmed {codes[0]}" == (await said(ledger, member))[-1]


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("into", [0.1, 0.5, 0.9])
async def test_once_their_second_is_over(
    sandbox: Sandbox,
    ledger: Ledger,
    codes: list[str],
    lags: Lags,
    asked: list[float],
    into: float,
) -> None:
    """Whoever joins is asked for at once and named when everything of the second in which they
    joined must have been told, for a second time of theirs would be in it: while their window is
    still open.
    """
    await early_in_a_second()
    await asyncio.sleep(into - 0.1)
    began = virtual_loop().time()
    member = await sandbox.join(codes[0])
    await asyncio.sleep(1 - into + lags.event - JUST_INSIDE)
    assert [] == await said(ledger, member)
    await asyncio.sleep(2 * JUST_INSIDE)
    assert [f"confirmed {codes[0]}"] == await said(ledger, member)

    await asyncio.sleep(LONG)
    assert [f"confirmed {codes[0]}"] == await said(ledger, member)
    assert [pytest.approx(RECORD_FIRST[0], abs=0.05)] == [at - began for at in asked]


@pytest.mark.usefixtures("recorded")
async def test_an_empty_record(
    sandbox: Sandbox, ledger: Ledger, codes: list[str], asked: list[float]
) -> None:
    """Where it has nobody for a quarter of an hour, though people come, it is none: it is left
    alone, also by those who join later, and tried again an hour after that.
    """
    sandbox.record_absent = True
    began = virtual_loop().time()
    came = [await sandbox.join(codes[0])]
    await asyncio.sleep(GIVE_UP - LONG)
    came.append(await sandbox.join(codes[0]))
    await asyncio.sleep(GIVE_UP)
    left_alone_at = asked[-1]
    assert began + GIVE_UP < left_alone_at < virtual_loop().time() - LONG
    came.append(await sandbox.join(codes[0]))
    await asyncio.sleep(LEFT_ALONE - GIVE_UP)
    assert asked[-1] == left_alone_at

    sandbox.record_absent = False
    await asyncio.sleep(GIVE_UP)
    again = next(at for at in asked if at > left_alone_at)
    assert pytest.approx(LEFT_ALONE, abs=5) == again - left_alone_at
    for member in came:
        assert f"confirmed {codes[0]}" == (await said(ledger, member))[-1]


@pytest.mark.usefixtures("recorded")
async def test_an_empty_record_and_one_at_a_time(
    sandbox: Sandbox, codes: list[str], asked: list[float]
) -> None:
    """Also where people come so rarely that each is given up before the next: from the second on
    it is asked twice, for one fault alone says nothing.
    """
    sandbox.record_absent = True
    await sandbox.join(codes[0])
    await asyncio.sleep(2 * GIVE_UP)
    for_the_first = len(asked)

    await sandbox.join(codes[0])
    await asyncio.sleep(GIVE_UP)

    assert for_the_first + 2 == len(asked)
