"""The greatest flow through a network, and what it leaves free to change.

Dinic's algorithm: all shortest ways are filled at once, then the next longer ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

SOURCE = 0
SINK = 1

NO_LIMIT = 1 << 60


@dataclass(slots=True)
class Network:
    """Nodes and edges are numbered from 0; the source and the sink are there from the start.

    Edge `e ^ 1` leads back along edge `e`: what flows through one is what the other has room for.
    """

    leaving: list[list[int]] = field(default_factory=lambda: [[], []])
    """Node → its edges, those that lead back too."""
    to: list[int] = field(default_factory=list)
    room: list[int] = field(default_factory=list)
    """Edge → how much more can flow through it."""

    def node(self) -> int:
        self.leaving.append([])
        return len(self.leaving) - 1

    def edge(self, start: int, end: int, room: int = NO_LIMIT) -> int:
        edge = len(self.to)
        self.leaving[start].append(edge)
        self.leaving[end].append(edge + 1)
        self.to += [end, start]
        self.room += [room, 0]
        return edge

    def ends(self, edge: int) -> tuple[int, int]:
        return self.to[edge ^ 1], self.to[edge]

    def fill(self) -> int:
        """Let as much more flow from the source to the sink as there is room for; how much."""
        total = 0
        while (left := self._steps_left())[SOURCE]:
            total += self._fill_shortest(left)
        return total

    def _steps_left(self) -> list[int]:
        """Node → how far the sink is, counted from 1; 0 = farther than from the source, or cut off.

        Searched from the sink: most of what the source leads to is full, and leads nowhere.
        """
        to, room = self.to, self.room
        left = [0] * len(self.leaving)
        left[SINK] = 1
        todo = [SINK]
        for node in todo:  # it grows meanwhile
            if left[SOURCE]:
                break
            farther = left[node] + 1
            for edge in self.leaving[node]:
                before = to[edge]
                if not left[before] and room[edge ^ 1]:
                    left[before] = farther
                    todo.append(before)
        return left

    def _fill_shortest(self, left: Sequence[int]) -> int:
        """Fill every way on which each step leads one nearer to the sink."""
        total = 0
        tried = [0] * len(left)
        way: list[int] = []
        node = SOURCE
        while True:
            if node == SINK:
                total += self._push(way)
                way, node = [], SOURCE
            elif (edge := self._nearer(node, tried, left)) is not None:
                way.append(edge)
                node = self.to[edge]
            elif way:  # a dead end by now
                node = self.to[way.pop() ^ 1]
                tried[node] += 1
            else:
                return total

    def _nearer(self, node: int, tried: list[int], left: Sequence[int]) -> int | None:
        """The next edge that leads nearer; those before it are of no more use to anybody."""
        to, room, edges = self.to, self.room, self.leaving[node]
        nearer = left[node] - 1
        for place in range(tried[node], len(edges)):
            edge = edges[place]
            if room[edge] and left[to[edge]] == nearer:
                tried[node] = place
                return edge
        tried[node] = len(edges)
        return None

    def _push(self, way: Sequence[int]) -> int:
        room = self.room
        amount = min([room[edge] for edge in way])
        for edge in way:
            room[edge] -= amount
            room[edge ^ 1] += amount
        return amount

    def components(self) -> list[int]:
        """Node → the number of its strongly connected component, by edges that have room."""
        to, room = self.to, self.room
        return components([[to[edge] for edge in edges if room[edge]] for edges in self.leaving])


def components(graph: Sequence[Sequence[int]]) -> list[int]:
    """Number the strongly connected components of a graph (two passes of depth-first search)."""
    order: list[int] = []
    seen = [False] * len(graph)
    for root in range(len(graph)):
        _visit(root, graph, seen, order)
    back: list[list[int]] = [[] for _ in graph]
    for node, followers in enumerate(graph):
        for follower in followers:
            back[follower].append(node)
    number = [0] * len(graph)
    seen = [False] * len(graph)
    for root in reversed(order):
        found: list[int] = []
        _visit(root, back, seen, found)
        for node in found:
            number[node] = root
    return number


def _visit(root: int, graph: Sequence[Sequence[int]], seen: list[bool], order: list[int]) -> None:
    """Append what can be reached from `root` and was not seen, in order of completion."""
    if seen[root]:
        return
    seen[root] = True
    stack = [(root, iter(graph[root]))]
    while stack:
        node, followers = stack[-1]
        for follower in followers:
            if not seen[follower]:
                seen[follower] = True
                stack.append((follower, iter(graph[follower])))
                break
        else:
            order.append(node)
            stack.pop()
