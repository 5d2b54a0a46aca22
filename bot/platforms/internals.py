"""Every name of discord.py that it does not promise to keep, in one place (2.7.1).

tests/bot/platforms/test_internals.py fails clearly if one of them vanishes.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route
from discord.shard import Shard

from bot.platforms import unreadable

log = logging.getLogger(__name__)

Json = dict[str, Any]

_SESSION = "_HTTPClient__session"

_OF_SESSIONS: Final = frozenset({"READY", "RESUMED"})
"""Events without which no session goes on: what fails in them ends the client."""
_BEGIN_ANEW: Final = Shard.reconnect
_WAIT: Final = Shard._handle_disconnect  # noqa: SLF001 - this file is where private names may stand
_GOODBYE: Final = 1000
"""How we close a connection whose session we do not want any more."""
_NOT_KEPT: Final = frozenset({4007, 4009})
"""How a gateway does: its numbers do not match, or the session has timed out."""
_SOON, _LATE = 3, 6
"""Up to two to the power of so many seconds lie between two attempts to connect: while a session
can still be resumed, and after that. The library's own limit is a quarter of an hour.
"""


class Hearing(NamedTuple):
    """How an event is taken in: as it came, unless something is said."""

    translate: Callable[[Json], Json] | None = None
    """To what the library's parser understands."""
    split: Callable[[Json], Iterable[Json]] | None = None
    """To several of it."""
    as_event: str | None = None
    """Whose parser that is, if the library has none of this name."""


def use_endpoints(api_base: str | None, gateway_url: str | None) -> None:
    """Send the library elsewhere; both settings are class attributes, so for the whole process."""
    if api_base is not None:
        Route.BASE = api_base.rstrip("/")
    if gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


def prefer_gateway(client: discord.AutoShardedClient, gateway_url: str) -> None:
    """Ask the platform how many shards, but connect where the setting says.

    A sharded client takes the address from the platform's answer, not from DEFAULT_GATEWAY.
    """
    ask = client.http.get_bot_gateway

    async def answer() -> Any:
        shards, _, limits = await ask()
        return shards, gateway_url, limits

    client.http.get_bot_gateway = answer  # type: ignore[method-assign]


def take_turns(every: int) -> None:
    """Let the loop turn after so many events, for every connection of the process.

    The library's reader takes all that its socket has buffered, thousands of events in a raid,
    without once letting anybody else run: a quarter of a second without a heartbeat or an answer
    to a command was measured.
    """
    receive = DiscordWebSocket.received_message
    if hasattr(receive, "turns"):
        return

    async def received_message(self: DiscordWebSocket, message: Any, /) -> None:
        await receive(self, message)
        if next(turns) % every == 0:
            await asyncio.sleep(0)

    turns = itertools.count(1)
    received_message.turns = turns  # type: ignore[attr-defined]
    DiscordWebSocket.received_message = received_message  # type: ignore[method-assign]


def resume_sessions(kept: float) -> None:
    """Ask again for a session that was lost, for every connection of the process.

    The library asks once. If the gateway cannot be reached just then, it begins another session,
    and nobody ever tells what happened in between. It also waits twice as long each time, and
    longer than a session is kept. And while one shard waits it attends to no other.

    kept   for how many seconds a session is still asked for, since the platform keeps it so long;
           one that is not there any more is refused at once. They count from when its connection
           failed, or where the library asks again before it tells, from when that failed
    """

    async def reconnect(self: Shard) -> None:
        if _resumable(self, kept):
            await self.reidentify(ReconnectWebSocket(self.id))
        else:
            await _BEGIN_ANEW(self)

    async def wait(self: Shard, error: Exception) -> None:
        self._backoff._max = _SOON if _resumable(self, kept) else _LATE  # noqa: SLF001
        waiting = _WAIT(self, error)
        if self._client.shard_count == 1:
            await waiting  # nobody is held up
        else:  # in place of the shard's reader, which has ended; it is ended with the shard
            self._task = self._client.loop.create_task(waiting)

    Shard.reconnect = reconnect  # type: ignore[method-assign]
    Shard._handle_disconnect = wait  # type: ignore[assignment,method-assign]  # noqa: SLF001


def _resumable(shard: Shard, kept: float) -> bool:
    """A session that is refused then is begun anew, by the library."""
    lost, now = shard.ws, shard._client.loop.time()  # noqa: SLF001
    since = vars(lost).setdefault("lost_at", now)
    over = lost._close_code == _GOODBYE or lost.socket.close_code in _NOT_KEPT  # noqa: SLF001
    return not over and lost.session_id is not None and now - since <= kept


def shorten_log() -> None:
    """One line for each time that the gateway cannot be reached, not forty."""
    logging.getLogger(Shard.__module__).addFilter(_in_one_line)


def _in_one_line(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, OSError | aiohttp.ClientError):
        record.msg = f"{record.getMessage()} ({type(error).__name__}: {error})"
        record.args = record.exc_info = None
    return True


