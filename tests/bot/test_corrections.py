"""A moderator's word and what rests on it: on the sandbox, through the real discord.py."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot import confirmer
from bot.attribution import Lags
from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, Correction, JoinRecord, Reason, Source
from tests.harness import WITH_RECORD, connected, decided, first_reading, on_both, until

pytestmark = on_both

MODERATOR = 77


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with two invites from before Usher."""
    guild = sandbox.add_guild("Harbour")
    for _ in range(2):
        guild.add_invite(guild.channel("general"), by=guild.owner)
    return guild


@pytest.fixture
def codes(guild: Guild) -> list[str]:
    return list(guild.invites)


def through(join: JoinRecord, code: str) -> Correction:
    return Correction(
        join_id=join.id,
        moderator_id=MODERATOR,
        source=Source.INVITE,
        code=code,
        at=datetime.now(UTC),
    )


async def pending(ledger: Ledger, guild: Guild, count: int) -> list[JoinRecord]:
    """Joins that are written down, oldest first."""

    async def ask() -> list[JoinRecord] | None:
        joins, total = await ledger.joins(guild.id)
        return joins[::-1] if total >= count else None

    return await until(ask)


async def test_correcting_one_decides_the_other(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Of two that came by two codes a moderator knows one: then the other is certain."""
    await first_reading(ledger, guild)
    for code in codes:
        await sandbox.join(code)
    one, other = await decided(ledger, guild, 2)
    assert [Certainty.AMBIGUOUS] * 2 == [one.certainty, other.certainty]

    corrected = await usher.corrections.correct(guild.id, through(one, codes[0]))

    assert corrected is not None
    assert (Certainty.CORRECTED, codes[0]) == (corrected.certainty, corrected.code)
    [other] = await ledger.joins_of(guild.id, other.member_id)
    assert (Certainty.CERTAIN, codes[1]) == (other.certainty, other.code)


async def test_undoing_opens_the_other_again(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """What rested on a moderator's word does not outlive it."""
    await first_reading(ledger, guild)
    for code in codes:
        await sandbox.join(code)
    one, other = await decided(ledger, guild, 2)
    await usher.corrections.correct(guild.id, through(one, codes[0]))

    undone = await usher.corrections.undo(guild.id, one.id, MODERATOR)

    assert undone is not None
    assert Certainty.AMBIGUOUS is undone.certainty
    [other] = await ledger.joins_of(guild.id, other.member_id)
    assert (Certainty.AMBIGUOUS, set(codes)) == (other.certainty, set(other.candidates))


async def test_undoing_opens_the_other_again_after_a_restart(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Nor when nobody remembers the window any more."""
    async with connected(ledger, sandbox) as bot:
        await first_reading(ledger, guild)
        for code in codes:
            await sandbox.join(code)
        one, other = await decided(ledger, guild, 2)
        await bot.corrections.correct(guild.id, through(one, codes[0]))
        [other] = await ledger.joins_of(guild.id, other.member_id)
        assert Certainty.CERTAIN is other.certainty

    async with connected(ledger, sandbox) as bot:
        await bot.corrections.undo(guild.id, one.id, MODERATOR)

    [other] = await ledger.joins_of(guild.id, other.member_id)
    assert (Certainty.AMBIGUOUS, set(codes)) == (other.certainty, set(other.candidates))


async def test_correcting_in_an_open_window(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """A word that comes before the verdict counts in it."""
    await first_reading(ledger, guild)
    for code in codes:
        await sandbox.join(code)
    one, other = await pending(ledger, guild, 2)
    assert Certainty.PENDING is one.certainty

    await usher.corrections.correct(guild.id, through(one, codes[1]))

    one, other = await decided(ledger, guild, 2)
    assert (Certainty.CORRECTED, codes[1]) == (one.certainty, one.code)
    assert (Certainty.CERTAIN, codes[0]) == (other.certainty, other.code)


async def test_undone_before_its_verdict(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """A join that is pending again gets the verdict of its window."""
    await first_reading(ledger, guild)
    await sandbox.join(codes[0])
    [join] = await pending(ledger, guild, 1)
    await usher.corrections.correct(guild.id, through(join, codes[1]))
    await usher.corrections.undo(guild.id, join.id, MODERATOR)

    [join] = await decided(ledger, guild, 1)

    assert (Certainty.CERTAIN, codes[0]) == (join.certainty, join.code)


async def test_undone_after_its_window(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Corrected before any verdict, undone after its window closed: it is decided then."""
    await first_reading(ledger, guild)
    for code in codes:
        await sandbox.join(code)
    one, other = await pending(ledger, guild, 2)
    await usher.corrections.correct(guild.id, through(one, codes[1]))
    await decided(ledger, guild, 2)

    undone = await usher.corrections.undo(guild.id, one.id, MODERATOR)

    assert undone is not None
    assert (Certainty.AMBIGUOUS, set(codes)) == (undone.certainty, set(undone.candidates))
    assert Certainty.AMBIGUOUS is (await ledger.joins_of(guild.id, other.member_id))[0].certainty


async def test_undone_after_the_window_of_one_alone(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """The evidence of whom only a moderator has named is kept for a while: what it says comes
    back with the undoing.
    """
    sandbox.record_lag = 3600

    async def closed() -> bool:
        baseline = await ledger.baseline(guild.id)
        return baseline is not None and baseline.counters[codes[0]].uses == 1

    async with connected(ledger, sandbox, patience=WITH_RECORD) as bot:
        await first_reading(ledger, guild)
        await sandbox.join(codes[0])
        [join] = await pending(ledger, guild, 1)
        await bot.corrections.correct(guild.id, through(join, codes[1]))
        await until(closed)
        await asyncio.sleep(0.5)  # in which it would be forgotten, if nobody cared

        undone = await bot.corrections.undo(guild.id, join.id, MODERATOR)

    assert undone is not None
    assert (Certainty.CERTAIN, codes[0]) == (undone.certainty, undone.code)


async def test_correcting_without_the_record(
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the record is refused, or empty for long, a moderator's word decides the neighbours
    all the same.
    """
    monkeypatch.setattr(confirmer, "SILENCE", 0.3)
    sandbox.record_absent = True
    async with connected(ledger, sandbox, patience=WITH_RECORD) as bot:
        await first_reading(ledger, guild)
        await sandbox.join(codes[0])
        await decided(ledger, guild, 1)
        await until(lambda: ledger.closed_records(datetime.now(UTC)))
        for code in codes:
            await sandbox.join(code)
        _, one, other = await decided(ledger, guild, 3)
        assert [Certainty.AMBIGUOUS] * 2 == [one.certainty, other.certainty]

        await bot.corrections.correct(guild.id, through(one, codes[0]))

        [other] = await ledger.joins_of(guild.id, other.member_id)
    assert (Certainty.CERTAIN, codes[1]) == (other.certainty, other.code)


async def test_the_record_is_asked_again_after_an_undoing(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """A correction kept the record from naming somebody; taken back, it does."""
    async with connected(ledger, sandbox, patience=WITH_RECORD) as bot:
        await first_reading(ledger, guild)
        sandbox.record_lag = 3600
        member = await sandbox.join(codes[0])
        [join] = await decided(ledger, guild, 1)
        await bot.corrections.correct(guild.id, through(join, codes[1]))
        sandbox.record_lag = 0
        await bot.corrections.undo(guild.id, join.id, MODERATOR)

        async def named() -> bool:
            [join] = await ledger.joins_of(guild.id, member.id)
            return (Certainty.CONFIRMED, codes[0]) == (join.certainty, join.code)

        await until(named)


@pytest.mark.counts_every_use
async def test_a_word_against_the_counters(
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    codes: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where a moderator names what counted nothing the counters decide nothing, and say so; it
    proves nothing of the lags, and the operator is not told.
    """
    sandbox.record_lag = 3600
    async with connected(ledger, sandbox, patience=WITH_RECORD) as bot:
        await first_reading(ledger, guild)
        for _ in range(2):
            member = await sandbox.join(codes[0])
        one, other = await decided(ledger, guild, 2)

        await bot.corrections.correct(guild.id, through(one, codes[1]))

        [other] = await ledger.joins_of(guild.id, other.member_id)
        assert (Certainty.AMBIGUOUS, Reason.CONTRADICTED) == (other.certainty, other.reason)
        await sandbox.leave(member)
        await bot.corrections.correct(guild.id, through(other, codes[0]))
        await until(lambda: _forgotten(bot))

    assert "contradicts the lags" not in caplog.text


async def test_a_word_measures_nothing(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Only what the record names shows how long the lags are."""
    sandbox.record_lag = 3600
    async with connected(ledger, sandbox, patience=WITH_RECORD) as bot:
        await first_reading(ledger, guild)
        await sandbox.join(codes[0])
        [join] = await decided(ledger, guild, 1)

        await bot.corrections.correct(guild.id, through(join, codes[0]))

        await until(lambda: _forgotten(bot))

    assert [] == await ledger.lags()


async def _forgotten(bot: Usher) -> bool:
    return not bot.confirmer._cases  # private: nothing outside shows what is kept


async def test_undone_when_its_evidence_is_gone(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Corrected before any verdict, undone after a restart: nothing is known of it any more, and
    it is not pending for ever.
    """
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)
    async with connected(ledger, sandbox, Lags(event=60, counter=60)) as bot:
        await sandbox.join(codes[0])
        [join] = await pending(ledger, guild, 1)
        await bot.corrections.correct(guild.id, through(join, codes[1]))

    async with connected(ledger, sandbox) as bot:
        undone = await bot.corrections.undo(guild.id, join.id, MODERATOR)

    assert undone is not None
    assert (Certainty.UNKNOWN, None) == (undone.certainty, undone.reason)


async def test_nothing_to_undo(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Without a correction nothing changes, and of a join that is not there nothing is said."""
    await first_reading(ledger, guild)
    await sandbox.join(codes[0])
    [join] = await decided(ledger, guild, 1)

    assert await usher.corrections.undo(guild.id, join.id, MODERATOR) is None
    assert await usher.corrections.undo(guild.id, 999, MODERATOR) is None
    word = through(join, codes[1]).model_copy(update={"join_id": 999})
    assert await usher.corrections.correct(guild.id, word) is None
