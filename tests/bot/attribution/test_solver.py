from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.attribution.capacities import Bounds
from bot.attribution.solver import Group, components, explainable

Problem = tuple[list[Group], list[Bounds]]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    count = draw(st.integers(1, 4))
    lows = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    rooms = draw(st.lists(st.none() | st.integers(0, 2), min_size=count, max_size=count))
    fits = st.lists(st.integers(0, count - 1), unique=True, max_size=count)
    groups = draw(st.lists(st.builds(Group, st.integers(1, 3), fits.map(tuple)), max_size=3))
    bounds = [
        (low, None if room is None else low + room) for low, room in zip(lows, rooms, strict=True)
    ]
    return groups, bounds


def enumerate_all(groups: list[Group], bounds: list[Bounds]) -> list[set[int]] | None:
    """Try every assignment of every single join: slow, and too simple to be wrong."""
    people = [g for g, group in enumerate(groups) for _ in range(group.weight)]
    found: list[set[int]] | None = None
    for choice in product(*(groups[g].fits for g in people)):
        totals = [choice.count(c) for c in range(len(bounds))]
        within = all(
            low <= total and (high is None or total <= high)
            for total, (low, high) in zip(totals, bounds, strict=True)
        )
        if within:
            found = found or [set() for _ in groups]
            for g, c in zip(people, choice, strict=True):
                found[g].add(c)
    return found


@given(problems())
@settings(max_examples=1500, deadline=None)
def test_same_as_trying_every_assignment(problem: Problem) -> None:
    """The candidates are exactly those that some assignment of single joins gives."""
    groups, bounds = problem

    assert enumerate_all(groups, bounds) == explainable(groups, bounds)


@pytest.mark.parametrize(
    ("groups", "bounds", "expected"),
    [
        pytest.param([Group(1, (0,))], [(1, 1)], [{0}], id="one join, one use"),
        pytest.param([Group(2, (0, 1))], [(1, 1), (1, 1)], [{0, 1}], id="two joins, two codes"),
        pytest.param([Group(1, (0, 1))], [(1, 1), (1, 1)], None, id="more uses than joins"),
        pytest.param([Group(3, (0,))], [(2, 2)], None, id="more joins than uses"),
        pytest.param(
            [Group(1, (0, 1)), Group(1, (1,))],
            [(1, 1), (1, 1)],
            [{0}, {1}],
            id="the second join leaves the first no choice",
        ),
        pytest.param(
            [Group(10_000, (0, 1)), Group(1, (1, 2))],
            [(10_000, 10_000), (0, None), (0, None)],
            [{0}, {1, 2}],
            id="ten thousand joins are one node",
        ),
    ],
)
def test_known_answers(
    groups: list[Group], bounds: list[Bounds], expected: list[set[int]] | None
) -> None:
    """Small windows have the answer that a person finds by hand."""
    assert expected == explainable(groups, bounds)


def test_components_of_two_rings() -> None:
    """Nodes share a component exactly if each can reach the other."""
    number = components({1: [2], 2: [1, 3], 3: [4], 4: [3], 5: []})

    assert number[1] == number[2]
    assert number[3] == number[4]
    assert len({number[1], number[3], number[5]}) == 3
