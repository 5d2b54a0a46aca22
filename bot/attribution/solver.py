"""Which sources can explain which joins: bounded flow, then strongly connected components.

Joins with the same options are one node with a weight, and capacities that are always options
together hang on one bundle, so a raid of ten thousand is a graph of a handful of nodes: groups →
bundles → capacities.
An edge is part of some assignment exactly if it carries flow in one feasible assignment, or lies
on a cycle of what that assignment leaves free to change.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.attribution.bounds import Bounds
from bot.attribution.network import NO_LIMIT, SINK, SOURCE, Network


class Choice(NamedTuple):
    """What joins with the same options have to choose from."""

    joins: int
    bundles: Sequence[int]
    """Each join may have come through any capacity of any of these, …"""
    capacities: Sequence[int]
    """… or through one of these."""


class _Graph(NamedTuple):
    """The network, and which of its edges stands for which choice."""

    network: Network
    of_choices: list[tuple[dict[int, int], dict[int, int]]]
    """Choice → bundle → edge, and capacity → edge."""
    of_bundles: dict[int, dict[int, int]]
    """Bundle → capacity → edge."""
    of_capacities: dict[int, int]
    """Capacity → edge."""


def explainable(
    choices: Sequence[Choice],
    bundles: Mapping[int, Sequence[int]],
    bounds: Mapping[int, Bounds],
) -> list[set[int]] | None:
    """For each choice, the capacities that some feasible assignment gives it.

    None if there is no feasible assignment: a lower bound that the joins cannot fill, or a join
    that no capacity takes.
    """
    graph = _drawn(choices, bundles, bounds)
    if not _filled(graph, choices, bounds):
        return None
    return _used_by_some(graph)


def _drawn(
    choices: Sequence[Choice],
    bundles: Mapping[int, Sequence[int]],
    bounds: Mapping[int, Bounds],
) -> _Graph:
    """At first the sink takes what each capacity must explain, and no more."""
    network = Network()
    node_of = {capacity: network.node() for capacity in bounds}
    heads = {bundle: network.node() for bundle in bundles}
    graph = _Graph(network, [], {}, {})
    for choice in choices:
        node = network.node()
        network.edge(SOURCE, node, choice.joins)
        bundled = {bundle: network.edge(node, heads[bundle]) for bundle in choice.bundles}
        single = {capacity: network.edge(node, node_of[capacity]) for capacity in choice.capacities}
        graph.of_choices.append((bundled, single))
    for bundle, inside in bundles.items():
        edges = {capacity: network.edge(heads[bundle], node_of[capacity]) for capacity in inside}
        graph.of_bundles[bundle] = edges
    for capacity, (low, _) in bounds.items():
        graph.of_capacities[capacity] = network.edge(node_of[capacity], SINK, low)
    return graph


def _filled(graph: _Graph, choices: Sequence[Choice], bounds: Mapping[int, Bounds]) -> bool:
    """Find a feasible assignment; whether there is one."""
    network = graph.network
    lowest = sum(low for low, _ in bounds.values())
    if network.fill() < lowest:
        return False
    # Raising the limits keeps the lower bounds filled: flow that reached the sink stays there.
    for capacity, (low, high) in bounds.items():
        network.room[graph.of_capacities[capacity]] = NO_LIMIT if high is None else high - low
    if lowest + network.fill() < sum(choice.joins for choice in choices):
        return False
    for capacity, (low, _) in bounds.items():  # what must flow is not free to change
        network.room[graph.of_capacities[capacity] ^ 1] -= low
    return True


def _used_by_some(graph: _Graph) -> list[set[int]]:
    """A choice reaches a capacity through a bundle if it can use the bundle, and it the capacity.

    For if one assignment has the first and another has the second, their mean has both, and what
    flows through a bundle may come from any choice that has it.
    """
    network = graph.network
    component = network.components()

    def used(edge: int) -> bool:
        """These edges have no limit: one that carries flow is a cycle with the way back."""
        start, end = network.ends(edge)
        return component[start] == component[end]

    opened = {
        bundle: [capacity for capacity, edge in edges.items() if used(edge)]
        for bundle, edges in graph.of_bundles.items()
    }
    return [
        {capacity for bundle, edge in bundled.items() if used(edge) for capacity in opened[bundle]}
        | {capacity for capacity, edge in single.items() if used(edge)}
        for bundled, single in graph.of_choices
    ]
