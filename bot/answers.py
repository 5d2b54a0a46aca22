"""What a person hears when a command failed: one place, always in private."""

import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import NoAnswerError, UserError
from data.errors import LedgerUnavailableError

log = logging.getLogger(__name__)

Target = discord.Interaction[Any] | commands.Context[Any]


async def answer_error(target: Target, error: BaseException) -> None:
    """Say to the person what went wrong, in private; log what a person cannot act on."""
    await tell(target, explain(error))


async def tell(target: Target, text: str) -> None:
    """A short private sentence. If it cannot be private, it is not said.

    Whether it comes too late the platform says: our clock may differ from its.
    """
    interaction = target.interaction if isinstance(target, commands.Context) else target
    if interaction is None:
        log.warning("a text command cannot be answered in private: %s", text)
        return
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
        (commands.TooManyArguments,),
        lambda _: "I do not understand all of that. Use the options by their names.",
    ),
    ((commands.UserInputError, commands.CheckFailure, app_commands.CheckFailure), str),
)
"""Kinds of errors that are not bugs, and what each says to the person."""
