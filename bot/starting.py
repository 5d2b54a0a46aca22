"""Why a start failed, or a connection ended for good: a sentence for the operator. Pure."""

from typing import Final

import aiohttp
import discord

from bot.errors import StartupError
from bot.platforms import unreadable

WHERE_TOKENS_ARE: Final = {
    "discord": "Discord's developer portal, your application, Bot, Reset Token",
    "fluxer": "Fluxer's user settings, Applications, your application, its bot's token",
}
NOT_ACCEPTED: Final = "{name} does not accept USHER_TOKEN. Make a new one ({where}) and set it."
NO_INTENTS: Final = {
    "discord": (
        "Discord does not let this bot see joins: switch on SERVER MEMBERS INTENT in the developer "
        "portal (your application, Bot, Privileged Gateway Intents) and start again."
    ),
    "fluxer": (
        "Fluxer closed the connection for good (code 4014): it does not let this bot hear what it "
        "needs. Nothing can be set for that here: ask whoever runs the instance."
    ),
}
CLOSED: Final = "{name} closed the connection for good: {said}"
SLOW_DOWN: Final = "{name} asks Usher to slow down. Try again in {wait:.0f} seconds."
PASSING: Final = "{name} cannot let Usher in at the moment: it answered {said}. Try again later."
REFUSED: Final = "{name} does not let Usher in: it answered {said}."
UNREACHABLE: Final = "{name} cannot be reached: {said}"
NOT_READ: Final = "{name} answered something that cannot be read ({where}). Try again later."

NOT_AUTHENTICATED: Final = 4004
"""How a gateway closes on a token that it does not accept."""
_UNAUTHORIZED: Final = 401
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_LONGEST: Final = 300
"""Characters of what a server said, which may be a page."""

KNOWN: Final = (
    discord.LoginFailure,
    discord.PrivilegedIntentsRequired,
    discord.ConnectionClosed,
    discord.RateLimited,
    discord.GatewayNotFound,
    discord.HTTPException,
    aiohttp.ClientError,
    OSError,
    # How the library reads an answer that has not the shape it expects:
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)
"""What is no fault of Usher's."""


def failed(error: BaseException, platform: str) -> StartupError:
    """What one of those means on that platform; exit code 1 for what may pass by itself, 2 for what
    comes again every time.
    """
    if isinstance(error, discord.GatewayNotFound):  # the library's own text names Discord
        error = error.__cause__ or error
    match error:
        case discord.LoginFailure():
            return _not_accepted(platform)
        case discord.ConnectionClosed():
            return _closed(error, platform)
        case discord.HTTPException():
            return _answered(error, platform)
        case discord.PrivilegedIntentsRequired():
            return StartupError(NO_INTENTS[platform])
    return StartupError(_passing(error, platform.capitalize()), 1)


def _passing(error: BaseException, name: str) -> str:
    match error:
        case discord.RateLimited():
            return SLOW_DOWN.format(name=name, wait=error.retry_after)
        case aiohttp.ClientError() | OSError():
            return UNREACHABLE.format(name=name, said=_plain(error))
    return NOT_READ.format(name=name, where=unreadable.where(error))


def _not_accepted(platform: str) -> StartupError:
    name, where = platform.capitalize(), WHERE_TOKENS_ARE[platform]
    return StartupError(NOT_ACCEPTED.format(name=name, where=where))


def _closed(closed: discord.ConnectionClosed, platform: str) -> StartupError:
    if closed.code == NOT_AUTHENTICATED:
        return _not_accepted(platform)
    return StartupError(CLOSED.format(name=platform.capitalize(), said=_plain(closed)))


def _answered(answer: discord.HTTPException, platform: str) -> StartupError:
    if answer.status == _UNAUTHORIZED:
        return _not_accepted(platform)
    passing = answer.status >= _SERVER_FAULT or answer.status == _TOO_MANY
    sentence = PASSING if passing else REFUSED
    said = sentence.format(name=platform.capitalize(), said=_plain(answer).rstrip("."))
    return StartupError(said, 1 if passing else 2)


def _plain(error: BaseException) -> str:
    """In one line, and without what a terminal would take for a command."""
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(one for one in text if one.isprintable())[:_LONGEST]
