"""What is said of a join, once it is known what can explain it."""

from collections.abc import Iterable
from typing import NamedTuple

from bot.attribution.evidence import Arrival, Window
from data.models import Certainty, Reason, Source, Verdict

OTHER = Source.OTHER.candidate
UNKNOWN = Source.UNKNOWN.candidate
VANITY = Source.VANITY.candidate


class Answer(NamedTuple):
    """What can explain a join, and why that is not a single thing, if it is not."""

    candidates: frozenset[str]
    reason: Reason
    before_us: bool = False
    """Whether it may have been counted before all that we know, however late we heard of it."""


def verdict(join: Arrival, answer: Answer, window: Window) -> Verdict:
    """Say of a person's join what its answer admits."""
    if len(window.readings) < (1 if window.first else 2):
        return _said(join, Certainty.UNKNOWN, Source.UNKNOWN, reason=Reason.NO_ANSWER)
    candidates = answer.candidates
    if UNKNOWN in candidates and answer.before_us:
        # Counted before the first reading, it may be any code: those that moved say nothing.
        why = (not window.first and window.gap) or Reason.NO_BASELINE
        return _said(join, Certainty.UNKNOWN, Source.UNKNOWN, reason=why)
    if UNKNOWN in candidates and candidates <= {UNKNOWN, OTHER}:
        why = window.gap or Reason.HIDDEN_INVITES
        return _said(join, Certainty.UNKNOWN, Source.UNKNOWN, reason=why)
    if len(candidates) == 1:
        return _certain(join, *candidates, window=window)
    codes_only = not any(candidate.startswith("~") for candidate in candidates)
    source = Source.INVITE if codes_only else Source.UNKNOWN
    return _said(join, Certainty.AMBIGUOUS, source, candidates=candidates, reason=answer.reason)


def bot_verdict(join: Arrival) -> Verdict:
    return _said(join, Certainty.CERTAIN, Source.BOT)


def same_of(said: Verdict, join: Arrival) -> Verdict:
    """The verdict of a join with the same answer.

    A copy is not validated again, which would take as long as everything else together; what
    names a join was proved right when the join was written down.
    """
    return said.model_copy(update={"member_id": join.member_id, "joined_at": join.joined_at})


def _certain(join: Arrival, candidate: str, *, window: Window) -> Verdict:
    if candidate == OTHER:
        if window.gap:
            # A use may have been lost together with the event that would have shown it.
            return _said(join, Certainty.UNKNOWN, Source.UNKNOWN, reason=window.gap)
        return _said(join, Certainty.CERTAIN, Source.OTHER)
    if candidate == VANITY:
        return _said(join, Certainty.CERTAIN, Source.VANITY, code=_vanity_code(window))
    return _said(join, Certainty.CERTAIN, Source.INVITE, code=candidate)


def _vanity_code(window: Window) -> str | None:
    """None if it changed within the window: then it may have been any of them."""
    codes = {reading.vanity.code for reading in window.readings if reading.vanity}
    return codes.pop() if len(codes) == 1 else None


def _said(
    join: Arrival,
    certainty: Certainty,
    source: Source,
    *,
    code: str | None = None,
    candidates: Iterable[str] = (),
    reason: Reason | None = None,
) -> Verdict:
    return Verdict(
        member_id=join.member_id,
        joined_at=join.joined_at,
        certainty=certainty,
        source=source,
        code=code,
        candidates=tuple(sorted(candidates)),
        reason=reason,
    )
