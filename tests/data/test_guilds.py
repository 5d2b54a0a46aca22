from data.ledger import Ledger
from tests.data.samples import GUILD, NOON, at, reading_of, settlement_of


async def test_a_refused_record_is_remembered_until_then(ledger: Ledger) -> None:
    """A guild whose record is refused is known with the time, the last word counts, until it."""
    assert await ledger.closed_records(NOON) == {}
    await ledger.close_record(GUILD, at(10))
    await ledger.close_record(GUILD, at(60))
    await ledger.close_record(GUILD + 1, at(30))

    assert await ledger.closed_records(at(29)) == {GUILD: at(60), GUILD + 1: at(30)}
    assert await ledger.closed_records(at(30)) == {GUILD: at(60)}


async def test_a_record_that_answers_again_is_open(ledger: Ledger) -> None:
    """Once it answers, nothing of the refusal remains; never refused, nothing happens."""
    await ledger.close_record(GUILD, at(60))
    for guild_id in (GUILD, GUILD + 1):
        await ledger.close_record(guild_id, None)

    assert await ledger.closed_records(NOON) == {}


async def test_a_refusal_is_not_a_reading(ledger: Ledger) -> None:
    """The baseline and what is known of the record do not touch one another."""
    await ledger.close_record(GUILD, at(60))
    assert await ledger.baseline(GUILD) is None
    await ledger.settle(settlement_of(baseline=reading_of()))

    assert await ledger.closed_records(NOON) == {GUILD: at(60)}
