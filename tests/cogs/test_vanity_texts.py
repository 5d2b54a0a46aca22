"""What is said about vanity URLs, and what can be one."""

import pytest

from bot.errors import UserError
from cogs._vanity import ChangeVanity, changed, meant, question, shown
from data.models import Vanity


@pytest.mark.parametrize("text", ["ab", "a" * 32, "a-1", " Port ", "--"])
def test_the_bounds_of_a_code(text: str) -> None:
    """2 to 32 letters, digits and hyphens; the platform may have rules beyond."""
    assert text.strip().lower() == meant(text)


@pytest.mark.parametrize("text", ["`Port`", "||port||", " ||`PORT`|| "])
def test_what_stands_around_a_code(text: str) -> None:
    """Marks of a code or a spoiler are no part of it."""
    assert "port" == meant(text)


@pytest.mark.parametrize("text", ["", "a", "a" * 33, "a_b", "a b", "ümlaut", "a/b"])
def test_beyond_the_bounds(text: str) -> None:
    """Beyond them it is no code on any platform."""
    with pytest.raises(UserError, match="2 to 32"):
        meant(text)


def test_what_is_shown() -> None:
    """A code has its link and its uses; without one it is said how to set one."""
    there = shown(Vanity("port", 2), "https://example.org/port")
    none = shown(Vanity(None, 0), None)

    assert "`port` · https://example.org/port · 2 uses" == there.description
    assert "No vanity URL" == none.title
    assert "`/invite vanity`" in (none.description or "")


def test_what_is_asked() -> None:
    """A new one, a change and a removal each say what they do to the link that people have."""
    first = question(Vanity(None, 0), "port")
    change = question(Vanity("old", 1), "port")
    removal = question(Vanity("old", 1), None)

    assert "It will be `port`. There is none now." == first.description
    assert (change.description or "").startswith(
        "`port` takes the place of `old`, which has 1 use."
    )
    assert (removal.description or "").startswith("Nothing takes the place of `old`")
    assert ["Change the vanity URL?", "Remove the vanity URL?"] == [change.title, removal.title]


@pytest.mark.parametrize("wanted", ["off", "remove", "none"])
def test_a_code_that_may_mean_none(wanted: str) -> None:
    """Whoever types `off` may want none: how to have that is said before anything changes."""
    there = question(Vanity("old", 1), wanted).description or ""

    assert "To have none at all, say `/invite vanity remove: yes`." in there
    assert "To have none" not in (question(Vanity("old", 1), "port").description or "")


@pytest.mark.parametrize("then", ["", "old", "o" * 32, "o" * 99])
def test_an_id_is_never_too_long(then: str) -> None:
    """The platform takes 100 characters, and what fits is read as it was written."""
    button = ChangeVanity(2**64 - 1, "a" * 32, then)

    read = ChangeVanity.of(button.custom_id)

    assert len(button.custom_id) <= 100
    assert read is not None
    assert (2**64 - 1, "a" * 32, then[:47]) == (read.owner_id, read.wanted, read.then)


def test_what_is_answered() -> None:
    """The answer has what the platform says it is now."""
    assert "`port` · link" == changed("port", "link").description
    assert "Vanity URL removed" == changed(None, None).title
