"""Figures of a guild by day, as SQL.

Both read one stretch of an index; days are counted in UTC from 1970-01-01.
"""

from collections.abc import Iterator
from datetime import date, timedelta

DAY = 86_400_000
"""Milliseconds."""
STRETCH = 31
"""Days that are asked for at once: a busy year takes most of a second, and others ask, too."""

JOINS_BY_DAY = """
    SELECT
        COALESCE(joined_at, 0) / 86400000 AS day,
        certainty,
        source,
        COUNT(*) AS joins,
        SUM(CASE met WHEN 'backfill' THEN 1 ELSE 0 END) AS backfilled
    FROM joins
    WHERE guild_id = :guild_id
      AND COALESCE(joined_at, 0) >= :since
      AND COALESCE(joined_at, 0) < :until
    GROUP BY COALESCE(joined_at, 0) / 86400000, certainty, source
    ORDER BY day, certainty, source
"""

LEAVES_BY_DAY = """
    SELECT left_at / 86400000 AS day, COUNT(*) AS leaves
    FROM joins
    WHERE guild_id = :guild_id AND left_at >= :since AND left_at < :until
    GROUP BY left_at / 86400000
    ORDER BY day
"""

BEGUN = "SELECT begun_ms FROM guilds WHERE guild_id = :guild_id AND begun_ms IS NOT NULL"


FIRST_HEARD = """
    SELECT arrived_at
    FROM joins
    WHERE id = (SELECT MIN(id) FROM joins WHERE guild_id = :guild_id)
"""
"""The guild's own entries in an index are looked at, which is done only until its first reading."""


def stretches(first: date, last: date) -> Iterator[dict[str, int]]:
    """The time from the first day to the end of the last, in stretches of whole days."""
    begin, end = number(first), number(last) + 1
    for day in range(begin, end, STRETCH):
        yield {"since": day * DAY, "until": min(day + STRETCH, end) * DAY}


def number(day: date) -> int:
    return (day - _FIRST).days


def day(number: int) -> date:
    return _FIRST + timedelta(days=number)


_FIRST = date(1970, 1, 1)
