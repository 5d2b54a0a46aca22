"""What is said about setting Usher up: how far a backfill is, and what is missing. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import discord

from bot.backfill import Problem, Progress
from bot.platforms.platform import Listing, Membership, RecordPage
from bot.wording import command
from bot.wording import typed as as_typed
from cogs._texts import ago, channel, counted, joined, member, moment, plain
from data.models import Source

_WHAT_IT_DOES = (
    "I read the platform's own record of this server's members, oldest first, and write down how"
    " each of them came. Whom I know already stays as written, and is confirmed if the record"
    " names a way."
)
_CHANGES = "This message changes while it goes on."
_CHANGES_NO_MORE = "I no longer change this message."

_BY_SOURCE = "All joins that I know of, by source"
_NAMES = {Source.VANITY: "vanity URL", Source.OTHER: "another way", Source.UNKNOWN: "not known"}

NO_LIST = "**The list of invites does not answer**: until it does, nobody's way can be told."
NO_MEMBERS = "**The list of members does not answer**: who joins while I am away stays unknown."
WITHOUT_INTENT = (
    f"{NO_MEMBERS} Is the **Server Members Intent** switched on in the developer portal?"
)
"""Where the platform has such a switch."""
NO_RECORD = (
    "**The platform's own record does not answer**: verdicts stay as the counters have them, and"
    " none is confirmed."
)
_WORKS, _FAILS = "\N{WHITE HEAVY CHECK MARK}", "\N{CROSS MARK}"
_PERMISSIONS = {
    "manage_guild": ("Manage Server", "the list of invites with its counters"),
    "view_audit_log": ("View Audit Log", "who revoked an invite, and who added a bot"),
    "view_channel": ("View Channel", "without it invites to a channel are hidden from me"),
    "manage_channels": ("Manage Channels", "with it I am told when invites are made and revoked"),
    "create_instant_invite": ("Create Invite", "to make invites"),
    "send_messages": ("Send Messages", "to say here what nobody has to hide"),
    "embed_links": ("Embed Links", "to show help here; without it, it comes by direct message"),
    "add_reactions": ("Add Reactions", "to mark commands whose answer comes by direct message"),
    "read_message_history": ("Read Message History", "to put that mark under a command"),
}
"""What each is called, and what it is for."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    works: bool
    text: str


def going_on(
    progress: Progress, members: int | None, now: datetime, *, more: bool
) -> discord.Embed:
    """How far a backfill is; `members` as the server counts them, `more` if this will change."""
    backfill = progress.backfill
    total = backfill.total if backfill.total is not None else members
    embed = discord.Embed(title=f"Backfill: {_read(backfill.members, total)}")
    embed.description = "\n".join([_WHAT_IT_DOES, *_how_it_goes(progress, now)])
    again = f"Use {as_typed('setup backfill')} again to see how far it is."
    return embed.set_footer(text=f"{_CHANGES if more else _CHANGES_NO_MORE} {again}")


def finished(progress: Progress, joins: Mapping[Source, int]) -> discord.Embed:
    """What became of it; `joins` is what the ledger now knows of all joins, by source."""
    backfill = progress.backfill
    assert backfill.finished_at is not None, "only then this is said"
    embed = discord.Embed(title=f"Backfill: finished, {_read(backfill.members, None)}")
    begun = f"Begun {moment(backfill.begun_at)} by {member(backfill.moderator_id)}"
    ended = f"{begun}, finished {moment(backfill.finished_at)}."
    anew = f"{command('setup backfill')} with `again: True` reads everything anew."
    embed.description = "\n".join([_named(backfill.members, backfill.named), ended, anew])
    ways = [f"{_NAMES.get(source, source)}: {count:,}" for source, count in joins.items() if count]
    return embed.add_field(name=_BY_SOURCE, value="\n".join(ways) or "None yet.")


def checked(findings: Sequence[Finding]) -> discord.Embed:
    """What does not work comes first."""
    missing = sum(not finding.works for finding in findings)
    title = f"{counted(missing, 'thing')} to look at" if missing else "Everything works"
    lines = [
        f"{_WORKS if works else _FAILS} {text}"
        for works, text in sorted(findings, key=lambda finding: finding.works)
    ]
    return discord.Embed(title=title, description="\n".join(lines))


def in_server(name: str, *, there: bool) -> Finding:
    called, purpose = _PERMISSIONS[name]
    return Finding(there, f"**{called}**{'' if there else ' is missing'}: {purpose}")


def in_channels(name: str, lacking: Sequence[int]) -> Finding:
    called, purpose = _PERMISSIONS[name]
    where = f" is missing in {joined([channel(one) for one in lacking])}" if lacking else ""
    return Finding(not lacking, f"**{called}**{where}: {purpose}")


def list_answers(listing: Listing) -> Finding:
    invites = counted(len(listing.invites), "invite")
    if listing.reading.vanity is None:
        return Finding(False, f"The list of invites answers ({invites}), **the vanity URL not**.")
    return Finding(True, f"The list of invites answers with counters: {invites}.")


def members_answer(_: Sequence[Membership]) -> Finding:
    return Finding(True, "The list of members answers: I find those who join while I am away.")


def record_answers(rests: datetime | None, page: RecordPage) -> Finding:
    """`rests` is until when it is left alone, for it was refused not long ago."""
    known = counted(page.total, "member")
    answers = f"The platform's own record answers: it knows {known}."
    if rests is None:
        return Finding(True, answers)
    return Finding(
        False,
        f"{answers} **It refused me before**, so until I ask it again {ago(rests)} verdicts stay"
        " as the counters have them.",
    )


def no_answer(without: str, detail: str) -> Finding:
    return Finding(False, f"{without} ({plain(detail, 200)})")


def log_channel(channel_id: int, *, there: bool, lacking: str) -> Finding:
    """`lacking` names the permissions that are missing there."""
    if not there:
        another = f"{command('settings log')} chooses another."
        return Finding(False, f"**The log channel is gone.** {another}")
    if lacking:
        return Finding(False, f"I cannot speak in the log channel: I need {lacking}.")
    return Finding(True, f"I can speak in the log channel {channel(channel_id)}.")


def _read(members: int, total: int | None) -> str:
    read = f"{members:,} of {total:,}" if total is not None else f"{members:,}"
    return (
        f"{read} member read"
        if (members if total is None else total) == 1
        else f"{read} members read"
    )


def _how_it_goes(progress: Progress, now: datetime) -> Iterator[str]:
    backfill = progress.backfill
    if backfill.members:
        yield _named(backfill.members, backfill.named)
    if progress.problem is not None:
        yield _waits(progress.problem)
    elif progress.seconds_left is not None:
        yield f"At this pace it ends {ago(now + timedelta(seconds=progress.seconds_left))}."


def _named(members: int, named: int) -> str:
    if not members:
        return "The record told of nobody who joined before it was asked."
    return (
        f"Of the {members:,} read, the record names a way for {named:,},"
        f" and none for {members - named:,}."
    )


def _waits(problem: Problem) -> str:
    detail, again = plain(problem.detail, 200), ago(problem.again_at)
    if problem.refused:
        return (
            f"**The platform refuses me its record** ({detail}). I try again {again}, or when you"
            f" use {command('setup backfill')} again. What has been read is kept."
        )
    return f"**It waits** ({detail}). I go on {again}; what has been read is kept."
