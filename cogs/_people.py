"""Who is meant, where commands are text: a mention, an id or a name.

Slash commands bring the person themselves, so there is nothing to find.
"""

import asyncio
import re
from typing import Any, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from bot.platforms.refusals import ANSWER_LIMIT, FAILURES
from cogs._texts import code

Person: TypeAlias = discord.Member | discord.User | discord.Object
"""Somebody who is a member, or who is not and of whom only the id may be known."""

_ID = re.compile(r"(?:<@!?)?([0-9]{15,20})>?")
_NAME_LIMIT = 100
"""Characters; no name is longer."""
_MOST = 100
"""Members in one answer to a name (the platform's limit)."""


class NobodyError(commands.BadArgument):
    """Who is meant cannot be said; the sentence says why."""


class AnyPerson(app_commands.Transformer, commands.Converter[Person]):
    """A member, or somebody who left."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.user

    async def transform(self, _: discord.Interaction[Any], value: Any, /) -> Person:
        person: Person = value
        return person

    async def convert(self, ctx: commands.Context[Any], argument: str) -> Person:
        found = await _found(ctx, argument)
        return found or discord.Object(_id(argument) or 0, type=discord.User)


class OneMember(app_commands.Transformer, commands.Converter[discord.Member]):
    """Somebody who is a member now."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.user

    async def transform(self, _: discord.Interaction[Any], value: Any, /) -> discord.Member:
        if not isinstance(value, discord.Member):
            raise app_commands.TransformerError(value, self.type, self)
        return value

    async def convert(self, ctx: commands.Context[Any], argument: str) -> discord.Member:
        found = await _found(ctx, argument)
        if found is None:
            raise NobodyError("That person is not a member of this server.")
        return found


async def _found(ctx: commands.Context[Any], argument: str) -> discord.Member | None:
    """The member who is meant; None if an id is not a member's."""
    if ctx.guild is None:
        raise commands.NoPrivateMessage
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            if (member_id := _id(argument)) is not None:
                return await _member(ctx.guild, member_id)
            return await _called(ctx.guild, argument)
    except NobodyError:
        raise
    except FAILURES as error:
        raise NobodyError(
            "The platform does not tell me just now who that is. Try again in a minute."
        ) from error


def _id(argument: str) -> int | None:
    match = _ID.fullmatch(argument.strip())
    return int(match[1]) if match else None


async def _member(guild: discord.Guild, member_id: int) -> discord.Member | None:
    if guild.me.id == member_id:
        return guild.me
    try:
        return await guild.fetch_member(member_id)
    except discord.NotFound:
        return None


async def _called(guild: discord.Guild, argument: str) -> discord.Member:
    """The one member of that name, whichever of their names it is."""
    name = argument.strip().removeprefix("@")
    if not name or len(name) > _NAME_LIMIT:
        raise NobodyError(f"{code(argument, 40)} is nobody's name.")
    wanted = name.casefold()
    bare, _, number = name.rpartition("#")
    members = await guild.query_members(bare if bare and number.isdigit() else name, limit=_MOST)
    fitting = [member for member in members if wanted in _names(member)]
    if not fitting:
        raise NobodyError(
            f"I find nobody here called {code(name, 40)}. Mention them, or give their id."
        )
    if len(fitting) > 1:
        raise NobodyError(
            f"Several people here are called {code(name, 40)}. Mention the one you mean, or give"
            " their id."
        )
    return fitting[0]


def _names(member: discord.Member) -> set[str]:
    names = (member.name, member.global_name, member.nick, str(member))
    return {name.casefold() for name in names if name}
