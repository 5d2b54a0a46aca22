"""What a page of the record brings to a backfill, how far that goes, and what is no page. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from bot.errors import NoAnswerError
from bot.platforms.platform import Membership, RecordPage
from data.models import Backfill, BackfillPage, Baseline, JoinFact, Met, Reason, RecordMark, to_ms

MARGIN = timedelta(minutes=1)
"""Whoever joined so shortly before a backfill began may be about to be announced, and belongs to
the window that explains them together with others."""

DISORDER = 1000
"""Milliseconds by which a page may seem out of order: the record rounds times in its own way."""


def seconds_left(total: int | None, pages: Sequence[tuple[float, int]]) -> float | None:
    """How long the rest takes at the pace of the last pages: when each was written → members read.

    None while there is no pace to tell.
    """
    if total is None or len(pages) < 2:  # noqa: PLR2004 - a pace is between two
        return None
    (began, before), (ended, members) = pages[0], pages[-1]
    return max(total - members, 0) * (ended - began) / max(members - before, 1)


def announced_from(backfill: Backfill, baseline: Baseline | None) -> int:
    """Whoever joined then or later is for others to find (UTC milliseconds, platform's clock).

    They are announced, or were missed while Usher was away, and then a look at who is there finds
    them: both belong to the windows that follow the baseline. Whoever joined before the first
    reading is not found so.
    """
    begun = to_ms(backfill.begun_at - MARGIN)
    if baseline is None:
        return begun
    read = baseline.platform_ms
    until = min(begun, to_ms(baseline.read_at - MARGIN) if read is None else read)
    return max(until, baseline.begun_ms or 0)


def taken(
    page: RecordPage,
    guild_id: int,
    until: int,
    seen: frozenset[int],
    arrived_at: int,
    begun_ms: int | None = None,
) -> BackfillPage:
    """What a page brings: those who joined before `until`, and were not seen yet.

    Whoever joined since `begun_ms` was not there before Usher, and is found later.

    The page that brings nobody is the last: a short one may only be one that the record cut.
    """
    brought = [
        each
        for each in page.members
        if each.membership.joined_at < until and each.membership.member_id not in seen
    ]
    return BackfillPage(
        facts=tuple(_fact(guild_id, each.membership, arrived_at, begun_ms) for each in brought),
        confirmations=tuple(each.confirmation for each in brought if each.confirmation),
        mark=RecordMark(*brought[-1].membership[:2]) if brought else None,
        total=page.total,
        last=not brought,
    )


def _fact(guild_id: int, membership: Membership, arrived_at: int, begun_ms: int | None) -> JoinFact:
    member_id, joined_at, is_bot = membership
    missed = begun_ms is not None and joined_at >= begun_ms
    met = Met.GAP if missed else Met.BACKFILL
    return JoinFact(guild_id, member_id, joined_at, arrived_at, is_bot, met)


def require_order(page: RecordPage, mark: RecordMark | None) -> None:
    """Refuse an answer to another question than ours: paging on by it would miss people.

    The record is not documented. A page that begins anew, or with the newest, would look like the
    end of it, and so would an empty first one: whoever asks is a member.
    """
    if not page.members and mark is None:
        raise NoAnswerError(Reason.NO_ANSWER, "the record does not answer yet: it is empty")
    ends = [*page.members[:1], *page.members[-1:]]
    times = [each.membership.joined_at for each in ends]
    if mark is not None:
        times.insert(0, mark.joined_at)
    if any(later < earlier - DISORDER for earlier, later in pairwise(times)):
        raise NoAnswerError(Reason.NO_ANSWER, "the record did not answer in the order asked for")
