"""How long an invite of a pack lasts, as it is typed on the command line."""

import argparse

import pytest

from bot import pack_command


def max_age(typed: str) -> int:
    parser = argparse.ArgumentParser(exit_on_error=False)
    pack_command.add_parser(parser.add_subparsers())
    options = parser.parse_args(["packs", "create", "5", f"--max-age={typed}"])
    age: int = options.max_age
    return age


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("7d", 604_800),
        ("12h", 43_200),
        ("1 day 12 hours", 129_600),
        ("3600", 3600),
        ("never", 0),
        ("Never", 0),
        ("0", 0),
        ("0d", 0),
    ],
)
def test_taken(typed: str, seconds: int) -> None:
    """As in chat; a number alone is seconds, and no time at all is no end."""
    assert seconds == max_age(typed)


@pytest.mark.parametrize("typed", ["", "soon", "-1d", "604801", "8d", "1h 2h", "٣", "9" * 5000])
def test_refused(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no duration, or a longer one than the platform takes, ends the command."""
    with pytest.raises(SystemExit) as ended:
        max_age(typed)

    assert 2 == ended.value.code
    assert "is not a time like 30m, 12h or 7d, which is the longest" in capsys.readouterr().err
