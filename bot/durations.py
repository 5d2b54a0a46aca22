"""Durations as people write them: `7d`, `2 weeks`, `1h30m`, `1 day 12 hours`, `never`. Pure."""

import re

NEVER = 0
"""What the platforms call an invite that does not expire."""

SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_SHORT = {
    "w": "week", "wk": "week", "wks": "week",
    "d": "day",
    "h": "hour", "hr": "hour", "hrs": "hour",
    "m": "minute", "min": "minute", "mins": "minute",
    "s": "second", "sec": "second", "secs": "second",
}  # fmt: skip
_UNITS = _SHORT | {unit: unit for unit in SECONDS} | {f"{unit}s": unit for unit in SECONDS}

_PART = r"([0-9]{1,9})\s*([a-z]+)"
_WHOLE = re.compile(rf"{_PART}(?:(?:\s*,\s*|\s+and\s+|\s*){_PART})*")
_UNFINISHED = re.compile(r"(?P<head>.*?)(?P<number>[0-9]{1,9})\s*(?P<unit>[a-z]*)")
_LONGEST = 80
"""Characters; nobody writes a duration longer than that."""


def plain(text: str) -> str:
    """Without what does not matter in it: capitals, and more blanks than one."""
    return " ".join(text.lower().split())


def never(text: str) -> bool:
    return plain(text) == "never"


def read(text: str) -> int | None:
    """Seconds, however many; None if it is not clearly a duration: nonsense, or a unit twice."""
    typed = plain(text)
    if len(typed) > _LONGEST or not _WHOLE.fullmatch(typed):
        return None
    seconds: dict[str, int] = {}
    for number, name in re.findall(_PART, typed):
        unit = _UNITS.get(name)
        if unit is None or unit in seconds:
            return None
        seconds[unit] = int(number) * SECONDS[unit]
    return sum(seconds.values())


def meant(typed: str, limit: int) -> list[int]:
    """The durations that what was typed is, or is the beginning of, up to the limit."""
    match = _UNFINISHED.fullmatch(plain(typed)[:_LONGEST])
    if match is None:
        return []
    exact = _UNITS.get(match["unit"])
    units = [exact] if exact else [unit for unit in SECONDS if unit.startswith(match["unit"])]
    added = (read(f"{match['head']}{match['number']} {unit}") for unit in units)
    return sorted(seconds for seconds in added if seconds and seconds <= limit)
