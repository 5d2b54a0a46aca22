"""The invites of one channel, for whoever manages it and not the whole server.

They are read from the platform, which shows them to such a person too; of the ledger, which knows
more, they see nothing.
"""

from datetime import datetime

import discord
from discord.ext import commands

from bot.client import Usher
from bot.errors import UserError
from bot.platforms.platform import Shown
from cogs._asking import asker, need, require
from cogs._invite_list import ListOptions
from cogs._reply import defer, reply
from cogs._texts import EMBED_DESCRIPTION, ago, code, counted, fitting, member
from data.models import Invite


async def answer(ctx: commands.Context[Usher], options: ListOptions) -> bool:
    """List the channel that was named; False if who asks needs more than that, or has it."""
    asking, channel = asker(ctx), options.channel
    if asking.permissions.manage_guild or channel is None:
        return False
    if not channel.permissions_for(asking.member).manage_channels:
        return False
    _require_nothing_else(options)
    ours = channel.permissions_for(asking.guild.me)
    require("I", *(need(ours, name, channel.id) for name in ("view_channel", "manage_channels")))
    await defer(ctx)
    told = await ctx.bot.platform.channel_invites(asking.guild.id, channel.id)
    await reply(ctx, embed=listed(told))
    return True


def _require_nothing_else(options: ListOptions) -> None:
    usual = (options.state, options.sort) == ("live", "newest")
    if not usual or options.campaign or options.inviter:
        raise UserError(
            "You need **Manage Server** for that. With **Manage Channels** you see the live"
            " invites of the `channel`; leave the other options out."
        )


def listed(told: Shown) -> discord.Embed:
    """A channel's invites, newest first, and how many of them cannot be read."""
    newest = sorted(told.invites, key=_made, reverse=True)
    said = fitting(map(_line, newest), EMBED_DESCRIPTION) or "There are none."
    title = f"Live invites of the channel: {len(newest)}"
    embed = discord.Embed(title=title, description=said)
    if told.unreadable:
        embed.set_footer(text=f"{counted(told.unreadable, 'more invite')} cannot be read.")
    return embed


def _made(invite: Invite) -> float:
    made: datetime | None = invite.created_at
    return 0.0 if made is None else made.timestamp()


def _line(invite: Invite) -> str:
    most = f" of {counted(invite.max_uses, 'use')}" if invite.max_uses else ""
    uses = f"{invite.uses}{most}" if most else counted(invite.uses, "use")
    expires = f"expires {ago(invite.expires_at)}" if invite.expires_at else "never expires"
    by = f"by {member(invite.inviter_id)}" if invite.inviter_id else "nobody is named as its maker"
    return f"{code(invite.code)} · {expires} · {uses} · {by}"
