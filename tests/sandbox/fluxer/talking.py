"""Bare ways to talk to a Fluxer sandbox: requests by anybody, and a socket without a library."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp

from bot.sandbox import Sandbox
from tests.sandbox.clients import LIMIT, Reply, until

JSON = dict[str, Any]


class Ask(Protocol):
    """`by` is a whole Authorization header: None is the bot's, "" none at all."""

    def __call__(
        self, method: str, path: str, body: Any = None, *, by: str | None = None, **more: Any
    ) -> Awaitable[Reply]: ...


@asynccontextmanager
async def asking(sandbox: Sandbox) -> AsyncIterator[Ask]:
    async with aiohttp.ClientSession() as session:

        async def ask(
            method: str, path: str, body: Any = None, *, by: str | None = None, **more: Any
        ) -> Reply:
            key = f"Bot {sandbox.token}" if by is None else by
            headers = ({"Authorization": key} if key else {}) | more.pop("headers", {})
            url = path if path.startswith("http") else sandbox.api_base + path
            async with session.request(method, url, json=body, headers=headers, **more) as got:
                known = got.headers.get("Content-Type") == "application/json"
                answer = await got.json() if known else (await got.text() or None)
                return Reply(got.status, answer, got.headers)

        yield ask


class Socket:
    """One gateway socket and all that came through it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[JSON] = []
        self.told: dict[str, list[JSON]] = defaultdict(list)
        self.order: list[str] = []

    async def listen(self) -> None:
        async for message in self.socket:
            frame = message.json()
            self.frames.append(frame)
            if frame["op"] == 0:
                self.told[frame["t"]].append(frame["d"])
                self.order.append(frame["t"])

    async def heard(self, name: str, times: int = 1) -> JSON:
        """The last of so many events, once they have come."""
        await until(lambda: len(self.told[name]) >= times)
        return self.told[name][times - 1]

    async def identify(self, token: str, **more: Any) -> JSON:
        await self.socket.send_json({"op": 2, "d": {"token": token, "properties": {}} | more})
        return await self.heard("READY")

    async def resume(self, token: str, session_id: str, seq: int) -> None:
        data = {"token": token, "session_id": session_id, "seq": seq}
        await self.socket.send_json({"op": 6, "d": data})

    async def quiet(self) -> None:
        """Wait until all that was sent before has arrived."""
        before = sum(frame["op"] == 11 for frame in self.frames)
        await self.socket.send_json({"op": 1, "d": None})
        await until(lambda: sum(frame["op"] == 11 for frame in self.frames) > before)

    async def closed(self) -> int | None:
        """The code that the other side closed with."""
        async with asyncio.timeout(LIMIT):
            while not self.socket.closed:  # noqa: ASYNC110 - aiohttp announces nothing
                await asyncio.sleep(0.002)
        return self.socket.close_code


@asynccontextmanager
async def listening(sandbox: Sandbox, query: str = "v=1&encoding=json") -> AsyncIterator[Socket]:
    """A socket that is open and not identified."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{sandbox.gateway_url}?{query}") as opened,
        asyncio.TaskGroup() as group,
    ):
        socket = Socket(opened)
        task = group.create_task(socket.listen())
        yield socket
        task.cancel()
