"""Invites: how they are seen, who made them for whom, and how they end."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import aiosqlite

from data.models import Creation, Ending, EndReason, Invite, to_ms


async def seen(db: aiosqlite.Connection, invite: Invite, at: datetime, uses_before: int) -> None:
    """Write down an invite that an event or an answer described, without forgetting anything.

    A counter of the baseline stays: only a settled reading may move it.
    """
    await upsert(db, [(invite, uses_before)], at, in_baseline=False)


def named(code: str) -> str:
    """SQL for the invite that a code names for a row of `joins`: the latest that was there when
    the member joined, else the latest.
    """
    latest = f"""
        SELECT MAX(invites.id)
        FROM invites
        WHERE invites.guild_id = :guild_id AND invites.code = {code}
    """  # noqa: S608 - callers name a column or a parameter, never a value
    return f"COALESCE(({latest} AND invites.created_at <= joins.joined_at), ({latest}))"


def _columns(invite: Invite) -> dict[str, object]:
    return {
        "guild_id": invite.guild_id,
        "code": invite.code,
        "kind": invite.kind,
        "raw_kind": invite.raw_kind,
        "channel_id": invite.channel_id,
        "pack_id": invite.pack_id,
        "inviter_id": invite.inviter_id,
        "created_at": _ms(invite.created_at),
        "expires_at": _ms(invite.expires_at),
        "max_age": invite.max_age,
        "max_uses": invite.max_uses,
        "temporary": invite.temporary,
        "guest": invite.guest,
        "role_ids": " ".join(map(str, invite.role_ids)),
        "target_user_id": invite.target_user_id,
        "target_application_id": invite.target_application_id,
        "uses": invite.uses,
    }


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


async def upsert(
    db: aiosqlite.Connection,
    invites: Sequence[tuple[Invite, int]],
    at: datetime,
    *,
    in_baseline: bool,
) -> None:
    """Add what is new, each with its uses before Usher saw it, and complete what is known.

    A description without a time of creation is of the latest invite with that code.
    """
    rows = [{**_columns(invite), "uses_before": before} for invite, before in invites]
    await db.execute(
        _UPSERT,
        {"rows": json.dumps(rows), "at": to_ms(at), "in_baseline": in_baseline},
    )


_UPSERT = """
    INSERT INTO invites (
        guild_id, code, kind, raw_kind, channel_id, pack_id, inviter_id, created_at, expires_at,
        max_age, max_uses, temporary, guest, role_ids, target_user_id, target_application_id, uses,
        uses_before, in_baseline, first_seen_at
    )
    SELECT
        value->>'guild_id',
        value->>'code',
        value->>'kind',
        value->>'raw_kind',
        value->>'channel_id',
        value->>'pack_id',
        value->>'inviter_id',
        COALESCE(
            value->>'created_at',
            (
                SELECT created_at
                FROM invites
                WHERE guild_id = value->>'guild_id'
                  AND code = value->>'code'
                  AND value->>'kind' <> 'vanity'
                ORDER BY id DESC
                LIMIT 1
            )
        ),
        value->>'expires_at',
        value->>'max_age',
        value->>'max_uses',
        value->>'temporary',
        value->>'guest',
        value->>'role_ids',
        value->>'target_user_id',
        value->>'target_application_id',
        value->>'uses',
        value->>'uses_before',
        :in_baseline,
        :at
    FROM json_each(:rows)
    WHERE true
    ON CONFLICT (guild_id, code, COALESCE(created_at, -1)) DO UPDATE
    SET channel_id = COALESCE(excluded.channel_id, invites.channel_id),
        pack_id = COALESCE(excluded.pack_id, invites.pack_id),
        inviter_id = COALESCE(excluded.inviter_id, invites.inviter_id),
        expires_at = COALESCE(excluded.expires_at, invites.expires_at),
        max_age = MAX(excluded.max_age, invites.max_age),
        max_uses = MAX(excluded.max_uses, invites.max_uses),
        temporary = MAX(excluded.temporary, invites.temporary),
        guest = MAX(excluded.guest, invites.guest),
        role_ids = COALESCE(NULLIF(excluded.role_ids, ''), invites.role_ids),
        target_user_id = COALESCE(excluded.target_user_id, invites.target_user_id),
        target_application_id = COALESCE(
            excluded.target_application_id, invites.target_application_id
        ),
        uses = CASE
            WHEN excluded.in_baseline = 1 THEN excluded.uses
            WHEN invites.in_baseline = 1 THEN invites.uses
            ELSE MAX(excluded.uses, invites.uses)
        END,
        in_baseline = MAX(excluded.in_baseline, invites.in_baseline)
