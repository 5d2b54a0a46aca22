"""A decided window as the change it makes to the ledger."""

from collections.abc import Mapping
from datetime import datetime

from bot.attribution.decision import Decision
from bot.attribution.endings import end_reason
from bot.attribution.evidence import Window
from data.models import (
    Counter,
    Ending,
    EndReason,
    Invite,
    Reading,
    Settlement,
    Verdict,
    WindowRecord,
)


def settlement(
    guild_id: int,
    window: Window,
    decision: Decision,
    invites: Mapping[str, Invite],
    opened_at: datetime,
    decided_at: datetime,
) -> Settlement:
    """Say what closing the window changes; `invites` are those of its last reading, in full."""
    if not window.readings:
        return Settlement(guild_id=guild_id, decided_at=decided_at, verdicts=decision.verdicts)
    last = window.readings[-1]
    before = _known(window)
    gone = {
        code: _ending(code, old, last, window, decided_at)
        for code, old in before.items()
        if code not in last.counters
    }
    return Settlement(
        guild_id=guild_id,
        decided_at=decided_at,
        verdicts=decision.verdicts,
        window=_record(window, decision, opened_at, decided_at),
        baseline=last,
        begun_ms=window.readings[0].platform_ms if window.first else None,
        appeared=tuple(invites[code] for code in last.counters if _is_new(code, last, window)),
        uses=_moved(window),
        used={code: _last_count(code, before, gone) for code in gone},
        gone=gone,
    )


def _record(
    window: Window, decision: Decision, opened_at: datetime, decided_at: datetime
) -> WindowRecord | None:
    if not decision.verdicts and not decision.gains:
        return None
    return WindowRecord(
        opened_at=min(opened_at, decided_at),
        closed_at=decided_at,
        joins=sum(not join.is_bot for join in window.joins),
        gap=window.gap is not None,
        gains=decision.gains,
        unexplained=decision.unexplained,
    )


def _known(window: Window) -> dict[str, Counter]:
    """Every invite that was ever there in this window, as it was last seen."""
    known: dict[str, Counter] = {}
    last = window.readings[-1]
    for reading in window.readings:
        known |= reading.counters
    for code, birth in window.births.items():
        if birth.at < last.asked or code in window.ends:
            known.setdefault(code, birth.counter)
    return known


def _is_new(code: str, last: Reading, window: Window) -> bool:
    """Whether the old baseline lacked it, or had another invite of the same code."""
    old = None if window.first else window.readings[0].counters.get(code)
    return old is None or old.created_at != last.counters[code].created_at


def _ending(code: str, old: Counter, last: Reading, window: Window, decided_at: datetime) -> Ending:
    reason = end_reason(code, old, last, window)
    end = window.ends.get(code)
    if end is None:
        return Ending(at=decided_at, reason=reason)
    return end.ending.model_copy(update={"reason": reason})


def _moved(window: Window) -> dict[str, int]:
    """Counts that changed, of invites in the old baseline and the new."""
    old, last = window.readings[0].counters, window.readings[-1]
    return {
        code: counter.uses
        for code, counter in last.counters.items()
        if code in old and old[code].uses != counter.uses
    }


def _last_count(code: str, before: Mapping[str, Counter], gone: Mapping[str, Ending]) -> int:
    """An exhausted invite was used to its limit, whatever was last read of it."""
    exhausted = gone[code].reason is EndReason.EXHAUSTED
    return before[code].max_uses if exhausted else before[code].uses


def with_adders(verdicts: tuple[Verdict, ...], adders: Mapping[int, int]) -> tuple[Verdict, ...]:
    """Name who added each bot, where the audit log said so."""
    return tuple(
        verdict.model_copy(update={"actor_id": adders[verdict.member_id]})
        if verdict.member_id in adders
        else verdict
        for verdict in verdicts
    )
