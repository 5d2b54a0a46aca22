"""When people joined, where the record tells less exactly than events and lists of members do.

Pure. The ledger keeps the time that was heard first: of one membership that is the exact one,
unless only the record has told of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from bot.platforms.platform import Membership, RecordedMember, RecordPage


def is_known(member: Membership, known: int | None, precision: int) -> bool:
    """Whether a membership is the one that began at `known` by the ledger, in UTC milliseconds."""
    return known in (member.joined_at, member.joined_at // precision * precision)


def told_apart_after(joined_at: int, precision: int, event_lag: float) -> float:
    """Seconds from the event of a join until nobody can have joined again within its step of
    `precision` ms without our having heard of it: until then a record that tells steps may mean the
    second time. Zero where it tells milliseconds, in which nobody comes twice.

    `joined_at` is in UTC milliseconds, `event_lag` how late an event may be, in seconds.
    """
    return 0.0 if precision == 1 else (precision - joined_at % precision) / 1000 + event_lag


def twice(
    joins: Iterable[tuple[int, int]], known: Iterable[tuple[int, int]], precision: int
) -> set[tuple[int, int]]:
    """Those of these joins whose member joined again within their step of `precision` ms, by all
    memberships that are known: nobody can know which time a record of such steps means, nor whether
    it has heard of the second. Both are member and `joined_at`.
    """
    steps = Counter((member_id, joined_at // precision) for member_id, joined_at in set(known))
    return {join for join in joins if steps[join[0], join[1] // precision] > 1}


def as_known(page: RecordPage, known: Iterable[tuple[int, int]], precision: int) -> RecordPage:
    """The page with times as they are known, where the record tells only steps of `precision` ms.

    `known` are memberships: member and `joined_at`. Of two within one step the last still stands.
    """
    exact = {(member_id, at // precision): at for member_id, at in sorted(known)}
    members = [_timed(each, exact, precision) for each in page.members]
    return page._replace(members=members)


def _timed(
    told: RecordedMember, exact: Mapping[tuple[int, int], int], precision: int
) -> RecordedMember:
    member_id, at, _ = told.membership
    joined_at = exact.get((member_id, at // precision), at)
    said = told.confirmation and told.confirmation.model_copy(update={"joined_at": joined_at})
    return RecordedMember(told.membership._replace(joined_at=joined_at), said)
