"""Between discord.py and its sockets, on Fluxer: thin wrappers around aiohttp's own objects.

Everything that is not named here is the wrapped object's.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final
from urllib.parse import unquote

import aiohttp
import discord
import yarl
from multidict import CIMultiDict

from bot.platforms import fluxer_payloads, leaky
from bot.platforms.throttle import Ride, Throttle

log = logging.getLogger(__name__)

REQUESTS_A_SECOND: Final = 40
"""Of all routes together; Fluxer's own limit is 50, and other programs may use the token."""
LOCKED_OUT: Final = 4004
"""How a gateway closes on a token that it does not accept: for good."""
LOST: Final = frozenset({4007})
"""How it closes when a session cannot be resumed, though another can be begun."""
READY: Final = '"READY"'
RESUMED: Final = '"RESUMED"'
INVALID_SESSION: Final = '{"op": 9, "d": false}'
PATIENCE: Final = 120.0
"""Seconds in which a session must have begun: an overloaded gateway forgets who asked for one."""
REASON: Final = "X-Audit-Log-Reason"

_UNAUTHORIZED = 401
_REFUSED = 429
_UNAVAILABLE = 503
_SENT_AGAIN = frozenset({500, 502, 504, 524})
"""Statuses after which the library tries again without a word."""
_FAULTS = 400

NOT_ACCEPTED = "the token is not accepted any more: nothing more is sent with it"

Known = Callable[[], Iterable[int]]


class Session:
    """The library's aiohttp session."""

    def __init__(
        self, session: aiohttp.ClientSession, known: Known, longest: float | None = None
    ) -> None:
        """`longest` is what a request waits for its turn at most; None for as long as it takes."""
        self._session = session
        self._known = known
        self._gateway: yarl.URL | None = None
        self._sockets: list[Socket] = []
        self._throttle = Throttle(REQUESTS_A_SECOND, longest)
        self.locked_out = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], **options: Any
    ) -> AbstractAsyncContextManager["Answer"]:
        return self._answer(method, url, _headers(headers), options)

    @asynccontextmanager
    async def _answer(
        self, method: str, url: str, headers: Mapping[str, str], options: dict[str, Any]
    ) -> AsyncIterator["Answer"]:
        self._check_token()
        place = leaky.place()
        if place is not None:
            await place.again()
        before = place is not None and place.refused_before
        ride = await self._throttle.turn(refused_before=before)
        answered = False
        try:
            self._check_token()  # that may have changed while it waited
            if place is not None:
                place.sent()
            async with self._session.request(method, url, headers=headers, **options) as response:
                body = await response.text("utf-8", "replace")
                answered = True
                if response.status == _UNAUTHORIZED:
                    await self._lock_out()
                yield self._translated(response, body, ride)
        finally:
            ride.answered(fitted=False)  # if nobody has said how: it may have arrived all the same
            if not answered and place is not None:
                place.answered({})

    def _translated(self, response: aiohttp.ClientResponse, body: str, ride: Ride) -> "Answer":
        place = leaky.place()
        fault = _json(body) if response.status >= _FAULTS else None
        if fault is None or response.status != _REFUSED:
            ride.answered(fitted=response.status < _FAULTS)
            if place is not None:
                place.answered(response.headers)
            told = body if fault is None else json.dumps(fluxer_payloads.errors(fault))
            return Answer(response, told)
        try:
            wait = float(fault["retry_after"])
        except (KeyError, TypeError, ValueError):  # of a server in between, which is no limit's
            return Answer(response, body)
        if fault.get("global"):
            ride.refused(wait)
        else:
            ride.answered(fitted=False)
        if place is not None:
            place.refused(response.headers, of_all=bool(fault.get("global")))
        return Answer(response, body, via="Fluxer")

    def _check_token(self) -> None:
        if self.locked_out:
            raise discord.LoginFailure(NOT_ACCEPTED)

    async def _lock_out(self) -> None:
        """A wrong token in a loop gets the address banned: end everything that uses it."""
        if not self.locked_out:
            self.locked_out = True
            for socket in self._sockets:
                await socket.close(code=LOCKED_OUT)

    async def ws_connect(self, url: str, **options: Any) -> "Socket":
        """Always where the first connection went: the library's own default is Discord's."""
        self._check_token()
        if self._gateway is None:
            self._gateway = yarl.URL(url).with_query(None)
        versioned = self._gateway.with_query(v="1", encoding="json")
        socket = await self._session.ws_connect(versioned, **options)
        self._sockets = [one for one in self._sockets if not one.closed]
        self._sockets.append(found := Socket(socket, self, str(self._gateway)))
        return found

    def known(self) -> Iterable[int]:
        return self._known()


class Answer:
    """An answer as discord.py reads one."""

    def __init__(self, response: aiohttp.ClientResponse, body: str, via: str | None = None) -> None:
        self._response = response
        self._body = body
        self.headers: CIMultiDict[str] = CIMultiDict(response.headers)
        if via is not None:
            self.headers["Via"] = via
        if response.content_type == "application/json":
            self.headers["Content-Type"] = response.content_type  # the library compares all of it

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    @property
    def status(self) -> int:
        """Of a fault after which the library would send the request again by itself, another.

        What was to be made may be there already: here no nonce tells that it is the same.
        """
        status = self._response.status
        made = self._response.method == "POST"
        return _UNAVAILABLE if made and status in _SENT_AGAIN else status

    async def text(self, encoding: str | None = None) -> str:
        del encoding
        return self._body


class Socket:
    """A connection to the gateway. Once its session is open, what comes is as it came."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, session: Session, gateway: str
    ) -> None:
        self._socket = socket
        self._session = session
        self._gateway = gateway
        self._clock = asyncio.get_running_loop().time
        self._due: float | None = None
        self._greeted = False
        self.receive: Callable[..., Awaitable[aiohttp.WSMessage]] = self._opening

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    @property
    def close_code(self) -> int | None:
        return LOCKED_OUT if self._session.locked_out else self._socket.close_code

    async def _opening(self, timeout: float | None = None) -> aiohttp.WSMessage:
        """Until the session is there: translate what the library reads before any parser does."""
        if self._greeted and self._due is None:
            self._due = self._clock() + PATIENCE  # the library has asked for its session
        message = await self._socket.receive(timeout)
        self._greeted = True
        if message.type is aiohttp.WSMsgType.TEXT:
            if READY in message.data or RESUMED in message.data:
                return message._replace(data=self._opened(message.data))
            overdue = self._due is not None and self._clock() > self._due
        else:
            overdue = self.close_code in LOST
        if overdue:
            return aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, INVALID_SESSION, None)
        return message

    def _opened(self, text: str) -> str:
        """The event that begins or resumes a session, or another with that word in it."""
        told = json.loads(text)
        match told.get("t"):
            case "READY":
                known = self._session.known()
                told["d"] = fluxer_payloads.ready(told["d"], self._gateway, known)
            case "RESUMED":  # its data may be null
                told["d"] = told.get("d") or {}
            case _:
                return text
        self.receive = self._socket.receive
        return json.dumps(told)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    if REASON not in headers:
        return dict(headers)
    return {**headers, REASON: fluxer_payloads.audit_reason(unquote(headers[REASON]))}


def _json(body: str) -> Any:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
