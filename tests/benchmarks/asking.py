"""How many requests a join costs: alone, in a raid of a thousand, and in ten thousand guilds.

Requests are counted until the platform's record, which lags as Discord's does, has named everybody.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from .client_process import usher
from .flood import LIST, connect
from .ledger_file import Watcher, judged
from .platform_process import PlatformProcess
from .remote import CLIENT_CORE, OTHER_CORE, Remote
from .table import Row, Section

INVITES = 5
MOST_USES = 100
"""Of the last invite: it is used up in a raid."""
GUILDS = 10_000
RECORD = "POST /guilds/{guild_id}/members-search"
RECORD_LAG = 20.0
"""Seconds: members who joined less long ago were missing (measured by others)."""

MOST_ALONE = 1.0
MOST_IN_RAID = 0.05


class Asked(NamedTuple):
    joins: int
    lists: int
    records: int
    others: int
    judged: Counter[str]


class Place:
    """Guilds with an Usher that has read them, and the requests that people's joins cause."""

    def __init__(self, platform: Remote, ledger: Watcher, *, quick: bool) -> None:
        self._platform = platform
        self._ledger = ledger
        self._quick = quick
        self._joins = 0
        self._truth: dict[tuple[int, int], str] = {}

    def asked(self, joins: int, join: Callable[[Remote], object]) -> Asked:
        before = self._platform.call("requests")
        join(self._platform)
        self._joins += joins
        self._ledger.until_joins(self._joins)
        self._ledger.until_decided()
        if not self._quick:
            self._ledger.until_confirmed(self._joins)
        asked = self._platform.call("requests") - before
        truth = self._platform.call("truth")
        verdicts = [one for one in self._ledger.verdicts() if one[:2] in truth]
        lists, records = asked.pop(LIST, 0), asked.pop(RECORD, 0)
        return Asked(joins, lists, records, asked.total(), judged(verdicts, truth))


def asking(*, quick: bool) -> Section:
    rows = _placed(1, MOST_USES, lambda place: _one_guild(place, quick=quick), quick=quick)
    if not quick:
        rows += _placed(GUILDS, 0, _many_guilds, quick=quick)
    title = f"Requests for a join: {INVITES} invites, lags as set by default"
    return Section(f"{title}, the record {RECORD_LAG:g} s late", rows)


def _placed(
    guilds: int, max_uses: int, measured: Callable[[Place], list[Row]], *, quick: bool
) -> list[Row]:
    with Watcher.temporary() as ledger, Remote(PlatformProcess.open, OTHER_CORE) as platform:
        platform.begin("build", guilds=guilds, invites=INVITES, max_uses=max_uses)
        with Remote(usher(ledger.path), CLIENT_CORE) as client:
            platform.answer()
            platform.call("let_record_lag", seconds=RECORD_LAG)
            connect(client, platform, guilds)
            ledger.until_read(guilds)
            return measured(Place(platform, ledger, quick=quick))


def _one_guild(place: Place, *, quick: bool) -> list[Row]:
    alone = _row("one alone", place.asked(1, _joining(1)), MOST_ALONE)
    if quick:
        return [alone]
    raid = place.asked(1000, _joining(1000, most_codes=1))
    raid_on_five = place.asked(1000, _joining(1000))
    stream = place.asked(1000, _joining(1000, gap=0.01))
    unseen = place.asked(1, lambda platform: platform.call("discovered"))
    return [
        alone,
        _row("raid of 1000 on one code", raid, MOST_IN_RAID),
        _row("raid of 1000 on five, one of them used up", raid_on_five, MOST_IN_RAID),
        _row("1000 in a row, one every 10 ms", stream, MOST_IN_RAID),
        _row("one alone that no counter shows (discovery)", unseen),
    ]


def _many_guilds(place: Place) -> list[Row]:
    each = place.asked(GUILDS, _joining(GUILDS))
    return [_row(f"one in each of {GUILDS} guilds", each, MOST_ALONE)]


def _joining(joins: int, **how: float) -> Callable[[Remote], object]:
    return lambda platform: platform.call("emit", joins=joins, **how)


def _row(what: str, asked: Asked, most: float | None = None) -> Row:
    each = asked.lists / asked.joins
    found = ", ".join(f"{count} {certainty}" for certainty, count in sorted(asked.judged.items()))
    record = f"{asked.records / asked.joins:g} of the record"
    measured = f"{each:g} lists, {record}, {asked.others} others; {found}"
    if most is None:
        return Row(what, measured)
    return Row(what, measured, f"<= {most:g} lists", each <= most)
