"""How an invite that vanished between two readings had ended, by evidence."""

from bot.attribution.evidence import End, Window
from data.models import Counter, EndReason, Reading

DATE_STEP_MS = 1000
"""A `Date` header tells whole seconds: the answer was made up to this much later than it says."""


def end_reason(code: str, last: Counter, after: Reading, window: Window) -> EndReason:
    """Say how an invite ended that `after` no longer lists.

    Expiry is silent (Discord's staff say so), so a delete event rules it out.
    "Exhausted" needs that a revocation would have been known to us. Where uses may be lost invites
    end without a word, also with a channel that is hidden from us.
    """
    end = window.ends.get(code)
    if end is not None and end.ending.reason is not EndReason.UNKNOWN:
        return end.ending.reason
    if end is None and may_have_expired(last, after):
        return EndReason.EXPIRED
    every_channel = window.exact or window.sees_invites
    if last.max_uses and window.sees_revocations and every_channel and not window.gap:
        return EndReason.EXHAUSTED
    return EndReason.UNKNOWN


def may_have_expired(last: Counter, after: Reading) -> bool:
    """Compare the platform's clock with the platform's clock; without its time, it may have."""
    if last.expires_at is None:
        return False
    return after.platform_ms is None or last.expires_at <= after.platform_ms + DATE_STEP_MS


def created_since(counter: Counter, reading: Reading) -> bool | None:
    """Whether an invite is younger than a reading, by the platform's clock; None if it is silent.

    Within the same second it counts as older: the reading may have been the later of the two.
    """
    if counter.created_at is None or reading.platform_ms is None:
        return None
    return counter.created_at >= reading.platform_ms + DATE_STEP_MS


def last_moment(end: End | None, after: Reading) -> float:
    """The latest monotonic moment at which a vanished invite can have been used."""
    return after.answered if end is None else min(after.answered, end.at)
