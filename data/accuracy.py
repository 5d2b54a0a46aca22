"""How often verdicts were right: what counters said, against the record or a moderator, and what
the record said, against a moderator.

What the record said, and no moderator contradicted, counts as right.
Of a join each certainty counts once, by the last verdict that had it: a wrong `certain` is not
forgotten because a later verdict was more careful. An invite that could not be seen explains only
codes that were not known by then.
Bots are left out: nothing had to be found out about them.
"""

QUESTION = """
    WITH compared AS (
        SELECT
            said.guild_id,
            said.certainty,
            said.decided_at,
            ' ' || CASE
                WHEN said.decided_by = 'record' AND said.source IN ('invite', 'manual')
                THEN COALESCE(said.code, '~' || said.source)
                WHEN said.decided_by = 'record' THEN '~' || said.source
                WHEN said.certainty <> 'certain' THEN said.candidates
                WHEN said.source = 'vanity' THEN '~vanity'
                ELSE COALESCE(said.code, '~other')
            END || ' ' AS words,
            CASE WHEN truth.source IN ('invite', 'manual') THEN truth.code END AS code,
            CASE
                WHEN said.decided_by = 'record' OR truth.source IN ('invite', 'vanity')
                THEN '~' || truth.source
                ELSE '~other' -- counters have no names for the other ways
            END AS way,
            said.certainty <> 'unknown'
            AND truth.source <> 'unknown'
            AND (truth.source <> 'invite' OR truth.code IS NOT NULL) AS comparable
        FROM joins
        JOIN verdicts AS truth ON truth.id = joins.verdict_id
        JOIN verdicts AS said ON said.id IN (
            SELECT MAX(counted.id)
            FROM verdicts AS counted
            WHERE counted.guild_id = joins.guild_id
              AND counted.join_id = joins.id
              AND counted.decided_by IN ('counters', 'record')
            GROUP BY counted.certainty
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
            + (
                instr(words, ' ~unknown ')
                AND code IS NOT NULL
                AND NOT EXISTS (
                    SELECT 1
                    FROM invites
                    WHERE invites.guild_id = compared.guild_id
                      AND invites.code = compared.code
                      AND invites.first_seen_at <= compared.decided_at
                )
            ) > 0 AS admitted
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
