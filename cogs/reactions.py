"""Reactions on our direct messages, which stand for buttons where the platform has none."""

import asyncio
from datetime import UTC, datetime
from weakref import WeakValueDictionary

import discord
from discord.ext import commands

from bot.client import Usher
from bot.errors import UserError
from bot.platforms.refusals import ANSWER_LIMIT, FAILURES
from bot.text_commands import Tapped, about, best_effort
from cogs import invites, joins
from cogs._buttons import Pressable
from cogs._direct import bare
from data.models import Choice

KINDS: tuple[type[Pressable], ...] = (*invites.BUTTONS, *joins.BUTTONS)

ADDED = "REACTION_ADD"
"""What the library calls that kind of event."""


class Reactions(commands.Cog):
    """Adding counts. Taking back counts where it only turns pages: in a direct message we cannot
    take a person's reaction away, and who takes back a confirmation does not confirm.
    """

    def __init__(self, bot: Usher) -> None:
        self.bot = bot
        self.turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        """By message: of two reactions in a breath the second finds what the first has changed."""

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        await self.reacted(event)

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        await self.reacted(event)

    async def reacted(self, event: discord.RawReactionActionEvent) -> None:
        """Do what was offered, to whom it was offered; any other reaction means nothing."""
        if event.guild_id is not None or self.bot.platform.capabilities.components:
            return
        turn = self.turns.setdefault(event.message_id, asyncio.Lock())
        async with turn:
            emoji = bare(str(event.emoji))
            choice = await self.bot.ledger.choice(event.message_id, emoji, datetime.now(UTC))
            if choice is None or choice.owner_id != event.user_id:
                return
            button = standing_for(choice.custom_id)
            if button is not None and (button.either_way or event.event_type == ADDED):
                await self.press(button, choice, event.message_id)

    async def press(self, button: Pressable, choice: Choice, message_id: int) -> None:
        """Run the button that the reaction stands for, with the permissions of now."""
        place = self.bot.get_partial_messageable(
            choice.channel_id, type=discord.ChannelType.private
        )
        try:
            tapped = await self.tapped(choice, place, message_id)
        except UserError as error:
            guild = self.bot.get_guild(choice.guild_id)
            async with best_effort("a reaction stays without an answer"):
                await place.send("\n".join([str(error), *([about(guild)] if guild else [])]))
            return
        await button.callback(tapped)  # type: ignore[arg-type] # it takes both

    async def tapped(
        self, choice: Choice, place: discord.PartialMessageable, message_id: int
    ) -> Tapped:
        """Who reacted, as the guild has them now, and to what."""
        guild = self.bot.get_guild(choice.guild_id)
        if guild is None or guild.unavailable:
            raise UserError("I cannot see that server at the moment. Try again in a minute.")
        try:
            async with asyncio.timeout(ANSWER_LIMIT):
                member = await guild.fetch_member(choice.owner_id)
                message = await place.fetch_message(message_id)
        except discord.NotFound as gone:
            raise UserError("You are not a member of that server any more.") from gone
        except FAILURES as error:
            raise UserError(
                "The platform does not tell me just now who you are. Try again in a minute."
            ) from error
        return Tapped(self.bot, guild, member, message)


def standing_for(custom_id: str) -> Pressable | None:
    """The button that has this id, if there is one nowadays."""
    return next(filter(None, (kind.of(custom_id) for kind in KINDS)), None)


async def setup(bot: Usher) -> None:
    await bot.add_cog(Reactions(bot))
