"""Which sources can explain which joins: bounded flow, then strongly connected components.

Joins that fit the same capacities are one node with a weight, so a raid of ten thousand is a
graph of a handful of nodes.
An edge is part of some assignment exactly if it carries flow in one feasible assignment, or lies
on a cycle of what that assignment leaves free to change.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.attribution.capacities import Bounds

SINK = -1
"""Where every explained join ends; capacities are 0, 1, 2, …; groups stand apart in `Flow.of`."""

NO_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class Group:
    """Joins that fit the same capacities."""

    weight: int
    fits: tuple[int, ...]
    """Positions of the capacities."""


@dataclass(slots=True)
class Flow:
    """An assignment: how many joins of each group each capacity explains."""

    groups: Sequence[Group]
    bounds: Sequence[Bounds]
    of: list[dict[int, int]] = field(default_factory=list)
    """Group → capacity → joins."""
    into: list[int] = field(default_factory=list)
    """Capacity → joins."""

    def __post_init__(self) -> None:
        self.of = [dict.fromkeys(group.fits, 0) for group in self.groups]
        self.into = [0] * len(self.bounds)


def explainable(groups: Sequence[Group], bounds: Sequence[Bounds]) -> list[set[int]] | None:
    """For each group, the capacities that some feasible assignment gives it.

    None if there is no feasible assignment: a lower bound that the joins cannot fill, or a join
    that no capacity takes.
    """
    flow = Flow(groups, bounds)
    lows = [low for low, _ in bounds]
    if _push(flow, lows) < sum(lows):
        return None
    # Raising the limits keeps the lower bounds filled: an augmenting path never leaves the sink.
    _push(flow, [NO_LIMIT if high is None else high for _, high in bounds])
    if sum(flow.into) < sum(group.weight for group in groups):
        return None
    return _used_by_some(flow)


def _push(flow: Flow, limits: Sequence[int]) -> int:
    """Explain as many joins as the limits allow; return how many are explained now."""
    for start, group in enumerate(flow.groups):
        unexplained = group.weight - sum(flow.of[start].values())
        while unexplained > 0:
            path = _path(flow, start, limits)
            if path is None:
                break
            unexplained -= _augment(flow, path, limits, unexplained)
    return sum(flow.into)


def _path(flow: Flow, start: int, limits: Sequence[int]) -> list[tuple[int, int]] | None:
    """The shortest way from a group to a capacity with room, as (group, capacity) steps."""
    came: dict[int, tuple[int, int | None]] = {}  # capacity → (group, the capacity before it)
    todo: deque[tuple[int, int | None]] = deque([(start, None)])
    reached = {start}
    while todo:
        group, before = todo.popleft()
        for capacity in flow.groups[group].fits:
            if capacity in came:
                continue
            came[capacity] = (group, before)
            if flow.into[capacity] < limits[capacity]:
                return list(_walk_back(came, capacity))
            holders = [g for g, of in enumerate(flow.of) if of.get(capacity) and g not in reached]
            reached.update(holders)
            todo.extend((holder, capacity) for holder in holders)
    return None


def _walk_back(came: Mapping[int, tuple[int, int | None]], last: int) -> Iterator[tuple[int, int]]:
    capacity: int | None = last
    while capacity is not None:
        group, before = came[capacity]
        yield group, capacity
        capacity = before


def _augment(flow: Flow, path: Sequence[tuple[int, int]], limits: Sequence[int], most: int) -> int:
    """Move joins along the path: each group takes the next capacity and gives up the one before."""
    end = path[0][1]
    given_up = [(path[i][0], path[i + 1][1]) for i in range(len(path) - 1)]
    amount = min([most, limits[end] - flow.into[end], *(flow.of[g][c] for g, c in given_up)])
    for group, capacity in path:
        flow.of[group][capacity] += amount
    for group, capacity in given_up:
        flow.of[group][capacity] -= amount
    flow.into[end] += amount
    return amount


def _used_by_some(flow: Flow) -> list[set[int]]:
    component = components(_residual(flow))
    return [
        {c for c in group.fits if of[c] or component[_node(g)] == component[c]}
        for g, (group, of) in enumerate(zip(flow.groups, flow.of, strict=True))
    ]


def _node(group: int) -> int:
    return -2 - group


def _residual(flow: Flow) -> dict[int, list[int]]:
    """What the assignment leaves free to change, as a graph of capacities, groups and the sink."""
    graph: dict[int, list[int]] = {SINK: []}
    for capacity, (low, high) in enumerate(flow.bounds):
        graph[capacity] = [SINK] if high is None or flow.into[capacity] < high else []
        if flow.into[capacity] > low:
            graph[SINK].append(capacity)
    for group, of in enumerate(flow.of):
        graph[_node(group)] = list(of)
        for capacity, joins in of.items():
            if joins:
                graph[capacity].append(_node(group))
    return graph


def components(graph: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Number the strongly connected components of a graph (two passes of depth-first search)."""
    order: list[int] = []
    seen: set[int] = set()
    for root in graph:
        _visit(root, graph, seen, order)
    back: dict[int, list[int]] = {node: [] for node in graph}
    for node, followers in graph.items():
        for follower in followers:
            back[follower].append(node)
    number: dict[int, int] = {}
    seen = set()
    for root in reversed(order):
        found: list[int] = []
        _visit(root, back, seen, found)
        number.update(dict.fromkeys(found, root))
    return number


def _visit(root: int, graph: Mapping[int, Sequence[int]], seen: set[int], order: list[int]) -> None:
    """Append what can be reached from `root` and was not seen, in order of completion."""
    if root in seen:
        return
    seen.add(root)
    stack = [(root, iter(graph[root]))]
    while stack:
        node, followers = stack[-1]
        fresh = next((f for f in followers if f not in seen), None)
        if fresh is None:
            order.append(node)
            stack.pop()
        else:
            seen.add(fresh)
            stack.append((fresh, iter(graph[fresh])))
