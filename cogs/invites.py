"""`/invite create`, `list`, `show`, `revoke` and `vanity`."""

from datetime import UTC, datetime
from typing import Any

import discord
from discord.ext import commands

from bot.client import Usher
from bot.errors import UserError
from bot.orders import Created
from cogs import _channel_list as channels
from cogs import _choices as choices
from cogs import _created_texts as created_texts
from cogs import _creating as creating
from cogs import _invite_list as lists
from cogs import _invite_texts as texts
from cogs import _revoking as revoking
from cogs import _typed as typed
from cogs import _vanity as vanities
from cogs._asking import Asker, asker, require_manage_server
from cogs._buttons import Pressable
from cogs._commands import group, subcommand, text_only
from cogs._cooldown import Cooldown
from cogs._help import lead_on
from cogs._options import Options
from cogs._reply import defer, reply
from cogs._texts import REASON_LIMIT

BUTTONS: tuple[type[Pressable], ...] = (
    lists.InvitePage,
    revoking.AskToRevoke,
    revoking.Revoke,
    vanities.ChangeVanity,
)


def _which() -> Any:
    """The option that says about which invite a command is."""
    return commands.flag(converter=str, positional=True, description="The invite's code or link")


class ShowOptions(Options):
    code: str = _which()


class RevokeOptions(Options):
    code: str = _which()
    reason: str | None = commands.flag(
        default=None,
        converter=commands.Range[str, 1, REASON_LIMIT],
        description="Why; it is written into the audit log too",
    )


class Invites(commands.Cog):
    """Create, list, inspect and revoke invites."""

    def __init__(self, bot: Usher) -> None:
        self.bot = bot
        self._cooldown = Cooldown()

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(*BUTTONS)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(*BUTTONS)

    @group
    async def invite(self, ctx: commands.Context[Usher]) -> None:
        """Create, list, show and revoke invites."""
        await lead_on(ctx)

    @subcommand(of=invite)
    async def create(
        self, ctx: commands.Context[Usher], *, options: creating.CreateOptions
    ) -> None:
        """Create an invite, and remember for whom and why."""
        asking = asker(ctx)
        order, creation = creating.order(asking, ctx.channel, options, self.bot.platform)
        self._cooldown.require(asking)
        await defer(ctx)
        made = await self.bot.orders.create(order, creation)
        await reply(ctx, embed=self._made(asking, made))

    def _made(self, asking: Asker, made: Created) -> discord.Embed:
        link, now = self.bot.platform.link(made.record.invite.code), datetime.now(UTC)
        paused = asking.guild.invites_paused()
        if asking.permissions.manage_guild:
            return created_texts.created(made, link, now, paused=paused)
        return created_texts.slip(made, asking.member.id, link, now, paused=paused)

    @subcommand(of=invite, name="list")
    async def list_(self, ctx: commands.Context[Usher], *, options: lists.ListOptions) -> None:
        """List the invites of this server."""
        if await channels.answer(ctx, options):
            return
        asking = require_manage_server(ctx)
        query = lists.query(asking.member.id, options)
        embed, view = await lists.listed(self.bot, asking.guild.id, query)
        await reply(ctx, embed=embed, view=view)

    @subcommand(of=invite)
    async def show(self, ctx: commands.Context[Usher], *, options: ShowOptions) -> None:
        """Show everything known about one invite."""
        asking = require_manage_server(ctx)
        record = await typed.invite_called(self.bot, asking, options.code)
        through_it = await lists.joined_through(self.bot, record)
        now, link = datetime.now(UTC), self.bot.platform.link(record.invite.code)
        embed = texts.card(record, link, now, through_it)
        await reply(ctx, embed=embed, view=revoking.card_buttons(asking, record, now))

    @subcommand(of=invite)
    async def revoke(self, ctx: commands.Context[Usher], *, options: RevokeOptions) -> None:
        """Revoke an invite, after showing what goes."""
        await revoking.ask(ctx, self.bot, options.code, typed.reason(options.reason))

    @text_only(of=invite)
    async def accept(self, ctx: commands.Context[Usher]) -> None:
        """Accept nothing: no platform lets a bot."""
        raise UserError(
            f"{ctx.bot.platform.name} lets only people accept invites. I come to a server when"
            " somebody who manages it adds me."
        )

    @subcommand(of=invite)
    async def vanity(
        self, ctx: commands.Context[Usher], *, options: vanities.VanityOptions
    ) -> None:
        """Show the vanity URL of this server, or change it."""
        await vanities.answer(ctx, self.bot, options)

    @create.autocomplete("max_age")
    async def max_ages(
        self, interaction: discord.Interaction[Usher], typed: str
    ) -> choices.Choices:
        return await choices.max_ages(interaction, typed)

    @create.autocomplete("campaign")
    @list_.autocomplete("campaign")
    async def campaigns(
        self, interaction: discord.Interaction[Usher], typed: str
    ) -> choices.Choices:
        return await choices.campaigns(interaction, typed)

    @show.autocomplete("code")
    async def codes(self, interaction: discord.Interaction[Usher], typed: str) -> choices.Choices:
        return await choices.codes(interaction, typed, live_only=False)

    @revoke.autocomplete("code")
    async def live_codes(
        self, interaction: discord.Interaction[Usher], typed: str
    ) -> choices.Choices:
        return await choices.codes(interaction, typed, live_only=True)


async def setup(bot: Usher) -> None:
    await bot.add_cog(Invites(bot))
