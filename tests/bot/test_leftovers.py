"""Whom the record did not name in time is looked for again: on the sandbox, for real."""

import asyncio
from collections.abc import Callable

import pytest

from bot import cases, confirmer
from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty
from tests.harness import WITH_RECORD, connected, decided, first_reading, on_both, until

pytestmark = on_both

RECORD = "/guilds/{guild_id}/members-search"
SOON = WITH_RECORD._replace(unnamed=0.5)
WAITED_FOR = 0.4


@pytest.fixture
def code(guild: Guild) -> str:
    return guild.add_invite(guild.channel("general"), by=guild.owner).code


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for a quarter of an hour."""
    monkeypatch.setattr(cases, "GIVE_UP", WAITED_FOR)
    monkeypatch.setattr(confirmer, "GIVE_UP", WAITED_FOR)
    monkeypatch.setattr(confirmer, "LAST_CHANCE", WAITED_FOR)


async def named(ledger: Ledger, member: Member) -> None:
    async def ask() -> bool:
        joins = await ledger.joins_of(member.guild_id, member.id)
        return [(Certainty.CONFIRMED, member.code)] == [(j.certainty, j.code) for j in joins]

    await until(ask)


async def given_up(bot: Usher) -> None:
    async def ask() -> bool:
        return not bot.confirmer._cases  # private: nothing outside shows who is waited for

    await until(ask)


async def quiet(sandbox: Sandbox) -> int:
    """Questions to the record within four of the hours between two looks."""
    before = sandbox.count("POST", RECORD)
    await asyncio.sleep(4 * SOON.unnamed)
    return sandbox.count("POST", RECORD) - before


def late(sandbox: Sandbox) -> None:
    sandbox.record_lag = 3600


def failing(sandbox: Sandbox) -> None:
    sandbox.fail("POST", "/guilds/*/members-search", status=503, times=None)


def indexing(sandbox: Sandbox) -> None:
    sandbox.fail("POST", "/guilds/*/members-search", status=202, body="{}", times=None)


@pytest.mark.parametrize("trouble", [late, failing, indexing])
async def test_the_record_comes_to_itself(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, code: str, trouble: Callable[[Sandbox], None]
) -> None:
    """However long it lagged or failed: once an hour it is asked again, and names them."""
    async with connected(ledger, sandbox, patience=SOON) as bot:
        await first_reading(ledger, guild)
        trouble(sandbox)
        member = await sandbox.join(code)
        await decided(ledger, guild, 1)
        await given_up(bot)
        sandbox.clear_faults()
        sandbox.record_lag = 0

        await named(ledger, member)


async def test_permission_came_back(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, code: str
) -> None:
    """Whoever joined while Manage Server was missing is looked for when it is there again."""
    assert guild.me is not None
    role = guild.roles_by_id[guild.me.roles[0]]
    full = role.permissions
    async with connected(ledger, sandbox, patience=WITH_RECORD) as bot:  # not within an hour
        await first_reading(ledger, guild)
        guild.change_role(role, permissions=int(full) & ~int(Permission.MANAGE_GUILD))
        member = await sandbox.join(code)
        await decided(ledger, guild, 1)
        await given_up(bot)

        guild.change_role(role, permissions=full)

        await named(ledger, member)


async def test_one_question_an_hour(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, code: str
) -> None:
    """Somebody whom it never names costs one request each time, however many they are."""
    async with connected(ledger, sandbox, patience=SOON) as bot:
        await first_reading(ledger, guild)
        late(sandbox)
        for _ in range(5):
            await sandbox.join(code)
        await decided(ledger, guild, 5)
        await given_up(bot)

        assert await quiet(sandbox) in (2, 3, 4, 5)
        assert 1 >= len(bot.confirmer._leftovers._later)


async def test_nobody_waits(ledger: Ledger, sandbox: Sandbox, guild: Guild, code: str) -> None:
    """Where everybody was named or has left, nothing is asked any more."""
    async with connected(ledger, sandbox, patience=SOON) as bot:
        await first_reading(ledger, guild)
        first = await sandbox.join(code)
        await named(ledger, first)
        late(sandbox)
        second = await sandbox.join(code)
        await decided(ledger, guild, 2)
        await given_up(bot)
        await sandbox.leave(second)
        await asyncio.sleep(2 * SOON.unnamed)

        assert 0 == await quiet(sandbox)
        assert 0 == len(bot.confirmer._leftovers._later)
