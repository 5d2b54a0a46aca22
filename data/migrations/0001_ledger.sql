-- The ledger: what happened is written once and never changed; what we think of it has versions.
--
-- Ids are integers, times are UTC milliseconds, role ids and candidates are separated by spaces.
-- A join, a leave and an invite belong to a guild, and its id leads every key; guild 0 is none,
-- to which the invites of group DMs, friends and packs belong.

PRAGMA application_id = 0x55736872; -- "Ushr": tells a ledger from any other SQLite file

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- A guild and the part of its baseline that is not a counter of an invite.
CREATE TABLE guilds (
    guild_id INTEGER PRIMARY KEY CHECK (guild_id >= 0),
    read_at INTEGER,     -- null: there is no baseline yet
    platform_ms INTEGER,
    met_ms INTEGER,      -- when Usher was first there, whether it could read anything or not
    begun_ms INTEGER, -- when the first reading was taken: whoever joined before was here before us
    vanity_code TEXT,
    vanity_uses INTEGER CHECK (vanity_uses >= 0), -- null: the vanity counter did not answer
    record_closed_until INTEGER, -- the record was refused, and is not asked again before then
    CHECK (vanity_code IS NULL OR vanity_uses IS NOT NULL)
) STRICT;

CREATE INDEX guilds_without_record ON guilds (record_closed_until)
WHERE record_closed_until IS NOT NULL;

-- Every invite ever seen. A code that comes back with another time of creation is another row.
CREATE TABLE invites (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (guild_id),
    code TEXT NOT NULL CHECK (code <> ''),
    kind TEXT NOT NULL DEFAULT 'guild'
        CHECK (
            kind IN (
                'guild', 'group dm', 'friend', 'emoji pack', 'sticker pack', 'vanity', 'other'
            )
        ),
    raw_kind INTEGER, -- the platform's own number of another kind
    channel_id INTEGER,
    pack_id INTEGER,
    inviter_id INTEGER,
    created_at INTEGER,
    expires_at INTEGER,
    max_age INTEGER NOT NULL DEFAULT 0 CHECK (max_age >= 0),
    max_uses INTEGER NOT NULL DEFAULT 0 CHECK (max_uses >= 0),
    temporary INTEGER NOT NULL DEFAULT 0 CHECK (temporary IN (0, 1)),
    guest INTEGER NOT NULL DEFAULT 0 CHECK (guest IN (0, 1)),
    role_ids TEXT NOT NULL DEFAULT '',
    target_user_id INTEGER,
    target_application_id INTEGER,
    uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
    in_baseline INTEGER NOT NULL DEFAULT 0 CHECK (in_baseline IN (0, 1)),
    first_seen_at INTEGER NOT NULL,
    uses_before INTEGER NOT NULL DEFAULT 0 CHECK (uses_before >= 0),
    moderator_id INTEGER,
    behalf_id INTEGER,
    campaign TEXT,
    reason TEXT,
    ended_at INTEGER,
    end_reason TEXT
        CHECK (end_reason IN ('revoked', 'expired', 'exhausted', 'channel deleted', 'unknown')),
    ended_by INTEGER,
    end_note TEXT,
    CHECK (
        kind = 'other'
        OR (guild_id = 0) = (kind = 'group dm' OR kind = 'friend' OR kind LIKE '% pack')
    ),
    CHECK ((raw_kind IS NULL) = (kind <> 'other')),
    CHECK (pack_id IS NULL OR kind = 'other' OR kind LIKE '% pack'),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK (ended_at IS NOT NULL OR (ended_by IS NULL AND end_note IS NULL))
) STRICT;

CREATE UNIQUE INDEX invites_by_identity ON invites (guild_id, code, COALESCE(created_at, -1));
CREATE INDEX invites_live ON invites (guild_id) WHERE ended_at IS NULL;
CREATE INDEX invites_in_baseline ON invites (guild_id) WHERE in_baseline = 1;
CREATE INDEX invites_by_campaign ON invites (guild_id, campaign) WHERE campaign IS NOT NULL;
CREATE INDEX invites_expiring ON invites (expires_at)
WHERE ended_at IS NULL AND expires_at IS NOT NULL;

