"""`/setup backfill` and `/setup check`, and what backfills have to know of their guilds."""

from datetime import UTC, datetime

import discord
from discord.ext import commands

from bot.backfill import Progress, Tell
from bot.client import Usher
from cogs import _setup_texts as texts
from cogs._asking import need, require, require_manage_server
from cogs._checking import findings
from cogs._commands import group, subcommand
from cogs._help import lead_on
from cogs._options import Options
from cogs._reply import defer, reply, update
from data.models import Source

TO_ANSWER = ("send_messages", "embed_links", "add_reactions", "read_message_history")
"""What Usher needs where commands are messages, and nowhere else."""


class BackfillOptions(Options):
    again: bool = commands.flag(
        default=False, description="Read everything anew, though that was finished"
    )


class Setup(commands.Cog):
    """What is done once, when Usher comes to a server."""

    def __init__(self, bot: Usher) -> None:
        self.bot = bot

    @group
    async def setup(self, ctx: commands.Context[Usher]) -> None:
        """Let Usher learn what it needs to know of this server."""
        await lead_on(ctx)

    @subcommand(of=setup)
    async def backfill(self, ctx: commands.Context[Usher], *, options: BackfillOptions) -> None:
        """Find out how members came who joined before Usher, or see how far that is."""
        asking = require_manage_server(ctx)
        progress = await self.bot.backfiller.progress(asking.guild.id)
        if progress is not None and progress.backfill.finished_at is not None and not options.again:
            await reply(ctx, embed=await self._shown(asking.guild, progress, more=False))
            return
        if progress is None or progress.backfill.finished_at is not None:
            require("I", need(asking.guild.me.guild_permissions, "manage_guild"))
        await defer(ctx)
        # The time of the message is the platform's own, as is that of every join.
        progress = await self.bot.backfiller.begin(
            asking.guild.id, asking.member.id, ctx.message.created_at
        )
        await reply(ctx, embed=await self._shown(asking.guild, progress, more=True))
        tell = self._telling(ctx, asking.guild)
        self.bot.backfiller.follow(asking.guild.id, asking.member.id, tell)

    @subcommand(of=setup)
    async def check(self, ctx: commands.Context[Usher]) -> None:
        """Look whether I have all that I need here, and say what is missing."""
        asking = require_manage_server(ctx)
        await defer(ctx)
        found = [*await findings(self.bot, asking.guild), *self._here(ctx, asking.guild)]
        await reply(ctx, embed=texts.checked(found))

    def _here(self, ctx: commands.Context[Usher], guild: discord.Guild) -> list[texts.Finding]:
        """What answers take in the channel of this command, where commands are messages."""
        if self.bot.platform.capabilities.slash_commands or ctx.interaction is not None:
            return []
        ours = ctx.channel.permissions_for(guild.me)
        return [
            texts.in_channels(name, [] if getattr(ours, name) else [ctx.channel.id])
            for name in TO_ANSWER
        ]

    def _telling(self, ctx: commands.Context[Usher], guild: discord.Guild) -> Tell:
        async def tell(progress: Progress, more: bool) -> None:
            await update(ctx, await self._shown(guild, progress, more=more), None)

        return tell

    async def _shown(
        self, guild: discord.Guild, progress: Progress, *, more: bool
    ) -> discord.Embed:
        if progress.backfill.finished_at is None:
            return texts.going_on(progress, guild.member_count, datetime.now(UTC), more=more)
        joins = {
            source: (await self.bot.ledger.joins(guild.id, source=source, limit=0))[1]
            for source in Source
        }
        return texts.finished(progress, joins)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        self.bot.backfiller.guild_available(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.bot.backfiller.guild_available(guild.id)

    @commands.Cog.listener()
    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        self.bot.backfiller.guild_gone(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.bot.backfiller.guild_gone(guild.id)


async def setup(bot: Usher) -> None:
    await bot.add_cog(Setup(bot))
