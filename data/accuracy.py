"""How often counters were right: their last verdict, against what the record or a moderator said.

They have no word while a confirmation or a correction stands, so their last is from before it.
Bots are left out: nothing had to be found out about them.
"""

QUESTION = """
    WITH compared AS (
        SELECT
            said.certainty,
            ' ' || CASE
                WHEN said.certainty <> 'certain' THEN said.candidates
                WHEN said.source = 'vanity' THEN '~vanity'
                ELSE COALESCE(said.code, '~other')
            END || ' ' AS words,
            CASE WHEN truth.source IN ('invite', 'manual') THEN truth.code END AS code,
            CASE truth.source
                WHEN 'invite' THEN '~invite'
                WHEN 'vanity' THEN '~vanity'
                ELSE '~other'
            END AS way,
            said.certainty <> 'unknown'
            AND truth.source <> 'unknown'
            AND (truth.source <> 'invite' OR truth.code IS NOT NULL) AS comparable
        FROM joins
        JOIN verdicts AS truth ON truth.id = joins.verdict_id
        JOIN verdicts AS said ON said.id = (
            SELECT MAX(counted.id)
            FROM verdicts AS counted
            WHERE counted.guild_id = joins.guild_id
              AND counted.join_id = joins.id
              AND counted.decided_by = 'counters'
        )
        WHERE joins.guild_id = :guild_id
          AND joins.certainty IN ('confirmed', 'corrected')
          AND joins.is_bot = 0
    ),
    judged AS (
        SELECT
            certainty,
            comparable,
            COALESCE(instr(words, ' ' || code || ' '), 0)
            + instr(words, ' ' || way || ' ')
            + instr(words, ' ~unknown ') > 0 AS admitted
        FROM compared
    )
    SELECT
        certainty,
        COUNT(*) AS joins,
        SUM(comparable AND admitted) AS right,
        SUM(comparable AND NOT admitted) AS wrong
    FROM judged
    GROUP BY certainty
"""
