"""Fluxer's gateway: version 1 only, no intents, guilds after READY, a minute for a resume."""

import asyncio
from typing import Any

from aiohttp import WSMessage, web

from bot.sandbox.fluxer import payloads
from bot.sandbox.gateway import KNOWN_INTENTS, Session
from bot.sandbox.guild import Guild
from bot.sandbox.sockets import DECODE_ERROR, Closed, Connection

JSON = dict[str, Any]
VERSION, INVALID_VERSION = "1", 4012
PAYLOAD = 4096
"""Bytes that one message of a client may have."""
RESUME_WINDOW = 60.0
"""Seconds for which a session outlives its socket."""


class FluxerConnection(Connection):
    """What a client asks for in `intents` does not matter: it is told everything it may see."""

    async def _greet(self, request: web.Request) -> None:
        """Only uncompressed: a client that asks for compression is turned away."""
        if request.query.get("v") != VERSION:
            await self.close(INVALID_VERSION)
        elif request.query.get("compress", "none") != "none":
            await self.close(DECODE_ERROR)
        else:
            await super()._greet(request)

    async def _take(self, message: WSMessage) -> None:
        if len(message.data or "") > PAYLOAD:
            raise Closed(DECODE_ERROR)
        await super()._take(message)

    def _checked_intents(self, _intents: Any) -> int:
        return KNOWN_INTENTS

    def _detach(self) -> None:
        session = self.session
        super()._detach()
        if session is not None and not session.connected:
            session.left_at = asyncio.get_running_loop().time()
            asyncio.get_running_loop().call_later(RESUME_WINDOW, self._expire, session)

    def _expire(self, session: Session) -> None:
        """Forget a session that nobody came back for."""
        if self._resumable(session.id) is None:
            self.gateway.sessions.pop(session.id, None)

    def _resumable(self, session_id: str) -> Session | None:
        session = self.gateway.sessions.get(session_id)
        if session is None or session.connected:
            return session
        away = asyncio.get_running_loop().time() - session.left_at
        return session if away < RESUME_WINDOW else None

    def _ready(self, session: Session, _guilds: list[Guild]) -> JSON:
        """The guilds follow one by one; where to resume is not said."""
        online = {"afk": False, "mobile": False, "status": "online"}
        return {
            "_timings_gw": {
                "pod_name": "sandbox",
                "total_us": 1,
                "trace": [{"duration_us": 1, "name": "sandbox"}],
                "unit": "microseconds",
            },
            "country_code": "US",
            "favorite_memes": [],
            "guilds": [],
            "notes": {},
            "pinned_dms": [],
            "presences": [],
            "private_channels": [],
            "read_state_proto": "",
            "read_states": [],
            "relationships": [],
            "rtc_regions": [],
            "session_id": session.id,
            "sessions": [online | {"session_id": "all"}, online | {"session_id": session.id}],
            "user": payloads.me(self.world.application.user),
            "user_guild_settings": [],
            "user_settings": None,
            "users": [],
            "version": 1,
            "webauthn_credentials": [],
        }
