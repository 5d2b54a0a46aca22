"""What all buttons share: they outlive a restart, belong to one person and answer their errors."""

import functools
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ClassVar, Self, TypeVar

import discord

from bot.answers import answer_error
from bot.client import Usher
from bot.errors import UserError

_Item = TypeVar("_Item", bound=discord.ui.Item[Any])


def answered(
    pressed: Callable[[_Item, discord.Interaction[Usher]], Awaitable[None]],
) -> Callable[[_Item, discord.Interaction[Any]], Coroutine[Any, Any, None]]:
    """Answer whatever goes wrong when a button is pressed; the library would only log it."""

    @functools.wraps(pressed)
    async def callback(item: _Item, interaction: discord.Interaction[Usher]) -> None:
        try:
            await pressed(item, interaction)
        except Exception as error:  # noqa: BLE001 - as the library does around commands
            await answer_error(interaction, error)

    return callback


def require_owner(interaction: discord.Interaction[Usher], owner_id: int) -> None:
    if interaction.user.id != owner_id:
        raise UserError("This button belongs to whoever used the command. Use it yourself.")


def stale(command: str) -> UserError:
    return UserError(f"This button is from an older Usher. Use {command} again.")


def pager(
    buttons: Callable[[int, str], Any], number: int, total: int, size: int
) -> discord.ui.View:
    """Buttons to the pages before and after; `number` counts from 0.

    No two lead to the same page: the platform takes an id once in a message.
    """
    last = (total - 1) // size
    view = discord.ui.View(timeout=None)
    for label, page, there in (
        ("First", 0, number > 1),
        ("Previous", number - 1, number > 0),
        ("Next", number + 1, number < last),
        ("Last", last, number + 1 < last),
    ):
        if there:
            view.add_item(buttons(page, label))
    return view


class PageButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template="(.*)"):
    """Turns to another page; its id holds the whole query, so that it needs no memory of ours."""

    prefix: ClassVar[str]

    def __init__(self, query: str, label: str | None) -> None:
        custom_id = f"{self.prefix}:{query}"
        super().__init__(discord.ui.Button(label=label, custom_id=custom_id))
        self.query = query

    @classmethod
    async def from_custom_id(
        cls,
        _: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        return cls(match[1], getattr(item, "label", None))
