"""Figures of a guild from the ledger, without formatting."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from data.models import Certainty, JoinsOfDay, LeavesOfDay, Source

PROVED = (Certainty.CONFIRMED, Certainty.CERTAIN, Certainty.CORRECTED)
OPEN = (Certainty.AMBIGUOUS, Certainty.UNKNOWN, Certainty.PENDING)
"""What is not proved is counted by why, and never under a source that it may have."""

T = TypeVar("T")
Counts: TypeAlias = tuple[int, ...]
"""One figure for each day."""


class Facts(Protocol):
    """What the ledger is asked."""

    async def joins_by_day(self, guild_id: int, first: date, last: date) -> list[JoinsOfDay]: ...

    async def leaves_by_day(self, guild_id: int, first: date, last: date) -> list[LeavesOfDay]: ...

    async def begun(self, guild_id: int) -> datetime | None: ...

    async def first_heard(self, guild_id: int) -> datetime | None: ...


class Beginning(NamedTuple):
    """Since when Usher knows of a guild."""

    day: date
    read: bool = True
    """Whether its invites could ever be read; until then it begins with the first who came."""


class Timeline(NamedTuple):
    """Who came and who went, by days in UTC."""

    days: Sequence[date]
    known: Mapping[Source, Counts]
    """Joins whose source is proved; the source of most comes first."""
    open: Mapping[Certainty, Counts]
    """All others, in the order of `OPEN`."""
    left: Counts
    proofs: Mapping[Certainty, int]
    """How many of the known ones are known by what, in the order of `PROVED`."""
    backfilled: int
    """Joins of before Usher came: of those who had left by then nobody knows."""
    beginning: Beginning

    @property
    def joins(self) -> int:
        return sum(map(sum, (*self.known.values(), *self.open.values())))

    @property
    def unseen(self) -> int:
        """How many of the days were over before that."""
        return sum(day < self.beginning.day for day in self.days)


async def timeline(facts: Facts, guild_id: int, days: int, now: datetime) -> Timeline:
    """Of so many days, of which today is the last."""
    last = now.astimezone(UTC).date()
    first = last - timedelta(days=days - 1)
    return laid_out(
        [first + timedelta(days=number) for number in range(days)],
        await facts.joins_by_day(guild_id, first, last),
        await facts.leaves_by_day(guild_id, first, last),
        await _beginning(facts, guild_id, last),
    )


async def _beginning(facts: Facts, guild_id: int, today: date) -> Beginning:
    begun = await facts.begun(guild_id)
    if begun is not None:
        return Beginning(begun.date())
    heard = await facts.first_heard(guild_id)
    return Beginning(today if heard is None else heard.date(), read=False)


def laid_out(
    days: Sequence[date],
    joins: Sequence[JoinsOfDay],
    leaves: Iterable[LeavesOfDay],
    beginning: Beginning,
) -> Timeline:
    known = _by_day(days, ((_source(each), each.day, each.joins) for each in joins))
    unproved = _by_day(days, ((_open(each), each.day, each.joins) for each in joins))
    left = _by_day(days, (("left", each.day, each.leaves) for each in leaves))
    proofs = Counter[Certainty]()
    for each in joins:
        proofs[each.certainty] += each.joins if _source(each) else 0
    return Timeline(
        days=days,
        known=dict(sorted(known.items(), key=lambda item: -sum(item[1]))),
        open={each: unproved[each] for each in OPEN if each in unproved},
        left=left.get("left", (0,) * len(days)),
        proofs={each: proofs[each] for each in PROVED if proofs[each]},
        backfilled=sum(each.backfilled for each in joins),
        beginning=beginning,
    )


def _source(joins: JoinsOfDay) -> Source | None:
    """Where they came from, if that is proved."""
    proved = joins.certainty in PROVED and joins.source is not Source.UNKNOWN
    return joins.source if proved else None


def _open(joins: JoinsOfDay) -> Certainty | None:
    """Why it is not proved where they came from; the record, too, may name no source."""
    if _source(joins) is not None:
        return None
    return Certainty.UNKNOWN if joins.certainty in PROVED else joins.certainty


def _by_day(days: Sequence[date], figures: Iterable[tuple[T | None, date, int]]) -> dict[T, Counts]:
    """Of each kind a figure for each day; what is of no kind is left out."""
    found: dict[T, Counter[date]] = {}
    for kind, day, figure in figures:
        if kind is not None:
            found.setdefault(kind, Counter())[day] += figure
    return {kind: tuple(counter[day] for day in days) for kind, counter in found.items()}
