"""`/settings log`, and the words of the log channels."""

from collections.abc import Mapping
from datetime import UTC, datetime

import discord
from discord.ext import commands

from bot.client import Usher
from bot.errors import UserError
from cogs import _log_texts as texts
from cogs._asking import Asker, Need, lacking, need, require, require_manage_server
from cogs._channels import SeenText
from cogs._commands import group, subcommand
from cogs._help import lead_on
from cogs._options import Options
from cogs._reply import defer, reply

_NEEDED = ("view_channel", "send_messages")
"""Permissions without which Usher cannot speak in a channel."""


class LogOptions(Options):
    channel: discord.TextChannel | None = commands.flag(
        default=None,
        converter=SeenText,
        positional=True,
        description="Where joins and leaves are told from now on",
    )
    off: bool = commands.flag(default=False, description="Tell them nowhere any more")

    @classmethod
    def values(cls, argument: str, unoffered: Mapping[str, str]) -> dict[str, list[str]]:
        """`off` by itself is the option; a channel of that name has its sign before it."""
        is_off = argument.strip().casefold() == "off"
        return super().values("off: yes" if is_off else argument, unoffered)


class Settings(commands.Cog):
    """What a server can choose."""

    def __init__(self, bot: Usher) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        self.bot.log_channels.speak(texts)

    async def cog_unload(self) -> None:
        self.bot.log_channels.speak(None)

    @group
    async def settings(self, ctx: commands.Context[Usher]) -> None:
        """Choose how Usher works in this server."""
        await lead_on(ctx)

    @subcommand(of=settings)
    async def log(self, ctx: commands.Context[Usher], *, options: LogOptions) -> None:
        """Choose the channel that joins and leaves are told in, or see which it is."""
        asking = require_manage_server(ctx)
        if options.channel is not None and options.off:
            raise UserError("Either a `channel` or `off`, not both.")
        if options.channel is not None:
            await reply(ctx, await self._choose(ctx, asking, options.channel))
        elif options.off:
            await reply(ctx, await self._switch_off(ctx, asking))
        else:
            await reply(ctx, await self._state(asking.guild))

    async def _choose(
        self, ctx: commands.Context[Usher], asking: Asker, channel: discord.TextChannel
    ) -> str:
        require("I", *_needs(asking.guild, channel))
        await defer(ctx)
        await self._set(asking, channel.id)
        everyone = channel.permissions_for(asking.guild.default_role)
        return texts.chosen(channel.id, public=everyone.view_channel)

    async def _switch_off(self, ctx: commands.Context[Usher], asking: Asker) -> str:
        setting = await self.bot.ledger.log_setting(asking.guild.id)
        if setting is None:
            return texts.none_chosen()
        await defer(ctx)
        await self._set(asking, None)
        return texts.switched_off(setting.channel_id)

    async def _set(self, asking: Asker, channel_id: int | None) -> None:
        now = datetime.now(UTC)
        await self.bot.ledger.set_log(asking.guild.id, channel_id, asking.member.id, now)
        self.bot.log_channels.changed(asking.guild.id)

    async def _state(self, guild: discord.Guild) -> str:
        setting = await self.bot.ledger.log_setting(guild.id)
        if setting is None:
            return texts.none_chosen()
        channel = guild.get_channel(setting.channel_id)
        if channel is None:
            return texts.gone(setting)
        missing = lacking(*_needs(guild, channel))
        return texts.state(setting, missing, self.bot.log_channels.trouble(guild.id))


def _needs(guild: discord.Guild, channel: discord.abc.GuildChannel) -> list[Need]:
    mine = channel.permissions_for(guild.me)
    return [need(mine, name, channel.id) for name in _NEEDED]


async def setup(bot: Usher) -> None:
    await bot.add_cog(Settings(bot))