CREATE TRIGGER invites_bring_their_guild BEFORE INSERT ON invites
BEGIN
    INSERT INTO guilds (guild_id) VALUES (NEW.guild_id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER invites_keep_their_identity
BEFORE UPDATE OF id, guild_id, code, kind, raw_kind, created_at, first_seen_at, uses_before
ON invites
BEGIN
    SELECT RAISE(ABORT, 'which invite it is never changes');
END;

CREATE TRIGGER invites_are_kept BEFORE DELETE ON invites
BEGIN
    SELECT RAISE(ABORT, 'an invite is never deleted');
END;

-- The evidence that the verdicts of one window share.
CREATE TABLE windows (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (guild_id),
    opened_at INTEGER NOT NULL,
    closed_at INTEGER NOT NULL,
    joins INTEGER NOT NULL CHECK (joins >= 0),
    gap INTEGER NOT NULL CHECK (gap IN (0, 1)),
    gains TEXT NOT NULL CHECK (json_valid(gains)), -- [[code, low, high], …]
    unexplained INTEGER NOT NULL CHECK (unexplained >= 0)
) STRICT;

CREATE INDEX windows_by_time ON windows (guild_id, closed_at);

CREATE TRIGGER windows_are_facts BEFORE UPDATE ON windows
BEGIN
    SELECT RAISE(ABORT, 'the evidence of a window is never changed');
END;

CREATE TRIGGER windows_are_kept BEFORE DELETE ON windows
BEGIN
    SELECT RAISE(ABORT, 'the evidence of a window is never deleted');
END;

-- Memberships. When somebody left and the verdict that stands are derived, the rest is fact.
CREATE TABLE joins (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (guild_id),
    member_id INTEGER NOT NULL CHECK (member_id >= 0),
    joined_at INTEGER, -- null: was there before Usher, and was met when leaving
    arrived_at INTEGER NOT NULL,
    met TEXT NOT NULL CHECK (met IN ('joining', 'leaving', 'gap', 'backfill')),
    is_bot INTEGER NOT NULL DEFAULT 0 CHECK (is_bot IN (0, 1)),
    left_at INTEGER,
    certainty TEXT NOT NULL DEFAULT 'pending' CHECK (
        certainty IN ('pending', 'confirmed', 'certain', 'ambiguous', 'unknown', 'corrected')
    ),
    source TEXT NOT NULL DEFAULT 'unknown' CHECK (
        source IN (
            'invite', 'vanity', 'discovery', 'bot', 'oauth', 'hub', 'integration', 'manual',
            'lobby', 'creator', 'other', 'unknown'
        )
    ),
    invite_id INTEGER REFERENCES invites (id),
    verdict_id INTEGER REFERENCES verdicts (id),
    UNIQUE (guild_id, member_id, joined_at),
    CHECK ((joined_at IS NULL) = (met = 'leaving')),
    CHECK (left_at >= joined_at)
) STRICT;

CREATE UNIQUE INDEX joins_before_usher ON joins (guild_id, member_id) WHERE joined_at IS NULL;
CREATE INDEX joins_by_time ON joins (guild_id, COALESCE(joined_at, 0), id);
CREATE INDEX joins_by_invite ON joins (guild_id, invite_id, COALESCE(joined_at, 0), id)
WHERE invite_id IS NOT NULL;
CREATE INDEX joins_by_leave ON joins (guild_id, left_at) WHERE left_at IS NOT NULL;
CREATE INDEX joins_pending ON joins (guild_id, arrived_at) WHERE certainty = 'pending';

CREATE TRIGGER joins_bring_their_guild BEFORE INSERT ON joins
BEGIN
    INSERT INTO guilds (guild_id) VALUES (NEW.guild_id) ON CONFLICT DO NOTHING;
END;

-- Who comes again has left, even if nobody said when.
CREATE TRIGGER joins_close_the_one_before AFTER INSERT ON joins
WHEN EXISTS (
    SELECT 1
    FROM joins
    WHERE guild_id = NEW.guild_id
      AND member_id = NEW.member_id
      AND joined_at < NEW.joined_at
      AND left_at IS NULL
)
BEGIN
    UPDATE joins
    SET left_at = NEW.joined_at
    WHERE guild_id = NEW.guild_id
      AND member_id = NEW.member_id
      AND joined_at < NEW.joined_at
      AND left_at IS NULL;
END;

-- The same, when the earlier join is written down after the later one.
CREATE TRIGGER joins_end_before_the_next AFTER INSERT ON joins
WHEN EXISTS (
    SELECT 1
    FROM joins
    WHERE guild_id = NEW.guild_id
      AND member_id = NEW.member_id
      AND joined_at > NEW.joined_at
)
BEGIN
    UPDATE joins
    SET left_at = (
        SELECT MIN(later.joined_at)
        FROM joins AS later
        WHERE later.guild_id = NEW.guild_id
          AND later.member_id = NEW.member_id
          AND later.joined_at > NEW.joined_at
    )
    WHERE id = NEW.id AND left_at IS NULL;
END;

-- A leave that was announced before its join stood as a membership of its own until now.
-- Whether it came before the next join is not asked: triggers run in no order one can rely on.
CREATE TRIGGER joins_find_their_leave AFTER INSERT ON joins
WHEN EXISTS (
    SELECT 1
    FROM joins
    WHERE guild_id = NEW.guild_id
      AND member_id = NEW.member_id
      AND joined_at IS NULL
      AND verdict_id IS NULL
      AND left_at >= NEW.joined_at
)
BEGIN
    UPDATE joins
    SET left_at = (
        SELECT early.left_at
        FROM joins AS early
        WHERE early.guild_id = NEW.guild_id
          AND early.member_id = NEW.member_id
          AND early.joined_at IS NULL
    )
    WHERE id = NEW.id;

    -- It is the same leave: the line that told of it, or was dropped, is the only one.
    DELETE FROM log_lines WHERE join_id = NEW.id AND kind = 'leave';

    UPDATE log_messages
    SET version = version + 1
    WHERE id = (
        SELECT log_lines.log_message_id
        FROM joins AS early
        JOIN log_lines ON log_lines.join_id = early.id
        WHERE early.guild_id = NEW.guild_id
          AND early.member_id = NEW.member_id
          AND early.joined_at IS NULL
    );

    UPDATE log_lines
    SET join_id = NEW.id
    WHERE join_id = (
        SELECT early.id
        FROM joins AS early
        WHERE early.guild_id = NEW.guild_id
          AND early.member_id = NEW.member_id
          AND early.joined_at IS NULL
    );

    DELETE FROM joins
    WHERE guild_id = NEW.guild_id
      AND member_id = NEW.member_id
      AND joined_at IS NULL;
END;

CREATE TRIGGER joins_are_facts
BEFORE UPDATE OF id, guild_id, member_id, joined_at, arrived_at, met, is_bot ON joins
BEGIN
    SELECT RAISE(ABORT, 'a recorded join is never changed');
END;

CREATE TRIGGER joins_are_kept BEFORE DELETE ON joins
WHEN NOT (
    OLD.joined_at IS NULL
    AND OLD.verdict_id IS NULL
    AND EXISTS (
        SELECT 1
        FROM joins
        WHERE guild_id = OLD.guild_id
          AND member_id = OLD.member_id
          AND left_at = OLD.left_at
          AND joined_at IS NOT NULL
    )
)
BEGIN
    SELECT RAISE(ABORT, 'a recorded join is never deleted');
END;

-- The history of what was thought of each join. The newest entry stands.
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (guild_id),
    join_id INTEGER NOT NULL REFERENCES joins (id),
    decided_at INTEGER NOT NULL,
    decided_by TEXT NOT NULL CHECK (decided_by <> ''), -- counters, record, or a moderator's id
    certainty TEXT NOT NULL CHECK (
        certainty IN ('confirmed', 'certain', 'ambiguous', 'unknown', 'corrected')
        OR (certainty = 'pending' AND undoes IS NOT NULL)
    ),
    source TEXT NOT NULL CHECK (
        source IN (
            'invite', 'vanity', 'discovery', 'bot', 'oauth', 'hub', 'integration', 'manual',
            'lobby', 'creator', 'other', 'unknown'
        )
    ),
    code TEXT,
    invite_id INTEGER REFERENCES invites (id),
    actor_id INTEGER,
    inviter_id INTEGER, -- whom the record names
    raw_source INTEGER, -- the platform's own number of the source
    candidates TEXT NOT NULL DEFAULT '',
    reason TEXT CHECK (
        reason IN (
            'no permission', 'no answer', 'no earlier reading', 'gap', 'people kept arriving',
            'invites may be hidden',
            'contradicted', 'more uses than joins', 'more joins than uses', 'uses may be lost',
            'several explanations'
        )
    ),
    window_id INTEGER REFERENCES windows (id),
    note TEXT, -- what the moderator said about a correction
    undoes INTEGER REFERENCES verdicts (id), -- a correction; this restates what stood before it
    undoer_id INTEGER,
    CHECK ((undoes IS NULL) = (undoer_id IS NULL))
) STRICT;

