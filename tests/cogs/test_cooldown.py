"""How many invites somebody without Manage Server may make: three a minute."""

import pytest

from cogs._cooldown import Cooldown

SOON = 5.0
"""Seconds since the computer started: a clock that only counts may show less than a minute."""


@pytest.fixture
def cooldown() -> Cooldown:
    """Somebody has made three at once."""
    cooldown = Cooldown()
    assert [0, 0, 0] == [cooldown.wait(1, 2, SOON) for _ in range(3)]
    return cooldown


def test_the_fourth_waits_for_whole_seconds(cooldown: Cooldown) -> None:
    """What is left of the minute is told, never less, and asking in vain does not lengthen it."""
    assert 60 == cooldown.wait(1, 2, SOON)
    assert 30 == cooldown.wait(1, 2, SOON + 30.5)
    assert 1 == cooldown.wait(1, 2, SOON + 59.99)
    assert [0, 0, 0, 60] == [cooldown.wait(1, 2, SOON + 60.01) for _ in range(4)]


@pytest.mark.parametrize("who", [(1, 3), (2, 2)], ids=["somebody else", "in another server"])
def test_each_waits_for_themselves(cooldown: Cooldown, who: tuple[int, int]) -> None:
    """Nobody has to wait for somebody else, nor for what they did in another server."""
    assert 0 == cooldown.wait(*who, SOON + 1)
