"""Ids, invite codes and points in time in the platform's form."""

from collections.abc import Callable
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000
STEP = 1 << 22
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
CODE_LENGTH = 8
# Prime to 57 ** 8, so that multiplying visits every code once, in an order that looks random.
STRIDE = 40_503_914_377_441


class Snowflakes:
    """Ids that only count up, whatever the clock does."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def next(self) -> int:
        self._last = max(self._last + 1, self._floor())
        return self._last

    def next_spaced(self) -> int:
        """An id a millisecond after the last: guilds made at once still spread over shards."""
        self._last = max((self._last | (STEP - 1)) + 1, self._floor())
        return self._last

    def at(self, moment: float) -> int:
        """The smallest id of that moment."""
        return max(int(moment * 1000) - EPOCH_MS, 0) << 22

    def _floor(self) -> int:
        return self.at(self._now())


def invite_code(number: int) -> str:
    """The code of the n-th invite ever made."""
    rest = number * STRIDE % len(ALPHABET) ** CODE_LENGTH
    code = ""
    for _ in range(CODE_LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        code += ALPHABET[digit]
    return code


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")


def iso_or_none(moment: float | None) -> str | None:
    return None if moment is None else iso(moment)
