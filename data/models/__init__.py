"""The vocabulary: frozen values that every layer shares.

One word per concept, from table to chat:

guild, member, channel, invite, code
inviter      who the platform names as the invite's creator
moderator    who asked Usher to create or revoke
credit       whom a join counts for: the member the invite was made on behalf of, else the
             moderator who asked, else the platform's inviter
use          one step of an invite's counter
join, leave, rejoin
source       what a join came through: an invite, the vanity URL, discovery, …
reading      one answer to "list this guild's invites", with the moments it was asked and answered
window       the readings and joins that have to be explained together
verdict      what we think of a join: source, certainty, candidates, evidence
record       the platform's own account of how a join came
pack         emojis or stickers that people share; it has invites of its own
correction   a moderator's word on a join; it outranks counters and record
campaign     the name of a purpose that an invite belongs to
gap          a time in which joins happened and Usher did not hear of them
backfill     reading the record of those who joined before Usher did
lag          how much later one trace of a join comes than another: its event, its counted use
log channel  where a guild's joins and leaves are told, each in one log line

Ids are integers.
Moments of the world are aware datetimes (stored as UTC milliseconds); moments on our own
monotonic clock are floats in seconds and never leave memory.
"""

from data.models.base import (
    NO_GUILD,
    Code,
    Snowflake,
    Value,
    from_ms,
    to_ms,
)
from data.models.invites import (
    Creation,
    Ending,
    EndReason,
    Invite,
    InviteFilter,
    InviteKind,
    InviteRecord,
    InviteSort,
    InviteState,
)
from data.models.joins import (
    Accuracy,
    Certainty,
    Correction,
    JoinFact,
    JoinRecord,
    Met,
    Reason,
    Settlement,
    Source,
    Verdict,
    VerdictRecord,
)
from data.models.log import (
    LogKind,
    LogLine,
    LogMessage,
    LogSetting,
)
from data.models.offers import Choice, Offer
from data.models.readings import (
    Baseline,
    Counter,
    Gain,
    Reading,
    Vanity,
    WindowRecord,
)
from data.models.record import (
    Backfill,
    BackfillPage,
    Confirmation,
    Lag,
    LagCount,
    LagSample,
    RecordMark,
)
from data.models.reports import JoinsOfDay, LeavesOfDay

__all__ = [
    "NO_GUILD",
    "Accuracy",
    "Backfill",
    "BackfillPage",
    "Baseline",
    "Certainty",
    "Choice",
    "Code",
    "Confirmation",
    "Correction",
    "Counter",
    "Creation",
    "EndReason",
    "Ending",
    "Gain",
    "Invite",
    "InviteFilter",
    "InviteKind",
    "InviteRecord",
    "InviteSort",
    "InviteState",
    "JoinFact",
    "JoinRecord",
    "JoinsOfDay",
    "Lag",
    "LagCount",
    "LagSample",
    "LeavesOfDay",
    "LogKind",
    "LogLine",
    "LogMessage",
    "LogSetting",
    "Met",
    "Offer",
    "Reading",
    "Reason",
    "RecordMark",
    "Settlement",
    "Snowflake",
    "Source",
    "Value",
    "Vanity",
    "Verdict",
    "VerdictRecord",
    "WindowRecord",
    "from_ms",
    "to_ms",
]
