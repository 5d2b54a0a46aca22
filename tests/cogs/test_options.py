"""Typed options: nothing in them is ever ignored."""

import pytest
from discord.ext import commands

from cogs._creating import CreateOptions
from cogs._invite_list import ListOptions

PARSED = [
    pytest.param("", {}, id="nothing"),
    pytest.param("max_age: 7d", {"max_age": ["7d"]}, id="one"),
    pytest.param(
        "max_age: 1 day 2h max_uses: 10", {"max_age": ["1 day 2h"], "max_uses": ["10"]}, id="two"
    ),
    pytest.param("MAX_AGE:7d", {"max_age": ["7d"]}, id="capitals and no blank"),
    pytest.param(
        'reason: "see roles: and max_age: 3d" unique: no',
        {"reason": ["see roles: and max_age: 3d"], "unique": ["no"]},
        id="names in quotes",
    ),
    pytest.param(
        "reason: see https://example.org/a at 12:30",
        {"reason": ["see https://example.org/a at 12:30"]},
        id="a link and a time",
    ),
    *(
        pytest.param(
            f"campaign: {quoted} max_uses: 3",
            {"campaign": ["one two: three"], "max_uses": ["3"]},
            id=f"in {quoted[0]}{quoted[-1]}",
        )
        for quoted in (
            "\u201cone two: three\u201d",
            "\u201eone two: three\u201c",
            "\u201done two: three\u201d",
            "\u201fone two: three\u201d",
            "«one two: three»",
            "« one two: three »",
            "»one two: three«",
            "'one two: three'",
            "\u2018one two: three\u2019",
            "\u201aone two: three\u2018",
            "\u2039one two: three\u203a",
        )
    ),
    pytest.param(
        "reason: \u2018don\u2019t say: it\u2019s over\u2019",
        {"reason": ["don\u2019t say: it\u2019s over"]},
        id="apostrophes in single quotes",
    ),
    pytest.param(
        "reason: 'tis Jane's max_uses: 3 campaign: Joe's",
        {"reason": ["'tis Jane's"], "max_uses": ["3"], "campaign": ["Joe's"]},
        id="apostrophes",
    ),
    pytest.param(
        "reason: 'one' and 'two' max_uses: 3",
        {"reason": ["'one' and 'two'"], "max_uses": ["3"]},
        id="single quotes around words",
    ),
    pytest.param(
        'reason: "the \u201cmax_age: 3d\u201d of max_age: 7d"',
        {"reason": ["the \u201cmax_age: 3d\u201d of max_age: 7d"]},
        id="quotes in quotes",
    ),
    pytest.param('reason: a 5" screen', {"reason": ['a 5" screen']}, id="half a quote"),
    pytest.param(
        "reason: first\nmax_age: 1d", {"reason": ["first"], "max_age": ["1d"]}, id="lines"
    ),
]


@pytest.mark.parametrize(("text", "values"), PARSED)
def test_typed_options_are_split_at_their_names(text: str, values: dict[str, list[str]]) -> None:
    """A name with a colon at the start of a word begins an option; quotes protect text."""
    assert values == CreateOptions.parse_flags(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("7d", "what `7d` is for", id="text without a name"),
        pytest.param("7d max_uses: 3", "what `7d` is for", id="text before the first name"),
        pytest.param("maxuses: 3", "Did you mean `max_uses`?", id="a misspelt name"),
        pytest.param("colour: red", "There are `channel`, `max_age`", id="an unknown name"),
        pytest.param("reason: hi maxuses: 3", "no option `maxuses`", id="unknown after another"),
        pytest.param("max_age: 1d max_age: 2d", "`max_age` twice", id="repeated"),
        pytest.param("max_age: 1d MAX_AGE: 2d", "`max_age` twice", id="repeated in capitals"),
        pytest.param("max_age:", "without saying", id="no value"),
        pytest.param("max_age: max_uses: 3", "`max_age` without saying", id="no value before more"),
        pytest.param("reason: note: remember", "goes in quotes", id="a colon without quotes"),
        pytest.param('reason: ""', "`reason` without saying", id="empty quotes"),
        pytest.param("reason: \u201c\u201d", "`reason` without saying", id="empty curly quotes"),
        pytest.param("\u201c7d\u201d", "what `7d` is for", id="quotes without a name"),
        pytest.param("`x`: 1", "what `ˋxˋ: 1` is for", id="backticks"),  # noqa: RUF001
    ],
)
def test_whatever_would_be_ignored_is_refused(text: str, sentence: str) -> None:
    """Leftover, unknown, repeated and empty options are refused with a sentence."""
    with pytest.raises(commands.BadArgument) as refused:
        CreateOptions.parse_flags(text)

    assert sentence in str(refused.value)


def test_a_choice_may_be_written_in_capitals() -> None:
    """Words that are offered are themselves however they are written; free text stays as it is."""
    parsed = ListOptions.parse_flags("state: ALL sort: Most Used campaign: Spring")

    assert {"state": ["all"], "sort": ["most used"], "campaign": ["Spring"]} == parsed
