"""Settings: read once at the start, from the environment and `.env`, and handed down."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.attribution import Lags
from bot.errors import StartupError

Seconds = Annotated[float, Field(ge=0, le=60)]


class Settings(BaseSettings):
    """Every setting is a variable with the prefix `USHER_`, or a line of `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="USHER_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    token: SecretStr | None = None
    """The bot's token. Without one, `usher run` says how to get it."""
    platform: Literal["discord"] = "discord"
    """Which platform the token is for."""
    ledger: Path = Path("usher.db")
    """The ledger file; made if it does not exist."""
    api_base: str | None = None
    """REST base of another compatible server, like `http://127.0.0.1:8080/api/v10`."""
    gateway_url: str | None = None
    """Gateway of another compatible server, like `ws://127.0.0.1:8080/gateway`."""
    event_lag: Seconds = 2.0
    """A: how many seconds after its use was counted a join's event may arrive."""
    counter_lag: Seconds = 1.0
    """C: how many seconds after a join's event its use may be counted."""

    @property
    def lags(self) -> Lags:
        return Lags(event=self.event_lag, counter=self.counter_lag)


def read_settings() -> Settings:
    """Raises `StartupError` that names the settings at fault, never their values."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"USHER_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()
        )
        raise StartupError(f"A setting cannot be used: {faults}") from None
