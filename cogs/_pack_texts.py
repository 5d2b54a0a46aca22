"""What is said about packs and their invites. Pure."""

from collections.abc import Callable, Sequence

import discord

from bot.errors import UserError
from bot.packs import Pack
from bot.platforms.platform import Shown
from cogs._texts import EMBED_DESCRIPTION, ago, code, counted, fitting, plain
from data.models import Invite

Link = Callable[[str], str]


def pack_id(text: str) -> int:
    """The id that somebody typed; `UserError` if it is none."""
    typed = text.strip()
    if not (typed.isascii() and typed.isdecimal() and 0 < int(typed) < 1 << 63):
        raise UserError(f"{code(text, 40)} is not the id of a pack. That is a long number.")
    return int(typed)


def packs(found: Sequence[Pack]) -> discord.Embed:
    """Somebody's own packs."""
    lines = [f"`{pack.id}` · {pack.kind} · {plain(pack.name)}" for pack in found]
    said = fitting(lines, EMBED_DESCRIPTION) or "There are none that you made."
    return discord.Embed(title=f"Your packs: {len(found)}", description=said)


def invites(wanted: int, told: Shown, link: Link) -> discord.Embed:
    """A pack's invites, and how many of them cannot be read."""
    lines = [_line(invite, link) for invite in told.invites]
    said = fitting(lines, EMBED_DESCRIPTION) or "It has none."
    embed = discord.Embed(title=f"Invites of the pack {wanted}", description=said)
    if told.unreadable:
        embed.set_footer(text=f"{counted(told.unreadable, 'more invite')} cannot be read.")
    return embed


def created(invite: Invite, link: Link) -> discord.Embed:
    return discord.Embed(title=f"Invite of the {invite.kind}", description=_line(invite, link))


def _line(invite: Invite, link: Link) -> str:
    used = counted(invite.max_uses, "use")
    uses = f"{invite.uses} of {used}" if invite.max_uses else counted(invite.uses, "use")
    expires = f"expires {ago(invite.expires_at)}" if invite.expires_at else "never expires"
    return f"{code(invite.code)} · {link(invite.code)} · {uses} · {expires}"
