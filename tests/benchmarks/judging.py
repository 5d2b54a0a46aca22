"""What was said of a join held against how it truly came. Pure."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

OTHER = "~other"
UNKNOWN = "~unknown"
VANITY = "~vanity"
BOT = "~bot"


class Outcome(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    AMONG = "ambiguous"
    """The truth is among the candidates."""
    NOT_AMONG = "ambiguous without the truth"
    UNKNOWN = "unknown"
    MISSED = "missed"
    """Nobody noticed that somebody joined."""


class Truth(NamedTuple):
    """A membership and how it came about: a code, or a source with a tilde."""

    guild_id: int
    member_id: int
    joined_ms: int
    came: str
    situation: str
    burst: float
    """Seconds between two people of a burst."""
    stayed: float
    """Seconds until they left; infinite if they never did."""

    @property
    def key(self) -> tuple[int, int, int]:
        return self.guild_id, self.member_id, self.joined_ms


class Said(NamedTuple):
    """One verdict."""

    after: float
    """Seconds after the join."""
    names: frozenset[str]
    """Nothing where nothing is named, several candidates where it is ambiguous."""
    recorded: bool = False
    """Whether the platform's record was its source, and not the counters."""
    abstains: bool = False
    """Whether whoever says it has no word for people whom no counter shows: then it is right to
    name nothing for them."""
    seen: frozenset[str] = frozenset()
    """The codes that were known by then: none of them is "an invite that could not be seen"."""


def judge(came: str, said: Said) -> Outcome:
    if not said.names and said.abstains and not _counted(came):
        return Outcome.RIGHT
    if not said.names or said.names == {UNKNOWN}:
        return Outcome.UNKNOWN
    fits = bool(said.names & ({came} if said.recorded else _fitting(came, said.seen)))
    if len(said.names) > 1:
        return Outcome.AMONG if fits else Outcome.NOT_AMONG
    return Outcome.RIGHT if fits else Outcome.WRONG


def _fitting(came: str, seen: frozenset[str]) -> set[str]:
    """Counters can only say "another way" where the record knows its name and must tell it.

    "Not known" stands for invites that nobody could see, and for nothing else.
    """
    if not _counted(came):
        return {came, OTHER}
    return {came} if came in seen or came == VANITY else {came, UNKNOWN}


def _counted(came: str) -> bool:
    return not came.startswith("~") or came == VANITY


class Judged(NamedTuple):
    """One join and everything that was ever said of it."""

    truth: Truth
    first: Outcome
    """Of the first verdict."""
    last: Outcome
    """Of the verdict that stands."""
    worst: Outcome
    """A verdict that was ever wrong stays wrong."""
    first_after: float | None
    """Seconds from the join to the first verdict."""
    named_after: float | None
    """Seconds from the join to the record's word."""


def judged(truth: Truth, said: Sequence[Said] | None) -> Judged:
    """`said` in the order it was said; None: there is no trace of the join."""
    if said is None:
        return Judged(truth, Outcome.MISSED, Outcome.MISSED, Outcome.MISSED, None, None)
    found = [judge(truth.came, one) for one in said] or [Outcome.UNKNOWN]
    recorded = [one.after for one in said if one.recorded]
    return Judged(
        truth,
        found[0],
        found[-1],
        worst(found),
        said[0].after if said else None,
        recorded[0] if recorded else None,
    )


def worst(found: Iterable[Outcome]) -> Outcome:
    *_, last = found = list(found)
    bad = [one for one in (Outcome.WRONG, Outcome.NOT_AMONG) if one in found]
    return bad[0] if bad else last
