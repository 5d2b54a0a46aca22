"""The sandbox itself: the world, served on one port, with its faults at hand."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, Self

from aiohttp import web

from bot.sandbox.dialect import Dialect
from bot.sandbox.discord_dialect import Discord
from bot.sandbox.faults import Fault
from bot.sandbox.fluxer.dialect import Fluxer
from bot.sandbox.gateway import Dispatch, Gateway, Session
from bot.sandbox.people import People
from bot.sandbox.rest import Exchange
from bot.sandbox.sockets import RECONNECT, Connection

DIALECTS: dict[str, Callable[[], Dialect]] = {"discord": Discord, "fluxer": Fluxer}
GOODBYE = 1001
SHUTDOWN_SECONDS = 0.1
"""Answers that hang on purpose are not waited for longer than this."""


class Sandbox(People):
    """See the package's docstring for all that can be done with it."""

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        platform: str = "discord",
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(DIALECTS[platform](), clock)
        self.host = host
        self.port = port
        self.token = self.dialect.token(self.application.id)
        self._gateway = Gateway(self._call_later)
        self._rest = self.dialect.rest(self, self.interactions, self.token)
        self._connections: set[Connection] = set()
        self._runner: web.AppRunner | None = None
        self.emit = self._gateway.dispatch

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 25)
        app.router.add_get("/gateway", self._connect)
        app.router.add_get("/gateway/", self._connect)
        app.router.add_route("*", "/{path:.*}", self._rest.serve)
        self._runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._rest.gateway_url = self.gateway_url
        return self

    async def __aexit__(self, *exc: object) -> None:
        for connection in list(self._connections):
            await connection.close(GOODBYE)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        connection = self.dialect.connection(self, self._gateway, self.token, self.gateway_url)
        self._connections.add(connection)
        try:
            return await connection.serve(request)
        finally:
            self._connections.discard(connection)

    def _call_later(self, delay: float, action: Callable[[], None]) -> object:
        return asyncio.get_running_loop().call_later(delay, action)

    @property
    def api_base(self) -> str:
        return self.base + self._rest.prefix

    @property
    def base(self) -> str:
        """Where the platform's instance is; its own addresses are below it."""
        return f"http://{self.host}:{self.port}"

    @property
    def gateway_url(self) -> str:
        return f"ws://{self.host}:{self.port}/gateway"

    @property
    def platform(self) -> str:
        return self.dialect.name

    @property
    def unknown(self) -> list[str]:
        """Routes, fields and parameters that the sandbox does not imitate."""
        return self._rest.unknown

    @property
    def requests(self) -> list[tuple[str, str, str]]:
        return self._rest.requests

    def count(self, method: str, template: str) -> int:
        return sum(entry[:2] == (method, template) for entry in self.requests)

    @property
    def exchanges(self) -> list[Callable[[Exchange], None]]:
        return self._rest.observers

    @property
    def events(self) -> list[Callable[[Dispatch], None]]:
        return self._gateway.observers

    @property
    def sessions(self) -> list[Session]:
        """Gateway sessions with an open socket."""
        return [one for one in self._gateway.sessions.values() if one.connected]

    def fail(self, method: str, path: str, **fault: Any) -> None:
        """Let matching requests go wrong; see Fault for how."""
        self._rest.faults.add(Fault(method, path, **fault))

    @property
    def limited(self) -> int:
        """How many requests were answered 429 because they came too fast."""
        return self._rest.limits.limited

    def clear_faults(self) -> None:
        self._rest.faults.clear()

    def rate_limit(self, template: str, limit: int, per: float) -> None:
        self._rest.limits.limit(template, limit, per)

    @property
    def global_limit(self) -> int | None:
        """Requests a second over all routes; None: no limit."""
        return self._rest.limits.global_limit

    @global_limit.setter
    def global_limit(self, limit: int | None) -> None:
        self._rest.limits.global_limit = limit

    @property
    def answer_limit(self) -> float:
        """Seconds in which an interaction wants its first answer."""
        return self.interactions.answer_limit

    @answer_limit.setter
    def answer_limit(self, seconds: float) -> None:
        self.interactions.answer_limit = seconds

    @property
    def token_life(self) -> float:
        """Seconds that an interaction's token serves for follow-ups."""
        return self.interactions.token_life

    @token_life.setter
    def token_life(self, seconds: float) -> None:
        self.interactions.token_life = seconds

    @property
    def replay(self) -> int:
        """Events that sessions keep for a resume; who missed more must start anew."""
        return self._gateway.replay

    @replay.setter
    def replay(self, events: int) -> None:
        self._gateway.replay = events
        for session in self._gateway.sessions.values():
            session.keep(events)

    def drop_gateway(self, code: int | None = None) -> None:
        """Close all gateway sockets: with a code, or abruptly."""
        for connection in list(self._connections):
            if code is None:
                connection.abort()
            else:
                connection.end(code)

    def refuse_resume(self, times: int = 1) -> None:
        self._gateway.refused_resumes += times

    def request_reconnect(self) -> None:
        for session in self.sessions:
            session.send(RECONNECT)

    def lose_event(self, name: str, times: int = 1) -> None:
        self._gateway.weather.lost[name] += times

    def duplicate_event(self, name: str, times: int = 1) -> None:
        self._gateway.weather.doubled[name] += times

    def delay_events(self, name: str, seconds: float) -> None:
        self._gateway.weather.delays[name] = seconds

    def shuffle_events(self, seconds: float, rng: Random | None = None) -> None:
        """Hold each event of a guild back for a time by chance, so that they overtake each other.

        No longer than `seconds`; 0 ends it. What opens or closes a guild is never held back.
        """
        self._gateway.weather.shuffle(seconds, rng)

    def unreliable(
        self, *, lose: float = 0.0, duplicate: float = 0.0, rng: Random | None = None
    ) -> None:
        """Lose or repeat events of guilds by chance, from 0 (ends it) to 1 (all).

        What opens or closes a guild is neither.
        """
        self._gateway.weather.trouble(lose, duplicate, rng)

    @property
    def losses(self) -> Counter[str]:
        """How many events were lost so far, by name."""
        return self._gateway.weather.losses

    @property
    def doubles(self) -> Counter[str]:
        """How many events were sent twice so far, by name."""
        return self._gateway.weather.doubles

    @property
    def held(self) -> int:
        """Events that are held back now: 0 means that all have arrived."""
        return self._gateway.held

    def refuse_creation(self, times: int = 1) -> None:
        """The next creations of an invite are answered 204, without a body."""
        self.refused_creations += times
