"""The way of a request: route, fault, token, bucket, body, endpoint, answer, observers."""

import asyncio
import json
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from bot.sandbox import ratelimits
from bot.sandbox.calls import Answer, Call, Route
from bot.sandbox.errors import Refused
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.interactions import Interactions
from bot.sandbox.ratelimits import RateLimits
from bot.sandbox.routes import ROUTES
from bot.sandbox.world import World

log = logging.getLogger(__name__)

JSON = dict[str, Any]
PREFIX = "/api/v10"
MAJOR = ("guild_id", "channel_id", "webhook_id", "interaction_token", "webhook_token")
REASON_LENGTH = 512


@dataclass(slots=True)
class Exchange:
    """One request and its answer, for observers."""

    method: str
    template: str
    path: str
    status: int = 0
    query: dict[str, str] = field(default_factory=dict)
    request: Any = None
    response: Any = None
    reason: str | None = None
    multipart: bool = False
    injected: bool = False


class Rest:
    """What is Discord's own about it is in attributes and small methods for others to replace."""

    prefix = PREFIX
    routes: Sequence[Route] = ROUTES

    def __init__(self, world: World, interactions: Interactions, token: str) -> None:
        self.world = world
        self.interactions = interactions
        self.token = token
        self.gateway_url = ""
        self.faults = Faults()
        self.limits = RateLimits()
        self.unknown: list[str] = []
        self.requests: list[tuple[str, str, str]] = []
        self.observers: list[Callable[[Exchange], None]] = []
        self._routes: dict[str, list[tuple[re.Pattern[str], Route]]] = defaultdict(list)
        for route in self.routes:
            self._routes[route.method].append((route.pattern, route))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(self.prefix)
        route, params = self._find(request.method, path)
        template = path if route is None else route.template
        self.requests.append((request.method, template, path))
        exchange = Exchange(request.method, template, path, query=dict(request.query))
        fault = self.faults.take(request.method, path, template)
        if fault is not None and (broken := await self._break(request, fault)) is not None:
            exchange.injected = True
            return self._observed(exchange, broken, self._fault_body(fault))
        if route is None:
            self.unknown.append(f"{request.method} {path}")
            return self._observed(exchange, *self._json(self._unrouted()))
        return await self._serve(request, route, params, exchange)

    def _find(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        for pattern, route in self._routes[method]:
            if (match := pattern.fullmatch(path)) is not None:
                return route, match.groupdict()
        return None, {}

    async def _serve(
        self, request: web.Request, route: Route, params: dict[str, str], exchange: Exchange
    ) -> web.StreamResponse:
        major = "".join(params[name] for name in MAJOR if name in params)
        bucket, fits = self.limits.take(route.method, route.template, major)
        if not fits:
            return self._slow_down(exchange, bucket)
        answer = await self._done(request, route, params, exchange)
        response, body = self._json(answer)
        response.headers.update(ratelimits.headers(bucket, self.world.now()))
        return self._observed(exchange, response, body)

    async def _done(
        self, request: web.Request, route: Route, params: dict[str, str], exchange: Exchange
    ) -> Answer:
        """The answer, be it a refusal."""
        try:
            return await self._answer(request, route, params, exchange)
        except Refused as refused:
            return self._refusal(refused)
        except ConnectionResetError:
            raise  # the client went away while it was asking: nobody waits for an answer
        except Exception:
            log.exception("%s %s crashed", route.method, exchange.path)
            self.unknown.append(f"{route.method} {route.template}: crashed, see the log")
            return self._crash()

    def _unrouted(self) -> Answer:
        return Answer(501, {"message": "501", "code": 0})

    def _refusal(self, refused: Refused) -> Answer:
        return Answer(refused.status, refused.body)

    def _crash(self) -> Answer:
        return Answer(500, {"message": "500: Internal Server Error", "code": 0})

    async def _answer(
        self, request: web.Request, route: Route, params: dict[str, str], exchange: Exchange
    ) -> Answer:
        if route.authorised and request.headers.get("Authorization") != f"Bot {self.token}":
            raise Refused(401, 0, "401: Unauthorized")
        exchange.multipart = request.content_type == "multipart/form-data"
        body, files = await read(request)
        exchange.request = body
        exchange.reason = _reason(request)
        call = Call(self.world, self.interactions, self.gateway_url, params, exchange.query)
        call.body, call.files, call.reason = body, files, exchange.reason
        try:
            return await waited(route.endpoint(call))
        finally:
            self._note_unknown(route, call)

    def _note_unknown(self, route: Route, call: Call) -> None:
        met = [f"field {name}" for name in _names(call.body) - route.fields]
        met += [f"parameter {name}" for name in set(call.query) - route.query]
        met += call.unknown
        self.unknown += [f"{route.method} {route.template}: {what}" for what in sorted(met)]

    def _slow_down(self, exchange: Exchange, bucket: ratelimits.Bucket) -> web.Response:
        everywhere = bucket.name == ratelimits.GLOBAL
        headers = dict(ratelimits.headers(bucket, self.world.now()))
        wait = float(headers["X-RateLimit-Reset-After"])
        response, body = self._json(Answer(429, _slow_body(wait, everywhere=everywhere)))
        response.headers.update(headers | self._slow_headers(wait, everywhere=everywhere))
        return self._observed(exchange, response, body)

    async def _break(self, request: web.Request, fault: Fault) -> web.Response | None:
        """Answer as the fault says; None when it only was a delay."""
        await asyncio.sleep(fault.delay)
        if fault.hang:
            await asyncio.Event().wait()
        if fault.drop and request.transport is not None:
            request.transport.abort()
            return web.Response(status=500)
        if fault.status is None:
            return None
        if fault.body is None:
            response, _ = self._json(Answer(fault.status, self._fault_body(fault)))
        else:
            text = fault.body
            raw = text.encode() if isinstance(text, str) else text
            response = web.Response(status=fault.status, body=raw, headers=self._headers())
            response.headers["Content-Type"] = fault.content_type
        if fault.status == 429:  # noqa: PLR2004 - HTTP
            wait = self._fault_body(fault)["retry_after"]
            response.headers.update(self._slow_headers(wait, everywhere=False))
        return response

    def _fault_body(self, fault: Fault) -> JSON:
        return fault.json()

    def _slow_headers(self, wait: float, *, everywhere: bool) -> dict[str, str]:
        """A client that sees no Via takes a 429 for a ban by the proxy in front."""
        headers = {
            "Via": "1.1 sandbox",
            "Retry-After": str(int(wait) + 1),
            "X-RateLimit-Scope": "global" if everywhere else "user",
        }
        return headers | ({"X-RateLimit-Global": "true"} if everywhere else {})

    def _json(self, answer: Answer) -> tuple[web.Response, Any]:
        if answer.status == 204:  # noqa: PLR2004 - HTTP
            return web.Response(status=204, headers=self._headers()), None
        body = json.dumps(answer.body, separators=(",", ":")).encode()
        headers = self._headers() | {"Content-Type": "application/json"}
        return web.Response(status=answer.status, body=body, headers=headers), answer.body

    def _headers(self) -> dict[str, str]:
        return {"Date": formatdate(int(self.world.now()), usegmt=True)}

    def _observed(self, exchange: Exchange, response: web.Response, body: Any) -> web.Response:
        exchange.status, exchange.response = response.status, body
        for observer in self.observers:
            observer(exchange)
        return response


async def waited(given: Answer | Awaitable[Answer]) -> Answer:
    return given if isinstance(given, Answer) else await given


def _slow_body(wait: float, *, everywhere: bool) -> JSON:
    return {
        "message": "You are being rate limited.",
        "retry_after": wait,
        "global": everywhere,
        "code": 0,
    }


def _names(body: Any) -> set[str]:
    """Field names of an object, or of all the objects in a list."""
    if isinstance(body, dict):
        return set(body)
    if isinstance(body, list):
        return {name for item in body if isinstance(item, dict) for name in item}
    return set()


def _reason(request: web.Request) -> str | None:
    raw = request.headers.get("X-Audit-Log-Reason")
    if raw is None:
        return None
    if len(reason := unquote(raw)) > REASON_LENGTH:
        raise Refused(400, 50035, "X-Audit-Log-Reason must be 512 or fewer in length")
    return reason


async def read(request: web.Request) -> tuple[Any, dict[str, tuple[str, bytes]]]:
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    return (_parse(raw) if raw else None), {}


async def _read_multipart(request: web.Request) -> tuple[Any, dict[str, tuple[str, bytes]]]:
    body: Any = None
    files: dict[str, tuple[str, bytes]] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader), "parts of parts are not sent"
        content = bytes(await part.read())
        if part.name == "payload_json":
            body = _parse(content)
        else:
            files[part.name or ""] = (part.filename or "", content)
    return body, files


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise Refused(400, 50109) from None
