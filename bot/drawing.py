"""Charts from figures: a program of its own, which `bot.charts` runs beside Usher.

It reads a line of JSON for each chart and answers with the length of a PNG (four bytes) and the
PNG. It ends with its standard input. It is run as a file and imports nothing of ours, so that it
is small and knows no secrets, and nothing of ours imports it.
"""

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from typing import BinaryIO, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

WIDTH, HEIGHT, DPI = 6.4, 4.6, 200
"""Inches, and pixels to each: on a phone the smallest letters are about two millimetres high."""
PAPER, INK, EDGE, FAINT, VEIL = "#ffffff", "#1f2328", "#59636e", "#d0d7de", "#eaeef2"
"""Its own background, so that it is the same on a dark one."""
MOST_BARS = 92
"""Days that are drawn one by one; of more, weeks are."""
WEEK = 7
MOST_DATES = 7
"""Dates below the bars: more would touch each other."""


class Look(NamedTuple):
    """Colours that differ for colour-blind people too (Okabe and Ito); greys are hatched."""

    colour: str
    hatch: str = ""


LOOKS = {
    "invite": Look("#0072b2"),
    "vanity URL": Look("#e69f00"),
    "discovery": Look("#009e73"),
    "other ways": Look("#56b4e9"),
    "ambiguous": Look("#b6bcc4", "////"),
    "unknown": Look("#e4e7eb", "...."),
    "pending": Look("#ffffff", "xxxx"),
}
LEFT = Look("#cc79a7")

Bar = tuple[str, Sequence[int]]
"""A key of `LOOKS`, which is also its name, and a figure for each day."""


def png(days: Sequence[date], bars: Sequence[Bar], left: Sequence[int], unseen: int) -> bytes:
    """Joins, of which there has to be one, as bars that stand on each other; leaves below the line.

    unseen   of the days, counted from the first, were over before Usher came
    """
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(facecolor=PAPER)
    drawn = list(spans(len(days)))
    high = _stack(axes, drawn, bars)
    low = _hang(axes, drawn, left)
    _veil(axes, unseen)
    _label(axes, days)
    _measure(axes, len(days), low, high)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=11)
    written = BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()


def spans(days: int) -> Iterator[range]:
    """The days of each bar. The last week is whole; the first may be shorter, and is narrower."""
    length = WEEK if days > MOST_BARS else 1
    for end in reversed(range(days, 0, -length)):
        yield range(max(end - length, 0), end)


def _stack(axes: Axes, spans: Sequence[range], bars: Sequence[Bar]) -> int:
    """Come back with how high that is."""
    ground = [0] * len(spans)
    for name, counts in bars:
        if not any(counts):
            continue
        heights = [sum(counts[day] for day in span) for span in spans]
        _bars(axes, spans, heights, ground, LOOKS[name], f"{name} {sum(counts):,}")
        ground = [low + height for low, height in zip(ground, heights, strict=True)]
    return max(ground)


def _hang(axes: Axes, spans: Sequence[range], left: Sequence[int]) -> int:
    """Come back with how low that is."""
    depths = [-sum(left[day] for day in span) for span in spans]
    if any(depths):
        _bars(axes, spans, depths, [0] * len(spans), LEFT, f"left {sum(left):,}")
    return min(depths)


def _bars(
    axes: Axes,
    spans: Sequence[range],
    heights: Sequence[int],
    ground: Sequence[int],
    look: Look,
    label: str,
) -> None:
    shown = [at for at, height in enumerate(heights) if height]
    axes.bar(
        [(spans[at].start + spans[at].stop - 1) / 2 for at in shown],
        [heights[at] for at in shown],
        [len(spans[at]) * 0.8 for at in shown],
        [ground[at] for at in shown],
        label=label,
        color=look.colour,
        hatch=look.hatch,
        edgecolor=EDGE if look.hatch else look.colour,
        linewidth=0.5,
    )


def _veil(axes: Axes, unseen: int) -> None:
    """Show that of the days before Usher came next to nothing is known."""
    if unseen:
        axes.axvspan(-0.5, unseen - 0.5, color=VEIL, zorder=0, label="before Usher came")


def _label(axes: Axes, days: Sequence[date]) -> None:
    """Say what is seen, and when it was."""
    when = " to ".join(dict.fromkeys(map(written, (days[0], days[-1]))))
    every = "week" if len(days) > MOST_BARS else "day"
    axes.set_title(f"Joins per {every}, {when} (UTC)", loc="left", fontsize=12, color=INK, pad=10)
    dates = list(ticks(days))
    axes.set_xticks([at for at, _ in dates], [name for _, name in dates])


def _measure(axes: Axes, days: int, low: int, high: int) -> None:
    """Whole people upwards for joins and downwards for leaves; a single day is no wall."""
    margin = max(0.7, (5 - days) / 2)
    axes.set_xlim(-margin, days - 1 + margin)
    axes.set_ylim(low * 1.08, high * 1.08)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
    axes.tick_params(labelsize=11, labelcolor=INK, color=FAINT)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.axhline(0, color=INK, linewidth=0.8)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(FAINT)


def ticks(days: Sequence[date]) -> Iterator[tuple[int, str]]:
    """Where dates stand and what they say: days, every so many, or the first of months."""
    if len(days) > MOST_BARS:
        months = [at for at, day in enumerate(days) if day.day == 1]
        step = -(-len(months) // MOST_DATES)
        yield from ((at, f"{days[at]:%b}\n{days[at]:%Y}") for at in months[::step])
        return
    step = next(each for each in (1, 2, 7, 14) if len(days) <= each * MOST_DATES)
    for at in reversed(range(len(days) - 1, -1, -step)):
        yield at, f"{days[at].day} {days[at]:%b}"


def written(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def answer(line: str | bytes) -> bytes:
    """A chart that was asked for."""
    days, bars, left, unseen = json.loads(line)
    return png([date.fromisoformat(day) for day in days], bars, left, unseen)


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    for line in asked:
        drawn = answer(line)
        answers.write(len(drawn).to_bytes(4, "big") + drawn)
        answers.flush()


def main() -> None:
    # Ctrl-C is for Usher, which ends us by ending our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    mpl.rcdefaults()  # whatever lies in the folder that Usher was started in
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
