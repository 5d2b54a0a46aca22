"""`packs list` and `packs create`: invites of the operator's packs, for the operator only."""

from discord.ext import commands

from bot.client import Usher
from bot.errors import UserError
from bot.packs import NO_KEY, PackOrder, Packs, write_creation, write_listing
from bot.platforms.platform import MAX_USES_LIMIT
from cogs import _durations as durations
from cogs import _pack_texts as texts
from cogs._commands import group, subcommand
from cogs._help import lead_on
from cogs._options import Options
from cogs._reply import defer, reply


class ListOptions(Options):
    pack: str | None = commands.flag(
        default=None,
        converter=str,
        positional=True,
        description="The id of a pack, for its invites; without one you see your packs",
    )


class CreateOptions(Options):
    pack: str = commands.flag(converter=str, positional=True, description="The id of the pack")
    max_age: str | None = commands.flag(
        default=None, converter=str, description="How long it lasts: 12h, 7d, never (if unsaid)"
    )
    max_uses: int = commands.flag(
        default=0,
        converter=commands.Range[int, 0, MAX_USES_LIMIT],
        description="How often it can be used; 0 is without limit (if unsaid)",
    )
    unique: bool = commands.flag(
        default=True, description="Always a new code (if unsaid), or one that exists and fits"
    )


class PackInvites(commands.Cog, name="Packs"):
    """Packs belong to a person, not to a server: only the operator has a key for them."""

    def __init__(self, bot: Usher) -> None:
        self.bot = bot

    @group
    async def packs(self, ctx: commands.Context[Usher]) -> None:
        """List or create invites of my operator's packs."""
        await lead_on(ctx)

    @subcommand(of=packs, name="list")
    async def list_(self, ctx: commands.Context[Usher], *, options: ListOptions) -> None:
        """List the packs of my operator, or the invites of one."""
        packs = await self._key(ctx)
        wanted = None if options.pack is None else texts.pack_id(options.pack)
        await defer(ctx)
        if wanted is None:
            await reply(ctx, embed=texts.packs(await packs.packs()))
            return
        told = await packs.list_invites(wanted)
        await write_listing(self.bot.ledger, wanted, told)
        await reply(ctx, embed=texts.invites(wanted, told, self.bot.platform.link))

    @subcommand(of=packs)
    async def create(self, ctx: commands.Context[Usher], *, options: CreateOptions) -> None:
        """Create an invite of a pack of my operator."""
        packs = await self._key(ctx)
        order = PackOrder(
            pack_id=texts.pack_id(options.pack),
            max_uses=options.max_uses,
            max_age=durations.chosen(options.max_age),
            unique=options.unique,
        )
        await defer(ctx)
        invite = await packs.create_invite(order)
        await write_creation(self.bot.ledger, invite, ctx.author.id)
        await reply(ctx, embed=texts.created(invite, self.bot.platform.link))

    async def _key(self, ctx: commands.Context[Usher]) -> Packs:
        """Whoever is not the operator does not even learn whether there is a key."""
        if not await self.bot.platform.operated_by(ctx.author.id):
            raise UserError("Only whoever operates me can do that: packs belong to a person.")
        if self.bot.packs is None:
            raise UserError(NO_KEY)
        return self.bot.packs


async def setup(bot: Usher) -> None:
    """Where there are no packs there is no command."""
    if bot.platform.capabilities.packs:
        await bot.add_cog(PackInvites(bot))
