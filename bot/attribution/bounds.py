"""How many joins a code explains in a stretch of time, as values."""

from typing import NamedTuple

Bounds = tuple[int, int | None]
"""At least this many uses, at most that many; None = no upper bound."""

UNSEEN: Bounds = (0, None)


class Capacity(NamedTuple):
    """How many joins one code can and must explain in one stretch of time."""

    code: str
    """A code, or a source with a tilde."""
    since: float
    until: float
    """Both on our monotonic clock: when its uses were counted."""
    low: int
    high: int | None
