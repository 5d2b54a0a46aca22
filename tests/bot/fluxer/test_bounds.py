"""What Fluxer's counters and events tell: lower bounds, and how invites ended."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, EndReason, Reason
from tests.harness import PATIENCE, connected, decided, first_reading, until

from .scene import LAGS, SLOW

pytestmark = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)


@pytest.fixture
async def unaided(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    """Usher where there is no record."""
    assert guild.me, "the bot is in the guild before it connects"
    sandbox.record_absent = True
    async with connected(ledger, sandbox, LAGS, PATIENCE) as bot:
        await first_reading(ledger, guild)
        yield bot


@pytest.mark.usefixtures("unaided")
class TestByLowerBounds:
    async def test_eight_at_once(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """What the counter lost is nobody's: each of the eight keeps every way there was."""
        sandbox.counting = SLOW

        await asyncio.gather(*(sandbox.join(codes[0]) for _ in range(8)))
        joins = await decided(ledger, guild, 8)

        assert {Certainty.AMBIGUOUS} == {join.certainty for join in joins}
        assert {Reason.USES_MAY_BE_LOST} == {join.reason for join in joins}
        assert {*codes, "~vanity", "~other"} == set(joins[0].candidates)

    async def test_one_who_comes_alone(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """One joined and one counter rose: nothing else explains it; the vanity's does as well."""
        for number, code in enumerate((codes[1], "harbour"), 1):
            await sandbox.join(code)
            *_, join = await decided(ledger, guild, number)

            assert (Certainty.CERTAIN, code) == (join.certainty, join.code)

    async def test_one_whom_no_counter_saw(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A counter that stood still is no proof that nobody came by it."""
        await sandbox.enter(guild, source="discovery")
        [join] = await decided(ledger, guild, 1)

        assert {*codes, "~vanity", "~other"} == set(join.candidates)

    async def test_never_wrong(self, sandbox: Sandbox, guild: Guild, ledger: Ledger) -> None:
        """However people race, the truth is among what is said of each of them."""
        sandbox.counting = (0.0, 0.3)
        luck, came = Random(2), []
        for _ in range(6):
            ways_in = [*guild.invites, "harbour"]
            rush = [sandbox.join(luck.choice(ways_in)) for _ in range(luck.choice([1, 3, 8]))]
            came += await asyncio.gather(*rush)
            await asyncio.sleep(luck.choice([0, 0.3, 1.2]))

        joins = await decided(ledger, guild, len(came))

        truth = {member.id: {member.code, f"~{member.source}"} for member in came}
        for join in joins:
            assert truth[join.member_id] & {*join.candidates, join.code, join.source.candidate}


@pytest.mark.usefixtures("usher")
class TestEndings:
    async def ended(self, ledger: Ledger, guild: Guild, code: str) -> EndReason:
        async def ask() -> EndReason | None:
            record = await ledger.invite(guild.id, code)
            return record.end_reason if record else None

        return await until(ask)

    async def test_revoked_by_hand(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """An event of an invite's end is somebody's doing, also if the audit log says nothing."""
        sandbox.lose_event("GUILD_AUDIT_LOG_ENTRY_CREATE")
        guild.revoke_invite(codes[0], by=guild.owner)

        assert EndReason.REVOKED is await self.ended(ledger, guild, codes[0])

    async def test_revoked_by_somebody(
        self, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Who it was is in the audit log, which names the code in its own way."""
        guild.revoke_invite(codes[0], by=guild.owner)

        async def by_whom() -> int | None:
            record = await ledger.invite(guild.id, codes[0])
            return record.ended_by if record else None

        assert guild.owner.id == await until(by_whom)

    async def test_used_up_in_silence(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A limited invite that is gone, by nobody's hand and before its time, is used up."""
        for _ in range(3):
            await sandbox.join(codes[0])

        await decided(ledger, guild, 3)

        assert EndReason.EXHAUSTED is await self.ended(ledger, guild, codes[0])
