"""One gateway socket: hello, identify or resume, heartbeats, member chunks."""

import asyncio
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from bot.sandbox import payloads
from bot.sandbox.gateway import KNOWN_INTENTS, MEMBERS, PRIVILEGED, Gateway, Session
from bot.sandbox.guild import Guild
from bot.sandbox.world import World

JSON = dict[str, Any]

HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, REQUEST_MEMBERS = 1, 2, 3, 4, 6, 8
RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 9, 10, 11
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, WRONG_TOKEN = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_SEQ, INVALID_SHARD, SHARDING_REQUIRED = 4005, 4007, 4010, 4011
INVALID_INTENTS, DISALLOWED_INTENTS = 4013, 4014
HEARTBEAT_INTERVAL = 41_250
GOODBYES = (1000, 1001)
GUILDS_PER_SHARD = 2500
CHUNK = 1000
TURN = 50
"""Guilds announced before events and other tasks get a turn."""


class Closed(Exception):  # noqa: N818 - a close code on its way out
    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class Connection:
    """Reads one socket; a second task drains the session's outbox into it.

    Frames are plain text, whatever compression a client asks for: it has to take both.
    """

    def __init__(self, world: World, gateway: Gateway, token: str, url: str) -> None:
        self.world = world
        self.gateway = gateway
        self.token = token
        self.url = url
        self.socket = web.WebSocketResponse(max_msg_size=1 << 16, compress=False)
        self.session: Session | None = None
        self._transport: asyncio.Transport | None = None
        self._ending: int | None = None
        self._wakened = asyncio.Event()
        self._operations = {
            HEARTBEAT: self._heartbeat,
            IDENTIFY: self._identify,
            PRESENCE: self._ignore,
            VOICE: self._ignore,
            RESUME: self._resume,
            REQUEST_MEMBERS: self._request_members,
        }

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        self._transport = request.transport
        await self.socket.prepare(request)
        await self._greet(request)
        try:
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(self._write())
                await self._read()
                writing.cancel()
        finally:
            self._detach()
        return self.socket

    async def _greet(self, _request: web.Request) -> None:
        await self._send(HELLO, {"heartbeat_interval": HEARTBEAT_INTERVAL})

    def end(self, code: int) -> None:
        """Close with a code as soon as what was sent before is out."""
        self._ending = code
        self._wakened.set()

    async def close(self, code: int) -> None:
        self._ending = code
        await self.socket.close(code=code)

    def abort(self) -> None:
        """Break the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def _read(self) -> None:
        async for message in self.socket:
            try:
                await self._take(message)
            except Closed as closed:
                await self.close(closed.code)
            except ConnectionResetError:
                return

    async def _take(self, message: WSMessage) -> None:
        if message.type is not WSMsgType.TEXT:
            raise Closed(DECODE_ERROR)
        try:
            frame = json.loads(message.data)
        except ValueError:
            raise Closed(DECODE_ERROR) from None
        operation = self._operations.get(frame.get("op"))
        if operation is None:
            raise Closed(UNKNOWN_OPCODE)
        await operation(frame.get("d"))

    async def _write(self) -> None:
        """Send until the socket is gone; what it did not take is kept for a resume."""
        try:
            while self._ending is None:
                await self._wakened.wait()
                self._wakened.clear()
                await self._empty()
            await self.close(self._ending)
        except ConnectionResetError:
            return

    async def _empty(self) -> None:
        """Events first; guilds not yet announced fill the pauses."""
        while (session := self.session) is not None and (session.outbox or session.unannounced):
            await self._drain(session)
            self._announce(session)
            await asyncio.sleep(0)

    async def _drain(self, session: Session) -> None:
        while session.outbox and session is self.session:
            await self.socket.send_str(session.outbox.popleft())

    def _announce(self, session: Session) -> None:
        for guild_id in list(islice(session.unannounced, TURN)):
            del session.unannounced[guild_id]
            guild = self.world.guilds.get(guild_id)
            if guild is not None and guild.me is not None and guild.available:
                self.gateway.tell(session, "GUILD_CREATE", self.world.dialect.guild_create(guild))

    async def _send(self, op: int, data: Any = None) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def _attach(self, session: Session) -> None:
        session.connected = True
        session.outbox.clear()
        session.wake = self._wakened.set
        self.session = session

    def _detach(self) -> None:
        """Keep the session for a resume unless the client said goodbye."""
        session, self.session = self.session, None
        if session is None or session.wake != self._wakened.set:
            return
        session.connected = False
        if self._ending is None and self.socket.close_code in GOODBYES:
            self.gateway.sessions.pop(session.id, None)

    async def _ignore(self, _data: Any) -> None:
        self._required()

    async def _heartbeat(self, _data: Any) -> None:
        await self._send(HEARTBEAT_ACK)

    def _required(self) -> Session:
        if self.session is None:
            raise Closed(NOT_AUTHENTICATED)
        return self.session

    async def _identify(self, data: JSON) -> None:
        if self.session is not None:
            raise Closed(ALREADY_AUTHENTICATED)
        if data["token"] != self.token:
            raise Closed(WRONG_TOKEN)
        shard = self._checked_shard(data.get("shard") or [0, 1])
        intents = self._checked_intents(data.get("intents"))
        session = Session(shard, intents, self.gateway.replay)
        guilds = [guild for guild in self.world.bots_guilds() if session.covers(guild.id)]
        if len(guilds) > GUILDS_PER_SHARD:
            raise Closed(SHARDING_REQUIRED)
        self.gateway.sessions[session.id] = session
        self._attach(session)
        self.gateway.tell(session, "READY", self._ready(session, guilds))
        if session.wants("GUILD_CREATE", None):
            session.unannounced = {guild.id: None for guild in guilds if guild.available}

    def _checked_shard(self, shard: list[int]) -> tuple[int, int]:
        number, count = shard
        if not 0 <= number < count:
            raise Closed(INVALID_SHARD)
        return number, count

    def _checked_intents(self, intents: Any) -> int:
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise Closed(INVALID_INTENTS)
        granted = self.world.application.privileged
        for name, bit in PRIVILEGED.items():
            if intents & bit and name not in granted:
                raise Closed(DISALLOWED_INTENTS)
        return intents

    def _ready(self, session: Session, guilds: list[Guild]) -> JSON:
        application = self.world.application
        flags = payloads.application_flags(application)
        return {
            "v": 10,
            "user": payloads.gateway_me(application.user),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {
                "id": str(application.id),
                "flags": flags,
                "flags_new": str(flags),
            },
        }

    async def _resume(self, data: JSON) -> None:
        if data["token"] != self.token:
            raise Closed(WRONG_TOKEN)
        session = self._resumable(data["session_id"])
        missed = None if session is None else session.missed(data["seq"])
        if self.gateway.refused_resumes > 0:
            self.gateway.refused_resumes -= 1
            missed = None
        if session is None or missed is None:
            self.gateway.sessions.pop(data["session_id"], None)
            await self._send(INVALID_SESSION, False)
            return
        self._attach(session)
        session.outbox.extend(missed)
        self.gateway.tell(session, "RESUMED", {})

    def _resumable(self, session_id: str) -> Session | None:
        return self.gateway.sessions.get(session_id)

    async def _request_members(self, data: JSON) -> None:
        session = self._required()
        for guild_id in _listed(data["guild_id"]):
            guild = self.world.guilds.get(int(guild_id))
            if guild is not None and session.intents & MEMBERS:
                self._send_chunks(session, guild, data)

    def _send_chunks(self, session: Session, guild: Guild, data: JSON) -> None:
        members, not_found = _wanted(guild, data)
        shown = [guild.member_payload(member) for member in members]
        chunks = [shown[at : at + CHUNK] for at in range(0, len(shown), CHUNK)] or [[]]
        for index, chunk in enumerate(chunks):
            answer: JSON = {
                "guild_id": str(guild.id),
                "members": chunk,
                "chunk_index": index,
                "chunk_count": len(chunks),
            }
            if not_found:
                answer["not_found"] = not_found
            if data.get("nonce"):
                answer["nonce"] = data["nonce"]
            self.gateway.tell(session, "GUILD_MEMBERS_CHUNK", answer)


def _wanted(guild: Guild, data: JSON) -> tuple[list[Any], list[str]]:
    if "user_ids" in data:
        asked = [int(user_id) for user_id in _listed(data["user_ids"])]
        found = [guild.members[user_id] for user_id in asked if user_id in guild.members]
        return found, [str(user_id) for user_id in asked if user_id not in guild.members]
    query = str(data.get("query") or "").lower()
    matching: Iterator[Any] = (
        member for member in guild.members.values() if member.name.lower().startswith(query)
    )
    limit = int(data.get("limit") or 0) or None
    return list(islice(matching, limit)), []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
