import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from bot.demo.transcript import Transcript, moment

NOW = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)
AT = int(NOW.timestamp())


@pytest.fixture
def page() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def transcript(page: io.StringIO) -> Transcript:
    return Transcript(Console(file=page, width=60), lambda kind, number: f"{kind}{number}")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**bold** and *slanted* and ~~gone~~", "bold and slanted and gone"),
        ("`a*b*c` is code", "a*b*c is code"),
        ("<@1> <@!2> <#3> <@&4>", "@1 @2 #3 @4"),
        (r"\*not bold\*", "*not bold*"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("[brackets] stay", "[brackets] stay"),
    ],
)
def test_as_a_client_shows_it(transcript: Transcript, written: str, shown: str) -> None:
    """Markdown and mentions are shown, not printed as they were sent."""
    assert shown == transcript.shown(written).plain


@pytest.mark.parametrize(
    ("seconds", "style", "shown"),
    [
        (AT, "R", "now"),
        (AT + 90, "R", "in 1 minute"),
        (AT - 7200, "R", "2 hours ago"),
        (AT, "T", "12:00:00"),
        (AT, "t", "12:00"),
        (AT, "d", "2026-11-01"),
        (AT, None, "2026-11-01 12:00"),
    ],
)
def test_timestamps(seconds: int, style: str | None, shown: str) -> None:
    """Timestamps read as a client shows them, in UTC."""
    assert shown == moment(seconds, style, NOW)


def test_plain_when_piped(transcript: Transcript, page: io.StringIO) -> None:
    """Without a terminal there is no colour, and no line ends in blanks."""
    transcript.title("Scene")
    transcript.tell("Something happens.")
    transcript.command("moderator", "/invite list")

    assert "\x1b" not in page.getvalue()
    assert "moderator  /invite list" in page.getvalue()
    assert all(line == line.rstrip() for line in page.getvalue().splitlines())
