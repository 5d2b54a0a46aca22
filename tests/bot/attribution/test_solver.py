from itertools import chain, combinations_with_replacement, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.attribution.bounds import Bounds
from bot.attribution.network import components
from bot.attribution.solver import Choice, explainable

Bundles = dict[int, tuple[int, ...]]
Problem = tuple[list[Choice], Bundles, dict[int, Bounds]]


def problem_of(luck: Random) -> Problem:
    capacities = range(luck.randint(1, 4))

    def some() -> tuple[int, ...]:
        return tuple(luck.sample(capacities, luck.randint(0, len(capacities))))

    bundles = {bundle: some() for bundle in range(luck.randint(0, 3))}
    choices = [
        Choice(luck.randint(1, 3), luck.sample([*bundles], luck.randint(0, len(bundles))), some())
        for _ in range(luck.randint(0, 3))
    ]
    lows = [luck.randint(0, 3) for _ in capacities]
    return (
        choices,
        bundles,
        {c: (low, luck.choice([None, low, low + 1])) for c, low in enumerate(lows)},
    )


def enumerate_all(
    choices: list[Choice], bundles: Bundles, bounds: dict[int, Bounds]
) -> list[set[int]] | None:
    """Try every assignment of every single join: slow, and too simple to be wrong."""
    options = [
        {*choice.capacities, *(c for bundle in choice.bundles for c in bundles[bundle])}
        for choice in choices
    ]
    # Joins of one choice are alike: which of them takes which makes no difference.
    ways = [
        combinations_with_replacement(sorted(open_to), choice.joins)
        for open_to, choice in zip(options, choices, strict=True)
    ]
    found: list[set[int]] | None = None
    for way in product(*ways):
        taken = list(chain(*way))
        within = all(
            low <= taken.count(c) and (high is None or taken.count(c) <= high)
            for c, (low, high) in bounds.items()
        )
        if within:
            found = found or [set() for _ in choices]
            for some, ours in zip(found, way, strict=True):
                some.update(ours)
    return found


@given(st.randoms(use_true_random=True))  # one number each: what is drawn is small anyway
@settings(max_examples=2000, deadline=None)
def test_same_as_trying_every_assignment(luck: Random) -> None:
    """The candidates are exactly those that some assignment of single joins gives."""
    problem = problem_of(luck)

    assert enumerate_all(*problem) == explainable(*problem)


@pytest.mark.parametrize(
    ("choices", "bounds", "expected"),
    [
        pytest.param([Choice(1, (), (0,))], [(1, 1)], [{0}], id="one join, one use"),
        pytest.param(
            [Choice(2, (), (0, 1))], [(1, 1), (1, 1)], [{0, 1}], id="two joins, two codes"
        ),
        pytest.param([Choice(1, (), (0, 1))], [(1, 1), (1, 1)], None, id="more uses than joins"),
        pytest.param([Choice(3, (), (0,))], [(2, 2)], None, id="more joins than uses"),
        pytest.param(
            [Choice(1, (), (0, 1)), Choice(1, (), (1,))],
            [(1, 1), (1, 1)],
            [{0}, {1}],
            id="the second join leaves the first no choice",
        ),
        pytest.param(
            [Choice(10_000, (), (0, 1)), Choice(1, (), (1, 2))],
            [(10_000, 10_000), (0, None), (0, None)],
            [{0}, {1, 2}],
            id="ten thousand joins are one node",
        ),
    ],
)
def test_known_answers(
    choices: list[Choice], bounds: list[Bounds], expected: list[set[int]] | None
) -> None:
    """Small windows have the answer that a person finds by hand."""
    assert expected == explainable(choices, {}, dict(enumerate(bounds)))


def test_a_choice_deep_in_a_chain_is_found() -> None:
    """However many people would have to change places, a way that exists is found."""
    links = 3_000
    choices = [Choice(1, (), (place, place + 1)) for place in range(links)]
    choices.append(Choice(1, (), (0,)))
    bounds: dict[int, Bounds] = dict.fromkeys(range(links + 1), (1, 1))

    links_found = explainable(choices, {}, bounds)

    assert [{place + 1} for place in range(links)] + [{0}] == links_found


def test_components_of_two_rings() -> None:
    """Nodes share a component exactly if each can reach the other."""
    number = components([[], [2], [1, 3], [4], [3], []])

    assert number[1] == number[2]
    assert number[3] == number[4]
    assert len({number[1], number[3], number[5]}) == 3
