"""Reactions that do something: kept over a restart, and not for ever."""

from datetime import timedelta
from pathlib import Path

import pytest

from data import offers
from data.ledger import Ledger
from data.models import Choice, Offer
from tests.data.samples import GUILD, NOON

OWNER, CHANNEL = 7, 8


def offer_of(message_id: int, guild_id: int = GUILD, **choices: str) -> Offer:
    return Offer(
        guild_id=guild_id,
        channel_id=CHANNEL,
        message_id=message_id,
        owner_id=OWNER,
        choices=choices or {"yes": "rd:7:abc"},
    )


async def test_an_offer_outlives_a_restart(path: Path) -> None:
    """Which reaction does what, and for whom, is in the file."""
    async with Ledger.open(path) as ledger:
        await ledger.offer(offer_of(1, yes="rd:7:abc", no="x"), NOON)

    async with Ledger.open(path) as ledger:
        assert Choice(GUILD, CHANNEL, OWNER, "rd:7:abc") == await ledger.choice(1, "yes", NOON)
        assert await ledger.choice(1, "other", NOON) is None
        assert await ledger.choice(2, "yes", NOON) is None


async def test_another_offer_on_a_message_replaces_the_first(ledger: Ledger) -> None:
    """What was offered before is offered no more, and twice is once."""
    await ledger.offer(offer_of(1, next="p1", last="p9"), NOON)
    for _ in range(2):
        await ledger.offer(offer_of(1, next="p2"), NOON)

    found = await ledger.choice(1, "next", NOON)
    assert found is not None
    assert "p2" == found.custom_id
    assert await ledger.choice(1, "last", NOON) is None


async def test_an_offer_can_be_withdrawn(ledger: Ledger) -> None:
    """Of one message, all of it."""
    await ledger.offer(offer_of(1, a="1", b="2"), NOON)
    await ledger.offer(offer_of(2), NOON)

    await ledger.withdraw_offer(1)

    assert [None, None] == [await ledger.choice(1, "a", NOON), await ledger.choice(1, "b", NOON)]
    assert await ledger.choice(2, "yes", NOON)


async def test_old_offers_go(ledger: Ledger) -> None:
    """A week later, when something else is offered anywhere."""
    await ledger.offer(offer_of(1), NOON)
    await ledger.offer(offer_of(2), NOON + timedelta(days=6))

    await ledger.offer(offer_of(3, guild_id=GUILD + 1), NOON + timedelta(days=7, seconds=1))

    assert await ledger.choice(1, "yes", NOON) is None
    assert await ledger.choice(2, "yes", NOON)


async def test_an_old_offer_is_none_though_it_is_still_there(ledger: Ledger) -> None:
    """For a week it is one, to the moment, and a millisecond later not any more."""
    await ledger.offer(offer_of(1), NOON)
    week = NOON + timedelta(days=7)

    assert await ledger.choice(1, "yes", week)
    assert await ledger.choice(1, "yes", week + timedelta(milliseconds=1)) is None


async def test_of_too_many_the_oldest_go(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each guild so many stay; what is offered in others takes nobody's place."""
    monkeypatch.setattr(offers, "MOST", 2)
    await ledger.offer(offer_of(9, guild_id=GUILD + 1), NOON)
    for message_id in (1, 2, 3):
        await ledger.offer(offer_of(message_id), NOON + timedelta(seconds=message_id))

    assert await ledger.choice(1, "yes", NOON) is None
    assert all([await ledger.choice(each, "yes", NOON) for each in (2, 3, 9)])
