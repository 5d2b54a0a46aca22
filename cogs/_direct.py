"""Answers by direct message: how they are sent and changed, and the reactions that are offered."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import discord

from bot.client import Usher
from bot.text_commands import Request, Tapped, about, best_effort, send_first, take_back
from cogs._buttons import Pressable
from data.models import Offer


class Answer(NamedTuple):
    """What is said; the view's buttons become reactions."""

    content: str | None = None
    embed: discord.Embed | None = None
    view: discord.ui.View | None = None
    files: Sequence[discord.File] = ()


class _Owner(NamedTuple):
    """Whom an answer is for, and which guild it is about."""

    guild: discord.Guild
    person_id: int


async def answer(request: Request, what: Answer) -> None:
    """Answer a command: in the message that was opened for it, if one was."""
    assert request.guild is not None, "commands are given in servers"
    owner = _Owner(request.guild, request.author.id)
    request.answer = await _delivered(request, what, owner.guild)
    request.answered = True
    await _offer(request.bot, request.answer, owner, what.view)


async def _delivered(request: Request, what: Answer, guild: discord.Guild) -> discord.Message:
    """The answer, in place of its promise; files do not go there, nor what cannot be changed."""
    promise = request.answer
    if promise is None:
        return await send_first(request, **_sent(what, guild))
    if not what.files:
        with suppress(discord.HTTPException):
            return await promise.edit(content=_content(what, guild), embed=what.embed)
    sent = await promise.channel.send(**_sent(what, guild))
    await take_back(request)
    return sent


async def answer_more(tapped: Tapped, what: Answer) -> None:
    """Answer a reaction with a message of its own."""
    sent = await tapped.message.channel.send(**_sent(what, tapped.guild))
    await _offer(tapped.client, sent, _owner(tapped), what.view)


async def replace(tapped: Tapped, embed: discord.Embed, view: discord.ui.View | None) -> None:
    """Let the message that was reacted to say something else, and offer something else."""
    what = Answer(embed=embed, view=view)
    message = await tapped.message.edit(content=_content(what, tapped.guild), embed=embed)
    if view is not None and view.children:
        await _offer(tapped.client, message, _owner(tapped), view)
        return
    await tapped.client.ledger.withdraw_offer(message.id)
    await _clear(tapped)


async def change(request: Request, embed: discord.Embed) -> None:
    """Let the answer to a command say something else."""
    assert request.answer is not None, "only what was said changes"
    await request.answer.edit(embed=embed)


async def _clear(tapped: Tapped) -> None:
    """Take our own reactions away; those of people are theirs."""
    for reaction in tapped.message.reactions:
        if reaction.me:
            async with best_effort("a reaction that does nothing stays"):
                await tapped.message.remove_reaction(reaction.emoji, tapped.client.user)


async def _offer(
    bot: Usher, message: discord.Message, owner: _Owner, view: discord.ui.View | None
) -> None:
    """First what they do, then the reactions: whoever sees one can press it."""
    buttons = _buttons(view)
    if not buttons:
        return
    offer = Offer(
        guild_id=owner.guild.id,
        channel_id=message.channel.id,
        message_id=message.id,
        owner_id=owner.person_id,
        choices={bare(button.emoji): button.custom_id for button in buttons},
    )
    await bot.ledger.offer(offer, datetime.now(UTC))
    there = {bare(str(each.emoji)) for each in message.reactions if each.me}
    async with best_effort("reactions are not all there"):
        for emoji in _row(buttons):
            if bare(emoji) not in there:
                await message.add_reaction(emoji)


def _owner(tapped: Tapped) -> _Owner:
    return _Owner(tapped.guild, tapped.user.id)


def _sent(what: Answer, guild: discord.Guild) -> Mapping[str, Any]:
    said: dict[str, Any] = {"content": _content(what, guild), "embed": what.embed}
    return {**said, "files": what.files} if what.files else said


def _content(what: Answer, guild: discord.Guild) -> str:
    """The words, and below them in one line what they are about and which reaction does what."""
    offered = " · ".join(f"{button.emoji} {button.label}" for button in _buttons(what.view))
    last = f"{about(guild)} · React with {offered}" if offered else about(guild)
    return "\n".join(filter(None, (what.content, last)))


def _buttons(view: discord.ui.View | None) -> list[Pressable]:
    children = view.children if view is not None else ()
    return [each for each in children if isinstance(each, Pressable)]


def _row(buttons: Sequence[Pressable]) -> list[str]:
    """The reactions to put up, also those that do something only on other pages: none moves."""
    wanted = dict.fromkeys(emoji for button in buttons for emoji in button.reactions(len(buttons)))
    return list(wanted)


def bare(emoji: str) -> str:
    """Without the mark that asks for a picture: clients send it or not."""
    return emoji.replace("\N{VARIATION SELECTOR-16}", "")
