"""The only way to answer: in private, or not at all.

Where commands are text, private means by direct message, and reactions stand for buttons.
"""

import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import discord
from discord.ext import commands
from discord.utils import MISSING

from bot.client import Usher
from bot.errors import UserError
from bot.text_commands import Request, Tapped, mark_heard, open_answer
from cogs import _direct as direct

log = logging.getLogger(__name__)

Pressed: TypeAlias = discord.Interaction[Usher] | Tapped
"""A button, or the reaction that stands for one."""

Asked: TypeAlias = commands.Context[Usher] | Pressed
"""A command, a menu, a button or a reaction that somebody waits for an answer to."""

_Call: TypeAlias = Callable[..., Coroutine[Any, Any, object]]

_TOO_LATE = {10015, 10062, 50027}
"""Error codes of an interaction that nobody waits for any more.

The platform says so, for its clock counts: by ours, a computer that is fast would never answer.
"""


async def defer(asked: Asked) -> None:
    """Promise a private answer: before anything is changed, or that may take long.

    If that comes too late already, or cannot be private, nothing is begun of which nobody would
    hear.
    """
    match _path(asked):
        case Request() as request:
            await open_answer(request)
        case discord.Interaction() as interaction:
            await _defer(interaction)


async def _defer(interaction: discord.Interaction[Usher]) -> None:
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except discord.HTTPException as refused:
        if refused.code not in _TOO_LATE:
            raise
        raise UserError("I was too slow to answer that. Nothing was done; try again.") from refused


async def reply(
    asked: Asked,
    content: str | None = None,
    *,
    embed: discord.Embed | None = None,
    view: discord.ui.View | None = None,
    files: Sequence[discord.File] = (),
) -> None:
    """Answer the person who asked, and nobody else.

    When it is too late for a private answer there is none: the library would answer in public.
    """
    answer = direct.Answer(content, embed, view, files)
    match _path(asked):
        case Request() as request:
            await direct.answer(request, answer)
            await mark_heard(request)
        case Tapped() as tapped:
            await direct.answer_more(tapped, answer)
        case discord.Interaction() as interaction:
            await _reply(interaction, answer)


async def _reply(interaction: discord.Interaction[Usher], answer: direct.Answer) -> None:
    first = not interaction.response.is_done()
    send: _Call = interaction.response.send_message if first else interaction.followup.send
    with _unless_too_late(interaction):
        await send(
            content=answer.content or MISSING,
            embed=answer.embed or MISSING,
            view=MISSING if answer.view is None else answer.view,
            files=answer.files or MISSING,
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


async def acknowledge(pressed: Pressed) -> None:
    """Promise to replace the message that was pressed on."""
    if isinstance(pressed, discord.Interaction):
        await pressed.response.defer()


async def update(asked: Asked, embed: discord.Embed, view: discord.ui.View | None) -> None:
    """Replace the private message that the pressed button stands on, or the answer to a command."""
    match _path(asked):
        case Request() as request:
            await direct.change(request, embed)
        case Tapped() as tapped:
            await direct.replace(tapped, embed, view)
        case discord.Interaction() as interaction:
            await _update(interaction, embed, view)


async def _update(
    interaction: discord.Interaction[Usher], embed: discord.Embed, view: discord.ui.View | None
) -> None:
    first = not interaction.response.is_done()
    edit: _Call = interaction.response.edit_message if first else interaction.edit_original_response
    with _unless_too_late(interaction):
        await edit(embed=embed, view=view)


@contextmanager
def _unless_too_late(interaction: discord.Interaction[Usher]) -> Iterator[None]:
    try:
        yield
    except discord.HTTPException as refused:
        if refused.code not in _TOO_LATE:
            raise
        log.warning("too late to answer interaction %s", interaction.id)


def _path(asked: Asked) -> discord.Interaction[Usher] | Tapped | Request:
    """By which way the person can be answered in private."""
    if not isinstance(asked, commands.Context):
        return asked
    if asked.interaction is not None:
        return asked.interaction
    assert isinstance(asked, Request), "every typed command is one"
    return asked
