"""`help`, and what a bare mention is answered with: only where commands are text."""

import discord
from discord.ext import commands

from bot.client import Usher
from bot.text_commands import best_effort
from cogs import _help as helping
from cogs import _help_texts as texts


class Help(commands.Cog):
    """Without slash commands no client shows what there is."""

    def __init__(self, bot: Usher) -> None:
        self.bot = bot

    # Not the library's HelpCommand: that writes signatures in a notation of its own.
    @commands.command(name="help", hidden=True)
    async def help(self, ctx: commands.Context[Usher], *, about: str = "") -> None:
        """List what I can do, or tell about one command."""
        await helping.tell(ctx, helping.found(self.bot, about))

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Whoever only mentions Usher wants to know what to do with it."""
        me = self.bot.user
        if me is None or self.bot.platform.capabilities.slash_commands:
            return
        if message.author.bot or message.webhook_id is not None:
            return
        if message.content.strip() in (f"<@{me.id}>", f"<@!{me.id}>"):
            async with best_effort("a mention stays without an answer"):
                await message.channel.send(texts.greeting())


async def setup(bot: Usher) -> None:
    await bot.add_cog(Help(bot))
