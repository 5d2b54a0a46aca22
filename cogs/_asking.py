"""Who asks, where, and whether they and Usher may: checked at every use, on every path."""

from typing import Literal, NamedTuple, TypeAlias

import discord

from bot.errors import UserError
from bot.text_commands import Tapped
from cogs._reply import Asked
from cogs._texts import channel as mentioned
from cogs._texts import joined

Invitable: TypeAlias = (
    discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
)
"""Channels that can have invites; announcement channels are text channels to the library."""

_NAMES = {
    "create_instant_invite": "Create Invite",
    "manage_channels": "Manage Channels",
    "manage_guild": "Manage Server",
    "manage_roles": "Manage Roles",
    "send_messages": "Send Messages",
    "view_channel": "View Channel",
}
"""As the platform's own settings call them."""


class Asker(NamedTuple):
    """Whoever used a command, a menu or a button in a server."""

    guild: discord.Guild
    member: discord.Member
    permissions: discord.Permissions
    """Theirs, as the platform said with the command; an administrator has all of them."""


class Need(NamedTuple):
    """A permission, and whether it is there."""

    name: str
    there: bool
    channel_id: int | None = None
    """None for the whole server."""


def asker(asked: Asked) -> Asker:
    member = asked.user if isinstance(asked, discord.Interaction | Tapped) else asked.author
    if asked.guild is None or not isinstance(member, discord.Member):
        raise UserError("This works only in a server.")
    if asked.guild.unavailable:
        raise UserError("I cannot see this server at the moment. Try again in a minute.")
    return Asker(asked.guild, member, asked.permissions)


def need(have: discord.Permissions, name: str, channel_id: int | None = None) -> Need:
    return Need(name, getattr(have, name), channel_id)


def require(who: Literal["You", "I"], *needs: Need) -> None:
    """Refuse by naming every permission that is not there."""
    if missing := lacking(*needs):
        raise UserError(f"{who} need {missing}.")


def lacking(*needs: Need) -> str:
    """Every permission that is not there, by its name."""
    return joined([_described(need) for need in needs if not need.there])


def require_manage_server(asked: Asked) -> Asker:
    """Who may see what the ledger knows: those whom the platform shows its invites."""
    asking = asker(asked)
    require("You", need(asking.permissions, "manage_guild"))
    return asking


def _described(need: Need) -> str:
    where = f" in {mentioned(need.channel_id)}" if need.channel_id else ""
    return f"**{_NAMES[need.name]}**{where}"
