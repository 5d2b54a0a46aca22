"""`/joins recent`, `who`, `correct`, `undo`, `accuracy` and "How did they join?"."""

from collections.abc import Sequence
from datetime import UTC, datetime

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Usher
from cogs import _accuracy_texts as accuracy_texts
from cogs import _choices as choices
from cogs import _correcting as correcting
from cogs import _history_texts as history_texts
from cogs import _join_list as lists
from cogs import _join_texts as texts
from cogs._asking import require_manage_server
from cogs._buttons import Pressable
from cogs._commands import group, subcommand
from cogs._help import lead_on
from cogs._people import Person
from cogs._reply import Asked, reply
from data.models import JoinRecord

BUTTONS: tuple[type[Pressable], ...] = (lists.JoinPage, correcting.Undo)


class Joins(commands.Cog):
    """How people came, how sure that is, and why."""

    def __init__(self, bot: Usher) -> None:
        self.bot = bot
        # The library does not let a cog declare a context menu.
        self.menu = app_commands.ContextMenu(name="How did they join?", callback=self.how)
        self.menu.default_permissions = discord.Permissions(manage_guild=True)
        self.menu.guild_only = True

    async def cog_load(self) -> None:
        self.bot.tree.add_command(self.menu)
        self.bot.add_dynamic_items(*BUTTONS)

    async def cog_unload(self) -> None:
        self.bot.tree.remove_command(self.menu.name, type=self.menu.type)
        self.bot.remove_dynamic_items(*BUTTONS)

    @group
    async def joins(self, ctx: commands.Context[Usher]) -> None:
        """Tell how people joined this server."""
        await lead_on(ctx)

    @subcommand(of=joins)
    async def recent(self, ctx: commands.Context[Usher], *, options: lists.RecentOptions) -> None:
        """List who joined last, and through what."""
        asking = require_manage_server(ctx)
        query = await lists.query(self.bot, asking, options)
        embed, view = await lists.listed(self.bot, asking.guild.id, query)
        await reply(ctx, embed=embed, view=view)

    @subcommand(of=joins)
    async def who(self, ctx: commands.Context[Usher], *, options: correcting.WhoOptions) -> None:
        """Tell how one person joined, how sure that is, and why."""
        await self.tell(ctx, options.member)

    @subcommand(of=joins)
    async def correct(
        self, ctx: commands.Context[Usher], *, options: correcting.CorrectOptions
    ) -> None:
        """Say how somebody joined; that stands until somebody takes it back."""
        await correcting.correct(ctx, self.bot, options)

    @subcommand(of=joins)
    async def undo(self, ctx: commands.Context[Usher], *, options: correcting.UndoOptions) -> None:
        """Take back the latest correction of how somebody joined."""
        await correcting.undo(ctx, self.bot, options)

    @subcommand(of=joins)
    async def accuracy(self, ctx: commands.Context[Usher]) -> None:
        """Tell how often verdicts turned out right."""
        guild_id = require_manage_server(ctx).guild.id
        figures = await self.bot.ledger.accuracy(guild_id)
        closed = await self.bot.ledger.closed_records(datetime.now(UTC))
        await reply(ctx, embed=accuracy_texts.accuracy(figures, has_record=guild_id not in closed))

    @recent.autocomplete("code")
    @correct.autocomplete("code")
    async def codes(self, interaction: discord.Interaction[Usher], typed: str) -> choices.Choices:
        return await choices.codes(interaction, typed, live_only=False)

    async def how(
        self, interaction: discord.Interaction[Usher], member: discord.Member | discord.User
    ) -> None:
        await self.tell(interaction, member)

    async def tell(self, asked: Asked, person: Person) -> None:
        asking = require_manage_server(asked)
        joins = await self.bot.ledger.joins_of(asking.guild.id, person.id)
        if joins:
            histories_told = await self.histories(joins)
            await reply(asked, embed=texts.story(person.id, joins, histories_told))
        else:
            is_member = isinstance(person, discord.Member)
            is_me = person == asking.guild.me
            await reply(asked, texts.never_met(person.id, is_member=is_member, is_me=is_me))

    async def histories(self, joins: Sequence[JoinRecord]) -> dict[int, str]:
        """By the id of the join, of those that are told and of which more than one was thought."""
        told = texts.newest_first(joins)[: texts.MOST_MEMBERSHIPS]
        found = {
            join.id: history_texts.history(await self.bot.ledger.verdicts(join.id)) for join in told
        }
        return {join_id: history for join_id, history in found.items() if history}


async def setup(bot: Usher) -> None:
    await bot.add_cog(Joins(bot))
