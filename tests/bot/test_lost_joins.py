"""Joins that were never told: who uses were counted for, or is a member, is found all the same."""

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, Met, Reason
from tests.bot.found import found
from tests.harness import PATIENCE, connected, decided, first_reading, on_both, until

pytestmark = on_both

MEMBERS = "/guilds/{guild_id}/members"


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with two invites and a member from before Usher."""
    guild = sandbox.add_guild("Harbour")
    for _ in range(2):
        guild.add_invite(guild.channel("general"), by=guild.owner)
    guild.add_member("elder")
    return guild


@pytest.fixture
def codes(guild: Guild) -> list[str]:
    return list(guild.invites)


@pytest.fixture
async def read(usher: Usher, ledger: Ledger, guild: Guild) -> None:
    """Usher is running, and has read the guild."""
    assert usher.is_ready()
    await first_reading(ledger, guild)


@pytest.mark.usefixtures("read")
@pytest.mark.counts_every_use
async def test_more_uses_than_joins(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """A use of nobody is a reason to look: whoever was not announced is found in time to be
    explained together with the others.
    """
    sandbox.lose_event("GUILD_MEMBER_ADD")
    lost, told = [await sandbox.join(codes[0]) for _ in range(2)]

    joins = await found(ledger, guild, 2)

    assert {lost.id: Met.GAP, told.id: Met.JOINING} == {j.member_id: j.met for j in joins}
    assert [(Certainty.CERTAIN, codes[0])] * 2 == [(j.certainty, j.code) for j in joins]


@pytest.mark.usefixtures("read")
async def test_is_not_looked_for_again_and_again(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Uses of people who have left already stay unexplained, and nobody is asked for long."""
    for count in (1, 3, 5):
        sandbox.lose_event("GUILD_MEMBER_ADD")
        await sandbox.leave(await sandbox.join(codes[0]))
        await sandbox.join(codes[0])
        await decided(ledger, guild, count)

    assert 1 == sandbox.count("GET", MEMBERS)


async def test_without_a_trace(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """A lost event that no counter shows is noticed when members are counted in turn, though
    the baseline has moved on; what it was is unknown until the record speaks.
    """
    async with connected(ledger, sandbox, patience=PATIENCE._replace(recount=2)):
        await first_reading(ledger, guild)
        sandbox.lose_event("GUILD_MEMBER_ADD")
        lost = await sandbox.enter(guild)
        sandbox.advance(5)
        await sandbox.join(codes[0])

        join, other = await found(ledger, guild, 2)

    assert (lost.id, Certainty.UNKNOWN, Reason.GAP) == (
        join.member_id,
        join.certainty,
        join.reason,
    )
    assert (Certainty.CERTAIN, codes[0]) == (other.certainty, other.code)


async def test_before_anything_could_be_read(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Who joins while Usher is away is found although its invites were never read; who was there
    before Usher is not taken for one of them.
    """
    sandbox.fail("GET", "/guilds/*/invites", status=403, times=None)

    async def met() -> bool:
        return sandbox.count("GET", "/guilds/{guild_id}/invites") > 0

    async with connected(ledger, sandbox):
        await until(met)
    missed = await sandbox.join(codes[0])
    async with connected(ledger, sandbox):
        [after_a_restart] = await found(ledger, guild, 1)
        sandbox.refuse_resume()
        sandbox.drop_gateway()
        again = await sandbox.join(codes[0])
        _, after_a_lost_session = await found(ledger, guild, 2)

    assert (missed.id, Met.GAP) == (after_a_restart.member_id, after_a_restart.met)
    assert (again.id, Met.GAP) == (after_a_lost_session.member_id, after_a_lost_session.met)
    assert Certainty.UNKNOWN is after_a_restart.certainty
