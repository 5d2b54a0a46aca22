"""How late the traces of joins were, counted by size."""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

import aiosqlite

from data.models import LagSample

SIZES = (0, 100, 200, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 30_000, 60_000, 3_600_000)
"""Milliseconds. The last one is for all that is larger than the one before."""

ALL = "SELECT lag, up_to, joins FROM lags ORDER BY lag DESC, up_to"


async def count(db: aiosqlite.Connection, samples: Sequence[LagSample]) -> None:
    """Add these to what was counted before."""
    found = Counter((sample.lag, _size(sample.seconds)) for sample in samples)
    await db.execute(
        """
        INSERT INTO lags (lag, up_to, joins)
        SELECT value->>0, value->>1, value->>2
        FROM json_each(?)
        WHERE true
        ON CONFLICT (lag, up_to) DO UPDATE
        SET joins = joins + excluded.joins
        """,
        (json.dumps([(lag, size, joins) for (lag, size), joins in found.items()]),),
    )


def _size(seconds: float) -> int:
    """The smallest size that holds it."""
    return SIZES[min(bisect_left(SIZES, seconds * 1000), len(SIZES) - 1)]
