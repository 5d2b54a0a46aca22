"""Questions about joins, as SQL."""

PENDING = """
    SELECT guild_id, member_id, joined_at, arrived_at, is_bot, met
    FROM joins
    WHERE guild_id = ? AND certainty = 'pending'
    ORDER BY arrived_at, id
"""

GUILDS_WITH_PENDING = """
    SELECT DISTINCT guild_id
    FROM joins
    WHERE certainty = 'pending'
    ORDER BY guild_id
"""

_UNNAMED = """
    certainty NOT IN ('confirmed', 'corrected')
    AND met <> 'backfill'
    AND is_bot = 0
    AND left_at IS NULL
"""
"""Whom the record may still name."""

UNCONFIRMED = f"""
    SELECT guild_id, member_id, joined_at, arrived_at, is_bot, met
    FROM joins
    WHERE guild_id = :guild_id
      AND COALESCE(joined_at, 0) >= :since
      AND {_UNNAMED}
    ORDER BY COALESCE(joined_at, 0) DESC, id DESC
    LIMIT :limit
"""  # noqa: S608 - built from a constant of ours

GUILDS_UNCONFIRMED = f"""
    SELECT guild_id
    FROM guilds
    WHERE EXISTS (
        SELECT 1
        FROM joins
        WHERE joins.guild_id = guilds.guild_id
          AND COALESCE(joined_at, 0) >= ?
          AND {_UNNAMED}
    )
    ORDER BY guild_id
"""  # noqa: S608 - built from a constant of ours


def _listed(candidates: str) -> str:
    """Which joins a list is about; `candidates` is where theirs stand."""
    return f"""
        guild_id = :guild_id
        AND (:certainty IS NULL OR certainty = :certainty)
        AND (:source IS NULL OR source = :source)
        AND (
            :code IS NULL
            OR invite_id IN (SELECT id FROM invites WHERE guild_id = :guild_id AND code = :code)
            OR (
                certainty = 'ambiguous'
                AND instr(' ' || {candidates} || ' ', ' ' || :code || ' ')
            )
        )
    """  # noqa: S608 - callers name a column or a question of ours, never a value


COUNT = f"""
    SELECT COUNT(*)
    FROM joins
    WHERE {_listed("(SELECT candidates FROM verdicts WHERE verdicts.id = joins.verdict_id)")}
"""  # noqa: S608 - built from a question of ours
PAGE = f"""
    SELECT *
    FROM join_records
    WHERE {_listed("candidates")}
    ORDER BY position DESC, id DESC
    LIMIT :limit
    OFFSET :offset
"""  # noqa: S608 - built from a question of ours

ONE = """
    SELECT *
    FROM join_records
    WHERE guild_id = ? AND id = ?
"""

MEMBERS = """
    SELECT member_id, joined_at
    FROM joins
    WHERE guild_id = ? AND left_at IS NULL
"""

KNOWN = """
    SELECT member_id, joined_at
    FROM joins
    WHERE guild_id = :guild_id
      AND joined_at IS NOT NULL
      AND member_id IN (SELECT value FROM json_each(:members))
"""

OF_MEMBER = """
    SELECT *
    FROM join_records
    WHERE guild_id = ? AND member_id = ?
    ORDER BY number
"""

COUNT_THROUGH = """
    SELECT COUNT(*)
    FROM joins
    WHERE guild_id = (SELECT guild_id FROM invites WHERE id = :invite_id)
      AND invite_id = :invite_id
"""

THROUGH = """
    SELECT *
    FROM join_records
    WHERE guild_id = (SELECT guild_id FROM invites WHERE id = :invite_id)
      AND invite_id = :invite_id
    ORDER BY position DESC, id DESC
    LIMIT :limit
"""

HISTORY = """
    SELECT *
    FROM verdict_records
    WHERE guild_id = (SELECT guild_id FROM joins WHERE id = :join_id)
      AND join_id = :join_id
    ORDER BY id
"""

IN_ORDER = """
    SELECT *
    FROM join_records
    WHERE guild_id = :guild_id
      AND position >= :position -- SQLite seeks by this one alone
      AND (position, id) > (:position, :id)
    ORDER BY position, id
    LIMIT :limit
"""
