"""A Fluxer sandbox in the place of Discord's, checked against what a real server said."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests import reference
from tests.sandbox.clients import Clock
from tests.sandbox.fluxer.talking import Ask, Socket, asking, listening


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    """Fails the test that met something not imitated, or imitated differently."""
    checker = reference.checker()
    async with Sandbox(platform="fluxer", clock=clock) as sandbox:
        if checker is not None:
            checker.watch(sandbox)
        yield sandbox
    assert [] == sandbox.unknown
    assert checker is None or checker.divergences == []


@pytest.fixture
async def ask(sandbox: Sandbox) -> AsyncIterator[Ask]:
    async with asking(sandbox) as ask:
        yield ask


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("general")


@pytest.fixture
def member(guild: Guild) -> Member:
    return guild.add_member("Robin")


@pytest.fixture
async def socket(sandbox: Sandbox, guild: Guild) -> AsyncIterator[Socket]:
    """Identified, with the guild announced."""
    assert guild.me is not None, "a new guild has the bot in it"
    async with listening(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.heard("GUILD_CREATE")
        yield socket
