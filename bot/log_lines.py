"""Which lines are said in a log channel at a moment, which are given up, and by what name. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from data.models import Certainty, LogKind, LogLine, LogMessage, to_ms

MANY = 200
"""When more lines wait it is more important to see them soon than to see verdicts and names."""

MOST = 500
"""Lines in one message at most, when so many wait that most are only counted."""

TOLD_WITHIN = timedelta(hours=1)
"""Lines that wait longer are given up: old news would hide what happens now."""


def due(lines: Sequence[LogLine], now: datetime, undecided: timedelta) -> Sequence[LogLine]:
    """What is said now of the lines that wait, oldest first.

    Not while a verdict may be about to come, which it does within `undecided`, nor what follows
    such a line. A clock that was put back holds up nothing.
    """
    if len(lines) > MANY:
        return lines

    def decided(line: LogLine) -> bool:
        waiting = timedelta(0) <= now - happened_at(line) < undecided
        return not (waiting and line.join.certainty is Certainty.PENDING)

    return list(takewhile(decided, lines))


def given_up(lines: Sequence[LogLine], now: datetime) -> bool:
    """Whether some of them, oldest first, have waited too long."""
    return bool(lines) and happened_at(lines[0]) < now - TOLD_WITHIN


def happened_at(line: LogLine) -> datetime:
    """By our clock: a join when it was written down."""
    left_at = line.join.left_at
    return left_at if line.kind is LogKind.LEAVE and left_at else line.join.arrived_at


def in_time(message: LogMessage, now: datetime) -> bool:
    """Whether a message that may not have been said is still news."""
    return now - message.claimed_at < TOLD_WITHIN


def nonce_of(message: LogMessage) -> str:
    """At most 25 characters, and of no other message, also after a new ledger was begun."""
    return f"{message.id}-{to_ms(message.claimed_at):x}"
