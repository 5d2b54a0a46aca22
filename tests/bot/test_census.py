"""Who joined and left while nobody told us: on the sandbox, through the real discord.py."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot import missed
from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, JoinRecord, Met, Reason
from tests.bot.found import found
from tests.harness import WITH_RECORD, connected, first_reading, on_both, until

pytestmark = on_both

MEMBERS = "/guilds/{guild_id}/members"

UNSEEN = ("~other", "~unknown")
"""What a gap may hide: another way, or an invite that came and went in it."""


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


async def before(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: Sequence[str] = ()
) -> list[Member]:
    """Usher has read the guild and seen these come, and is not running any more."""
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)
        members = [await sandbox.join(code) for code in codes]
        if members:
            await found(ledger, guild, len(members))
    return members


async def a_day_before(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> None:
    """Usher has read the guild, and is not running any more."""
    await before(ledger, sandbox, guild)
    sandbox.advance(86_400)


@pytest.fixture
async def read(usher: Usher, ledger: Ledger, guild: Guild) -> None:
    """Usher is running, and has read the guild."""
    assert usher.is_ready()
    await first_reading(ledger, guild)


async def asked(sandbox: Sandbox, times: int) -> bool:
    return sandbox.count("GET", MEMBERS) >= times


class TestWhileUsherWasOff:
    @pytest.mark.counts_every_use
    async def test_somebody_joined(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """They are written down with their own time, and the counters say what they can."""
        await a_day_before(ledger, sandbox, guild)
        member = await sandbox.join(codes[0])
        sandbox.advance(60)

        async with connected(ledger, sandbox):
            [join] = await found(ledger, guild, 1)

        assert (member.id, Met.GAP) == (join.member_id, join.met)
        assert join.joined_at is not None
        assert pytest.approx(member.joined_at, abs=0.001) == join.joined_at.timestamp()
        assert (Certainty.AMBIGUOUS, {codes[0], *UNSEEN}) == (
            join.certainty,
            set(join.candidates),
        )

    async def test_the_record_names_them(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """What counters must leave open after a gap, the record knows."""
        await a_day_before(ledger, sandbox, guild)
        came = [await sandbox.join(code) for code in codes for _ in range(3)]

        async with connected(ledger, sandbox, patience=WITH_RECORD):

            async def confirmed() -> list[JoinRecord] | None:
                joins = await found(ledger, guild, 6)
                done = all(join.certainty is Certainty.CONFIRMED for join in joins)
                return joins if done else None

            joins = await until(confirmed)

        assert {(m.id, m.code) for m in came} == {(join.member_id, join.code) for join in joins}

    async def test_somebody_left(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """Who is not there any more has left, whoever still is has not."""
        stays, leaves = await before(ledger, sandbox, guild, [codes[0]] * 2)
        await sandbox.leave(leaves)

        async with connected(ledger, sandbox):

            async def marked() -> bool:
                [join] = await ledger.joins_of(guild.id, leaves.id)
                return join.left_at is not None

            await until(marked)
            [join] = await ledger.joins_of(guild.id, stays.id)

        assert join.left_at is None

    async def test_somebody_was_said_to_have_left(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """A leave that was told of the wrong membership does not outlive a look at who is there."""
        [member] = await before(ledger, sandbox, guild, codes[:1])
        await ledger.record_leave(guild.id, member.id, datetime.now(UTC))

        async with connected(ledger, sandbox):

            async def here() -> bool:
                [join] = await ledger.joins_of(guild.id, member.id)
                return join.left_at is None

            await until(here)

    async def test_somebody_left_and_came_again(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """Two memberships: the first has ended, the second is found."""
        [member] = await before(ledger, sandbox, guild, codes[:1])
        await sandbox.leave(member)
        sandbox.advance(10)
        await sandbox.rejoin(member.user, codes[1])

        async with connected(ledger, sandbox):
            first, second = await found(ledger, guild, 2)

        assert (Met.JOINING, False) == (first.met, first.left_at is None)
        assert (Met.GAP, True) == (second.met, second.left_at is None)

    @pytest.mark.counts_every_use
    async def test_somebody_came_and_went(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """Nobody knows of them, but their use stays as a count with the window."""
        await a_day_before(ledger, sandbox, guild)
        await sandbox.leave(await sandbox.join(codes[0]))
        await sandbox.enter(guild)

        async with connected(ledger, sandbox):
            [join] = await found(ledger, guild, 1)

        assert join.window is not None
        assert [(codes[0], 1, 1)] == [
            (gain.code, gain.low, gain.high) for gain in join.window.gains
        ]
        record = await ledger.invite(guild.id, codes[0])
        assert record is not None
        assert 1 == record.invite.uses

    async def test_thousands(self, ledger: Ledger, sandbox: Sandbox, guild: Guild) -> None:
        """The list of members has pages, and whoever was there before Usher stays unmentioned."""
        await a_day_before(ledger, sandbox, guild)
        for _ in range(1100):
            await sandbox.enter(guild)

        async with connected(ledger, sandbox):
            await found(ledger, guild, 1100)

        assert 2 == sandbox.count("GET", MEMBERS)

    async def test_nobody_was_missed(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """A look at the members costs one request, and the next join is certain again."""
        await a_day_before(ledger, sandbox, guild)

        async with connected(ledger, sandbox):
            await until(lambda: asked(sandbox, 1))
            await asyncio.sleep(0.5)
            await sandbox.join(codes[0])
            [join] = await found(ledger, guild, 1)

        assert (Certainty.CERTAIN, codes[0]) == (join.certainty, join.code)
        assert 1 == sandbox.count("GET", MEMBERS)


@pytest.mark.usefixtures("read")
class TestWhileUsherWasCutOff:
    @pytest.mark.counts_every_use
    async def test_lost_session(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """Events that are not replayed: whoever joined meanwhile is found."""
        sandbox.advance(5)
        sandbox.lose_event("GUILD_MEMBER_ADD")
        member = await sandbox.join(codes[0])

        sandbox.refuse_resume()
        sandbox.drop_gateway()

        [join] = await found(ledger, guild, 1)
        assert (member.id, Met.GAP) == (join.member_id, join.met)
        assert {codes[0], *UNSEEN} == set(join.candidates)

    async def test_outage(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """A guild that was out of sight is counted when it comes back."""
        guild.outage()
        member = await sandbox.join(codes[0])
        guild.recover()

        [join] = await found(ledger, guild, 1)
        assert (member.id, Met.GAP) == (join.member_id, join.met)

    async def test_permissions_say_nothing_about_members(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Joins are told whatever we may see: nobody is counted when permissions change."""
        read_before = (await ledger.baseline(guild.id)) or pytest.fail("there is a baseline")
        role, me = guild.add_role("Keeper"), guild.me
        assert me is not None
        guild.grant(me, role)
        guild.change_role(role, permissions=Permission.ADMINISTRATOR)

        async def read_again() -> bool:
            now = await ledger.baseline(guild.id)
            return now is not None and now.read_at > read_before.read_at

        await until(read_again)
        assert 0 == sandbox.count("GET", MEMBERS)


