"""Durations in chat: what they are called, what is offered, and why one is refused."""

import re

from bot.durations import NEVER, SECONDS, meant, never, plain, read
from bot.errors import UserError
from bot.platforms.platform import MAX_AGE_LIMIT
from cogs._texts import code, counted

_EXAMPLES = "Write it like `30m`, `12h`, `7d`, `1 day 12 hours` or `never`."
_NOTHING = "An invite cannot last no time at all. For one without an end write `never`."
_USUAL = ("30m", "1h", "6h", "12h", "1d", "3d", "7d", "never")


def parse(text: str, limit: int = MAX_AGE_LIMIT) -> int:
    """Seconds, 0 for never; anything that is not clearly a duration is a `UserError`."""
    if never(text):
        return NEVER
    if re.fullmatch("[0-9]{1,9}", typed := plain(text)):
        raise UserError(_without_unit(int(typed)))
    seconds = read(text)
    if seconds is None:
        raise UserError(f"{code(text, 50)} is not a duration. {_EXAMPLES}")
    if seconds == 0:
        raise UserError(_NOTHING)
    if seconds > limit:
        raise UserError(f"An invite lasts {words(limit)} at most, or without an end with `never`.")
    return seconds


def chosen(text: str | None) -> int:
    """What somebody chose for an invite: never, if they said nothing."""
    return parse(text) if text else NEVER


def words(seconds: int) -> str:
    """`129600` as "1 day 12 hours"."""
    if seconds == NEVER:
        return "never"
    parts = []
    for unit in ("day", "hour", "minute", "second"):
        count, seconds = divmod(seconds, SECONDS[unit])
        if count:
            parts.append(counted(count, unit))
    return " ".join(parts)


def suggestions(typed: str, limit: int = MAX_AGE_LIMIT) -> list[str]:
    """What to offer while somebody types: what they wrote, completed; else the usual ones."""
    usual = [words(parse(each)) for each in _USUAL]
    wanted = plain(typed)
    if not wanted:
        return usual
    offered = [words(seconds) for seconds in meant(wanted, limit)]
    return offered or [each for each in usual if each.startswith(wanted)]


def _without_unit(number: int) -> str:
    if number == 0:
        return _NOTHING
    return (
        f"A number needs a unit: `{number}m` for minutes, `{number}h` for hours"
        f" or `{number}d` for days."
    )
