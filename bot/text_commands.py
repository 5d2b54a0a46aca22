"""Commands that are text, where the platform has no others: who asked, and where to answer.

What only the person who asked may know goes into a direct message; all else is said where the
command stands, for everybody to read.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
from discord.ext import commands

from bot.errors import UserError
from bot.platforms import internals
from bot.platforms.refusals import ANSWER_LIMIT, FAILURES

log = logging.getLogger(__name__)

LIMIT = 2000
"""Characters of a message."""

WAIT = "One moment …"
"""What the answer says until it is there; that it could be sent proves that the answer can be."""

HEARD = "\N{OPEN MAILBOX WITH RAISED FLAG}"
"""Under a command of which the answer came by direct message."""

_SHUT = {"50007", "CANNOT_SEND_MESSAGES_TO_USER", "DIRECT_MESSAGES_DISABLED"}
"""Error codes of a person who takes no direct messages from us."""

_NOTHING_LEFT = {"50006", "CANNOT_SEND_EMPTY_MESSAGE"}
"""Error codes of an answer of which nothing is left: embeds vanish without Embed Links."""

_CLOSED = (
    "I answer this only in private, and I cannot write to you. Allow direct messages from members"
    " of this server, then ask again. Nothing was done."
)
_NO_ANSWER = (
    "I answer this only in private, and the platform did not let me write to you just now. Try"
    " again in a minute. Nothing was done."
)
_NOWHERE = (
    "I may not write here what I have to say, and I cannot write to you. Give me **Embed Links**"
    " here, or allow direct messages from members of this server, then ask again."
)


class Request(commands.Context[Any]):
    """A command; of one that was typed, also the direct message that answers it.

    `answer` may be a promise only, which `take_back` removes; once it is `answered` it stays.
    """

    answer: discord.Message | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Tapped:
    """A reaction on one of our direct messages, as a pressed button is elsewhere.

    Member and permissions are as the platform has them now.
    """

    client: Any
    guild: discord.Guild
    user: discord.Member
    message: discord.Message

    @property
    def permissions(self) -> discord.Permissions:
        return self.user.guild_permissions


async def open_answer(request: Request) -> None:
    """Make sure that an answer can be private before anything is done; `UserError` if not."""
    if request.answer is None:
        request.answer = await send_first(request, content=WAIT)


async def send_first(request: Request, **what: Any) -> discord.Message:
    """Write to who asked for the first time; `UserError`, fit for everybody, if that cannot be."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            return await (await _direct_channel(request)).send(**what)
    except FAILURES as error:
        if is_shut(error):
            raise UserError(_CLOSED) from error
        if isinstance(error, discord.HTTPException) and error.status < 500 and error.status != 429:  # noqa: PLR2004 - the statuses themselves
            raise  # what we sent was wrong
        log.warning("no direct message: %s", error)
        raise UserError(_NO_ANSWER) from error


async def _direct_channel(request: Request) -> discord.PartialMessageable:
    """The library would send the id as a number, of which some platforms lose the last digits."""
    client: discord.Client = request.bot
    payload = {"recipient_id": str(request.author.id)}
    opened = await internals.request(client, "POST", "/users/@me/channels", payload=payload)
    return client.get_partial_messageable(int(opened["id"]), type=discord.ChannelType.private)


def is_shut(error: BaseException) -> bool:
    """Whether that is a person who takes no direct messages from us."""
    if not isinstance(error, discord.HTTPException):
        return False
    return isinstance(error, discord.Forbidden) or str(error.code) in _SHUT


async def say_in_place(request: Request, text: str = "", **what: Any) -> None:
    """Answer where the command stands. Everybody there can read it, and nobody is notified.

    Where Usher may not speak, or of what it says nothing would be seen, the person is told
    directly.
    """
    answering: Any = _Answering(request.message)
    what = {"content": text[:LIMIT] or None, **what}
    async with best_effort("an answer did not reach its channel"):
        try:
            async with asyncio.timeout(ANSWER_LIMIT):
                await request.channel.send(reference=answering, mention_author=False, **what)
        except discord.HTTPException as refused:
            is_of_place = isinstance(refused, discord.Forbidden | discord.NotFound)
            if not is_of_place and str(refused.code) not in _NOTHING_LEFT:
                raise
            await _say_directly(request, **what)


async def _say_directly(request: Request, **what: Any) -> None:
    try:
        await (await _direct_channel(request)).send(**what)
    except discord.HTTPException as refused:
        if not is_shut(refused):
            raise
        await request.channel.send(_NOWHERE)
    else:
        await mark_heard(request)


def about(guild: discord.Guild) -> str:
    """Which server a direct message is about: somebody may moderate several."""
    name = " ".join(guild.name.split())
    return f"In **{discord.utils.escape_markdown(name)}**"


class _Answering:
    """A reference to a message with ids in words, for the same reason."""

    def __init__(self, message: discord.Message) -> None:
        self._message = message

    def to_message_reference_dict(self) -> dict[str, Any]:
        ids = {"message_id": self._message.id, "channel_id": self._message.channel.id}
        told: dict[str, Any] = {key: str(one) for key, one in ids.items()}
        return {**told, "fail_if_not_exists": False}


async def take_back(request: Request) -> None:
    """Remove an answer that never came to be one."""
    if request.answer is not None and not request.answered:
        answer, request.answer = request.answer, None
        async with best_effort("an unfinished answer stays"):
            await answer.delete()


async def mark_heard(request: Request) -> None:
    """Show everybody that the command was heard, and where its answer is; nothing of what it is."""
    async with best_effort("a command stays without a mark"):
        await request.message.add_reaction(HEARD)


@asynccontextmanager
async def best_effort(otherwise: str) -> AsyncIterator[None]:
    """For what is good to have; if it fails, the log says so and all goes on."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            yield
    except (*FAILURES, RuntimeError) as error:  # the last one of a session that has been closed
        log.info("%s: %s", otherwise, error)
