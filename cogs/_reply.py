"""The only way to answer: in private, or not at all."""

import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import discord
from discord.ext import commands
from discord.utils import MISSING

from bot.client import Usher
from bot.errors import UserError

log = logging.getLogger(__name__)

Asked: TypeAlias = commands.Context[Usher] | discord.Interaction[Usher]
"""A command, a menu or a button that somebody waits for an answer to."""

_Call: TypeAlias = Callable[..., Coroutine[Any, Any, object]]

_TOO_LATE = {10015, 10062, 50027}
"""Error codes of an interaction that nobody waits for any more.

The platform says so, for its clock counts: by ours, a computer that is fast would never answer.
"""


async def defer(asked: Asked) -> None:
    """Promise a private answer: for work that may take longer than the platform waits.

    If that comes too late already, nothing is begun of which nobody would hear.
    """
    try:
        await _interaction(asked).response.defer(ephemeral=True, thinking=True)
    except discord.HTTPException as refused:
        if refused.code not in _TOO_LATE:
            raise
        raise UserError("I was too slow to answer that. Nothing was done; try again.") from refused


async def reply(
    asked: Asked,
    content: str | None = None,
    *,
    embed: discord.Embed = MISSING,
    view: discord.ui.View = MISSING,
) -> None:
    """Answer the person who asked, and nobody else.

    When it is too late for a private answer there is none: the library would answer in public.
    """
    interaction = _interaction(asked)
    first = not interaction.response.is_done()
    send: _Call = interaction.response.send_message if first else interaction.followup.send
    with _unless_too_late(interaction):
        await send(
            content=content or MISSING,
            embed=embed,
            view=view,
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


async def update(
    interaction: discord.Interaction[Usher], embed: discord.Embed, view: discord.ui.View | None
) -> None:
    """Replace the private message that the pressed button stands on."""
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


def _interaction(asked: Asked) -> discord.Interaction[Usher]:
    interaction = asked if isinstance(asked, discord.Interaction) else asked.interaction
    if interaction is None:
        raise UserError("I answer only in private, and here I cannot. Use the slash command.")
    return interaction
