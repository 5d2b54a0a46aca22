"""Verdicts settled by the platform's own record: on the sandbox, through the real discord.py."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.attribution import Lags
from bot.client import Usher
from bot.platforms import common
from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, JoinRecord, Lag, Source
from tests.harness import WITH_RECORD, connected, decided, first_reading, on_both, until

pytestmark = on_both

RECORD = "/guilds/{guild_id}/members-search"


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with two invites from before Usher."""
    guild = sandbox.add_guild("Harbour")
    for _ in range(2):
        guild.add_invite(guild.channel("general"), by=guild.owner)
    return guild


@pytest.fixture
async def usher(ledger: Ledger, sandbox: Sandbox, guild: Guild) -> AsyncIterator[Usher]:
    assert guild.me, "the bot is in the guild before it connects"
    async with connected(ledger, sandbox, patience=WITH_RECORD) as bot:
        yield bot


@pytest.fixture
def codes(guild: Guild) -> list[str]:
    return list(guild.invites)


async def confirmed(ledger: Ledger, guild: Guild, count: int) -> list[JoinRecord]:
    """The newest `count` joins, oldest first, once the record has named all of them."""

    async def ask() -> list[JoinRecord] | None:
        joins = await decided(ledger, guild, count)
        done = all(join.certainty is Certainty.CONFIRMED for join in joins)
        return joins if done else None

    return await until(ask)


async def asked(sandbox: Sandbox, times: int) -> None:
    async def ask() -> bool:
        return sandbox.count("POST", RECORD) >= times

    await until(ask)


