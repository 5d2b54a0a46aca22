"""How values are written in chat; what a person typed is never trusted to be harmless."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate

import discord

CAMPAIGN_LIMIT = 32
"""Characters; a campaign has to fit into the id of a button."""
REASON_LIMIT = 300
"""Characters; a reason has to fit into the platform's audit log beside who asked."""

EMBED_DESCRIPTION = 4096
EMBED_FIELD = 1024
EMBED_TITLE = 256
EMBED_TOTAL = 6000
"""The platform's limits, in characters."""

_JOINERS = "\u200c\u200d"
"""Show nothing by themselves, but scripts and emoji need them between others."""
_SPECIAL = re.compile(r"[\\*_~`|<>\[\]@]|:(?=//|[\w+~-]+:)")
"""What formats, mentions or links, and the colon before the name of an emoji."""
_SPECIAL_AT_START = re.compile(r"^([#+-]|[0-9]+(?=[.)]))")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_GRAVE = "\N{MODIFIER LETTER GRAVE ACCENT}"
"""Looks like a backtick and ends no code span."""


def clean(text: str) -> str:
    """What somebody typed, on one line and without what shows nothing or turns what follows."""
    shown = "".join(map(_shown, unicodedata.normalize("NFC", text)))
    return " ".join(shown.split()).strip(f" {_JOINERS}")


def plain(text: str, limit: int = 100) -> str:
    """Somebody's words as they are: nothing in them formats, links or mentions."""
    escaped = _SPECIAL.sub(r"\\\g<0>", cut(clean(text), limit))
    return _SPECIAL_AT_START.sub(_guarded, escaped)


def code(text: str, limit: int = 100) -> str:
    """Somebody's words in a code span, which they cannot leave."""
    return f"`{cut(clean(text).replace('`', _GRAVE), limit) or ' '}`"


def cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def fitting(lines: Iterable[str], limit: int) -> str:
    """As many of the lines as fit; the last says how many did not."""
    lines = list(lines)
    if len("\n".join(lines)) <= limit:
        return "\n".join(lines)
    room = limit - len("… and 99999 more")
    kept = sum(end <= room for end in accumulate(len(line) + 1 for line in lines))
    return "\n".join([*lines[:kept], f"… and {len(lines) - kept} more"])


def member(member_id: int) -> str:
    return f"<@{member_id}>"


def channel(channel_id: int) -> str:
    return f"<#{channel_id}>"


def role(role_id: int) -> str:
    return f"<@&{role_id}>"


def ago(moment: datetime) -> str:
    """In the reader's own words and time zone: "3 minutes ago", "in 2 days"."""
    return discord.utils.format_dt(moment, "R")


def date(moment: datetime) -> str:
    """Date and time."""
    return discord.utils.format_dt(moment, "f")


def moment(moment: datetime) -> str:
    """Date and time, and how far away that is."""
    return f"{date(moment)} ({ago(moment)})"


def clock(moment: datetime) -> str:
    """Hours, minutes and seconds."""
    return discord.utils.format_dt(moment, "T")


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def ordinal(count: int) -> str:
    teen = count % 100 in (11, 12, 13)
    return f"{count}{'th' if teen else _ENDINGS.get(count % 10, 'th')}"


def joined(parts: Sequence[str], word: str = "and", most: int = 8) -> str:
    """`a, b and c`; of a long row the first ones and how many more."""
    shown = list(parts[:most])
    if len(parts) > most:
        shown.append(f"{len(parts) - most} more")
    if len(shown) < 2:  # noqa: PLR2004 - one thing needs no word between
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def _shown(character: str) -> str:
    """Control characters as blanks; invisible ones and halves of a character not at all."""
    category = unicodedata.category(character)
    if category == "Cs" or (category == "Cf" and character not in _JOINERS):
        return ""
    return " " if category in ("Cc", "Zl", "Zp") else character


def _guarded(start: re.Match[str]) -> str:
    """The first characters of a line so that they begin no list and no heading."""
    return f"{start[0]}\\" if start[0].isdigit() else f"\\{start[0]}"
