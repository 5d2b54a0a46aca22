from pathlib import Path

import pytest

from bot.config import read_settings
from bot.errors import StartupError


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no variables but the test's own: the environment is what is tested here."""
    monkeypatch.chdir(tmp_path)
    for name in ("TOKEN", "LEDGER", "EVENT_LAG", "API_BASE", "PLATFORM", "PREFIX", "COUNTER_LAG"):
        monkeypatch.delenv(f"USHER_{name}", raising=False)


def test_defaults() -> None:
    """Without any setting everything but the token has a value that works."""
    settings = read_settings()

    assert settings.token is None
    assert Path("usher.db") == settings.ledger
    assert (2.0, 1.0) == settings.lags


def test_lags_are_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fluxer counts uses later than Discord; what is set wins on both."""
    monkeypatch.setenv("USHER_PLATFORM", "fluxer")
    assert (2.0, 5.0) == read_settings().lags

    monkeypatch.setenv("USHER_COUNTER_LAG", "0.5")
    assert (2.0, 0.5) == read_settings().lags


@pytest.mark.parametrize("prefix", ["", "a b", "/", "<@1>", "x" * 11])
def test_a_prefix_that_nobody_could_type(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    """An empty one is not set; the others are refused with the setting's name."""
    monkeypatch.setenv("USHER_PREFIX", prefix)
    if not prefix:
        assert "!" == read_settings().prefix
        return
    with pytest.raises(StartupError) as told:
        read_settings()
    assert str(told.value) == (
        "A setting cannot be used: USHER_PREFIX: a prefix is 1 to 10 characters, and none of them"
        " a blank, <, @ or /"
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TOKEN", "two words", "a token has no blanks or line breaks in it"),
        ("API_BASE", "example", "an address that begins with https or http:// is needed"),
        (
            "API_BASE",
            "https://somebody:secret@chat.example.org",
            "an address has no name and no password in it, before an @",
        ),
    ],
)
def test_a_fault_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """Nothing of the library's own words stands before ours."""
    monkeypatch.setenv(f"USHER_{name}", value)

    with pytest.raises(StartupError) as told:
        read_settings()

    assert f"A setting cannot be used: USHER_{name}: {sentence}" == str(told.value)


def test_dot_env(tmp_path: Path) -> None:
    """Settings may stand in `.env`; an empty one counts as not set; strangers are ignored."""
    (tmp_path / ".env").write_text("USHER_TOKEN=abc\nUSHER_LEDGER=\nOTHER=1\nUSHER_EVENT_LAG=3\n")

    settings = read_settings()

    assert settings.token is not None
    assert "abc" == settings.token.get_secret_value()
    assert Path("usher.db") == settings.ledger
    assert 3.0 == settings.lags.event


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    """Neither the settings as text nor an error about them shows the token."""
    (tmp_path / ".env").write_text("USHER_TOKEN=hush\n")
    assert "hush" not in repr(read_settings())

    (tmp_path / ".env").write_text("USHER_TOKEN=hush\nUSHER_EVENT_LAG=hush\n")
    with pytest.raises(StartupError) as told:
        read_settings()
    assert "hush" not in str(told.value)