@pytest.mark.usefixtures("usher")
class TestConfirmed:
    async def test_what_counters_leave_open(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Two people on two codes at once: ambiguous by counters, then named by the record."""
        await first_reading(ledger, guild)
        sandbox.record_lag = 0.8

        came = [await sandbox.join(code) for code in codes]
        joins = await decided(ledger, guild, 2)
        assert [Certainty.AMBIGUOUS] * 2 == [join.certainty for join in joins]

        joins = await confirmed(ledger, guild, 2)
        assert {(m.user.id, m.code) for m in came} == {(j.member_id, j.code) for j in joins}
        assert ["record"] * 2 == [join.decided_by for join in joins]

    @pytest.mark.on_discord
    async def test_sources_that_no_counter_sees(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """What counters can only call another way, the record calls by its name."""
        await first_reading(ledger, guild)

        for source in ("discovery", "oauth", "hub", "manual", "lobby", "integration"):
            await sandbox.enter(guild, source=source)

        joins = await confirmed(ledger, guild, 6)
        assert {
            Source.DISCOVERY,
            Source.OAUTH,
            Source.HUB,
            Source.MANUAL,
            Source.LOBBY,
            Source.INTEGRATION,
        } == {join.source for join in joins}
        assert {None} == {join.inviter_id for join in joins}

    @pytest.mark.on_discord
    async def test_one_request_for_a_raid(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A hundred people are confirmed by a handful of requests."""
        await first_reading(ledger, guild)

        for number in range(100):
            await sandbox.join(codes[number % 2])

        await confirmed(ledger, guild, 100)
        assert sandbox.count("POST", RECORD) <= 5

    async def test_more_than_one_page(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A raid larger than one answer of the record is confirmed to its first member."""
        await first_reading(ledger, guild)
        sandbox.record_lag = 3600
        came = [await sandbox.join(codes[number % 2]) for number in range(1100)]
        await decided(ledger, guild, 1100)
        sandbox.record_lag = 0

        joins = await confirmed(ledger, guild, 1100)

        assert {(m.id, m.code) for m in came} == {(join.member_id, join.code) for join in joins}

    async def test_nothing_piles_up(
        self, usher: Usher, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """While somebody is still looked for, those who were named and decided are forgotten."""
        await first_reading(ledger, guild)
        sandbox.record_lag = 0.5
        await sandbox.leave(await sandbox.join(codes[0]))  # the record will never show them
        for number in range(20):
            await sandbox.join(codes[number % 2])
            await asyncio.sleep(0.05)
        await confirmed(ledger, guild, 20)

        # Private: nothing outside shows what is kept in memory.
        async def forgotten() -> bool:
            [case] = usher.confirmer._cases.values()
            return bool(case.waiting) and not case.known and not case.undecided

        await until(forgotten)

    async def test_one_confirmed_join_decides_its_neighbour(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """The record names one of two, and what remains of the window names the other."""
        await first_reading(ledger, guild)
        sandbox.record_lag = 0.8
        first, second = [await sandbox.join(code) for code in codes]
        await decided(ledger, guild, 2)
        await sandbox.leave(second)  # the record will never show this membership

        async def both() -> list[JoinRecord] | None:
            joins = await decided(ledger, guild, 2)
            named = {join.member_id: join for join in joins}
            done = named[second.user.id].certainty is Certainty.CERTAIN
            return [named[first.user.id], named[second.user.id]] if done else None

        one, other = await until(both)
        assert (Certainty.CONFIRMED, first.code) == (one.certainty, one.code)
        assert (Certainty.CERTAIN, second.code) == (other.certainty, other.code)

    async def test_contradiction_replaces_the_verdict(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """The record outranks the counters, and the verdict it replaced stays in the history."""
        await first_reading(ledger, guild)
        sandbox.record_lag = 0.8
        member = await sandbox.join(codes[0])
        sandbox.misrecord(member, source="discovery")
        [join] = await decided(ledger, guild, 1)
        assert (Certainty.CERTAIN, codes[0]) == (join.certainty, join.code)

        [join] = await confirmed(ledger, guild, 1)

        assert Source.DISCOVERY is join.source
        history = [verdict.certainty for verdict in await ledger.verdicts(join.id)]
        assert [Certainty.CERTAIN, Certainty.CONFIRMED] == history


class TestWithoutTheRecord:
    """All of it is optional: without the record everything else works."""

    @pytest.mark.parametrize(
        "refuse",
        [
            pytest.param(lambda box: setattr(box, "record_absent", True), id="absent"),
            pytest.param(
                lambda box: box.fail(
                    "POST", "/guilds/*/members-search", status=403, code=50013, times=None
                ),
                id="refused",
            ),
        ],
    )
    @pytest.mark.on_discord
    async def test_asked_once(
        self,
        ledger: Ledger,
        sandbox: Sandbox,
        guild: Guild,
        codes: list[str],
        refuse: Callable[[Sandbox], None],
    ) -> None:
        """A record that is refused or absent is remembered, and verdicts stay as they are."""
        refuse(sandbox)
        async with connected(ledger, sandbox, patience=WITH_RECORD):
            await first_reading(ledger, guild)
            for _ in range(3):
                await sandbox.join(codes[0])
                await decided(ledger, guild, 1)
                await asked(sandbox, 1)
                await asyncio.sleep(0.3)

            joins = await decided(ledger, guild, 3)

        assert 1 == sandbox.count("POST", RECORD)
        assert {Certainty.CERTAIN} == {join.certainty for join in joins}

    @pytest.mark.on_discord
    async def test_remembered_across_a_restart(
        self,
        ledger: Ledger,
        sandbox: Sandbox,
        guild: Guild,
        codes: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A refused record is left alone until its time, also after a restart; then it is probed
        again, and whoever joined meanwhile is confirmed.
        """
        monkeypatch.setattr(common, "PROBE_AGAIN", 4.0)
        sandbox.record_absent = True
        async with connected(ledger, sandbox, patience=WITH_RECORD):
            await first_reading(ledger, guild)
            await sandbox.join(codes[0])
            await asked(sandbox, 1)
            await decided(ledger, guild, 1)
        sandbox.record_absent = False

        async with connected(ledger, sandbox, patience=WITH_RECORD):
            await sandbox.join(codes[1])
            await asyncio.sleep(0.5)
            assert 1 == sandbox.count("POST", RECORD)
            await confirmed(ledger, guild, 2)

    async def test_still_indexing(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """A guild that is being indexed is asked again."""
        sandbox.index_delay = 0.5
        async with connected(ledger, sandbox, patience=WITH_RECORD):
            await first_reading(ledger, guild)
            await sandbox.join(codes[0])

            await confirmed(ledger, guild, 1)

        assert sandbox.count("POST", RECORD) > 1

    async def test_failing_now_and_then(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """A record that fails is asked again, and the joins wait."""
        sandbox.fail("POST", "/guilds/*/members-search", status=503, times=2)
        async with connected(ledger, sandbox, patience=WITH_RECORD):
            await first_reading(ledger, guild)
            await sandbox.join(codes[0])

            await confirmed(ledger, guild, 1)


async def test_in_a_window_that_is_still_open(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """While people keep coming the record names them, and the window knows it when it closes:
    whom the record does not show is decided by what is left of the counts.
    """
    lags = Lags(event=1.5, counter=1.5)  # so that all are named before it closes
    async with connected(ledger, sandbox, lags, WITH_RECORD):
        await first_reading(ledger, guild)
        hidden = await sandbox.join(codes[0])
        sandbox.misrecord(hidden, source="unknown")

        async def another_joins_until_some_are_named() -> bool:
            await sandbox.join(codes[1])
            await asyncio.sleep(0.1)
            return (await ledger.joins(guild.id, certainty=Certainty.CONFIRMED))[1] > 0

        await until(another_joins_until_some_are_named)
        [newest], came = await ledger.joins(guild.id, limit=1)
        [first] = await ledger.joins_of(guild.id, hidden.id)

        assert Certainty.PENDING is first.certainty
        assert newest.certainty in (Certainty.PENDING, Certainty.CONFIRMED)
        [first, *_] = await decided(ledger, guild, came)

    assert (hidden.id, Certainty.CERTAIN, codes[0]) == (
        first.member_id,
        first.certainty,
        first.code,
    )


@pytest.mark.usefixtures("usher")
async def test_what_the_record_shows_of_the_lags(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """Of a confirmed join it is counted how late its event and its use were, once."""
    await first_reading(ledger, guild)
    await sandbox.join(codes[0])
    await confirmed(ledger, guild, 1)

    lags = await until(ledger.lags)

    assert {(Lag.EVENT, 1), (Lag.COUNTER, 1)} == {(each.lag, each.joins) for each in lags}
    await sandbox.join(codes[1])
    await confirmed(ledger, guild, 2)

    async def both() -> bool:
        return 4 == sum(each.joins for each in await ledger.lags())

    await until(both)


@pytest.mark.counts_every_use
async def test_a_record_that_contradicts_the_lags(
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    codes: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A use that was counted later than the lags allow is told to the operator."""
    sandbox.counter_lag = 1.0
    patience = WITH_RECORD._replace(unmet=())
    async with connected(ledger, sandbox, patience=patience):
        await first_reading(ledger, guild)
        await sandbox.join(codes[0])
        await confirmed(ledger, guild, 1)

        async def warned() -> bool:
            return "contradicts the lags" in caplog.text

        await until(warned)


async def test_confirmed_after_a_restart(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Joins that an earlier run did not get confirmed are looked for after the start."""
    sandbox.fail("POST", "/guilds/*/members-search", status=503, times=None)
    came: list[Member] = []
    async with connected(ledger, sandbox, patience=WITH_RECORD):
        await first_reading(ledger, guild)
        came += [await sandbox.join(code) for code in codes]
        await decided(ledger, guild, 2)
    sandbox.clear_faults()

    async with connected(ledger, sandbox, patience=WITH_RECORD):
        joins = await confirmed(ledger, guild, 2)

    assert {(m.user.id, m.code) for m in came} == {(j.member_id, j.code) for j in joins}
