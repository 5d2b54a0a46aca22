"""How Usher speaks in a channel: posts a message, edits it, finds it again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.errors import LostError, NotSaidError, SilencedError
from bot.log_channel import NONCE_KEPT, Said
from bot.platforms import internals
from bot.platforms.refusals import ANSWER_LIMIT, FAILURES

Json = dict[str, Any]

HISTORY = 100
"""Messages in one answer (the platform's limit)."""

_GONE = {"10008", "UNKNOWN_MESSAGE", "50005", "CANNOT_EDIT_OTHER_USER_MESSAGE"}
"""A message that was deleted, or is not ours, in the error codes of Discord and of Fluxer."""
_UNFIT = 400

NEVER: Json = {"parse": []}
"""Nobody is notified, whoever is mentioned."""


class Speech:
    """See `bot.log_channel.Speech`; requests go through the library's rate limiter."""

    def __init__(self, client: discord.Client, nonce_kept: timedelta = NONCE_KEPT) -> None:
        """`nonce_kept` is how long the platform surely knows a nonce; zero, if it does not look."""
        self._client = client
        self.nonce_kept = nonce_kept

    def open(self, guild_id: int, channel_id: int) -> bool:
        """Look before asking: ten thousand refusals in ten minutes ban the address."""
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable:
            return False
        channel = guild.get_channel(channel_id)
        if channel is None:
            return False
        # Who cannot see a channel cannot send there either: the library reckons with that.
        return channel.permissions_for(guild.me).send_messages

    async def post(self, channel_id: int, content: str, nonce: str) -> Said:
        """Of two with the same nonce within some minutes only the first is said, and returned."""
        payload = {
            "content": content,
            "nonce": nonce,
            "enforce_nonce": True,
            "allowed_mentions": NEVER,
        }
        path = "/channels/{channel_id}/messages"
        async with _speaking():
            answer = await internals.request(
                self._client, "POST", path, channel_id=channel_id, payload=payload
            )
            return _said(answer)

    async def edit(self, channel_id: int, message_id: int, content: str) -> None:
        async with _speaking():
            await internals.request(
                self._client,
                "PATCH",
                "/channels/{channel_id}/messages/{message_id}",
                channel_id=channel_id,
                message_id=message_id,
                payload={"content": content, "allowed_mentions": NEVER},
            )

    async def own(self, channel_id: int, since: datetime) -> Sequence[Said]:
        """Without Read Message History the platform shows nothing, or refuses: then nothing."""
        after = discord.utils.time_snowflake(since)
        try:
            async with _speaking():
                answer = await self._client.http.logs_from(channel_id, HISTORY, after=after)
                return [_said(one) for one in answer if self._is_ours(one)]
        except SilencedError:
            return []

    def _is_ours(self, message: Any) -> bool:
        me = self._client.user
        return me is not None and message["author"]["id"] == str(me.id)


def _said(message: Any) -> Said:
    try:
        return Said(int(message["id"]), str(message["content"]))
    except (KeyError, TypeError) as error:
        raise ValueError("the answer is no message") from error


@asynccontextmanager
async def _speaking() -> AsyncIterator[None]:
    """Map every way in which a request fails to what it means for the message."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            yield
    except FAILURES as error:
        raise _meaning(error) from error


def _meaning(error: BaseException) -> NotSaidError:
    said = str(error) or type(error).__name__
    match error:
        case discord.RateLimited():
            return NotSaidError(said, error.retry_after)
        case discord.HTTPException() if str(error.code) in _GONE:
            return LostError(said)
        case discord.Forbidden() | discord.NotFound():
            return SilencedError(said)
        case discord.HTTPException() if error.status == _UNFIT:
            return LostError(said)
        case _:
            return NotSaidError(said)
