"""Rows become values here, one function per value, and nowhere else."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import groupby

from data import reports
from data.models import (
    Accuracy,
    Backfill,
    Baseline,
    Certainty,
    Choice,
    Counter,
    EndReason,
    Gain,
    Invite,
    InviteKind,
    InviteRecord,
    JoinFact,
    JoinRecord,
    JoinsOfDay,
    Lag,
    LagCount,
    LeavesOfDay,
    LogKind,
    LogLine,
    LogMessage,
    LogSetting,
    Met,
    Reason,
    RecordMark,
    Source,
    Vanity,
    VerdictRecord,
    WindowRecord,
    from_ms,
)


def moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def fact(row: sqlite3.Row) -> JoinFact:
    return JoinFact(
        guild_id=row["guild_id"],
        member_id=row["member_id"],
        joined_at=row["joined_at"],
        arrived_at=row["arrived_at"],
        is_bot=bool(row["is_bot"]),
        met=Met(row["met"]),
    )


def join(row: sqlite3.Row) -> JoinRecord:
    return JoinRecord(
        id=row["id"],
        guild_id=row["guild_id"],
        member_id=row["member_id"],
        joined_at=moment(row["joined_at"]),
        arrived_at=from_ms(row["arrived_at"]),
        met=Met(row["met"]),
        is_bot=bool(row["is_bot"]),
        number=row["number"],
        left_at=moment(row["left_at"]),
        certainty=Certainty(row["certainty"]),
        source=Source(row["source"]),
        code=row["code"],
        inviter_id=row["inviter_id"],
        moderator_id=row["moderator_id"],
        credited_id=row["credited_id"],
        campaign=row["campaign"],
        actor_id=row["actor_id"],
        candidates=tuple(row["candidates"].split()),
        reason=_reason(row["reason"]),
        decided_at=moment(row["decided_at"]),
        decided_by=row["decided_by"],
        window=_window(row),
        raw_source=row["raw_source"],
        note=row["note"],
    )


def verdict(row: sqlite3.Row) -> VerdictRecord:
    return VerdictRecord(
        id=row["id"],
        decided_at=from_ms(row["decided_at"]),
        decided_by=row["decided_by"],
        certainty=Certainty(row["certainty"]),
        source=Source(row["source"]),
        code=row["code"],
        actor_id=row["actor_id"],
        inviter_id=row["inviter_id"],
        raw_source=row["raw_source"],
        candidates=tuple(row["candidates"].split()),
        reason=_reason(row["reason"]),
        window=_window(row),
        note=row["note"],
        undoes=row["undoes"],
        undoer_id=row["undoer_id"],
    )


def accuracies(rows: list[sqlite3.Row]) -> list[Accuracy]:
    """One for each certainty that can turn out wrong, also where there is nothing to count."""
    found = {row["certainty"]: Accuracy.model_validate(dict(row)) for row in rows}
    return [
        found.get(certainty, Accuracy(certainty=certainty))
        for certainty in (
            Certainty.CONFIRMED,
            Certainty.CERTAIN,
            Certainty.AMBIGUOUS,
            Certainty.UNKNOWN,
        )
    ]


def invite(row: sqlite3.Row) -> InviteRecord:
    return InviteRecord(
        id=row["id"],
        invite=_described(row),
        moderator_id=row["moderator_id"],
        behalf_id=row["behalf_id"],
        campaign=row["campaign"],
        reason=row["reason"],
        first_seen_at=from_ms(row["first_seen_at"]),
        uses_before=row["uses_before"],
        ended_at=moment(row["ended_at"]),
        end_reason=None if row["end_reason"] is None else EndReason(row["end_reason"]),
        ended_by=row["ended_by"],
        end_note=row["end_note"],
    )


def _described(row: sqlite3.Row) -> Invite:
    return Invite(
        guild_id=row["guild_id"],
        code=row["code"],
        kind=InviteKind(row["kind"]),
        raw_kind=row["raw_kind"],
        channel_id=row["channel_id"],
        pack_id=row["pack_id"],
        inviter_id=row["inviter_id"],
        created_at=moment(row["created_at"]),
        expires_at=moment(row["expires_at"]),
        max_age=row["max_age"],
        max_uses=row["max_uses"],
        temporary=bool(row["temporary"]),
        guest=bool(row["guest"]),
        role_ids=tuple(map(int, row["role_ids"].split())),
        target_user_id=row["target_user_id"],
        target_application_id=row["target_application_id"],
        uses=row["uses"],
    )


def baseline(rows: list[sqlite3.Row]) -> Baseline | None:
    """Of a guild joined with its counters: one row each, or one without a code."""
    if not rows:
        return None
    guild = rows[0]
    vanity = None
    if guild["vanity_uses"] is not None:
        vanity = Vanity(guild["vanity_code"], guild["vanity_uses"])
    return Baseline(
        read_at=from_ms(guild["read_at"]),
        platform_ms=guild["platform_ms"],
        counters={row["code"]: _counter(row) for row in rows if row["code"] is not None},
        vanity=vanity,
        begun_ms=guild["begun_ms"],
    )


def _counter(row: sqlite3.Row) -> Counter:
    return Counter(
        uses=row["uses"],
        max_uses=row["max_uses"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        belongs_already=bool(row["guest"]) or bool(row["role_ids"]),
    )


def backfill(row: sqlite3.Row) -> Backfill:
    mark = None
    if row["mark_member_id"] is not None:
        mark = RecordMark(row["mark_member_id"], row["mark_joined_at"])
    return Backfill(
        guild_id=row["guild_id"],
        moderator_id=row["moderator_id"],
        begun_at=from_ms(row["begun_at"]),
        mark=mark,
        members=row["members"],
        named=row["named"],
        total=row["total"],
        finished_at=moment(row["finished_at"]),
    )


def lag(row: sqlite3.Row) -> LagCount:
    return LagCount(lag=Lag(row["lag"]), seconds=row["up_to"] / 1000, joins=row["joins"])


def joins_of_day(row: sqlite3.Row) -> JoinsOfDay:
    return JoinsOfDay(
        day=reports.day(row["day"]),
        certainty=Certainty(row["certainty"]),
        source=Source(row["source"]),
        joins=row["joins"],
        backfilled=row["backfilled"],
    )


def leaves_of_day(row: sqlite3.Row) -> LeavesOfDay:
    return LeavesOfDay(day=reports.day(row["day"]), leaves=row["leaves"])


def choice(row: sqlite3.Row) -> Choice:
    return Choice(row["guild_id"], row["channel_id"], row["owner_id"], row["custom_id"])


def log_setting(row: sqlite3.Row) -> LogSetting:
    return LogSetting(
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        since=from_ms(row["since"]),
        moderator_id=row["moderator_id"],
    )


def log_line(row: sqlite3.Row) -> LogLine:
    return LogLine(id=row["line_id"], kind=LogKind(row["kind"]), join=join(row))


def log_messages(rows: Iterable[sqlite3.Row]) -> list[LogMessage]:
    """Of messages joined with their lines: a row for each line, those of a message in a row."""
    return [
        _log_message(list(lines)) for _, lines in groupby(rows, lambda row: row["log_message_id"])
    ]


def _log_message(rows: list[sqlite3.Row]) -> LogMessage:
    row = rows[0]
    return LogMessage(
        id=row["log_message_id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        claimed_at=from_ms(row["claimed_at"]),
        version=row["version"],
        lines=tuple(map(log_line, rows)),
    )


def _reason(text: str | None) -> Reason | None:
    return None if text is None else Reason(text)


def _window(row: sqlite3.Row) -> WindowRecord | None:
    if row["opened_at"] is None:
        return None
    return _evidence(
        (row["opened_at"], row["closed_at"]),
        row["joins"],
        bool(row["gap"]),
        row["gains"],
        row["unexplained"],
    )


@lru_cache(maxsize=256)  # the joins of a raid share one window
def _evidence(
    times: tuple[int, int], joins: int, gap: bool, gains: str, unexplained: int
) -> WindowRecord:
    return WindowRecord(
        opened_at=from_ms(times[0]),
        closed_at=from_ms(times[1]),
        joins=joins,
        gap=gap,
        gains=tuple(Gain(code=code, low=low, high=high) for code, low, high in json.loads(gains)),
        unexplained=unexplained,
    )
