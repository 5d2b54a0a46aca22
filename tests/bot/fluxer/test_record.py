"""How people came, by Fluxer's record: on the sandbox, through the real discord.py."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot import confirmer
from bot.attribution import Lags
from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, JoinRecord, Met, Source
from tests.harness import WITH_RECORD, connected, decided, first_reading, until

from .scene import LAGS, SLOW

pytestmark = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)

RECORD = "/guilds/{guild_id}/members-search"
MODERATOR = 42


async def confirmed(ledger: Ledger, guild: Guild, count: int) -> list[JoinRecord]:
    """The newest `count` joins, oldest first, once the record has named all of them."""

    async def ask() -> list[JoinRecord] | None:
        joins, total = await ledger.joins(guild.id, limit=count)
        done = all(join.certainty is Certainty.CONFIRMED for join in joins)
        return joins[::-1] if total >= count and done else None

    return await until(ask)


def ways(*members: Member) -> set[tuple[int, str | None]]:
    return {(member.id, member.code) for member in members}


def told(joins: list[JoinRecord]) -> set[tuple[int, str | None]]:
    return {(join.member_id, join.code) for join in joins}


@pytest.mark.usefixtures("usher")
class TestByTheRecord:
    async def test_the_moment_of_joining_is_kept(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """The record tells whole seconds; the ledger has the milliseconds of the event."""
        member = await sandbox.join(codes[1])

        [join] = await confirmed(ledger, guild, 1)

        assert join.joined_at is not None
        assert pytest.approx(member.joined_at, abs=0.001) == join.joined_at.timestamp()

    async def test_ways_that_no_counter_sees(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """Fluxer's own numbers of the sources are what they are, not what they were on Discord."""
        by_vanity = await sandbox.join("harbour")
        found = await sandbox.enter(guild, source="discovery")
        let_in = await sandbox.enter(guild, source="manual")

        joins = {join.member_id: join.source for join in await confirmed(ledger, guild, 3)}

        assert {
            by_vanity.id: Source.VANITY,
            found.id: Source.DISCOVERY,
            let_in.id: Source.MANUAL,
        } == joins

    async def test_more_in_a_second_than_one_answer_holds(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A page that ends in the second in which the first of them joined is not the last."""
        sandbox.record_lag = 3600.0
        came = await asyncio.gather(*(sandbox.join(codes[n % 2 + 1]) for n in range(130)))
        sandbox.record_lag = 0.0

        assert ways(*came) == told(await confirmed(ledger, guild, 130))

    async def test_a_record_that_lags(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Until the record knows them people are what lower bounds say; then they are confirmed."""
        sandbox.record_lag = 2.0
        sandbox.counting = SLOW
        came = await asyncio.gather(*(sandbox.join(codes[n % 2]) for n in range(4)))
        before = await decided(ledger, guild, 4)
        assert Certainty.CONFIRMED not in {join.certainty for join in before}

        assert ways(*came) == told(await confirmed(ledger, guild, 4))


async def test_eight_at_once_through_an_invite_for_three(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """All eight get in and the counter loses most of them; the record names every one, before
    their window is closed, and one question is enough.
    """
    async with connected(ledger, sandbox, LAGS._replace(counter=5.0), WITH_RECORD):
        await first_reading(ledger, guild)
        sandbox.counting = SLOW
        sandbox.advance(1 - sandbox.now() % 1)
        asked = sandbox.count("POST", RECORD)

        came = await asyncio.gather(*(sandbox.join(codes[0]) for _ in range(8)))
        joins = await confirmed(ledger, guild, 8)

        assert ways(*came) == told(joins)
        assert {guild.owner.id} == {join.inviter_id for join in joins}
        assert {1} == {len(await ledger.verdicts(join.id)) for join in joins}
        assert sandbox.count("POST", RECORD) - asked <= 2
        assert 0 == sandbox.limited


async def test_who_leaves_soon(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """The record has members only: what it says of somebody in time counts, also if they have left
    when it becomes sure.
    """
    async with connected(ledger, sandbox, Lags(event=1.5, counter=5.0), WITH_RECORD):
        await first_reading(ledger, guild)
        asked = sandbox.count("POST", RECORD)
        member = await sandbox.join(codes[1])

        async def answered() -> bool:
            return sandbox.count("POST", RECORD) > asked

        await until(answered)
        await asyncio.sleep(0.3)  # in which the answer arrives
        await sandbox.leave(member)

        assert ways(member) == told(await confirmed(ledger, guild, 1))


@pytest.mark.parametrize("late", [0.0, 1.2], ids=["told at once", "told late"])
async def test_again_within_the_same_second(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], late: float
) -> None:
    """Whoever leaves and comes again within one second by another invite: the record's word may be
    of either time, and is taken for neither, however late the second is told of; who came beside
    them is confirmed.
    """
    async with connected(ledger, sandbox, Lags(event=1.5, counter=0.4), WITH_RECORD):
        await first_reading(ledger, guild)
        sandbox.advance(1 - sandbox.now() % 1)
        first = await sandbox.join(codes[1])
        other = await sandbox.join(codes[1])
        sandbox.advance(0.2)
        await sandbox.leave(first)
        sandbox.delay_events("GUILD_MEMBER_ADD", late)
        again = await sandbox.rejoin(first.user, codes[2])
        assert int(first.joined_at) == int(again.joined_at)

        async def other_named() -> bool:
            joins = await ledger.joins_of(guild.id, other.id)
            return [Certainty.CONFIRMED] == [join.certainty for join in joins]

        await until(other_named)
        await decided(ledger, guild, 3)
        both = await ledger.joins_of(guild.id, first.id)

        assert Certainty.CONFIRMED not in {join.certainty for join in both}
        for join, code in zip(both, codes[1:], strict=True):
            assert code in {*join.candidates, join.code}


class TestPriming:
    async def test_asked_before_anybody_joins(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """The record of every guild is begun as soon as Usher is there, also if it is added
        later, and also if it may ask only then.
        """
        assert guild.me is not None
        [role] = [guild.roles_by_id[role_id] for role_id in guild.me.roles]
        guild.change_role(role, permissions=LEAST & ~Permission.MANAGE_GUILD)
        async with connected(ledger, sandbox, LAGS, WITH_RECORD):
            other = sandbox.add_guild("Mole")

            async def begun(which: Guild) -> bool:
                return which.indexed_at is not None

            await until(lambda: begun(other))
            assert guild.indexed_at is None

            guild.change_role(role, permissions=LEAST)
            await until(lambda: begun(guild))

    async def test_while_the_record_is_being_made(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Whoever joins meanwhile is confirmed as soon as it answers."""
        sandbox.index_delay = 1.0
        async with connected(ledger, sandbox, LAGS, WITH_RECORD):
            member = await sandbox.join(codes[1])

            assert ways(member) == told(await confirmed(ledger, guild, 1))


async def test_without_a_record_it_is_left_alone(
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A record that has long been empty is not asked any more, and remembered as absent; verdicts
    stay what the counters say.
    """
    monkeypatch.setattr(confirmer, "SILENCE", 0.3)
    sandbox.record_absent = True
    async with connected(ledger, sandbox, LAGS, WITH_RECORD):
        await first_reading(ledger, guild)
        await sandbox.join(codes[1])
        await until(lambda: ledger.closed_records(datetime.now(UTC)))
        asked = sandbox.count("POST", RECORD)
        await sandbox.join(codes[1])
        joins = await decided(ledger, guild, 2)
        await asyncio.sleep(0.5)

    assert asked == sandbox.count("POST", RECORD)
    assert {(Certainty.CERTAIN, codes[1])} == {(join.certainty, join.code) for join in joins}


async def test_over_a_restart(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Whoever came while Usher was away is found by the list of members, with their own moment,
    and named by the record; who was known before is not found again.
    """
    async with connected(ledger, sandbox, LAGS, WITH_RECORD):
        await first_reading(ledger, guild)
        known = await sandbox.join(codes[1])
        await confirmed(ledger, guild, 1)
    sandbox.counting = SLOW
    sandbox.advance(60)
    came = await asyncio.gather(*(sandbox.join(codes[0]) for _ in range(4)))

    async with connected(ledger, sandbox, LAGS, WITH_RECORD):
        joins = await confirmed(ledger, guild, 5)

    assert ways(known, *came) == told(joins)
    assert {Met.GAP, Met.JOINING} == {join.met for join in joins}
    moments = {join.member_id: join.joined_at for join in joins}
    for member in came:
        joined_at = moments[member.id]
        assert joined_at is not None
        assert pytest.approx(member.joined_at, abs=0.001) == joined_at.timestamp()


async def test_backfilled_by_the_second(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Those who were there before Usher are written down once, over pages and within one second;
    who joined since is not written down a second time, and is not found by the next census.
    """
    at = sandbox.now() - 7200.25
    guild.populate(250, joined_at=at, every=0.01, source="discovery")
    sandbox.advance(10)
    patience = WITH_RECORD._replace(page=0.0)

    async def settled_since_they_came() -> bool:
        baseline = await ledger.baseline(guild.id)
        return baseline is not None and sum(one.uses for one in baseline.counters.values()) == 2

    async with connected(ledger, sandbox, LAGS, patience) as bot:
        await first_reading(ledger, guild)
        for number in (1, 2):
            await sandbox.join(codes[number])
            await confirmed(ledger, guild, number)
            sandbox.advance(5)
        await until(settled_since_they_came)
        sandbox.advance(3600)
        now = datetime.fromtimestamp(sandbox.now(), UTC)
        await bot.backfiller.begin(guild.id, MODERATOR, now)

        async def finished() -> bool:
            progress = await bot.backfiller.progress(guild.id)
            return progress is not None and progress.backfill.finished_at is not None

        await until(finished)
        people = 250 + 4  # the owner, the bot, and who joined since
        assert people == (await ledger.joins(guild.id, limit=1))[1]

    async with connected(ledger, sandbox, LAGS, patience):
        newcomer = await sandbox.join(codes[2])

        async def named() -> bool:
            joins = await ledger.joins_of(guild.id, newcomer.id)
            return [Certainty.CONFIRMED] == [join.certainty for join in joins]

        await until(named)

    assert people + 1 == (await ledger.joins(guild.id, limit=1))[1]
