"""Durations, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import durations

HOUR = 3600
DAY = 86_400
WEEK = 7 * DAY


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("7d", WEEK, id="short"),
        pytest.param("1 week", WEEK, id="week"),
        pytest.param("1h30m", HOUR + 1800, id="two parts together"),
        pytest.param("1 day 12 hours", DAY + 12 * HOUR, id="two parts in words"),
        pytest.param("1 day, 2 hours and 3 minutes", DAY + 2 * HOUR + 180, id="as a sentence"),
        pytest.param("  2  HOURS ", 2 * HOUR, id="blanks and capitals"),
        pytest.param("30m 1h", HOUR + 1800, id="smaller part first"),
        pytest.param("90s", 90, id="seconds"),
        pytest.param("0h 0m", 0, id="no time at all"),
        pytest.param("999999999w", 999_999_999 * WEEK, id="longer than any platform allows"),
    ],
)
def test_understands_what_people_write(text: str, seconds: int) -> None:
    """A duration may be short or in words, of one part or several."""
    assert seconds == durations.read(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("soon", id="no number"),
        pytest.param("90", id="a number without a unit"),
        pytest.param("-1d", id="negative"),
        pytest.param("1.5h", id="fraction"),
        pytest.param("1h 2h", id="a unit twice"),
        pytest.param("3 months", id="a unit without a fixed length"),
        pytest.param("7d please", id="words after it"),
        pytest.param("d7", id="the wrong way round"),
        pytest.param("1d,,2h", id="two commas"),
        pytest.param("٣d", id="digits of another script"),
        pytest.param("9" * 5000 + "d", id="a number too long to read"),
        pytest.param("1d" * 3000, id="very long text"),
        pytest.param("1d\x002h", id="a control character"),
    ],
)
def test_takes_nothing_else_for_one(text: str) -> None:
    """What is not clearly a duration is none, however near to one it is."""
    assert durations.read(text) is None


@pytest.mark.parametrize(
    ("text", "meant"), [("never", True), (" Never ", True), ("nev er", False), ("0d", False)]
)
def test_never_is_a_word_of_its_own(text: str, meant: bool) -> None:
    """It is said with the word, in any case, and with nothing else."""
    assert meant is durations.never(text)


@given(st.text())
def test_any_text_is_a_duration_or_none(text: str) -> None:
    """No text breaks the parser."""
    seconds = durations.read(text)

    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("3", [3, 180, 3 * HOUR, 3 * DAY], id="a number"),
        pytest.param("2 h", [2 * HOUR], id="a unit begun"),
        pytest.param("7D", [WEEK], id="a whole duration"),
        pytest.param("1h30", [HOUR + 30, HOUR + 1800], id="a second part begun"),
        pytest.param("2 w", [], id="longer than the limit"),
        pytest.param("0d", [], id="no time at all"),
        pytest.param("soon", [], id="nonsense"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_knows_what_a_beginning_may_become(typed: str, meant: list[int]) -> None:
    """Each duration within the limit that what was typed is, or begins; the shortest first."""
    assert meant == durations.meant(typed, WEEK)
