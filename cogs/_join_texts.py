"""What is said about joins: through what somebody came, how sure that is, and why. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import assert_never

import discord

from bot.wording import command
from cogs._texts import (
    EMBED_DESCRIPTION,
    EMBED_TOTAL,
    REASON_LIMIT,
    ago,
    clock,
    code,
    counted,
    cut,
    date,
    fitting,
    joined,
    member,
    moment,
    number,
    ordinal,
    plain,
    times,
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

MOST_MEMBERSHIPS = 6
"""As many as fit into an embed with the history of one, however long their reasons."""
_CANDIDATES_IN_LINE = 3
_FIELD_OF_MEMBERSHIP = 700
_FOOTER = 60
"""Characters kept free for it, however many memberships it counts."""
NO_HISTORIES: Mapping[int, str] = {}

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


def line(join: JoinRecord) -> str:
    """A join in one line of a list."""
    parts = [f"{member(join.member_id)} {_when(join)}", _way(join), *credit(join)]
    if join.number > 1:
        parts.append(f"{ordinal(join.number)} join")
    if join.left_at:
        parts.append(f"left {ago(join.left_at)}")
    return " · ".join(parts)


def page(
    joins: Sequence[JoinRecord], total: int, number: int, size: int, *, narrowed: bool = False
) -> discord.Embed:
    """A page of the newest joins; `number` counts from 0. An empty list says what to do."""
    embed = discord.Embed(title=f"Joins: {total}")
    if not joins:
        embed.description = _nobody(narrowed=narrowed)
        return embed
    embed.description = fitting(map(line, joins), EMBED_DESCRIPTION)
    return embed.set_footer(text=f"Page {number + 1} of {-(-total // size)} · newest first")


def newest_first(joins: Sequence[JoinRecord]) -> list[JoinRecord]:
    return sorted(joins, key=lambda join: join.number, reverse=True)


def story(
    member_id: int, joins: Sequence[JoinRecord], histories: Mapping[int, str] = NO_HISTORIES
) -> discord.Embed:
    """Every membership of a person, the newest first, each with what is thought of it and why.

    Below it stands its history, by the id of the join, where there is one and room for it.
    """
    newest = newest_first(joins)
    came = f"{member(member_id)} joined {times(len(newest))}"
    made = moment(discord.utils.snowflake_time(member_id))
    embed = discord.Embed(description=f"{came} · account made {made}")
    for join in newest[:MOST_MEMBERSHIPS]:
        value = cut(f"{_membership(join)}\n{why(join)}", _FIELD_OF_MEMBERSHIP)
        embed.add_field(name=f"{ordinal(join.number)} join", value=value, inline=False)
    _add_histories(embed, newest[:MOST_MEMBERSHIPS], histories)
    if len(newest) > MOST_MEMBERSHIPS:
        earlier = counted(len(newest) - MOST_MEMBERSHIPS, "earlier membership")
        embed.set_footer(text=f"{earlier} not shown.")
    return embed


def never_met(member_id: int, *, is_member: bool, is_me: bool = False) -> str:
    """Why there is nothing to say about somebody."""
    if is_me:
        return "That is me. I have nothing written down of how I came to this server."
    who = member(member_id)
    if is_member:
        return (
            f"I have nothing written down of how {who} came. If that was just now, ask again in a"
            f" moment; if it was before I came, {command('setup backfill')} asks the platform's"
            " record."
        )
    return f"I have never seen {who} join or leave this server since I came to it."


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


def _nobody(*, narrowed: bool) -> str:
    if narrowed:
        return (
            f"Nobody fits that. {command('joins recent')} without options shows everybody who"
            " joined."
        )
    return (
        "Nobody has joined since I came here. Everybody who joins from now on is written down."
        f" {command('setup backfill')} asks the platform's record about those who were here"
        " before me."
    )


def _add_histories(
    embed: discord.Embed, joins: Sequence[JoinRecord], histories: Mapping[int, str]
) -> None:
    """Each below its join; those for which there is no room are left out, the oldest first."""
    told = [(i, join) for i, join in enumerate(joins) if join.id in histories]
    for above, (i, join) in enumerate(told, 1):
        name, value = f"{ordinal(join.number)} join: history", histories[join.id]
        if len(embed) + len(name) + len(value) > EMBED_TOTAL - _FOOTER:
            return
        embed.insert_field_at(i + above, name=name, value=value, inline=False)


def _membership(join: JoinRecord) -> str:
    """When and through what somebody came, for whom that counts, and when it ended."""
    parts = [f"{_came(join)}, {_way(join)}", *credit(join)]
    if join.left_at:
        parts.append(f"left {moment(join.left_at)}")
    return " · ".join(parts)


def _came(join: JoinRecord) -> str:
    if join.joined_at is None:
        return "Was here before Usher"
    joined_at = f"Joined {moment(join.joined_at)}"
    match join.met:
        case Met.GAP:
            return f"{joined_at}, unannounced (found {date(join.arrived_at)})"
        case Met.BACKFILL:
            return f"{joined_at}, before I came here"
        case Met.JOINING | Met.LEAVING:
            return joined_at
        case never:
            assert_never(never)


def _when(join: JoinRecord) -> str:
    return ago(join.joined_at) if join.joined_at else "was here before Usher"


def _way(join: JoinRecord) -> str:
    """Through what, and how sure that is."""
    match join.certainty:
        case Certainty.PENDING:
            return "**pending**"
        case Certainty.UNKNOWN:
            return "through what is **unknown**"
        case _:
            campaign = f" ({plain(join.campaign, 40)})" if join.campaign else ""
            return f"through {through(join)}{campaign}, **{join.certainty}**"


def credit(join: JoinRecord) -> list[str]:
    return [f"credit {member(join.credited_id)}"] if join.credited_id else []


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
