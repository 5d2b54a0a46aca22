"""Settings: read once at the start, from the environment and `.env`, and handed down."""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.attribution import Lags
from bot.errors import StartupError
from bot.platforms import discord, fluxer

Seconds = Annotated[float, Field(ge=0.01, le=60)]


def _address(*schemes: str) -> AfterValidator:
    def check(text: str) -> str:
        try:
            url = urlsplit(text)
            fits = url.scheme in schemes and bool(url.hostname) and url.port != 0
        except ValueError:  # a port that is no number, or too large
            fits = False
        if not fits:
            raise ValueError(f"an address that begins with {' or '.join(schemes)}:// is needed")
        if "@" in url.netloc:
            raise ValueError("an address has no name and no password in it, before an @")
        return text

    return AfterValidator(check)


def _one_word(secret: SecretStr) -> SecretStr:
    """The message never has the value in it."""
    if any(not " " < character < "\x7f" for character in secret.get_secret_value().strip()):
        raise ValueError("a token has no blanks or line breaks in it")
    return secret


def _typeable(prefix: str) -> str:
    if not re.fullmatch(r"[^\s<@/]{1,10}", prefix):
        raise ValueError("a prefix is 1 to 10 characters, and none of them a blank, <, @ or /")
    return prefix


USUAL_LAGS = {"discord": discord.LAGS, "fluxer": fluxer.LAGS}

Prefix = Annotated[str, AfterValidator(_typeable)]
ApiBase = Annotated[str, _address("https", "http")]
GatewayUrl = Annotated[str, _address("wss", "ws")]
Token = Annotated[SecretStr, AfterValidator(_one_word)]


class Settings(BaseSettings):
    """Every setting is a variable with the prefix `USHER_`, or a line of `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="USHER_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    token: Token | None = None
    """The bot's token. Without one, `usher run` says how to get it."""
    platform: Literal["discord", "fluxer"] = "discord"
    """Which platform the token is for."""
    prefix: Prefix = "!"
    """What stands before a command where commands are text."""
    ledger: Annotated[Path, AfterValidator(Path.expanduser)] = Path("usher.db")
    """The ledger file; made if it does not exist."""
    api_base: ApiBase | None = None
    """REST base of another compatible server, like `http://127.0.0.1:8080/api/v10`.

    On Fluxer the address of an instance, like `https://chat.example.org`: it names the rest itself.
    """
    gateway_url: GatewayUrl | None = None
    """Gateway of another compatible server, like `ws://127.0.0.1:8080/gateway`."""
    fluxer_user_key: Token | None = None
    """A person's own key on Fluxer, for the invites of the packs they made: bots get none."""
    event_lag: Seconds = 2.0
    """A: how many seconds after its use was counted a join's event may arrive."""
    counter_lag: Seconds | None = None
    """C: how many seconds after a join's event its use may be counted; the platform's if unset."""

    @property
    def lags(self) -> Lags:
        usual = USUAL_LAGS[self.platform]
        counter = usual.counter if self.counter_lag is None else self.counter_lag
        return Lags(event=self.event_lag, counter=counter)


def read_settings() -> Settings:
    """Raises `StartupError` that names the settings at fault, never their values."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"USHER_{str(fault['loc'][0]).upper()}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        )
        raise StartupError(f"A setting cannot be used: {faults}") from None
    except UnicodeDecodeError:
        raise StartupError("The file .env is not text in UTF-8. Save it as that.") from None
