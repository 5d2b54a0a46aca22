"""Charts as pictures: what can be seen in them, by the colours of their pixels."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from matplotlib.image import imread

from bot import drawing

LAST = date(2026, 11, 21)
Asked: TypeAlias = tuple[list[str], list[drawing.Bar], Sequence[int], int]


def days(count: int) -> list[date]:
    return [LAST - timedelta(days=back) for back in reversed(range(count))]


def asked(count: int = 3, *, left: int = 0, unseen: int = 0, **bars: int) -> Asked:
    """Bars of one height on each of so many days."""
    names = {"vanity": "vanity URL", "other": "other ways"}
    return (
        [day.isoformat() for day in days(count)],
        [(names.get(name, name), [height] * count) for name, height in bars.items()],
        [left] * count,
        unseen,
    )


def colours(what: Asked) -> set[str]:
    """Of all that is drawn, with how much of it is opaque."""
    picture = imread(BytesIO(drawing.answer(json.dumps(what))))
    assert (920, 1280, 4) == picture.shape
    assert picture[:, :, 3].min() == 1, "what lies below never shows"
    found = np.unique((picture * 255).round().astype(np.uint8).view(np.uint32))
    return {f"#{int(pixel).to_bytes(4, sys.byteorder)[:3].hex()}" for pixel in found}


def hued(found: set[str]) -> set[str]:
    """The colours that are the full ones of something that has a name."""
    known = {look.colour for look in (*drawing.LOOKS.values(), drawing.LEFT) if not look.hatch}
    return found & known


@pytest.mark.parametrize("name", [name for name, look in drawing.LOOKS.items() if not look.hatch])
def test_each_source_has_its_colour(name: str) -> None:
    """What is proved is drawn in the colour of its source and in no other's."""
    what = asked()
    what[1].append((name, [1, 2, 3]))

    assert {drawing.LOOKS[name].colour} == hued(colours(what))


def test_what_is_not_proved_has_no_colour() -> None:
    """Ambiguous, unknown and pending joins are grey and hatched: nobody takes them for known."""
    found = colours(asked(ambiguous=3, unknown=2, pending=1))

    assert set() == hued(found)
    assert {drawing.LOOKS["ambiguous"].colour, drawing.LOOKS["unknown"].colour} < found


def test_who_left_is_drawn_and_who_did_not_is_not() -> None:
    """Leaves have a colour of their own, and where nobody left it is not there."""
    assert {drawing.LOOKS["invite"].colour, drawing.LEFT.colour} == hued(
        colours(asked(invite=2, left=1))
    )
    assert {drawing.LOOKS["invite"].colour} == hued(colours(asked(invite=2)))


def test_days_before_usher_are_veiled() -> None:
    """Where next to nothing is known that can be seen, and elsewhere there is no veil."""
    assert drawing.VEIL in colours(asked(invite=2, unseen=1))
    assert drawing.VEIL not in colours(asked(invite=2))


@pytest.mark.parametrize("count", [1, 2, 7, 30, 92, 93, 365])
@pytest.mark.parametrize("height", [1, 10_000])
def test_any_number_of_days_and_people_can_be_drawn(count: int, height: int) -> None:
    """From a single day to a year, and from one join a day to a raid."""
    found = colours(asked(count, invite=height, left=height // 2, unknown=height))

    assert drawing.LOOKS["invite"].colour in found


@pytest.mark.parametrize(
    ("count", "bars", "first"),
    [
        pytest.param(1, 1, 1, id="a day"),
        pytest.param(92, 92, 1, id="days"),
        pytest.param(93, 14, 2, id="weeks and what is left"),
        pytest.param(98, 14, 7, id="whole weeks"),
        pytest.param(365, 53, 1, id="a year"),
    ],
)
def test_many_days_are_drawn_by_weeks(count: int, bars: int, first: int) -> None:
    """Each day is in one bar; the last week is whole, and only the first may be shorter."""
    spans = list(drawing.spans(count))

    assert (bars, first) == (len(spans), len(spans[0]))
    assert list(range(count)) == [day for span in spans for day in span]
    assert {len(span) for span in spans[1:]} <= {7 if count > 92 else 1}


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "21 Nov"),
        (3, "19 Nov, 20 Nov, 21 Nov"),
        (8, "15 Nov, 17 Nov, 19 Nov, 21 Nov"),
        (30, "24 Oct, 31 Oct, 7 Nov, 14 Nov, 21 Nov"),
        (92, "29 Aug, 12 Sep, 26 Sep, 10 Oct, 24 Oct, 7 Nov, 21 Nov"),
        (93, "Sep 2026, Oct 2026, Nov 2026"),
        (365, "Dec 2025, Feb 2026, Apr 2026, Jun 2026, Aug 2026, Oct 2026"),
    ],
)
def test_dates_below_the_bars(count: int, expected: str) -> None:
    """A few dates that are far enough apart; today is one, unless months are named."""
    shown = list(drawing.ticks(days(count)))

    assert expected == ", ".join(name.replace("\n", " ") for _, name in shown)
    assert all(days(count)[at].strftime("%b") in name for at, name in shown)


def test_dates_never_touch() -> None:
    """Whatever is asked for there is a date, and no more than fit."""
    shown = {len(list(drawing.ticks(days(count)))) for count in range(1, 366)}

    assert shown <= set(range(1, drawing.MOST_DATES + 1))


def test_one_line_one_chart() -> None:
    """Each line is answered by a length and as many bytes of a picture, in order."""
    lines = [json.dumps(asked(count, invite=1)) for count in (1, 30)]
    answers = BytesIO()

    drawing.serve(BytesIO("\n".join(lines).encode()), answers)

    expected = [drawing.answer(line) for line in lines]
    assert b"".join(len(one).to_bytes(4, "big") + one for one in expected) == answers.getvalue()


def test_it_is_a_program_of_its_own(tmp_path: Path) -> None:
    """It needs nothing of ours, and it ends quietly with its input."""
    program = tmp_path / "alone.py"
    program.write_bytes(Path(drawing.__file__).read_bytes())

    ran = subprocess.run(
        [sys.executable, "-P", program],
        input=json.dumps(asked(invite=1)).encode(),
        capture_output=True,
        check=True,
        timeout=50,
        cwd=tmp_path,
    )

    assert b"\x89PNG" == ran.stdout[4:8]
    assert int.from_bytes(ran.stdout[:4], "big") == len(ran.stdout) - 4
    assert b"" == ran.stderr
