"""How a request to a platform fails, and why an order was refused: a sentence that says what to do.

`{platform}` is the platform that the operator runs on, `{list}` the command that lists invites.
"""

from typing import Final

import aiohttp
import discord

from bot.wording import command

ANSWER_LIMIT = 30.0
"""Seconds that any request may take, the library's own retries included."""

FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, ValueError)
"""How a request fails: refused, dropped, without an answer in time, or garbled: the library lets
a broken JSON body through as ValueError."""

_GONE = "That channel does not exist any more."
_FULL = (
    "This server has reached {platform}'s limit of 1000 invites. "
    "Revoke some that nobody needs and try again; "
    "{list} with `sort: least used` has them first."
)
_OFF = "{platform} has switched this feature off for the moment. Try again later."

_BY_CODE: Final[dict[object, str]] = {
    10003: _GONE,
    10006: (
        "{platform} knows no such invite any more, or does not let me delete it: "
        "I need **Manage Server**, or **Manage Channels** in its channel."
    ),
    30016: _FULL,
    40006: _OFF,
    50001: "I cannot see that channel. Give me **View Channel** there.",
    50013: (
        "{platform} says that I lack a permission for this. "
        "I need **Create Invite** in the channel, "
        "and **Manage Roles** with my role above the roles that the invite gives."
    ),
    50020: "{platform} calls that code invalid or taken.",
    50028: "One of those roles cannot be given by an invite.",
    "UNKNOWN_CHANNEL": _GONE,
    "UNKNOWN_GUILD": "{platform} says that this server does not exist any more.",
    "UNKNOWN_INVITE": (
        "{platform} knows no such invite any more: it has expired, was used up, or was revoked. "
        "A vanity URL cannot be revoked like an invite."
    ),
    "MAX_INVITES": _FULL,
    "MISSING_PERMISSIONS": (
        "{platform} says that I lack a permission for this. To make an invite I need "
        "**Create Invite** in the channel; to revoke one that I did not make, **Manage Server**."
    ),
    "ACCESS_DENIED": (
        "{platform} does not let me do that. "
        "Either I cannot see that channel, or bots may not do it at all."
    ),
    "INVITES_DISABLED": "Invites are switched off in this server.",
    "FEATURE_TEMPORARILY_DISABLED": _OFF,
    "UNAUTHORIZED": "{platform} does not accept my token any more. Tell my operator.",
}
"""Error codes that creating and deleting invites can meet: Discord has numbers, Fluxer words."""

_NOBODY_KNOWS = "so I do not know whether it was done. Look at {list} before you try again."
SERVER_FAULT = 500


def refusal(error: BaseException, platform: str) -> str:
    """Say what a failed order means; the platform's own words only where ours are missing."""
    said = _sentence(error)
    for place, meant in {"{platform}": platform, "{list}": command("invite list")}.items():
        said = said.replace(place, meant)
    return said


def _sentence(error: BaseException) -> str:
    match error:
        case discord.RateLimited():
            return (
                f"{{platform}} asks me to slow down. Try again in {error.retry_after:.0f} seconds."
            )
        case discord.HTTPException() if error.code in _BY_CODE:
            return _BY_CODE[error.code]
        case discord.HTTPException() if error.status == 429:  # noqa: PLR2004 - the status itself
            return "{platform} asks me to slow down. Try again in a minute."
        case discord.HTTPException() if error.status >= SERVER_FAULT:
            return f"{{platform}} has a fault of its own right now, {_NOBODY_KNOWS}"
        case discord.HTTPException():
            told = discord.utils.escape_markdown(error.text or "no reason")[:300]
            return f"{{platform}} refused that: {told}"
        case _:
            return f"{{platform}} did not answer in time, {_NOBODY_KNOWS}"
