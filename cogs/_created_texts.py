"""The answer to `/invite create`: all of it, or what others than moderators may see. Pure."""

from datetime import datetime

import discord

from bot.orders import Created
from cogs._invite_texts import card, extras, place
from cogs._texts import EMBED_FIELD, REASON_LIMIT, counted, cut, moment, plain


def created(what: Created, link: str, now: datetime, *, paused: bool = False) -> discord.Embed:
    """For who manages the server; `paused` if the guild lets nobody in by invites now."""
    return _announced(card(what.record, link, now), what, paused=paused)


def slip(
    what: Created, asker_id: int, link: str, now: datetime, *, paused: bool = False
) -> discord.Embed:
    """For others: of an invite that is not theirs no more than the platform would show them."""
    record = what.record
    embed = discord.Embed(
        description=place(record, link, now),
        colour=discord.Colour.green(),
    )
    for name, value in _terms(what, asker_id):
        embed.add_field(name=name, value=cut(value, EMBED_FIELD))
    return _announced(embed, what, paused=paused)


def _terms(what: Created, asker_id: int) -> list[tuple[str, str]]:
    record, invite = what.record, what.record.invite
    limit = counted(invite.max_uses, "use") if invite.max_uses else "none"
    fields = [
        ("Expires", moment(invite.expires_at) if invite.expires_at else "never"),
        ("Limit", limit),
    ]
    if invite.temporary:
        fields.append(("Temporary", "yes: who gets no role leaves when going offline"))
    if what.reused or record.moderator_id != asker_id:
        return fields
    why = plain(record.reason or "", REASON_LIMIT)
    return fields + extras(record) + ([("Reason", why)] if why else [])


def _announced(embed: discord.Embed, what: Created, *, paused: bool) -> discord.Embed:
    embed.title = "Here is an invite that was there already" if what.reused else "Invite created"
    if paused:
        embed.description = (
            f"{embed.description}\n\nInvites are paused in this server:"
            " **nobody can use it** until somebody resumes them in the server's settings."
        )
    if what.reused:
        embed.set_footer(text="It keeps whom it counts for, its campaign and its reason.")
    return embed
