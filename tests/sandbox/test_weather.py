"""What chance does to events: within its bounds, repeatable, and sparing some."""

import random

import pytest

from bot.sandbox.weather import Weather

JOIN = "GUILD_MEMBER_ADD"
EVENTS = 2000


def fates(weather: Weather, name: str = JOIN, *, of_guild: bool = True) -> list[list[float]]:
    """When the copies of many events of one name arrive."""
    return [weather.arrivals(name, of_guild=of_guild) for _ in range(EVENTS)]


def shuffled(rng: random.Random | None = None) -> Weather:
    weather = Weather()
    weather.shuffle(2.0, rng)
    return weather


def troubled(lose: float, double: float, rng: random.Random | None = None) -> Weather:
    weather = Weather()
    weather.trouble(lose, double, rng)
    return weather


def test_calm() -> None:
    """Unless something is ordered, each event arrives once and at once."""
    assert [[0.0]] * EVENTS == fates(Weather())


def test_held_back_within_the_bound() -> None:
    """Events are held back for any time up to the bound, each for another."""
    times = [delay for (delay,) in fates(shuffled())]

    assert 0.0 <= min(times) < 0.1
    assert 1.9 < max(times) <= 2.0
    assert EVENTS == len(set(times))


def test_delay_by_name_comes_on_top() -> None:
    """An event that lags by its name is held back from then on."""
    weather = shuffled()
    weather.delays[JOIN] = 10.0

    assert all(10.0 <= delay <= 12.0 for (delay,) in fates(weather))


def test_chances() -> None:
    """Losses and repetitions are as frequent as said, and counted."""
    weather = troubled(0.25, 0.5)

    copies = [len(fate) for fate in fates(weather)]

    lost, twice = copies.count(0), copies.count(2)
    assert 0.2 * EVENTS < lost < 0.3 * EVENTS
    assert 0.45 * (EVENTS - lost) < twice < 0.55 * (EVENTS - lost)
    assert (lost, twice) == (weather.losses[JOIN], weather.doubles[JOIN])


def test_copies_are_apart() -> None:
    """Both copies of an event are held back, each for a time of its own."""
    weather = shuffled()
    weather.trouble(0.0, 1.0, None)

    assert all(first != second for first, second in fates(weather))


@pytest.mark.parametrize(
    ("name", "of_guild"),
    [
        pytest.param("GUILD_CREATE", True, id="guild opens"),
        pytest.param("GUILD_DELETE", True, id="guild closes"),
        pytest.param("INTERACTION_CREATE", False, id="interaction"),
    ],
)
def test_spared(name: str, *, of_guild: bool) -> None:
    """Chance leaves alone what the bot's view of a guild stands on, and what is no guild's."""
    weather = troubled(1.0, 1.0)
    weather.shuffle(2.0, None)

    assert [[0.0]] * EVENTS == fates(weather, name, of_guild=of_guild)


def test_orders_spare_nothing() -> None:
    """What is lost or repeated by name is so whatever it is."""
    weather = Weather()
    weather.lost["GUILD_CREATE"] = weather.doubled["GUILD_CREATE"] = 1

    assert [[], [0.0, 0.0], [0.0]] == fates(weather, "GUILD_CREATE")[:3]
    assert (1, 1) == (weather.losses["GUILD_CREATE"], weather.doubles["GUILD_CREATE"])


@pytest.mark.parametrize("build", [shuffled, lambda rng=None: troubled(0.3, 0.3, rng)])
def test_repeatable(build: object) -> None:
    """The same seed has the same effect, another one another; without one it is always the same."""
    assert callable(build)
    same = [fates(build(random.Random(5))) for _ in range(2)]

    assert same[0] == same[1] != fates(build(random.Random(6)))
    assert fates(build()) == fates(build())


@pytest.mark.parametrize(("lose", "double"), [(-0.1, 0.0), (0.0, 1.1)])
def test_no_chance(lose: float, double: float) -> None:
    """What is no chance is a mistake of the test."""
    with pytest.raises(ValueError, match="not a chance"):
        troubled(lose, double)
