"""What is said about invites: lines of a list, cards, questions and answers. Pure."""

import difflib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, assert_never

import discord

from bot.wording import command
from cogs import _durations as durations
from cogs._texts import (
    EMBED_DESCRIPTION,
    EMBED_FIELD,
    EMBED_TITLE,
    REASON_LIMIT,
    ago,
    channel,
    clean,
    code,
    counted,
    cut,
    fitting,
    joined,
    member,
    moment,
    plain,
    role,
)
from data.models import (
    EndReason,
    InviteFilter,
    InviteKind,
    InviteRecord,
    InviteSort,
    InviteState,
    JoinRecord,
)

REASON_PREFIX = "Reason: "
"""Of the footer in which a question keeps the moderator's words; a footer formats nothing."""

_ORDER = {
    InviteSort.NEWEST: "newest first",
    InviteSort.USES: "most used first",
    InviteSort.EXPIRY: "expiring soonest first",
    InviteSort.LEAST: "least used first",
    InviteSort.OLDEST: "oldest first",
}
_UNCOUNTED = (EndReason.REVOKED, EndReason.CHANNEL_DELETED)
"""What it was used since the last count is not known."""
_NEAR = 3
"""As many campaigns as are offered for one that there is not."""
_CHOICE_LIMIT = 100
"""The platform's limit for what autocomplete offers."""


class Through(NamedTuple):
    """Who joined through an invite."""

    latest: Sequence[JoinRecord] = ()
    total: int = 0
    possible: int = 0
    """How many more may have: the invite is one of several explanations."""


NOBODY = Through()


def state(record: InviteRecord, now: datetime) -> str:
    """`live`, or how it ended; also when it expired and nobody said so."""
    if not record.ended(now):
        return "live"
    match record.end_reason or EndReason.EXPIRED:
        case EndReason.REVOKED:
            return "revoked"
        case EndReason.EXPIRED:
            return "expired"
        case EndReason.EXHAUSTED:
            return "used up"
        case EndReason.CHANNEL_DELETED:
            return "gone with its channel"
        case EndReason.UNKNOWN:
            return "gone, nobody knows how"
        case never:
            assert_never(never)


def line(record: InviteRecord, now: datetime) -> str:
    """An invite in one line of a list."""
    parts = [code(record.invite.code), _state_since(record, now), _uses(record), _maker(record)]
    if record.invite.channel_id is not None:
        parts.append(channel(record.invite.channel_id))
    if record.campaign:
        parts.append(f"campaign {plain(record.campaign, 40)}")
    return " · ".join(parts)


