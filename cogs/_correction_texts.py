"""What is said about a moderator's word on a join: what it changed, why it cannot be. Pure."""

import discord

from bot.wording import command, press
from cogs._texts import (
    EMBED_DESCRIPTION,
    REASON_LIMIT,
    code,
    cut,
    date,
    member,
    ordinal,
    plain,
    times,
)
from cogs._verdict_texts import standing, why
from data.models import Certainty, InviteKind, InviteRecord, JoinRecord, Source

_BY_CODE = (Source.INVITE, Source.VANITY)

NOTHING_SAID = "Say how they came: an invite's `code`, or a `source`."
WHICH_INVITE = (
    "Say through which invite: its `code`. If nobody knows how they came, say `source: unknown`."
)
A_BOT = "Bots are added by somebody, never invited, so there is nothing to correct."
UNDER_WAY = "That is being taken back already."


def corrected(before: JoinRecord, after: JoinRecord) -> discord.Embed:
    """The answer to a correction that changed something."""
    why = f"\nWhy: {plain(after.note, REASON_LIMIT)}" if after.note else ""
    return discord.Embed(
        title="Corrected",
        description=f"{_change(before, after)}{why}\n\nIt stands until somebody takes it back,"
        f" with the {press()} or with {command('joins undo')}. What was thought before stays in"
        f" {command('joins who')}.",
        colour=discord.Colour.green(),
    )


def not_the_latest() -> str:
    return (
        f"That correction does not stand any more. {command('joins who')} shows what does, and"
        f" {command('joins undo')} takes the latest correction back."
    )


def said_already(join: JoinRecord) -> str:
    """The answer to a correction that somebody made before, word for word."""
    return f"You said so already: {_which(join)} is {standing(join)}. Nothing was changed."


def undone(before: JoinRecord, after: JoinRecord) -> discord.Embed:
    """The answer to a correction taken back: what it was, and what stands now."""
    return discord.Embed(
        title="Correction taken back",
        description=cut(f"{_change(before, after)}\n\n{_stands(after)}", EMBED_DESCRIPTION),
        colour=discord.Colour.light_grey(),
    )


def nothing_to_undo(member_id: int, join: JoinRecord | None = None) -> str:
    """`join` if one was named."""
    what = _which(join) if join else f"how {member(member_id)} came"
    return f"Nobody has corrected {what}, or it was taken back already. Nothing was changed."


def no_such_join(member_id: int, number: int, joins: int) -> str:
    return f"{member(member_id)} joined {times(joins)}, so there is no {ordinal(number)} join."


def contradiction(source: Source, invite: InviteRecord) -> str:
    """Why somebody cannot have come this way and by this code."""
    name = code(invite.invite.code)
    if source not in _BY_CODE:
        return f"Who came by {code(source)} used no invite. Leave out `code` or `source`."
    if invite.invite.kind is InviteKind.VANITY:
        return f"{name} is the vanity URL, not an invite. Leave out `source`."
    return f"{name} is an invite, not the vanity URL. Leave out `code` or `source`."


def too_early(join: JoinRecord, invite: InviteRecord) -> str:
    """Why nobody can have come through an invite that was made later."""
    assert join.joined_at is not None
    assert invite.invite.created_at is not None
    return (
        f"{code(invite.invite.code)} was made {date(invite.invite.created_at)}, and"
        f" {member(join.member_id)} joined before, {date(join.joined_at)}."
    )


def too_late(join: JoinRecord, invite: InviteRecord) -> str:
    """Why nobody can have come through an invite that had ended by then."""
    assert join.joined_at is not None
    assert invite.ending is not None
    return (
        f"{code(invite.invite.code)} had ended {date(invite.ending.at)}, and"
        f" {member(join.member_id)} joined later, {date(join.joined_at)}. Of somebody whom a"
        " moderator had to let in first, say `source: manual`."
    )


def _change(before: JoinRecord, after: JoinRecord) -> str:
    return f"{_which(after)}\n{_told(before)} → {_told(after)}"


def _which(join: JoinRecord) -> str:
    return f"the {ordinal(join.number)} join of {member(join.member_id)}"


def _told(join: JoinRecord) -> str:
    """With the moderator whose word it is, if it is one's."""
    by = join.decided_by or ""
    is_correction = join.certainty is Certainty.CORRECTED and by.isdecimal()
    return f"{standing(join)} ({member(int(by))})" if is_correction else standing(join)


def _stands(join: JoinRecord) -> str:
    """Why what stands now does; of an earlier correction, that it can be taken back too."""
    if join.certainty is not Certainty.CORRECTED:
        return why(join)
    return f"{why(join)}\n{command('joins undo')} takes that back too."
