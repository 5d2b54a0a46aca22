"""What is said about joins: one in a line, a page of them, all of one person. Pure."""

from collections.abc import Mapping, Sequence
from typing import assert_never

import discord

from bot.wording import command
from cogs._texts import (
    EMBED_DESCRIPTION,
    EMBED_TOTAL,
    ago,
    counted,
    cut,
    date,
    fitting,
    member,
    moment,
    ordinal,
    plain,
    times,
)
from cogs._verdict_texts import through, why
from data.models import Certainty, JoinRecord, Met

MOST_MEMBERSHIPS = 6
"""As many as fit into an embed with the history of one, however long their reasons."""
_FIELD_OF_MEMBERSHIP = 700
_FOOTER = 60
"""Characters kept free for it, however many memberships it counts."""
NO_HISTORIES: Mapping[int, str] = {}


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
