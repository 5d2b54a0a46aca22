"""A verdict in words: through what somebody came, how sure that is, and why. Pure."""

from datetime import timedelta
from typing import assert_never

from cogs._texts import (
    REASON_LIMIT,
    clock,
    code,
    counted,
    date,
    joined,
    member,
    number,
    plain,
)
from data.models import (
    Certainty,
    Gain,
    JoinRecord,
    Met,
    Reason,
    Source,
    VerdictRecord,
    WindowRecord,
)

_CANDIDATES_IN_LINE = 3

_WAYS = {
    Source.INVITE: "an invite",
    Source.VANITY: "the vanity URL",
    Source.DISCOVERY: "server discovery",
    Source.BOT: "being added as a bot",
    Source.OAUTH: "an application that added them",
    Source.HUB: "a student hub",
    Source.INTEGRATION: "an integration",
    Source.MANUAL: "a moderator's approval",
    Source.LOBBY: "a linked lobby",
    Source.CREATOR: "making the server",
    Source.OTHER: "another way than an invite",
    Source.UNKNOWN: "an unknown way",
}
_BY_CANDIDATE = {source.candidate: way for source, way in _WAYS.items()} | {
    Source.UNKNOWN.candidate: "an invite that I could not see"
}

_REASONS = {
    Reason.NO_PERMISSION: "I could not read this server's invites: I lack **Manage Server**.",
    Reason.NO_ANSWER: "I asked for this server's invites and got no usable answer.",
    Reason.NO_BASELINE: "I had not read this server's invites before, so I had nothing to compare.",
    Reason.GAP: "I missed a part of that time, so people may have come and gone unseen.",
    Reason.KEPT_COMING: "People kept arriving, so I decided before it was quiet.",
    Reason.HIDDEN_INVITES: "Some channels are hidden from me, and so may invites be.",
    Reason.CONTRADICTED: (
        "What the platform's record or a moderator says of somebody who came then does not fit the"
        " counters, so I decide nothing by them."
    ),
    Reason.MORE_USES_THAN_JOINS: "More uses were counted than people joined.",
    Reason.MORE_JOINS_THAN_USES: "More people joined than uses were counted.",
    Reason.USES_MAY_BE_LOST: (
        "This platform loses uses when people come at once, so any invite that was there may have"
        " been used more often than its counter shows."
    ),
    Reason.SEVERAL_EXPLANATIONS: "",
}
"""The last one is told by the candidates themselves."""

_PENDING = (
    "Not decided yet, for more people may be arriving. I decide once nobody has come for a few"
    " seconds, and after two minutes at the latest."
)


def through(join: JoinRecord | VerdictRecord) -> str:
    """Through what somebody came; of several possible ways all, up to a few."""
    if join.certainty is Certainty.AMBIGUOUS:
        ways = [_candidate(each) for each in join.candidates]
        return joined(ways, "or", _CANDIDATES_IN_LINE)
    if join.source is Source.INVITE and join.code:
        return code(join.code)
    if join.source is Source.VANITY and join.code:
        return f"the vanity URL {code(join.code)}"
    if join.source is Source.BOT and join.actor_id:
        return f"{member(join.actor_id)}, who added this bot"
    return _WAYS[join.source]


def standing(said: JoinRecord | VerdictRecord) -> str:
    """How sure, and through what: **certain** through `abc`."""
    if said.certainty in (Certainty.PENDING, Certainty.UNKNOWN):
        return f"**{said.certainty}**"
    return f"**{said.certainty}** through {through(said)}"


def why(join: JoinRecord) -> str:
    """The reason for a verdict, in sentences made from its evidence."""
    match join.certainty:
        case Certainty.PENDING:
            return _PENDING
        case Certainty.CONFIRMED:
            return _confirmed(join)
        case Certainty.CORRECTED:
            said = f" Why: {plain(join.note, REASON_LIMIT)}" if join.note else ""
            return f"{_corrector(join)} said so.{said}"
        case Certainty.CERTAIN:
            return _sentences(_window(join), _certain(join))
        case Certainty.AMBIGUOUS:
            return _sentences(_window(join), _reason(join), _ambiguous(join))
        case Certainty.UNKNOWN:
            return _sentences(_window(join), _reason(join), _unknown(join))
        case never:
            assert_never(never)


def _candidate(name: str) -> str:
    return _BY_CANDIDATE.get(name) or code(name, 40)


def _corrector(join: JoinRecord) -> str:
    by = join.decided_by or ""
    return member(int(by)) if by.isdecimal() else "A moderator"


def _window(join: JoinRecord) -> str:
    """Who joined in the time that was looked at together, and which counters rose."""
    window = join.window
    if window is None:
        return ""
    people = "person" if window.joins == 1 else "people"
    joins = f"{number(window.joins).capitalize()} {people} joined {_span(window)}"
    spare = counted(window.unexplained, "use")
    of_whom = "came from nobody who joined"
    if join.reason is Reason.KEPT_COMING:  # whoever arrived next was decided after them
        of_whom = "may be of people who arrived next"
    nobody = f" {spare} in that time {of_whom}." if window.unexplained else ""
    return f"{joins}; {_rises(window)}.{nobody}"


def _span(window: WindowRecord) -> str:
    within_a_day = window.closed_at - window.opened_at < timedelta(hours=12)
    written = clock if within_a_day else date
    start, end = written(window.opened_at), written(window.closed_at)
    return f"at {start}" if start == end else f"between {start} and {end}"


def _rises(window: WindowRecord) -> str:
    if not window.gains:
        return "no counter rose"
    first, *others = window.gains
    rises = [f"{_named(first)} {_rise(first)}"]
    rises += [f"{_named(gain)} {_rise(gain).removeprefix('rose ')}" for gain in others]
    return joined(rises)


def _named(gain: Gain) -> str:
    return _candidate(gain.code)


def _rise(gain: Gain) -> str:
    if gain.low == gain.high:
        return f"rose by {gain.low}"
    if gain.high is None:
        return f"rose by at least {gain.low}" if gain.low else "may have risen"
    return f"rose by {gain.low} to {gain.high}" if gain.low else f"may have risen by {gain.high}"


def _confirmed(join: JoinRecord) -> str:
    """What the platform's record tells; of a way that has no name here, its number."""
    if join.source is Source.INVITE and not join.code:
        return "The platform's own record names an invite, and not which."
    if join.source is Source.OTHER and join.raw_source is not None:
        return f"The platform's own record names it, as number {join.raw_source} of its ways."
    return "The platform's own record names it."


def _certain(join: JoinRecord) -> str:
    if join.source is Source.BOT:
        return "Bots are added, never invited."
    if join.source in (Source.INVITE, Source.VANITY):
        return "Nothing else explains it."
    return "No invite explains it."


def _ambiguous(join: JoinRecord) -> str:
    ways = joined([_candidate(each) for each in join.candidates], "or")
    return f"It was one of these {number(len(join.candidates))}: {ways}."


def _reason(join: JoinRecord) -> str:
    return _REASONS[join.reason] if join.reason else ""


def _unknown(join: JoinRecord) -> str:
    if join.met is Met.BACKFILL:
        return "They came before I did, and the platform's record does not name how."
    if join.joined_at is None:
        return "They came before I did, so I did not see how."
    return "" if join.reason or join.window else "I have no evidence of how they came."


def _sentences(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
