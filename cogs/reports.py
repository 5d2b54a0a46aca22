"""`/report export` and `/report timeline`: what the ledger knows, as a file and as a chart."""

import gzip
from datetime import UTC, datetime
from io import BytesIO
from typing import Literal

import discord
from discord.ext import commands

from bot import reports
from bot.charts import NoChartError
from bot.client import Usher
from bot.errors import UserError
from cogs import _report_texts as texts
from cogs._asking import require_manage_server
from cogs._commands import group, subcommand
from cogs._help import lead_on
from cogs._options import Options
from cogs._reply import defer, reply
from cogs._texts import code, counted
from data.export import Format, lines, moment

PLAIN = 1 << 20
"""Bytes up to which a file is not compressed."""
MOST = 8 << 20
"""Bytes of the largest file that both platforms take from any bot."""
MOST_PLAIN = 128 << 20
"""Bytes that are kept in memory at the most, before they are compressed."""

_TOO_MUCH = (
    "That is more than fits into a file here. Ask for less with `since`, or let whoever runs me use"
    " `usher export joins` on the machine."
)


class ExportOptions(Options):
    format: Literal["csv", "jsonl"] = commands.flag(
        default="csv", description="For a spreadsheet (if unsaid), or JSON lines for programs"
    )
    since: str | None = commands.flag(
        default=None, converter=str, description="Only who joined since that day: 2026-11-01"
    )


class TimelineOptions(Options):
    days: int = commands.flag(
        default=30,
        converter=commands.Range[int, 1, 365],
        description="How many days back, with today (if unsaid, 30)",
    )


class Reports(commands.Cog):
    """Figures and facts of a server."""

    def __init__(self, bot: Usher) -> None:
        self.bot = bot

    @group
    async def report(self, ctx: commands.Context[Usher]) -> None:
        """Report on how people came to this server."""
        await lead_on(ctx)

    @subcommand(of=report)
    async def export(self, ctx: commands.Context[Usher], *, options: ExportOptions) -> None:
        """Get a file with a line for each join: how they came, how sure that is, and why."""
        guild_id = require_manage_server(ctx).guild.id
        begin = None if options.since is None else since(options.since)
        await defer(ctx)
        joins, table = await self._table(guild_id, begin, Format(options.format))
        name = f"joins-{guild_id}.{options.format}"
        if len(table) > PLAIN:
            name, table = f"{name}.gz", gzip.compress(table)
        if len(table) > MOST:
            raise UserError(_TOO_MUCH)
        file = discord.File(BytesIO(table), name)
        await reply(ctx, f"{counted(joins, 'join').capitalize()} of this server.", files=[file])

    @subcommand(of=report)
    async def timeline(self, ctx: commands.Context[Usher], *, options: TimelineOptions) -> None:
        """Get a chart of how many joined on each day and through what, and how many left."""
        guild_id = require_manage_server(ctx).guild.id
        await defer(ctx)
        now = datetime.now(UTC)
        figures = await reports.timeline(self.bot.ledger, guild_id, options.days, now)
        said, files = texts.timeline(figures), []
        if figures.joins:
            try:
                drawn = await self.bot.charts.draw(texts.picture(figures))
            except NoChartError as error:
                said = f"{said}\n{texts.no_chart(error)}"
            else:
                files = [discord.File(BytesIO(drawn), f"timeline-{guild_id}-{now.date()}.png")]
        await reply(ctx, said, files=files)

    async def _table(
        self, guild_id: int, begin: datetime | None, form: Format
    ) -> tuple[int, bytes]:
        """How many joins, and the file."""
        written, count = bytearray(), 0
        async for line in lines(self.bot.ledger.export(guild_id, begin), form):
            written += line.encode()
            count += 1
            if len(written) > MOST_PLAIN:
                raise UserError(_TOO_MUCH)
        return count - (form is Format.CSV), bytes(written)


def since(text: str) -> datetime:
    """A day or a time, as the command line takes it; else a `UserError`."""
    try:
        return moment(text.strip())
    except ValueError:
        raise UserError(
            f"{code(text, 40)} is not a day. Write it like `2026-11-01`, or with a time like"
            " `2026-11-01T12:00`."
        ) from None


async def setup(bot: Usher) -> None:
    await bot.add_cog(Reports(bot))
