"""Which channel is meant: one that whoever asks can see.

Of the others not even the name is theirs to learn, so that to them they are not there.
"""

from contextlib import suppress
from typing import Any, ClassVar, TypeVar, get_args

import discord
from discord import ChannelType, app_commands
from discord.ext import commands

from cogs._asking import Invitable

C_co = TypeVar("C_co", covariant=True)


class _Seen(app_commands.Transformer, commands.Converter[C_co]):
    kinds: ClassVar[tuple[type, ...]]
    offered: ClassVar[list[ChannelType]]
    """Likewise, in the platform's words."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[ChannelType]:
        return self.offered

    async def transform(self, interaction: discord.Interaction[Any], value: Any, /) -> C_co:
        seen = self._seen(interaction.guild, interaction.user)
        found: C_co | None = discord.utils.get(seen, id=value.id)
        if found is None:
            raise app_commands.TransformerError(value, self.type, self)
        return found

    async def convert(self, ctx: commands.Context[Any], argument: str) -> C_co:
        """By id, mention or link, else by name: of several, the first that they see."""
        seen = self._seen(ctx.guild, ctx.author)
        name = argument.removeprefix("#")
        found: Any = None
        with suppress(commands.ChannelNotFound):
            found = await commands.GuildChannelConverter().convert(ctx, name)
        if found not in seen:
            found = discord.utils.get(seen, name=name)
        if found is None:
            raise commands.ChannelNotFound(argument)
        channel: C_co = found
        return channel

    def _seen(self, guild: discord.Guild | None, who: discord.abc.User) -> list[Any]:
        if guild is None or not isinstance(who, discord.Member):
            raise commands.NoPrivateMessage
        channels = (each for each in guild.channels if isinstance(each, self.kinds))
        return [each for each in channels if each.permissions_for(who).view_channel]


class SeenText(_Seen[discord.TextChannel]):
    """A text channel."""

    kinds = (discord.TextChannel,)
    offered: ClassVar = [ChannelType.text, ChannelType.news]


class SeenInvitable(_Seen[Invitable]):
    """A channel that can have invites."""

    kinds = get_args(Invitable)
    offered: ClassVar = [
        *SeenText.offered,
        ChannelType.voice,
        ChannelType.stage_voice,
        ChannelType.forum,
        ChannelType.media,
    ]
