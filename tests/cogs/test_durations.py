"""Durations, as people write them and as they read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.platforms.platform import MAX_AGE_LIMIT
from cogs import _durations as durations

HOUR = 3600
DAY = 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("7d", 7 * DAY, id="short"),
        pytest.param("1 week", 7 * DAY, id="week"),
        pytest.param("1h30m", HOUR + 1800, id="two parts together"),
        pytest.param("1 day 12 hours", DAY + 12 * HOUR, id="two parts in words"),
        pytest.param("1 day, 2 hours and 3 minutes", DAY + 2 * HOUR + 180, id="as a sentence"),
        pytest.param("  2  HOURS ", 2 * HOUR, id="blanks and capitals"),
        pytest.param("30m 1h", HOUR + 1800, id="smaller part first"),
        pytest.param("90s", 90, id="seconds"),
        pytest.param("never", 0, id="never"),
        pytest.param("Never ", 0, id="never with a capital"),
    ],
)
def test_understands_what_people_write(text: str, seconds: int) -> None:
    """A duration may be short or in words, of one part or several."""
    assert seconds == durations.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("soon", id="no number"),
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
def test_refuses_nonsense_with_examples(text: str) -> None:
    """What is not clearly a duration is refused with a sentence that shows how to write one."""
    with pytest.raises(UserError, match=r"is not a duration.*`7d`"):
        durations.parse(text)


@pytest.mark.parametrize("text", ["0", "000", "0d", "0h 0m"])
def test_zero_points_to_never(text: str) -> None:
    """Nothing at all is refused, and whoever meant "without an end" learns how to say it."""
    with pytest.raises(UserError, match="write `never`"):
        durations.parse(text)


def test_a_number_alone_asks_for_its_unit() -> None:
    """`90` is refused, because nobody knows of what."""
    with pytest.raises(UserError, match="`90m` for minutes, `90h` for hours or `90d` for days"):
        durations.parse("90")


@pytest.mark.parametrize("text", ["2 weeks", "8d", "604801s", "999999999w"])
def test_more_than_the_platform_allows_is_refused_with_the_bound(text: str) -> None:
    """A duration over the limit is refused with the limit in words."""
    with pytest.raises(UserError, match="7 days at most"):
        durations.parse(text)


@given(st.integers(1, MAX_AGE_LIMIT))
def test_what_is_written_can_be_read_back(seconds: int) -> None:
    """Every duration in words is one that people may write, and means the same."""
    assert seconds == durations.parse(durations.words(seconds))


@given(st.text())
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    """No text breaks the parser, and none is longer than the limit."""
    try:
        seconds = durations.parse(text)
    except UserError:
        return
    assert 0 <= seconds <= MAX_AGE_LIMIT


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        pytest.param("3", ["3 seconds", "3 minutes", "3 hours", "3 days"], id="a number"),
        pytest.param("2 h", ["2 hours"], id="a unit begun"),
        pytest.param("7d", ["7 days"], id="a whole duration"),
        pytest.param("1h30", ["1 hour 30 seconds", "1 hour 30 minutes"], id="a second part begun"),
        pytest.param("n", ["never"], id="the word for no end"),
        pytest.param("2 w", [], id="longer than allowed"),
        pytest.param("soon", [], id="nonsense"),
    ],
)
def test_completes_what_is_typed(typed: str, offered: list[str]) -> None:
    """What somebody has typed so far is completed to durations that the platform allows."""
    assert offered == durations.suggestions(typed)


def test_offers_the_usual_ones_first() -> None:
    """Before anything is typed there are the usual durations, and `never`."""
    offered = durations.suggestions("")

    assert ("30 minutes", "never") == (offered[0], offered[-1])


@given(st.text(alphabet="0123456789 dhmswnever", max_size=12))
def test_whatever_is_offered_is_accepted(typed: str) -> None:
    """Every suggestion is a duration that the command then takes."""
    for offered in durations.suggestions(typed):
        assert durations.parse(offered) >= 0