CREATE INDEX verdicts_by_join ON verdicts (guild_id, join_id, id);
CREATE UNIQUE INDEX verdicts_undone ON verdicts (guild_id, undoes) WHERE undoes IS NOT NULL;

-- A join that is pending again has no verdict again.
CREATE TRIGGER verdicts_stand AFTER INSERT ON verdicts
BEGIN
    UPDATE joins
    SET certainty = NEW.certainty,
        source = NEW.source,
        invite_id = NEW.invite_id,
        verdict_id = CASE NEW.certainty WHEN 'pending' THEN NULL ELSE NEW.id END
    WHERE id = NEW.join_id;
END;

CREATE TRIGGER verdicts_are_facts BEFORE UPDATE ON verdicts
BEGIN
    SELECT RAISE(ABORT, 'a verdict is never changed, a later one replaces it');
END;

CREATE TRIGGER verdicts_are_kept BEFORE DELETE ON verdicts
BEGIN
    SELECT RAISE(ABORT, 'a verdict is never deleted, a later one replaces it');
END;

-- A verdict with the evidence of its window.
CREATE VIEW verdict_records AS
SELECT
    verdicts.id,
    verdicts.guild_id,
    verdicts.join_id,
    verdicts.decided_at,
    verdicts.decided_by,
    verdicts.certainty,
    verdicts.source,
    verdicts.code,
    verdicts.actor_id,
    verdicts.inviter_id,
    verdicts.raw_source,
    verdicts.candidates,
    verdicts.reason,
    verdicts.note,
    verdicts.undoes,
    verdicts.undoer_id,
    windows.opened_at,
    windows.closed_at,
    windows.joins,
    windows.gap,
    windows.gains,
    windows.unexplained
