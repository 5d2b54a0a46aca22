"""What all buttons share: they outlive a restart, belong to one person and answer their errors.

Where the platform has no buttons, reactions stand for them: same id, same callback.
"""

import functools
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, ClassVar, Self, TypeVar

import discord

from bot.answers import answer_error
from bot.errors import UserError
from bot.text_commands import Tapped
from bot.wording import command, press

_Item = TypeVar("_Item", bound=discord.ui.Item[Any])

_PAGES = {
    "First": "\N{BLACK LEFT-POINTING DOUBLE TRIANGLE WITH VERTICAL BAR}\N{VARIATION SELECTOR-16}",
    "Previous": "\N{BLACK LEFT-POINTING TRIANGLE}\N{VARIATION SELECTOR-16}",
    "Next": "\N{BLACK RIGHT-POINTING TRIANGLE}\N{VARIATION SELECTOR-16}",
    "Last": "\N{BLACK RIGHT-POINTING DOUBLE TRIANGLE WITH VERTICAL BAR}\N{VARIATION SELECTOR-16}",
}
"""The buttons of a pager, and the reactions that stand for them."""


def answered(
    pressed: Callable[[_Item, Any], Awaitable[None]],
) -> Callable[[_Item, Any], Coroutine[Any, Any, None]]:
    """Answer whatever goes wrong when a button is pressed; the library would only log it."""

    @functools.wraps(pressed)
    async def callback(item: _Item, interaction: discord.Interaction[Any] | Tapped) -> None:
        try:
            await pressed(item, interaction)
        except Exception as error:  # noqa: BLE001 - as the library does around commands
            await answer_error(interaction, error)

    return callback


def require_owner(pressed: discord.Interaction[Any] | Tapped, owner_id: int) -> None:
    if pressed.user.id != owner_id:
        raise UserError(f"This {press()} belongs to whoever used the command. Use it yourself.")


def stale(name: str) -> UserError:
    return UserError(f"This {press()} is from an older Usher. Use {command(name)} again.")


class Pressable(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template="(?!)",  # a base matches nothing
):
    """A button whose id says all that it does; `emoji` is the reaction that stands for it."""

    pattern: ClassVar[re.Pattern[str]]
    either_way: ClassVar[bool] = False
    """Whether taking the reaction back is a press, too: never where a press changes anything."""

    def __init_subclass__(cls, *, template: str) -> None:
        super().__init_subclass__(template=template)
        cls.pattern = re.compile(template)

    @classmethod
    def read(cls, match: re.Match[str], label: str | None) -> Self:
        """The button that has this id."""
        raise NotImplementedError

    @classmethod
    def of(cls, custom_id: str) -> Self | None:
        """The button with that id; None if it is one of another kind."""
        match = cls.pattern.fullmatch(custom_id)
        return None if match is None else cls.read(match, None)

    @classmethod
    async def from_custom_id(
        cls,
        _: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        return cls.read(match, getattr(item, "label", None))

    @property
    def label(self) -> str:
        return self.item.label or ""

    @property
    def emoji(self) -> str:
        raise NotImplementedError

    def reactions(self, _beside: int, /) -> Sequence[str]:
        """The reactions to put up for it, where so many do something on the message."""
        return (self.emoji,)


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


class PageButton(Pressable, template="(?!)"):
    """Turns to another page; its id holds the whole query, so that it needs no memory of ours."""

    prefix: ClassVar[str]
    either_way = True

    def __init__(self, query: str, label: str | None) -> None:
        custom_id = f"{self.prefix}:{query}"
        super().__init__(discord.ui.Button(label=label, custom_id=custom_id))
        self.query = query

    @classmethod
    def read(cls, match: re.Match[str], label: str | None) -> Self:
        return cls(match[1], label)

    @property
    def emoji(self) -> str:
        return _PAGES[self.label]

    def reactions(self, beside: int, /) -> Sequence[str]:
        """All that a pager may need, in their order, so that none has to come or go later."""
        return tuple(_PAGES.values()) if beside > 1 else (_PAGES["Previous"], _PAGES["Next"])