def replace_parser(client: discord.Client, event: str, receive: Callable[[Json], None]) -> None:
    """Give an event's payload to us instead of the library's parser.

    An exception in a parser of the library ends the connection, and its objects drop fields.
    """
    parsers = client._connection.parsers  # noqa: SLF001 - this file is where private names may stand
    if event not in parsers:
        raise LookupError(f"discord.py has no parser for {event} any more")
    parsers[event] = receive


def request(
    client: discord.Client,
    method: str,
    path: str,
    *,
    payload: Json,
    reason: str | None = None,
    **ids: Any,
) -> Any:
    """A request that the library has no method for, through its own rate limiter."""
    return client.http.request(Route(method, path, **ids), json=payload, reason=reason)


def replace_session(client: discord.Client, wrap: Callable[[Any], Any]) -> None:
    """Wrap the aiohttp session as soon as there is one, which is before the first request."""
    ask, ours = client.http.request, None

    async def request(route: Route, **options: Any) -> Any:
        nonlocal ours
        if (session := getattr(client.http, _SESSION)) is not ours:
            ours = wrap(session)
            setattr(client.http, _SESSION, ours)
        return await ask(route, **options)

    client.http.request = request  # type: ignore[method-assign]


def translate_answers(
    client: discord.Client, translate: Callable[[str, str, str, Any], Any]
) -> None:
    """Let us see every answer before the library does: method, template and path tell of what."""
    ask = client.http.request

    async def request(route: Route, **options: Any) -> Any:
        answer = await ask(route, **options)
        return translate(route.method, route.path, route.url, answer)

    client.http.request = request  # type: ignore[method-assign]


def replace_rate_limits(client: discord.Client, bucket: Callable[[float | None], Any]) -> None:
    """Let us wait in place of the library's `Ratelimit`."""
    http = client.http
    buckets = http._buckets  # noqa: SLF001

    def get_ratelimit(key: str) -> Any:
        if key not in buckets:
            buckets[key] = bucket(http.max_ratelimit_timeout)
            http._try_clear_expired_ratelimits()  # noqa: SLF001
        return buckets[key]

    http.get_ratelimit = get_ratelimit  # type: ignore[method-assign]


def guard(client: discord.Client) -> None:
    """Leave out an event that the library cannot read: an exception would end the client.

    It is dispatched as `unreadable`, with the event's name and its payload. What begins or resumes
    a session is not left out: without it the client would live on, and hear nothing.
    """
    keep_collections(client)
    parsers = client._connection.parsers  # noqa: SLF001
    for event in parsers.keys() - _OF_SESSIONS:
        parsers[event] = _guarded(client, event, Hearing(), parsers[event])


def hear_only(client: discord.Client, heard: Mapping[str, Hearing]) -> None:
    """Translate these events, and hear no others. They are guarded as in `guard`."""
    parsers = client._connection.parsers  # noqa: SLF001
    known = dict(parsers)
    parsers.clear()
    for event, hearing in heard.items():
        as_event = hearing.as_event or event
        if as_event not in known:
            raise LookupError(f"discord.py has no parser for {as_event} any more")
        parse = known[as_event]
        of_session = event in _OF_SESSIONS
        parsers[event] = parse if of_session else _guarded(client, event, hearing, parse)


def _guarded(
    client: discord.Client, event: str, hearing: Hearing, parse: Callable[[Json], None]
) -> Callable[[Json], None]:
    """One call and no more for what every event pays."""
    translate, split, _ = hearing

    def receive(data: Json) -> None:
        try:
            if translate is not None:
                parse(translate(data))
            elif split is None:
                parse(data)
            else:
                for one in split(data):
                    parse(one)
        except Exception as error:  # noqa: BLE001 - whatever a payload that we do not know does
            _leave_out(client, event, data, error)

    return receive


def _leave_out(client: discord.Client, event: str, data: Any, error: Exception) -> None:
    guild_id = unreadable.guild_of(event, data)
    whose = f"guild {guild_id}: " if guild_id else ""
    what = unreadable.where(error)
    log.error("%sleft out an event %s that cannot be read: %s", whose, event, what)
    client.dispatch("unreadable", event, data)


def keep_collections(client: discord.Client) -> None:
    """A GUILD_UPDATE without roles, or that cannot be read to its end, says nothing of them; the
    library takes it for "none left".

    To be called before what guards it.
    """
    parsers = client._connection.parsers  # noqa: SLF001
    parse = parsers["GUILD_UPDATE"]

    def receive(data: Json) -> None:
        guild = client.get_guild(int(data["id"]))
        if guild is None:
            return
        kept = guild._roles, guild.emojis, guild.stickers  # noqa: SLF001
        told = False
        try:
            parse(data)
            told = "roles" in data
        finally:
            if not told:
                guild._roles, guild.emojis, guild.stickers = kept  # noqa: SLF001

    parsers["GUILD_UPDATE"] = receive