FROM verdicts
LEFT JOIN windows ON windows.id = verdicts.window_id;

-- A membership with the verdict that stands and the invite it names.
-- Which join of a member it is depends on joins that may still be written down, so it is counted.
CREATE VIEW join_records AS
SELECT
    joins.id,
    joins.guild_id,
    joins.member_id,
    joins.joined_at,
    COALESCE(joins.joined_at, 0) AS position,
    joins.arrived_at,
    joins.met,
    joins.is_bot,
    (
        SELECT COUNT(*)
        FROM joins AS earlier
        WHERE earlier.guild_id = joins.guild_id
          AND earlier.member_id = joins.member_id
          AND (earlier.joined_at IS NULL OR earlier.joined_at <= joins.joined_at)
    ) AS number,
    joins.left_at,
    joins.certainty,
    joins.source,
    joins.invite_id,
    verdicts.code,
    COALESCE(invites.inviter_id, verdicts.inviter_id) AS inviter_id,
    invites.moderator_id,
    COALESCE(
        invites.behalf_id, invites.moderator_id, invites.inviter_id, verdicts.inviter_id
    ) AS credited_id,
    invites.campaign,
    verdicts.actor_id,
    verdicts.raw_source,
    COALESCE(verdicts.candidates, '') AS candidates,
    verdicts.reason,
    verdicts.note,
    verdicts.decided_at,
    verdicts.decided_by,
    windows.opened_at,
    windows.closed_at,
    windows.joins,
    windows.gap,
    windows.gains,
    windows.unexplained
FROM joins
LEFT JOIN verdicts ON verdicts.id = joins.verdict_id
LEFT JOIN windows ON windows.id = verdicts.window_id
LEFT JOIN invites ON invites.id = joins.invite_id;

-- How far each guild's record has been read for those who joined before Usher did.
CREATE TABLE backfills (
    guild_id INTEGER PRIMARY KEY REFERENCES guilds (guild_id),
    moderator_id INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    mark_member_id INTEGER, -- page on after this one; null: nothing has been read yet
    mark_joined_at INTEGER,
    members INTEGER NOT NULL DEFAULT 0 CHECK (members >= 0),
    named INTEGER NOT NULL DEFAULT 0 CHECK (named >= 0),
    total INTEGER CHECK (total >= 0),
    finished_at INTEGER,
    CHECK ((mark_member_id IS NULL) = (mark_joined_at IS NULL))
) STRICT;

