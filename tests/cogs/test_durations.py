"""Durations in chat: how they read, what is offered, and how one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.platforms.platform import MAX_AGE_LIMIT
from cogs import _durations as durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7d", 604_800), ("1 day 12 hours", 129_600), ("Never ", 0), (None, 0), ("", 0)],
)
def test_what_somebody_chose(text: str | None, seconds: int) -> None:
    """A duration is what it says; the word for no end, and nothing said, are no end."""
    assert seconds == durations.chosen(text)


@pytest.mark.parametrize("text", ["", "soon", "1h 2h", "7d please", "9" * 5000 + "d"])
def test_refuses_nonsense_with_examples(text: str) -> None:
    """What is not clearly a duration is refused with a sentence that shows how to write one."""
    with pytest.raises(UserError, match=r"is not a duration.*`7d`"):
        durations.parse(text)


@pytest.mark.parametrize("text", ["0", "000", "0d", "0h 0m"])
def test_zero_points_to_never(text: str) -> None:
    """Nothing at all is refused, and whoever meant "without an end" learns how to say it."""
    with pytest.raises(UserError, match="write `never`"):
        durations.parse(text)


@pytest.mark.parametrize("text", ["90", " 90 "])
def test_a_number_alone_asks_for_its_unit(text: str) -> None:
    """`90` is refused, because nobody knows of what."""
    with pytest.raises(UserError, match="`90m` for minutes, `90h` for hours or `90d` for days"):
        durations.parse(text)


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
    """Whatever is typed is taken or refused with a sentence, and none is longer than the limit."""
    try:
        seconds = durations.parse(text)
    except UserError:
        return
    assert 0 <= seconds <= MAX_AGE_LIMIT


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        pytest.param("3", ["3 seconds", "3 minutes", "3 hours", "3 days"], id="a number"),
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
