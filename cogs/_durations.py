"""Durations as people write them: `7d`, `2 weeks`, `1h30m`, `1 day 12 hours`, `never`."""

import re

from bot.errors import UserError
from bot.platforms.platform import MAX_AGE_LIMIT
from cogs._texts import code, counted

NEVER = 0
"""What the platforms call an invite that does not expire."""

_EXAMPLES = "Write it like `30m`, `12h`, `7d`, `1 day 12 hours` or `never`."
_NOTHING = "An invite cannot last no time at all. For one without an end write `never`."
_USUAL = ("30m", "1h", "6h", "12h", "1d", "3d", "7d", "never")

_SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_SHORT = {
    "w": "week", "wk": "week", "wks": "week",
    "d": "day",
    "h": "hour", "hr": "hour", "hrs": "hour",
    "m": "minute", "min": "minute", "mins": "minute",
    "s": "second", "sec": "second", "secs": "second",
}  # fmt: skip
_UNITS = _SHORT | {unit: unit for unit in _SECONDS} | {f"{unit}s": unit for unit in _SECONDS}

_PART = r"([0-9]{1,9})\s*([a-z]+)"
_WHOLE = re.compile(rf"{_PART}(?:(?:\s*,\s*|\s+and\s+|\s*){_PART})*")
_UNFINISHED = re.compile(r"(?P<head>.*?)(?P<number>[0-9]{1,9})\s*(?P<unit>[a-z]*)")
_LONGEST = 80
"""Characters; nobody writes a duration longer than that."""


def parse(text: str, limit: int = MAX_AGE_LIMIT) -> int:
    """Seconds, 0 for never; anything that is not clearly a duration is a `UserError`."""
    typed = " ".join(text.lower().split())
    if typed == "never":
        return NEVER
    if re.fullmatch("[0-9]{1,9}", typed):
        raise UserError(_without_unit(int(typed)))
    seconds = _added(typed)
    if seconds is None:
        raise UserError(f"{code(text, 50)} is not a duration. {_EXAMPLES}")
    if seconds == 0:
        raise UserError(_NOTHING)
    if seconds > limit:
        raise UserError(f"An invite lasts {words(limit)} at most, or without an end with `never`.")
    return seconds


def words(seconds: int) -> str:
    """`129600` as "1 day 12 hours"."""
    if seconds == NEVER:
        return "never"
    parts = []
    for unit in ("day", "hour", "minute", "second"):
        count, seconds = divmod(seconds, _SECONDS[unit])
        if count:
            parts.append(counted(count, unit))
    return " ".join(parts)


def suggestions(typed: str, limit: int = MAX_AGE_LIMIT) -> list[str]:
    """What to offer while somebody types: what they wrote, completed; else the usual ones."""
    wanted = " ".join(typed.lower().split())
    usual = [words(parse(each)) for each in _USUAL]
    if not wanted:
        return usual
    meant = [words(seconds) for seconds in _meant(wanted, limit)]
    return meant or [each for each in usual if each.startswith(wanted)]


def _meant(typed: str, limit: int) -> list[int]:
    """The durations that what was typed is, or is the beginning of."""
    match = _UNFINISHED.fullmatch(typed[:_LONGEST])
    if match is None:
        return []
    exact = _UNITS.get(match["unit"])
    units = [exact] if exact else [unit for unit in _SECONDS if unit.startswith(match["unit"])]
    added = (_added(f"{match['head']}{match['number']} {unit}") for unit in units)
    return sorted(seconds for seconds in added if seconds and seconds <= limit)


def _added(typed: str) -> int | None:
    """The seconds of all parts together; None if it is nonsense or names a unit twice."""
    if len(typed) > _LONGEST or not _WHOLE.fullmatch(typed):
        return None
    seconds: dict[str, int] = {}
    for number, name in re.findall(_PART, typed):
        unit = _UNITS.get(name)
        if unit is None or unit in seconds:
            return None
        seconds[unit] = int(number) * _SECONDS[unit]
    return sum(seconds.values())


def _without_unit(number: int) -> str:
    if number == 0:
        return _NOTHING
    return (
        f"A number needs a unit: `{number}m` for minutes, `{number}h` for hours"
        f" or `{number}d` for days."
    )
