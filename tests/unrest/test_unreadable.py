"""A ledger that cannot be read for a while: log channels fall silent, and speak again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bot.client import Usher
from bot.patience import Patience
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from data.errors import LedgerUnavailableError
from data.ledger import Ledger
from tests.benchmarks.virtual_time import virtual_loop
from tests.harness import on_both

from .moments import running

pytestmark = on_both

BETWEEN_LOOKS = Patience().pace.look
AFTER_A_FAILURE = Patience().ledger[-1] + BETWEEN_LOOKS


@pytest.fixture
async def usher(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    async with running(ledger, sandbox, [guild], patience=Patience()) as bot:
        yield bot


@pytest.fixture
async def channel(usher: Usher, guild: Guild) -> Channel:
    """The log channel."""
    channel = guild.add_channel("log")
    await usher.ledger.set_log(guild.id, channel.id, guild.owner.id, datetime.now(UTC))
    return channel


class Unreadable:
    """A question to the ledger that fails so many times before it is answered."""

    def __init__(self, ask: Callable[..., Awaitable[object]], times: int) -> None:
        self._ask = ask
        self._times = times
        self.asked: list[float] = []

    async def __call__(self, *about: object) -> object:
        self.asked.append(virtual_loop().time())
        if len(self.asked) <= self._times:
            raise LedgerUnavailableError("the disk is gone for a moment")
        return await self._ask(*about)


async def test_asked_again_and_again(
    ledger: Ledger,
    sandbox: Sandbox,
    channel: Channel,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether there is anything to tell is asked again after each failure, ever so patiently, and
    nothing is lost.
    """
    question = Unreadable(ledger.guilds_to_tell, times=3)
    monkeypatch.setattr(ledger, "guilds_to_tell", question)
    member = await sandbox.join(codes[0])
    await asyncio.sleep(60)

    waits = [late - early for early, late in zip(question.asked, question.asked[1:], strict=False)]
    expected = [AFTER_A_FAILURE] * 3 + [BETWEEN_LOOKS] * 3
    assert [pytest.approx(wait, abs=0.01) for wait in expected] == waits[:6]
    [message] = sandbox.messages(channel)
    assert f"{member.mention} joined · through `{codes[0]}`" in message.content


@pytest.mark.parametrize("name", ["log_setting", "unsent", "unsaid", "stale"])
async def test_in_the_middle(
    ledger: Ledger,
    sandbox: Sandbox,
    channel: Channel,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Wherever reading fails while something is being told, it is told once all the same."""
    monkeypatch.setattr(ledger, name, Unreadable(getattr(ledger, name), times=3))
    member = await sandbox.join(codes[0])
    await asyncio.sleep(120)
    assert ["joined"] == [_what(message.content) for message in sandbox.messages(channel)]

    await sandbox.leave(member)
    await asyncio.sleep(120)
    assert ["joined", "left"] == [_what(one.content) for one in sandbox.messages(channel)]


def _what(told: str) -> str:
    return "left" if " left " in told else "joined"