CREATE INDEX backfills_unfinished ON backfills (guild_id) WHERE finished_at IS NULL;

-- How many confirmed joins showed how much of a lag.
CREATE TABLE lags (
    lag TEXT NOT NULL CHECK (lag IN ('event', 'counter')),
    up_to INTEGER NOT NULL CHECK (up_to >= 0), -- milliseconds
    joins INTEGER NOT NULL CHECK (joins > 0),
    PRIMARY KEY (lag, up_to)
) STRICT;

-- Reactions that do something on a message of ours: where there are no buttons.
CREATE TABLE offers (
    guild_id INTEGER NOT NULL REFERENCES guilds (guild_id),
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    emoji TEXT NOT NULL CHECK (emoji <> ''),
    custom_id TEXT NOT NULL CHECK (custom_id <> ''),
    offered_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, emoji) -- a reaction in a direct message names no guild
) STRICT;

CREATE INDEX offers_by_age ON offers (offered_at);
CREATE INDEX offers_of_guild ON offers (guild_id, offered_at);

-- What is told in log channels is no fact: it is kept so that each line is said once, and may go.
CREATE TABLE log_channels (
    guild_id INTEGER PRIMARY KEY REFERENCES guilds (guild_id),
    channel_id INTEGER NOT NULL,
    since INTEGER NOT NULL,
    moderator_id INTEGER NOT NULL
) STRICT;

CREATE TABLE log_messages (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (guild_id),
    channel_id INTEGER NOT NULL,
    message_id INTEGER, -- the platform's; null: not known to have been sent
    claimed_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1), -- of what its lines say
    said INTEGER DEFAULT 0 CHECK (said >= 0), -- the version it said last; null: given up
    CHECK ((said > 0) = (message_id IS NOT NULL))
) STRICT;

CREATE INDEX log_messages_behind ON log_messages (guild_id, id) WHERE said < version;

CREATE TABLE log_lines (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (guild_id),
    join_id INTEGER NOT NULL REFERENCES joins (id),
    kind TEXT NOT NULL CHECK (kind IN ('join', 'leave')),
    at INTEGER NOT NULL, -- when we heard of what it tells, by our clock as for leaves
    log_message_id INTEGER REFERENCES log_messages (id), -- null: not drawn into one yet
    UNIQUE (join_id, kind)
) STRICT;

CREATE INDEX log_lines_unsaid ON log_lines (guild_id, at, join_id, kind)
WHERE log_message_id IS NULL;
CREATE INDEX log_lines_of_message ON log_lines (log_message_id) WHERE log_message_id IS NOT NULL;

-- Each of these first asks whether the guild has a log channel at all: most joins end there.
-- Who is found in the record did not come or go now.
CREATE TRIGGER log_lines_of_joins AFTER INSERT ON joins
WHEN EXISTS (SELECT 1 FROM log_channels WHERE guild_id = NEW.guild_id) AND NEW.met <> 'backfill'
BEGIN
    INSERT INTO log_lines (guild_id, join_id, kind, at)
    VALUES (
        NEW.guild_id,
        NEW.id,
        CASE NEW.met WHEN 'leaving' THEN 'leave' ELSE 'join' END,
        CASE NEW.met WHEN 'leaving' THEN NEW.left_at ELSE NEW.arrived_at END
    );
END;

CREATE TRIGGER log_lines_of_leaves AFTER UPDATE OF left_at ON joins
WHEN EXISTS (SELECT 1 FROM log_channels WHERE guild_id = NEW.guild_id)
AND OLD.left_at IS NULL
AND NEW.left_at IS NOT NULL
BEGIN
    INSERT INTO log_lines (guild_id, join_id, kind, at)
    VALUES (NEW.guild_id, NEW.id, 'leave', NEW.left_at)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER log_lines_change AFTER INSERT ON verdicts
WHEN EXISTS (SELECT 1 FROM log_channels WHERE guild_id = NEW.guild_id)
BEGIN
    UPDATE log_messages
    SET version = version + 1
    WHERE id IN (SELECT log_message_id FROM log_lines WHERE join_id = NEW.join_id);
END;