"""


async def created(
    db: aiosqlite.Connection, guild_id: int, code: str, created_at: datetime | None, what: Creation
) -> None:
    """Write down who asked for an invite. The first word stays: earlier joins count by it."""
    await db.execute(
        """
        UPDATE invites
        SET moderator_id = COALESCE(moderator_id, :moderator_id),
            behalf_id = COALESCE(behalf_id, :behalf_id),
            campaign = COALESCE(campaign, :campaign),
            reason = COALESCE(reason, :reason)
        WHERE guild_id = :guild_id
          AND code = :code
          AND COALESCE(created_at, -1) = :created_at
        """,
        {
            "guild_id": guild_id,
            "code": code,
            "created_at": -1 if created_at is None else to_ms(created_at),
            **what.model_dump(),
        },
    )


async def ended(
    db: aiosqlite.Connection, guild_id: int, endings: Mapping[str, Ending], *, settled: bool
) -> None:
    """Write down how invites ended; better evidence replaces weaker, and never the reverse.

    A code that came back names its latest invite, but a settled reading lacks the one that the
    reading before it had.
    """
    what = {
        "guild_id": guild_id,
        "settled": settled,
        "endings": json.dumps(
            [
                (code, to_ms(ending.at), ending.reason, ending.by, ending.note, _weight(ending))
                for code, ending in endings.items()
            ]
        ),
    }
    await db.execute(_REPLACE_ENDING, what)
    await db.execute(_COMPLETE_ENDING, what)


def _weight(ending: Ending) -> int:
    if ending.reason is EndReason.UNKNOWN:
        return 1
    return 2 if ending.by is None else 3


_NAMED = """
    invites.id = (
        SELECT id
        FROM invites AS named
        WHERE named.guild_id = :guild_id AND named.code = evidence.value->>0
        ORDER BY CASE WHEN :settled THEN named.in_baseline ELSE 0 END DESC, named.id DESC
        LIMIT 1
    )
"""
"""Which of the invites that had the code is meant."""

_REPLACE_ENDING = f"""
    UPDATE invites
    SET ended_at = evidence.value->>1,
        end_reason = evidence.value->>2,
        ended_by = evidence.value->>3,
        end_note = COALESCE(evidence.value->>4, end_note)
    FROM json_each(:endings) AS evidence
    WHERE {_NAMED}
      AND evidence.value->>5 > CASE
          WHEN end_reason IS NULL THEN 0
          WHEN end_reason = 'unknown' THEN 1
          WHEN ended_by IS NULL THEN 2
          ELSE 3
      END
"""  # noqa: S608 - built from a constant of ours
_COMPLETE_ENDING = f"""
    UPDATE invites
    SET ended_by = COALESCE(ended_by, evidence.value->>3),
        end_note = COALESCE(end_note, evidence.value->>4)
    FROM json_each(:endings) AS evidence
    WHERE {_NAMED}
      AND end_reason = evidence.value->>2
"""  # noqa: S608 - built from a constant of ours


async def expire(db: aiosqlite.Connection, now: datetime) -> int:
    """End the invites whose time has passed, at that time; their counters stay as they are."""
    rows = await db.execute_fetchall(
        """
        UPDATE invites
        SET ended_at = expires_at,
            end_reason = 'expired'
        WHERE ended_at IS NULL AND expires_at <= ?
        RETURNING id
        """,
        (to_ms(now),),
    )
    return len(list(rows))