def page(
    records: Sequence[InviteRecord],
    total: int,
    which: InviteFilter,
    number: int,
    size: int,
    campaigns: Sequence[str] = (),
) -> discord.Embed:
    """A page of a list; `number` counts from 0. An empty list says what to do.

    `campaigns` are those that there are, if none was found of the one that was asked for.
    """
    now = which.now
    assert now is not None, "a list is always as of a moment"
    if not records:
        nothing = _no_campaign(which.campaign, campaigns) or _nothing(which)
        return discord.Embed(title=_title(which, 0), description=nothing)
    lines = (line(record, now) for record in records)
    embed = discord.Embed(title=_title(which, total), description=fitting(lines, EMBED_DESCRIPTION))
    pages = -(-total // size)
    return embed.set_footer(text=f"Page {number + 1} of {pages} · {_ORDER[which.sort]}")


def card(
    record: InviteRecord, link: str, now: datetime, through_it: Through = NOBODY
) -> discord.Embed:
    """Everything known about one invite."""
    colour = discord.Colour.light_grey() if record.ended(now) else discord.Colour.green()
    embed = discord.Embed(
        title=_heading(record), description=place(record, link, now), colour=colour
    )
    limits = _limits(record, now, through_it.total)
    for name, value in (*limits, *_people(record), *_words(record)):
        embed.add_field(name=name, value=cut(value, EMBED_FIELD))
    if joined_through := _joined_through(record.invite.code, through_it):
        name = f"Who joined through it: {through_it.total}"
        embed.add_field(name=name, value=joined_through, inline=False)
    return embed


def question(record: InviteRecord, note: str | None, now: datetime) -> discord.Embed:
    """What `/invite revoke` asks before it does anything; it keeps the moderator's words."""
    embed = discord.Embed(
        title=cut(f"Revoke {clean(record.invite.code)}?", EMBED_TITLE),
        description=f"{line(record, now)}\n\nNobody can join through it afterwards,"
        " and it cannot be brought back.",
        colour=discord.Colour.red(),
    )
    return embed.set_footer(text=f"{REASON_PREFIX}{note}") if note else embed


def note_in(embeds: Sequence[discord.Embed]) -> str | None:
    """The moderator's words that a question kept."""
    footer = embeds[0].footer.text if embeds else None
    return footer.removeprefix(REASON_PREFIX) if footer else None


def revoked(record: InviteRecord, joined_through: int = 0) -> discord.Embed:
    """The answer to a question that was answered with yes; what was counted last is the least."""
    least = max(record.invite.uses, joined_through)
    used = f"had at least {counted(least, 'use')}" if least else "is gone"
    said = f"\nReason: {plain(record.end_note, REASON_LIMIT)}" if record.end_note else ""
    return discord.Embed(
        title="Invite revoked",
        description=f"{code(record.invite.code)} {used}. Nobody can join through it any more."
        f"{said}",
        colour=discord.Colour.light_grey(),
    )


def no_longer(record: InviteRecord, now: datetime) -> str:
    """Why an invite that has ended cannot be revoked."""
    when = record.ended_at or record.invite.expires_at or now
    by = f" by {member(record.ended_by)}" if record.ended_by else ""
    return f"{code(record.invite.code)} is already {state(record, now)}, {ago(when)}{by}."


def choice(record: InviteRecord, now: datetime) -> str:
    """What autocomplete shows for a code: no formatting, for it is shown as it is."""
    live = () if not record.ended(now) else (state(record, now),)
    campaign = (clean(record.campaign),) if record.campaign else ()
    uses = counted(record.invite.uses, "use")
    return cut(" · ".join((clean(record.invite.code), *campaign, uses, *live)), _CHOICE_LIMIT)


def _heading(record: InviteRecord) -> str:
    kind = "Vanity URL" if record.invite.kind is InviteKind.VANITY else "Invite"
    return cut(f"{kind} {clean(record.invite.code)}", EMBED_TITLE)


def place(record: InviteRecord, link: str, now: datetime) -> str:
    """Whether it is live, its link and where it leads."""
    where = channel(record.invite.channel_id) if record.invite.channel_id else "no channel known"
    return f"**{state(record, now)}** · {link} · {where}"


def _state_since(record: InviteRecord, now: datetime) -> str:
    """Live until when, or ended when."""
    expires = record.invite.expires_at
    if not record.ended(now):
        return "**live**, " + (f"expires {ago(expires)}" if expires else "never expires")
    when = record.ended_at or expires or now
    return f"**{state(record, now)}** {ago(when)}"


def _uses(record: InviteRecord) -> str:
    limit = record.invite.max_uses
    uses = counted(record.invite.uses, "use")
    return f"{record.invite.uses} of {counted(limit, 'use')}" if limit else uses


def _maker(record: InviteRecord) -> str:
    """Who made it; for an invite that Usher made, the moderator and not Usher."""
    if record.invite.kind is InviteKind.VANITY:
        return "vanity URL"
    maker = record.moderator_id or record.invite.inviter_id
    by = f"by {member(maker)}" if maker else "nobody is named as its maker"
    return f"{by} for {member(record.behalf_id)}" if record.behalf_id else by


def _limits(record: InviteRecord, now: datetime, joined_through: int) -> list[tuple[str, str]]:
    invite = record.invite
    fields = [("Uses", _uses_in_full(record, joined_through))]
    if record.ended(now):
        when = moment(record.ended_at or invite.expires_at or now)
        by = f" by {member(record.ended_by)}" if record.ended_by else ""
        fields.append(("Ended", f"{state(record, now)}{by}\n{when}"))
    if invite.kind is InviteKind.VANITY:
        return fields
    fields.append(("Expires", moment(invite.expires_at) if invite.expires_at else "never"))
    age = f", lasts {durations.words(invite.max_age)}" if invite.max_age else ""
    made = f"{moment(invite.created_at)}{age}" if invite.created_at else "not known"
    fields.append(("Created", made))
    if invite.temporary:
        fields.append(("Temporary", "yes: who gets no role leaves when going offline"))
    if invite.guest:
        fields.append(("Guest", "yes: it lets people into the voice channel only"))
    return fields + extras(record)


def extras(record: InviteRecord) -> list[tuple[str, str]]:
    """What it gives, and what it leads to besides its channel."""
    invite = record.invite
    fields = []
    if invite.role_ids:
        fields.append(("Roles", joined([role(each) for each in invite.role_ids], most=20)))
    if invite.target_user_id:
        fields.append(("Target", f"the stream of {member(invite.target_user_id)}"))
    if invite.target_application_id:
        fields.append(("Target", f"the application {code(str(invite.target_application_id))}"))
    return fields


def _uses_in_full(record: InviteRecord, joined_through: int) -> str:
    """No platform says how often an invite was used that somebody has deleted."""
    used, limit = record.invite.uses, record.invite.max_uses
    least = max(used, joined_through)
    if least > used or record.end_reason in _UNCOUNTED:
        known = f"at least {least}" if least else "none known"
        lines = [f"{known} of {limit}" if limit else known]
    else:
        lines = [f"{used} of {limit}, {max(limit - used, 0)} left" if limit else str(used)]
    if record.uses_before:
        lines.append(f"{record.uses_before} before Usher saw it")
    return "\n".join(lines)


def _people(record: InviteRecord) -> list[tuple[str, str]]:
    """The inviter is whom the platform names: Usher itself for what it made."""
    people = (
        ("Inviter", record.invite.inviter_id),
        ("Moderator", record.moderator_id),
        ("On behalf of", record.behalf_id),
        ("Credit", record.credited_id),
    )
    return [(name, member(who)) for name, who in people if who]


def _words(record: InviteRecord) -> list[tuple[str, str]]:
    """What moderators wrote."""
    words = (
        ("Campaign", record.campaign),
        ("Reason", record.reason),
        ("Why it was revoked", record.end_note),
    )
    shown = ((name, plain(text or "", REASON_LIMIT)) for name, text in words)
    return [(name, text) for name, text in shown if text]


def _joined_through(invite_code: str, through: Through) -> str:
    """The latest joins, and how many more there may be; empty if there is nothing to say."""
    more = ""
    if through.possible:
        count = f"{through.possible} more" if through.total else str(through.possible)
        option = code(f"code: {invite_code}", 110)
        shows = f"{command('joins recent')} with {option} shows them."
        more = f"{count} may have come through it: {shows}"
    lines = [
        f"{member(join.member_id)} {_joined(join)}, {join.certainty}" for join in through.latest
    ]
    shown = fitting(lines, EMBED_FIELD - len(more) - 1)
    return "\n".join(filter(None, (shown, more)))


def _joined(join: JoinRecord) -> str:
    left = f", left {ago(join.left_at)}" if join.left_at else ""
    return f"{ago(join.joined_at)}{left}" if join.joined_at else f"before Usher{left}"


def _title(which: InviteFilter, total: int) -> str:
    kind = {
        InviteState.LIVE: "Live invites",
        InviteState.ENDED: "Ended invites",
        InviteState.ALL: "Invites",
    }
    return f"{kind[which.state]}: {total}"


def _no_campaign(wanted: str | None, campaigns: Sequence[str]) -> str:
    """That there is no such campaign, and which it may be instead; empty if there is one."""
    known = {name.encode().lower() for name in campaigns}  # as the ledger compares: ASCII only
    if wanted is None or wanted.encode().lower() in known:
        return ""
    nothing = f"There is no campaign {plain(wanted)}."
    near = [plain(name) for name in _near(wanted, campaigns)]
    if near:
        return f"{nothing} Did you mean {joined(near, 'or')}?"
    return f"{nothing} Ask without `campaign` to see all."


def _near(wanted: str, campaigns: Sequence[str]) -> list[str]:
    """Those that contain it, then those that look like it."""
    folded = wanted.casefold()
    holding = [name for name in campaigns if folded in name.casefold()]
    names = {name.casefold(): name for name in campaigns}
    alike = [names[each] for each in difflib.get_close_matches(folded, names, _NEAR)]
    return list(dict.fromkeys([*holding, *alike]))[:_NEAR]


def _nothing(which: InviteFilter) -> str:
    if which.campaign or which.inviter_id or which.channel_id:
        return (
            "None fits. Ask with fewer options, or with `state: all` for those that have ended too."
        )
    if which.state is InviteState.LIVE:
        return f"Nobody can join by an invite now. Make one with {command('invite create')}."
    return "I have seen none so far."
