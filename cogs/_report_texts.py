"""What is said about figures of a server, and what is drawn of them. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

from bot.charts import Chart, NoChartError, NotInstalledError
from bot.reports import Timeline
from bot.wording import command
from cogs._texts import counted, joined
from data.models import Source

_DRAWN = {Source.INVITE: "invite", Source.VANITY: "vanity URL", Source.DISCOVERY: "discovery"}
"""Sources with a colour of their own; the others share one."""
_OTHERS = "other ways"
_TOLD = {**_DRAWN, Source.OTHER: "another way than an invite"}
"""The others are told by the name that they have everywhere."""
_UNREAD = "This server's invites could not be read so far: {check} says what is missing."


def timeline(figures: Timeline) -> str:
    """Who came, through what, how sure that is, and who left."""
    if not figures.joins:
        nobody = f"Nobody joined {_when(figures.days)}, as far as I know. {_left(figures)}"
        return "\n".join([nobody, *_before(figures)])
    return "\n".join(
        [
            f"**{counted(figures.joins, 'join')}** {_when(figures.days)}. {_left(figures)}",
            *_known(figures),
            *_open(figures),
            *_before(figures),
        ]
    )


def picture(figures: Timeline) -> Chart:
    """The same to be drawn: what is proved in colours, what is not above it."""
    bars = {name: [0] * len(figures.days) for name in (*_DRAWN.values(), _OTHERS)}
    for source, counts in figures.known.items():
        name = _DRAWN.get(source, _OTHERS)
        bars[name] = [sum(pair) for pair in zip(bars[name], counts, strict=True)]
    return Chart(
        days=[day.isoformat() for day in figures.days],
        bars=[*bars.items(), *((why.value, counts) for why, counts in figures.open.items())],
        left=figures.left,
        unseen=figures.unseen,
    )


def no_chart(error: NoChartError) -> str:
    """Why there is no picture, and who can do what about it."""
    if isinstance(error, NotInstalledError):
        return (
            "There is no chart, for what draws it is not installed: whoever runs me can do that"
            " with `make charts`."
        )
    return "The chart could not be drawn this time; try again in a minute."


def _when(days: Sequence[date]) -> str:
    if len(days) == 1:
        return f"on {days[0]} (in UTC, so far)"
    return f"in the last {len(days)} days, {days[0]} to {days[-1]} (in UTC, today so far)"


def _left(figures: Timeline) -> str:
    left = sum(figures.left)
    return f"{left} left." if left else "Nobody left."


def _known(figures: Timeline) -> list[str]:
    """Through what, and by what that is known."""
    if not figures.known:
        return []
    ways = ((_TOLD.get(way, way.value), sum(counts)) for way, counts in figures.known.items())
    return [f"Through: {_each(ways)}.", f"How sure that is: {_each(figures.proofs.items())}."]


def _open(figures: Timeline) -> list[str]:
    if not figures.open:
        return []
    unknown = sum(map(sum, figures.open.values()))
    reasons = ((why.value, sum(counts)) for why, counts in figures.open.items())
    return [f"Through what is not known of {unknown}: {_each(reasons)}."]


def _before(figures: Timeline) -> list[str]:
    """What is missing: of the days before Usher came, or of all while it may not see invites."""
    day, read = figures.beginning
    told = [] if read else [_UNREAD.format(check=command("setup check"))]
    if figures.unseen:
        told.append(
            f"{'I came' if read else 'What I know begins'} on {day}. Of before that I know only"
            " who was still here then, as far as the platform's record showed me:"
            f" {counted(figures.backfilled, 'join')}."
        )
    return told


def _each(figures: Iterable[tuple[str, int]]) -> str:
    return joined([f"{name} {figure}" for name, figure in figures], most=20)
