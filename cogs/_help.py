"""Help with commands, read off the commands themselves."""

from collections.abc import Iterator, Sequence
from typing import Any

import discord
from discord.ext import commands

from bot.client import Usher
from bot.errors import UserError
from bot.text_commands import Request, say_in_place
from bot.wording import typed as as_typed
from cogs import _help_texts as texts
from cogs._help_texts import Described, Option
from cogs._options import Options, choices

Known = commands.Command[Any, ..., Any]


async def lead_on(ctx: commands.Context[Usher]) -> None:
    """What a group does by itself: say which commands it has, or which one may be meant."""
    group = ctx.command
    assert isinstance(group, commands.Group), "only groups call this"
    if said := ctx.view.read_rest().strip():
        names = [each.qualified_name for each in group.commands if not each.hidden]
        raise UserError(texts.nothing_called(f"{group.name} {said.split()[0]}", names))
    await tell(ctx, about(ctx.bot, group))


async def tell(ctx: commands.Context[Usher], embed: discord.Embed) -> None:
    """Help is no secret: it is read where it was asked for."""
    assert isinstance(ctx, Request), "only typed commands need help"
    await say_in_place(ctx, embed=embed)


def found(bot: Usher, name: str) -> discord.Embed:
    """Help with what somebody names; `UserError` if there is nothing of that name."""
    wanted = " ".join(name.split()).strip("`").removeprefix(as_typed("")).casefold()
    if not wanted:
        return texts.overview(list(_groups(bot)))
    known = bot.get_command(wanted)
    if known is None or known.qualified_name != wanted:
        names = [each.qualified_name for each in bot.walk_commands() if not each.hidden]
        raise UserError(texts.nothing_called(name, names))
    return about(bot, known)


def about(bot: Usher, known: Known) -> discord.Embed:
    if isinstance(known, commands.Group):
        return texts.group(_described(bot, known), _members(bot, known))
    return texts.one(_described(bot, known))


def _groups(bot: Usher) -> Iterator[tuple[Described, Sequence[Described]]]:
    for known in bot.all_commands.values():  # in their order; `commands` has none
        if isinstance(known, commands.Group):
            yield _described(bot, known), _members(bot, known)


def _members(bot: Usher, group: commands.Group[Any, ..., Any]) -> list[Described]:
    return [_described(bot, each) for each in group.all_commands.values() if not each.hidden]


def _described(bot: Usher, known: Known) -> Described:
    return Described(known.qualified_name, known.short_doc, list(_options(bot, known)))


def _options(bot: Usher, known: Known) -> Iterator[Option]:
    """Those that the platform has."""
    for parameter in known.clean_params.values():
        kind = parameter.converter
        if isinstance(kind, type) and issubclass(kind, Options):
            hidden = kind.unoffered(bot.platform)
            flags = (flag for name, flag in kind.get_flags().items() if name not in hidden)
            yield from (_option(bot, flag) for flag in flags)


def _option(bot: Usher, flag: commands.Flag) -> Option:
    offered = choices(flag, bot.platform.capabilities)
    return Option(flag.name, flag.description, offered, flag.required, flag.positional is True)
