"""`/invite vanity`: what the vanity URL is, the question before it changes, and the change."""

import re
from typing import Self

import discord
from discord.ext import commands

from bot.client import Usher
from bot.errors import UserError
from bot.wording import command
from cogs._asking import Asker, need, require, require_manage_server
from cogs._buttons import Pressable, answered, require_owner, stale
from cogs._options import Options
from cogs._reply import Asked, Pressed, acknowledge, defer, reply, update
from cogs._texts import code, counted
from data.models import Vanity

FEATURE = "VANITY_URL"
_ALLOWED = re.compile(r"[a-z0-9-]{2,32}")
_ID_LIMIT = 100
"""Characters of a button's id (the platform's limit)."""
_NONE = {"off", "none", "no", "never", "remove", "delete", "clear"}
"""Codes that somebody may type who wants none."""


class VanityOptions(Options):
    code: str | None = commands.flag(
        default=None,
        converter=str,
        positional=True,
        description="The new code: 2 to 32 of a-z, 0-9 and -; without one you see what it is",
    )
    remove: bool = commands.flag(default=False, description="Have no vanity URL any more")


async def answer(asked: Asked, bot: Usher, options: VanityOptions) -> None:
    """Say what the vanity URL is, or ask whether it shall be changed."""
    asking = _allowed(bot, asked)
    if options.code is not None and options.remove:
        raise UserError("Either a `code` or `remove`, not both.")
    wanted = None if options.code is None else meant(options.code)
    await defer(asked)
    now = await bot.platform.vanity(asking.guild.id)
    if wanted is None and not options.remove:
        link = bot.platform.link(now.code) if now.code else None
        await reply(asked, embed=shown(now, link))
        return
    if wanted == now.code:
        raise UserError("That is what it is already." if wanted else "There is none to remove.")
    view = discord.ui.View(timeout=None)
    view.add_item(ChangeVanity(asking.member.id, wanted, now.code or ""))
    await reply(asked, embed=question(now, wanted), view=view)


def _allowed(bot: Usher, asked: Asked) -> Asker:
    """Who asks, if both they and Usher may and the server can have a vanity URL."""
    asking = require_manage_server(asked)
    require("I", need(asking.guild.me.guild_permissions, "manage_guild"))
    if FEATURE not in asking.guild.features:
        raise UserError(f"{bot.platform.name} does not let this server have a vanity URL.")
    return asking


def meant(text: str) -> str:
    """The code that somebody wants, in small letters; the platform may have rules beyond."""
    wanted = text.strip(" `|").lower()
    if not _ALLOWED.fullmatch(wanted):
        raise UserError(
            f"{code(text, 40)} cannot be a vanity URL: that is 2 to 32 of the letters a to z,"
            " digits and hyphens."
        )
    return wanted


class ChangeVanity(
    Pressable,
    template="vs:(?P<owner>[0-9a-f]{1,16}):(?P<code>[a-z0-9-]{0,32})(?::(?P<then>.*))?",
):
    """Under the question: changes the vanity URL, for one person; no code removes it.

    The id also has the code of `then`, empty if there was none: about another nobody was asked.
    An older Usher left it out.
    """

    def __init__(self, owner_id: int, wanted: str | None, then: str | None) -> None:
        label = "Change" if wanted else "Remove"
        custom_id = f"vs:{owner_id:x}:{wanted or ''}"
        if then is not None:
            custom_id = f"{custom_id}:{then}"[:_ID_LIMIT]
        style = discord.ButtonStyle.danger
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id))
        self.owner_id = owner_id
        self.wanted = wanted
        self.then = then

    emoji = "\N{WHITE HEAVY CHECK MARK}"

    @classmethod
    def read(cls, match: re.Match[str], _label: str | None) -> Self:
        return cls(int(match["owner"], 16), match["code"] or None, match["then"])

    @answered
    async def callback(self, pressed: Pressed) -> None:
        require_owner(pressed, self.owner_id)
        if self.then is None:
            raise stale("invite vanity")
        bot: Usher = pressed.client
        asking = _allowed(bot, pressed)
        await acknowledge(pressed)
        before = await bot.platform.vanity(asking.guild.id)
        if not self._is_about(before):
            raise UserError(overtaken(before))
        now = await bot.orders.change_vanity(asking.guild.id, self.wanted, asking.member.id)
        link = bot.platform.link(now) if now else None
        await update(pressed, changed(now, link), None)

    def _is_about(self, vanity: Vanity) -> bool:
        """Whether the question would be the same today."""
        return (
            ChangeVanity(self.owner_id, self.wanted, vanity.code or "").custom_id == self.custom_id
        )


def shown(vanity: Vanity, link: str | None) -> discord.Embed:
    """What the vanity URL is; `link` is null if there is none."""
    if vanity.code is None:
        said = f"This server has none. {command('invite vanity')} with a `code` sets one."
        return discord.Embed(title="No vanity URL", description=said)
    used = counted(vanity.uses, "use")
    return discord.Embed(title="Vanity URL", description=f"{code(vanity.code)} · {link} · {used}")


def question(now: Vanity, wanted: str | None) -> discord.Embed:
    """What is asked before the vanity URL changes: the old link is what people have."""
    title = "Change the vanity URL?" if wanted else "Remove the vanity URL?"
    if now.code is None:
        said = f"It will be {code(wanted or '')}. There is none now."
    else:
        becomes = f"{code(wanted)} takes the place of" if wanted else "Nothing takes the place of"
        said = (
            f"{becomes} {code(now.code)}, which has {counted(now.uses, 'use')}. The old link stops"
            " working at once, and another server may take it."
        )
        if wanted in _NONE:
            said += f"\n\nTo have none at all, say {command('invite vanity remove: yes')}."
    return discord.Embed(title=title, description=said, colour=discord.Colour.red())


def overtaken(now: Vanity) -> str:
    """That the URL is not what it was in the question, so that the answer means nothing now."""
    is_now = f"is {code(now.code)} now" if now.code else "is gone by now"
    return (
        f"Since I asked, the vanity URL was changed: it {is_now}. I changed nothing. Use"
        f" {command('invite vanity')} again."
    )


def changed(now: str | None, link: str | None) -> discord.Embed:
    """What the platform says that it is now."""
    if now is None:
        return discord.Embed(title="Vanity URL removed", description="The old link is dead.")
    return discord.Embed(title="Vanity URL changed", description=f"{code(now)} · {link}")
