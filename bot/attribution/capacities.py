"""What each code gained between two consecutive readings: how many joins it can explain."""

from collections.abc import Iterator
from itertools import pairwise

from bot.attribution.bounds import UNSEEN, Bounds, Capacity
from bot.attribution.endings import created_since, end_reason, last_moment
from bot.attribution.evidence import BEFORE_US, Birth, Window
from bot.attribution.lossy import lower_bounds
from data.models import Counter, EndReason, Reading, Reason, Source


def capacities(window: Window) -> list[Capacity]:
    """All capacities of the window, in a fixed order; codes that explain nothing are left out."""
    if not window.readings:
        return []
    gained = _steps(window) if window.exact else lower_bounds(window)
    return [*gained, *_never_read(window), *_unseen(window)]


def _steps(window: Window) -> Iterator[Capacity]:
    for before, after in pairwise(window.readings):
        yield from _between(before, after, window)


def _between(before: Reading, after: Reading, window: Window) -> Iterator[Capacity]:
    for code in {**before.counters, **after.counters}:
        if before.counters.get(code) == after.counters.get(code):
            continue
        bounds = _bounds(code, before, after, window)
        if bounds != (0, 0):
            until = after.answered
            if code not in after.counters:
                until = last_moment(window.ends.get(code), after)
            yield Capacity(code, before.asked, until, *bounds)
    vanity = _vanity(before, after)
    if vanity != (0, 0):
        yield Capacity(Source.VANITY.candidate, before.asked, after.answered, *vanity)


def _bounds(code: str, before: Reading, after: Reading, window: Window) -> Bounds:
    """What a code that one of the readings shows gained, by the table of attribution.md."""
    old = before.counters.get(code)
    new = after.counters.get(code)
    if old is None:
        assert new is not None, "one of the two readings shows the code"
        return _appeared(new, before, announced=code in window.births)
    if new is None:
        return _gone(code, old, after, window)
    if old.created_at != new.created_at:
        return UNSEEN  # the code came back as another invite; what happened between is not known
    return _moved(old, new)


def _never_read(window: Window) -> Iterator[Capacity]:
    """Invites that came and went between two readings: only events told us of them.

    These events arrive late too, by up to `lags.event`, so the life of such an invite lies
    somewhere from that long before we heard of its beginning until we heard of its end.
    """
    first, last = window.readings[0], window.readings[-1]
    shown = {code for reading in window.readings for code in reading.counters}
    for code in {**window.births, **window.ends}.keys() - shown:
        birth, end = window.births.get(code), window.ends.get(code)
        if birth is None:
            yield Capacity(code, BEFORE_US, last_moment(end, last), *UNSEEN)
        elif not _over_before(birth, first) and (end is not None or birth.since <= last.asked):
            since = birth.since - window.lags.event
            yield Capacity(code, since, last_moment(end, last), *_lived(code, birth, window))


def _over_before(birth: Birth, first: Reading) -> bool:
    """Whether it was created before the first reading, which lacks it: an event told again."""
    created_at, read_at = birth.counter.created_at, first.platform_ms
    return created_at is not None and read_at is not None and created_at < read_at


def _lived(code: str, birth: Birth, window: Window) -> Bounds:
    """Exact only if uses are never lost, and all its life lies between the first reading and the
    last; of what was told after a broken connection, that is not known.
    """
    if not window.exact:
        return UNSEEN
    first, last = window.readings[0], window.readings[-1]
    low, high = _gone(code, birth.counter, last, window)
    younger = created_since(birth.counter, first)
    if younger is None:
        younger = birth.since - window.lags.event >= first.answered
    end = window.ends.get(code)
    # What was announced before the last reading was asked, and is not in it, was over by then.
    over = end is None or min(end.at, birth.at) <= last.asked
    return (low if younger and over and birth.late_since is None else 0, high)


def _unseen(window: Window) -> Iterator[Capacity]:
    """Explanations that leave no trace in a counter or an event that we can see."""
    if window.first or any(join.late_since == BEFORE_US for join in window.joins):
        yield Capacity(Source.UNKNOWN.candidate, BEFORE_US, window.readings[0].answered, *UNSEEN)
    if not window.sees_invites or window.gap is Reason.GAP:
        # An invite may have been made and used up while nobody told us.
        yield Capacity(Source.UNKNOWN.candidate, BEFORE_US, window.readings[-1].answered, *UNSEEN)


def _moved(old: Counter, new: Counter) -> Bounds:
    gained = new.uses - old.uses
    if gained < 0:
        return UNSEEN
    return (0 if new.belongs_already else gained, gained)


def _appeared(new: Counter, before: Reading, *, announced: bool) -> Bounds:
    """Exact if its creation was announced, or if the platform's clock says that it is younger."""
    exact = (announced or created_since(new, before)) and not new.belongs_already
    return (new.uses if exact else 0, new.uses)


def _gone(code: str, old: Counter, after: Reading, window: Window) -> Bounds:
    left = max(old.max_uses - old.uses, 0) if old.max_uses else None
    exhausted = end_reason(code, old, after, window) is EndReason.EXHAUSTED
    if exhausted and left is not None and not old.belongs_already:
        return (left, left)
    return (0, left)


def _vanity(before: Reading, after: Reading) -> Bounds:
    old, new = before.vanity, after.vanity
    if old is None or new is None:
        return UNSEEN
    if old.code != new.code or new.uses < old.uses:
        return UNSEEN
    return (new.uses - old.uses,) * 2
