"""Questions about invites, as SQL."""

UNLISTED = """
    SELECT *
    FROM invites
    WHERE guild_id = :guild_id
      AND kind <> 'vanity'
      AND in_baseline = 0
      AND first_seen_at >= :since
    ORDER BY id
"""

BASELINE = """
    SELECT
        guilds.read_at,
        guilds.platform_ms,
        guilds.begun_ms,
        guilds.vanity_code,
        guilds.vanity_uses,
        invites.code,
        invites.uses,
        invites.max_uses,
        invites.created_at,
        invites.expires_at,
        invites.guest,
        invites.role_ids
    FROM guilds
    LEFT JOIN invites
        ON invites.guild_id = guilds.guild_id
        AND invites.in_baseline = 1
    WHERE guilds.guild_id = ? AND guilds.read_at IS NOT NULL
    ORDER BY invites.id
"""

LATEST = """
    SELECT *
    FROM invites
    WHERE guild_id = ? AND code = ?
    ORDER BY id DESC
    LIMIT 1
"""

PAGE = """
    SELECT *, COUNT(*) OVER () AS total
    FROM invites
    WHERE guild_id = :guild_id
      AND (:channel_id IS NULL OR channel_id = :channel_id)
      AND (:campaign IS NULL OR campaign = :campaign COLLATE NOCASE)
      AND (:inviter_id IS NULL OR :inviter_id IN (inviter_id, moderator_id, behalf_id))
      AND (
          :state = 'all'
          OR (:state = 'ended') = (
              ended_at IS NOT NULL OR COALESCE(expires_at <= :now, false)
          )
      )
    ORDER BY
        CASE :sort
            WHEN 'uses' THEN -uses
            WHEN 'least used' THEN uses
            WHEN 'expiry' THEN expires_at
        END NULLS LAST,
        CASE WHEN :sort IN ('least used', 'oldest')
            THEN COALESCE(created_at, first_seen_at)
        END,
        COALESCE(created_at, first_seen_at) DESC,
        id DESC
    LIMIT :limit
    OFFSET :offset
"""

MATCHING = """
    SELECT *
    FROM invites
    WHERE guild_id = :guild_id
      AND (
          code LIKE :text || '%' ESCAPE '\\'
          OR campaign LIKE '%' || :text || '%' ESCAPE '\\'
      )
      AND NOT (:live_only AND ended_at IS NOT NULL)
      AND id = (
          SELECT MAX(latest.id)
          FROM invites AS latest
          WHERE latest.guild_id = :guild_id AND latest.code = invites.code
      )
    ORDER BY ended_at IS NOT NULL, COALESCE(created_at, first_seen_at) DESC, id DESC
    LIMIT :limit
"""

CAMPAIGNS = """
    SELECT campaign
    FROM invites
    WHERE guild_id = :guild_id AND campaign LIKE :text || '%' ESCAPE '\\'
    GROUP BY campaign
    ORDER BY MAX(first_seen_at) DESC, campaign
    LIMIT :limit
"""


def literal(text: str) -> str:
    """A text that LIKE takes as it is."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
