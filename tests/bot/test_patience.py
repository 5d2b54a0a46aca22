from itertools import islice

import pytest

from bot.cases import GIVE_UP
from bot.patience import RECORD_FIRST, Patience, repeating, until_written, usual
from data.errors import LedgerRefusedError, LedgerUnavailableError


def test_the_last_wait_repeats() -> None:
    """Waiting never ends, and never grows past the last wait."""
    assert [1, 5, 5, 5] == list(islice(repeating((1, 5)), 4))


async def test_written_in_the_end() -> None:
    """A ledger that cannot be written now is tried again until it can."""
    attempts: list[int] = []

    async def write() -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise LedgerUnavailableError("locked")
        return "done"

    assert "done" == await until_written(write, (0,))
    assert 3 == len(attempts)


async def test_what_can_never_be_written_is_not_tried_again() -> None:
    """A write that the ledger refuses for good is an error at once."""

    async def write() -> None:
        raise LedgerRefusedError("never")

    with pytest.raises(LedgerRefusedError):
        await until_written(write, (0,))


def test_the_record_is_asked_where_it_comes_first() -> None:
    """Where it knows of joins at once it is asked after a second, elsewhere once it can know."""
    assert 1 == usual(record_first=True).record[0]
    assert 20 < usual(record_first=False).record[0]
    assert usual(record_first=True) == Patience(record=RECORD_FIRST)
    assert 300 < sum(RECORD_FIRST) < GIVE_UP
