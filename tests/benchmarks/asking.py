"""How many requests a join costs: alone, and in a burst of a thousand in one guild."""

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
"""Of the last invite: it is used up in a burst."""

MOST_ALONE = 1.0
MOST_IN_BURST = 0.05


class Asked(NamedTuple):
    joins: int
    lists: int
    others: int
    judged: Counter[str]


class Guild:
    """One guild with an Usher that has read it, and the requests that people's joins cause."""

    def __init__(self, platform: Remote, ledger: Watcher) -> None:
        self._platform = platform
        self._ledger = ledger
        self._joins = 0
        self._truth: dict[tuple[int, int], str] = {}

    def asked(self, joins: int, join: Callable[[Remote], object]) -> Asked:
        before = self._platform.call("requests")
        join(self._platform)
        self._joins += joins
        self._ledger.until_joins(self._joins)
        self._ledger.until_decided()
        asked = self._platform.call("requests") - before
        truth = self._platform.call("truth")
        verdicts = [one for one in self._ledger.verdicts() if one[:2] in truth]
        lists = asked.pop(LIST, 0)
        return Asked(joins, lists, asked.total(), judged(verdicts, truth))


def asking(*, quick: bool) -> Section:
    with Watcher.temporary() as ledger, Remote(PlatformProcess.open, OTHER_CORE) as platform:
        platform.begin("build", guilds=1, invites=INVITES, max_uses=MOST_USES)
        with Remote(usher(ledger.path), CLIENT_CORE) as client:
            platform.answer()
            connect(client, platform, guilds=1)
            ledger.until_read(1)
            guild = Guild(platform, ledger)
            rows = [_alone(guild)] if quick else _all(guild)
    return Section(
        f"Requests for a join: one guild, {INVITES} invites, lags as set by default", rows
    )


def _all(guild: Guild) -> list[Row]:
    burst = guild.asked(1000, lambda platform: platform.call("emit", joins=1000))
    stream = guild.asked(1000, lambda platform: platform.call("emit", joins=1000, gap=0.01))
    unseen = guild.asked(1, lambda platform: platform.call("discovered"))
    return [
        _alone(guild),
        _row("burst of 1000, one invite used up in it", burst, MOST_IN_BURST),
        _row("1000 in a row, one every 10 ms", stream, MOST_IN_BURST),
        _row("one alone that no counter shows (discovery)", unseen),
    ]


def _alone(guild: Guild) -> Row:
    alone = guild.asked(1, lambda platform: platform.call("emit", joins=1))
    return _row("one alone", alone, MOST_ALONE)


def _row(what: str, asked: Asked, most: float | None = None) -> Row:
    each = asked.lists / asked.joins
    found = ", ".join(f"{count} {certainty}" for certainty, count in sorted(asked.judged.items()))
    measured = f"{each:g} lists, {asked.others} others; {found}"
    if most is None:
        return Row(what, measured)
    return Row(what, measured, f"<= {most:g} lists", each <= most)
