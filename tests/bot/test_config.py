from pathlib import Path

import pytest

from bot.config import read_settings
from bot.errors import StartupError


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no variables but the test's own: the environment is what is tested here."""
    monkeypatch.chdir(tmp_path)
    for name in ("TOKEN", "LEDGER", "EVENT_LAG", "API_BASE"):
        monkeypatch.delenv(f"USHER_{name}", raising=False)


def test_defaults() -> None:
    """Without any setting everything but the token has a value that works."""
    settings = read_settings()

    assert settings.token is None
    assert Path("usher.db") == settings.ledger
    assert (2.0, 1.0) == settings.lags


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
