"""Fluxer's way of a request: who asks, how often they may, and what refusals look like."""

import math
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from bot.sandbox.calls import Answer, Route
from bot.sandbox.entities import User
from bot.sandbox.errors import Refused
from bot.sandbox.faults import Fault
from bot.sandbox.fluxer import limits
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import BY_STATUS, GENERAL, RATE_LIMITED, WORDS, refused, translated
from bot.sandbox.fluxer.limits import Bucket, Limits
from bot.sandbox.fluxer.routes import ROUTES
from bot.sandbox.interactions import Interactions
from bot.sandbox.rest import Exchange, Rest, read, waited
from bot.sandbox.world import World

JSON = dict[str, Any]
PREFIX = "/v1"
STRANGER = "stranger"
REFUSED = 400


class FluxerRest(Rest):
    """Unknown fields and parameters are ignored here, as on the platform; routes are noted."""

    prefix = PREFIX
    routes: Sequence[Route] = ROUTES

    def __init__(self, world: World, interactions: Interactions, token: str) -> None:
        super().__init__(world, interactions, token)
        self.limits: Limits = Limits()  # type: ignore[assignment]  # buckets of another kind

    async def _serve(
        self, request: web.Request, route: Route, params: dict[str, str], exchange: Exchange
    ) -> web.StreamResponse:
        caller = self._caller(request)
        account = STRANGER if caller is None else str(caller.id)
        bucket, fits = self.limits.take(route, params, account)
        if not fits:
            return self._too_many(exchange, bucket)
        answer = await self._done(request, route, params, exchange)
        response, body = self._json(answer)
        if answer.status < REFUSED and caller is not None and caller.bot:
            response.headers.update(limits.headers(bucket, self.world.now()))
        return self._observed(exchange, response, body)

    async def _answer(
        self, request: web.Request, route: Route, params: dict[str, str], exchange: Exchange
    ) -> Answer:
        caller = self._caller(request)
        if route.authorised and caller is None:
            raise refused("UNAUTHORIZED")
        exchange.multipart = request.content_type == "multipart/form-data"
        body, files = await read(request)
        exchange.request = body
        exchange.reason = request.headers.get("X-Audit-Log-Reason")
        call = FluxerCall(self.world, self.interactions, self.gateway_url, params, exchange.query)
        call.body, call.files, call.reason = body, files, exchange.reason
        call.caller = caller
        return await waited(route.endpoint(call))

    def _caller(self, request: web.Request) -> User | None:
        """The bot by its token, a person by their own key."""
        given = request.headers.get("Authorization") or ""
        if given == f"Bot {self.token}":
            return self.world.application.user
        return self.world.users.get(self.world.keys.get(given, 0))

    def _too_many(self, exchange: Exchange, bucket: Bucket) -> web.Response:
        """Of a route's bucket its figures are told, of the one of all routes only that it is."""
        everywhere = bucket.name == limits.GLOBAL
        body = {
            "code": RATE_LIMITED,
            "message": "You're being rate limited.",
            "global": everywhere,
            "retry_after": round(bucket.room_in, 3),
        }
        response, _ = self._json(Answer(429, body))
        if not everywhere:
            response.headers.update(limits.headers(bucket, self.world.now()))
        response.headers.update(self._slow_headers(bucket.room_in, everywhere=everywhere))
        return self._observed(exchange, response, body)

    def _slow_headers(self, wait: float, *, everywhere: bool) -> dict[str, str]:
        """What only a 429 says, to anybody: without a Via."""
        waited = str(max(math.ceil(wait), 1))
        if not everywhere:
            return {"Retry-After": waited, "X-RateLimit-Scope": "user"}
        said = {"X-RateLimit-Scope": "global", "X-RateLimit-Global": "true"}
        return {"Retry-After": waited, **said}

    def _fault_body(self, fault: Fault) -> JSON:
        """A number for a code is put into Fluxer's words, none into what the status says."""
        body = fault.json()
        by_status = BY_STATUS.get(fault.status or 0, GENERAL)
        return body | {"code": WORDS.get(fault.code, fault.code or by_status)}

    def _unrouted(self) -> Answer:
        return self._refusal(refused("NOT_FOUND"))

    def _refusal(self, refusal: Refused) -> Answer:
        refusal = translated(refusal)
        body: JSON = {"code": refusal.code, "message": refusal.message}
        if refusal.errors is not None:
            body["errors"] = refusal.errors
        return Answer(refusal.status, body)

    def _crash(self) -> Answer:
        return self._refusal(refused("INTERNAL_SERVER_ERROR"))

    def _json(self, answer: Answer) -> tuple[web.Response, Any]:
        response, body = super()._json(answer)
        if answer.status == 204:  # noqa: PLR2004 - HTTP
            response.headers["Content-Type"] = "text/plain; charset=UTF-8"
        return response, body
