"""How a request to Discord fails, and why an order was refused: a sentence that says what to do."""

import aiohttp
import discord

ANSWER_LIMIT = 30.0
"""Seconds that any request may take, the library's own retries included."""

FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, ValueError)
"""How a request fails: refused, dropped, without an answer in time, or garbled: the library lets
a broken JSON body through as ValueError."""

_BY_CODE = {
    10003: "That channel does not exist any more.",
    10006: (
        "Discord knows no such invite any more, or does not let me delete it: "
        "I need **Manage Server**, or **Manage Channels** in its channel."
    ),
    30016: (
        "This server has reached Discord's limit of 1000 invites. "
        "Revoke some that nobody needs and try again; "
        "`/invite list` with `sort: least used` has them first."
    ),
    40006: "Discord has switched this feature off for the moment. Try again later.",
    50001: "I cannot see that channel. Give me **View Channel** there.",
    50013: (
        "Discord says that I lack a permission for this. I need **Create Invite** in the channel, "
        "and **Manage Roles** with my role above the roles that the invite gives."
    ),
    50020: "Discord calls that code invalid or taken.",
    50028: "One of those roles cannot be given by an invite.",
}
"""Discord's JSON error codes that creating and deleting invites can meet."""

_NOBODY_KNOWS = "so I do not know whether it was done. Look at `/invite list` before you try again."
SERVER_FAULT = 500


def refusal(error: BaseException) -> str:
    """Say what a failed order means; the platform's own words only where ours are missing."""
    match error:
        case discord.RateLimited():
            return f"Discord asks me to slow down. Try again in {error.retry_after:.0f} seconds."
        case discord.HTTPException() if error.code in _BY_CODE:
            return _BY_CODE[error.code]
        case discord.HTTPException() if error.status == 429:  # noqa: PLR2004 - the status itself
            return "Discord asks me to slow down. Try again in a minute."
        case discord.HTTPException() if error.status >= SERVER_FAULT:
            return f"Discord has a fault of its own right now, {_NOBODY_KNOWS}"
        case discord.HTTPException():
            said = discord.utils.escape_markdown(error.text or "no reason")[:300]
            return f"Discord refused that: {said}"
        case _:
            return f"Discord did not answer in time, {_NOBODY_KNOWS}"
