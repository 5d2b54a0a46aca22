"""What a person hears when a command failed: one place.

It is said in private where the platform can, and where commands are text in the place of the
command, unless it tells what only moderators may know.
"""

import difflib
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NoAnswerError, PrivateError, UserError
from bot.text_commands import (
    Request,
    Tapped,
    about,
    best_effort,
    is_shut,
    mark_heard,
    open_answer,
    say_in_place,
    take_back,
)
from bot.wording import command
from data.errors import LedgerUnavailableError

log = logging.getLogger(__name__)

Target = discord.Interaction[Any] | commands.Context[Any] | Tapped

_ALIKE = 0.7
"""How much a word has to look like a command to be taken for one: other bots have commands too."""


async def answer_error(target: Target, error: BaseException) -> None:
    """Say to the person what went wrong; log what a person cannot act on."""
    found = cause(error)
    if isinstance(found, commands.CommandNotFound) and isinstance(target, commands.Context):
        if (text := unknown(target)) is not None:
            await tell(target, text)
        return
    if isinstance(target, Tapped) and is_shut(found):
        log.info("a reaction stays without an answer: %s", found)
        return
    await tell(target, explain(error), private=isinstance(found, PrivateError))


async def tell(target: Target, text: str, *, private: bool = False) -> None:
    """A short sentence, which nobody else hears if it is `private`."""
    if isinstance(target, Tapped):
        async with best_effort("a reaction stays without an answer"):
            await target.message.channel.send(f"{text}\n{about(target.guild)}")
        return
    interaction = target.interaction if isinstance(target, commands.Context) else target
    if interaction is not None:
        await _tell_interaction(interaction, text)
    elif isinstance(target, Request):
        await _tell_typed(target, text, private=private)


async def _tell_typed(request: Request, text: str, *, private: bool) -> None:
    if not private or request.guild is None:
        await say_in_place(request, text)
        await take_back(request)
        return
    try:
        await open_answer(request)
    except UserError as closed:
        await say_in_place(request, str(closed))
        return
    assert request.answer is not None, "it is open"
    async with best_effort("an answer did not reach its person"):
        await request.answer.edit(content=f"{text}\n{about(request.guild)}")
    await mark_heard(request)


def unknown(context: commands.Context[Any]) -> str | None:
    """What to say of a command that there is not; nothing if it may be meant for another bot."""
    typed = (context.invoked_with or "").casefold()
    names = [each.name for each in context.bot.commands]
    near = difflib.get_close_matches(typed, names, n=1, cutoff=_ALIKE)
    if near:
        return f"Did you mean {command(near[0])}? {command('help')} lists what I can do."
    mentioned = (context.prefix or "").startswith("<@")
    return f"I do not know that. {command('help')} lists what I can do." if mentioned else None


async def _tell_interaction(interaction: discord.Interaction[Any], text: str) -> None:
    """Whether it comes too late the platform says: our clock may differ from its."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as refused:
        log.warning("an answer did not reach its person: %s", refused)


def explain(error: BaseException) -> str:
    """The sentence for a failed command."""
    error = cause(error)
    for kinds, say in _SENTENCES:
        if isinstance(error, kinds):
            return say(error)
    return _bug(error)


def cause(error: BaseException) -> BaseException:
    """What lies under the library's wrappings."""
    wrapped: BaseException | None = getattr(error, "original", None)
    if wrapped is None and isinstance(error, app_commands.TransformerError):
        wrapped = error.__cause__
    return error if wrapped is None else cause(wrapped)


def names(permissions: Iterable[str]) -> str:
    """`manage_guild` as people know it: **Manage Server**."""
    known = {"manage_guild": "Manage Server", "create_instant_invite": "Create Invite"}
    shown = [known.get(name, name.replace("_", " ").title()) for name in permissions]
    return " and ".join(f"**{name}**" for name in shown)


def _bug(error: BaseException) -> str:
    reference = secrets.token_hex(4)
    log.error("a command failed, reference %s", reference, exc_info=error)
    return f"That failed, and it is my fault. Tell my operator the reference `{reference}`."


def _missing(parameter: commands.Parameter) -> str:
    """What has to be said; of options that come together, those that cannot be left out."""
    options = parameter.converter
    if isinstance(options, type) and issubclass(options, commands.FlagConverter):
        return " and ".join(
            f"`{each.name}`" for each in options.get_flags().values() if each.required
        )
    return f"`{parameter.name}`"


_NOT_THERE = {
    discord.AppCommandOptionType.user: "That person is not a member of this server.",
    discord.AppCommandOptionType.channel: "I cannot see that channel, or it is gone.",
    discord.AppCommandOptionType.role: "That role is gone.",
}
"""What it means when the library cannot make anything of an option's value."""

_SENTENCES: tuple[tuple[tuple[type[BaseException], ...], Callable[[Any], str]], ...] = (
    ((UserError, LedgerUnavailableError), str),
    (
        (NoAnswerError,),
        lambda error: f"The platform gave me no answer ({error}). Try again in a minute.",
    ),
    (
        (app_commands.MissingPermissions, commands.MissingPermissions),
        lambda error: f"You need {names(error.missing_permissions)} for this.",
    ),
    (
        (app_commands.BotMissingPermissions, commands.BotMissingPermissions),
        lambda error: f"I need {names(error.missing_permissions)} for this.",
    ),
    (
        (app_commands.NoPrivateMessage, commands.NoPrivateMessage),
        lambda _: "This works in a server only.",
    ),
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        lambda _: "That command has changed since your app last looked. Try again in a minute.",
    ),
    (
        (app_commands.TransformerError,),
        lambda error: _NOT_THERE.get(error.type, "That is not what this option takes."),
    ),
    (
        (commands.MissingRequiredArgument,),
        lambda error: f"Something is missing: {_missing(error.param)}.",
    ),
    (
        (commands.TooManyArguments,),
        lambda _: "That command takes no options. Leave out what you wrote after its name.",
    ),
    ((commands.UserInputError, commands.CheckFailure, app_commands.CheckFailure), str),
)
"""Kinds of errors that are not bugs, and what each says to the person."""
