"""What was thought of a join, one after the other. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from cogs._texts import EMBED_FIELD, clock, date, fitting, member, plain
from cogs._verdict_texts import standing
from data.models import Certainty, VerdictRecord

_NOTE = 100
"""Characters of a note: a history is short, and the note that counts is told in full above it."""


def history(entries: Sequence[VerdictRecord]) -> str:
    """Each verdict in a line, oldest first; empty if there was only one.

    Of a history too long for a field the oldest are left out.
    """
    if len(entries) < 2:  # noqa: PLR2004 - one is no history
        return ""
    within_a_day = entries[-1].decided_at - entries[0].decided_at < timedelta(hours=12)
    written = clock if within_a_day else date
    undone = {entry.undoes for entry in entries}
    lines = [
        f"{'→ ' if i else ''}{written(entry.decided_at)} {_said(entry)}"
        f"{' · undone' if entry.id in undone else ''}"
        for i, entry in enumerate(entries)
    ]
    newest_first = fitting(reversed(lines), EMBED_FIELD)
    return "\n".join(reversed(newest_first.splitlines()))


def correction_in(entries: Sequence[VerdictRecord]) -> int | None:
    """The entry of the latest correction that nobody took back: the one that would be undone."""
    undone = {entry.undoes for entry in entries}
    corrections = [
        entry.id
        for entry in entries
        if entry.certainty is Certainty.CORRECTED
        and entry.undoes is None
        and entry.id not in undone
    ]
    return max(corrections, default=None)


def _said(entry: VerdictRecord) -> str:
    """What, and by whom; of an entry that restates, who took the correction back with it."""
    undoer = f"undone by {member(entry.undoer_id)}: " if entry.undoer_id else ""
    if entry.certainty is Certainty.PENDING:  # nobody had said anything before
        return f"{undoer}{standing(entry)}"
    note = f": {plain(entry.note, _NOTE)}" if entry.note else ""
    return f"{undoer}{standing(entry)} ({_speaker(entry)}{note})"


def _speaker(entry: VerdictRecord) -> str:
    """`counters`, `record`, or the moderator."""
    by = entry.decided_by
    return member(int(by)) if by.isdecimal() else by
