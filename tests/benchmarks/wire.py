"""A way to a port of this machine on which everything takes its time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HOST = "127.0.0.1"
CHUNK = 1 << 16


class Wire:
    """Half of `latency` passes on the way there, half on the way back; seconds."""

    def __init__(self, port: int, latency: float, group: asyncio.TaskGroup) -> None:
        self._target = port
        self._delay = latency / 2
        self._group = group
        self._carriers: set[asyncio.Task[None]] = set()
        self._ends: list[asyncio.StreamWriter] = []
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int, latency: float) -> AsyncIterator["Wire"]:
        async with asyncio.TaskGroup() as group:
            wire = cls(port, latency, group)
            server = await asyncio.start_server(wire._connected, HOST, 0)
            wire.port = server.sockets[0].getsockname()[1]
            try:
                yield wire
            finally:
                server.close()
                await wire._cut()

    async def _cut(self) -> None:
        for carrier in self._carriers:
            carrier.cancel()
        for end in self._ends:
            end.transport.abort()
        await asyncio.sleep(0)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._start(reader, writer, None)

    def _start(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far: asyncio.StreamWriter | None,
    ) -> None:
        self._ends.append(writer)
        carrier = self._group.create_task(self._carry(reader, writer, far))
        self._carriers.add(carrier)
        carrier.add_done_callback(self._carriers.discard)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far: asyncio.StreamWriter | None,
    ) -> None:
        """Carry what comes from `reader` to the far end, which is yet to be connected if None."""
        if far is None:
            far_reader, far = await asyncio.open_connection(HOST, self._target)
            self._start(far_reader, far, writer)
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                loop.call_later(self._delay, _write, far, data)
        loop.call_later(self._delay, far.close)


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    if not writer.is_closing():
        writer.write(data)
