"""How single values are written, whatever somebody typed."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs import _texts as texts


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        pytest.param("partner-a", "partner-a", id="an ordinary name"),
        pytest.param("**loud**", r"\*\*loud\*\*", id="bold"),
        pytest.param("__init__", r"\_\_init\_\_", id="underline"),
        pytest.param("||secret||", r"\|\|secret\|\|", id="spoiler"),
        pytest.param("`code`", r"\`code\`", id="code"),
        pytest.param("[here](https://evil.example)", r"\[here\](https\://evil.example)", id="link"),
        pytest.param("<@1> <@&2> <#3>", r"\<\@1\> \<\@&2\> \<#3\>", id="mentions"),
        pytest.param("@everyone", r"\@everyone", id="everyone"),
        pytest.param("<t:0:R> <:a:1>", r"\<t\:0:R\> \<\:a:1\>", id="time and emoji"),
        pytest.param(":smile: :+1:", r"\:smile: \:+1:", id="emoji by name"),
        pytest.param(":heart_eyes:x:", r"\:heart\_eyes\:x:", id="emoji names in a row"),
        pytest.param("fair: a", "fair: a", id="a colon"),
        pytest.param("# big", r"\# big", id="heading"),
        pytest.param("- item", r"\- item", id="list"),
        pytest.param("1. item", r"1\. item", id="numbered list"),
        pytest.param("> said", r"\> said", id="quote"),
        pytest.param("a\nb\r\n# c", "a b # c", id="lines"),
        pytest.param("a\\*b*", r"a\\\*b\*", id="escaped already"),
        pytest.param("evil\u202egnp.exe", "evilgnp.exe", id="turned direction"),
        pytest.param("\u200b", "", id="nothing visible"),
        pytest.param("\ud800x", "x", id="half a character"),
    ],
)
def test_somebodys_words_stay_words(typed: str, written: str) -> None:
    """What somebody typed is shown as it is: it cannot format, link, mention or span lines."""
    assert written == texts.plain(typed)


@given(st.text(max_size=200))
def test_no_special_character_is_left_bare(typed: str) -> None:
    """Every character that could format or mention has a backslash before it."""
    bare = re.sub(r"\\.", "", texts.plain(typed, 200))

    assert not re.search(r"[*_~`|<>\[\]@\\\n]|://|:[a-z0-9+-]+:", bare)


@given(st.text(max_size=300))
def test_a_code_span_cannot_be_left(typed: str) -> None:
    """A code span has two backticks, at its ends, and something between them on one line."""
    span = texts.code(typed, 50)

    assert re.fullmatch("`[^`\n]{1,50}`", span)


def test_long_words_are_cut_visibly() -> None:
    """Whoever reads a text that was cut sees that it was."""
    assert "aaaa…" == texts.plain("a" * 50, 5)


def test_what_fits_is_whole() -> None:
    """Lines that fit are all there, without a remark."""
    assert "a\nb" == texts.fitting(["a", "b"], 3)


def test_what_does_not_fit_is_counted() -> None:
    """Of lines that do not fit there are as many as do, and the number of the others."""
    text = texts.fitting(["a" * 50] * 40, 500)

    assert 500 >= len(text) > 400
    assert text.endswith("a\n… and 31 more")


@given(st.lists(st.text(max_size=60), max_size=60))
def test_lines_never_exceed_their_limit(lines: list[str]) -> None:
    """However many lines there are, they stay within the limit, and the rest is counted."""
    text = texts.fitting(lines, 500)

    assert len(text) <= 500
    dropped = re.search(r"… and (\d+) more$", text)
    assert dropped or text == "\n".join(lines)


@pytest.mark.parametrize(
    ("parts", "written"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")],
)
def test_rows_read_like_sentences(parts: list[str], written: str) -> None:
    """Parts are joined with commas and one word."""
    assert written == texts.joined(parts, "or")


def test_a_long_row_says_how_many_more() -> None:
    """Of a long row there are the first ones, and a number."""
    assert "a, b and 2 more" == texts.joined(["a", "b", "c", "d"], most=2)


@pytest.mark.parametrize(
    ("count", "word"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd"), (112, "112th")],
)
def test_ordinals(count: int, word: str) -> None:
    """Ordinals end as English wants it."""
    assert word == texts.ordinal(count)


@pytest.mark.parametrize(
    ("count", "words"), [(1, "once"), (2, "twice"), (3, "three times"), (40, "40 times")]
)
def test_times(count: int, words: str) -> None:
    """How often something happened is said in words while these are short."""
    assert words == texts.times(count)


def test_moments_are_the_platforms_own() -> None:
    """Times are written so that everybody reads them in their own zone and language."""
    moment = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    assert "<t:1795262400:f> (<t:1795262400:R>)" == texts.moment(moment)