class TestFailing:
    @pytest.mark.counts_every_use
    async def test_list_that_fails_at_first(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """Its window waits for them, and half a list says of nobody that they have left."""
        [stays] = await before(ledger, sandbox, guild, codes[:1])
        sandbox.advance(10)
        await sandbox.join(codes[1])
        sandbox.fail("GET", "/guilds/*/members", status=503, times=8)

        async with connected(ledger, sandbox):
            joins = await found(ledger, guild, 2)

        assert {codes[1], *UNSEEN} == set(joins[1].candidates)
        [join] = await ledger.joins_of(guild.id, stays.id)
        assert join.left_at is None

    async def test_list_that_never_answers(
        self,
        ledger: Ledger,
        sandbox: Sandbox,
        guild: Guild,
        codes: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Their window waits for half a minute (shortened here) in all, however often it is tried
        again.
        """
        monkeypatch.setattr(missed, "HELD_FOR", 0.3)
        await a_day_before(ledger, sandbox, guild)
        sandbox.fail("GET", "/guilds/*/members", status=503, times=None)

        async with connected(ledger, sandbox):
            await sandbox.join(codes[0])
            [join] = await found(ledger, guild, 1)

        assert Certainty.AMBIGUOUS is join.certainty
        assert {codes[0], "~other"} <= set(join.candidates)

    @pytest.mark.counts_every_use
    async def test_found_too_late(
        self,
        ledger: Ledger,
        sandbox: Sandbox,
        guild: Guild,
        codes: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Whoever is found when their window has closed is written down, and is unknown."""
        monkeypatch.setattr(missed, "HELD_FOR", 0.2)
        await a_day_before(ledger, sandbox, guild)
        await sandbox.join(codes[0])
        sandbox.fail("GET", "/guilds/*/members", delay=1.5)

        async with connected(ledger, sandbox):
            [join] = await found(ledger, guild, 1)
            # The use was before the baseline by now: it is nobody else's.
            await sandbox.enter(guild)
            _, later = await found(ledger, guild, 2)

        assert (Certainty.UNKNOWN, Reason.GAP) == (join.certainty, join.reason)
        assert (Certainty.CERTAIN, "~other") == (later.certainty, later.source.candidate)
