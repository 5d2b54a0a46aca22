"""What befalls events on their way: some come late, some twice, some never."""

import random
from collections import Counter

LANDMARKS = ("GUILD_CREATE", "GUILD_DELETE")
"""Events that open and close a guild: chance leaves them alone."""


class Weather:
    """Faults ordered by name, and chances that befall every event of a guild.

    `lost` and `doubled` count events still to be hit by order, `losses` and `doubles` those hit,
    by order or by chance; times are in seconds.
    """

    def __init__(self) -> None:
        self.lost: Counter[str] = Counter()
        self.doubled: Counter[str] = Counter()
        self.delays: dict[str, float] = {}
        self.losses: Counter[str] = Counter()
        self.doubles: Counter[str] = Counter()
        self._spread = 0.0
        self._lose = 0.0
        self._double = 0.0
        self._order = self._luck = random.Random(0)  # noqa: S311 - chance that can be repeated

    def shuffle(self, seconds: float, rng: random.Random | None) -> None:
        self._spread = seconds
        self._order = rng or random.Random(0)  # noqa: S311 - chance that can be repeated

    def trouble(self, lose: float, double: float, rng: random.Random | None) -> None:
        for chance in (lose, double):
            if not 0.0 <= chance <= 1.0:
                raise ValueError(f"{chance} is not a chance between 0 and 1")
        self._lose, self._double = lose, double
        self._luck = rng or random.Random(0)  # noqa: S311 - chance that can be repeated

    def arrivals(self, name: str, *, of_guild: bool) -> list[float]:
        """After how many seconds each copy of an event arrives: none if it is lost."""
        exposed = of_guild and name not in LANDMARKS
        if _spent(self.lost, name) or self._happens(self._lose, exposed=exposed):
            self.losses[name] += 1
            return []
        copies = 1
        if _spent(self.doubled, name) or self._happens(self._double, exposed=exposed):
            self.doubles[name] += 1
            copies = 2
        late = self.delays.get(name, 0.0)
        if not self._spread or not exposed:
            return [late] * copies
        return [late + self._order.uniform(0.0, self._spread) for _ in range(copies)]

    def _happens(self, chance: float, *, exposed: bool) -> bool:
        return exposed and chance > 0.0 and self._luck.random() < chance


def _spent(budget: Counter[str], name: str) -> bool:
    if budget[name] <= 0:
        return False
    budget[name] -= 1
    return True
