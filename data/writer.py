"""Group commit: callers queue, one task takes what is there and commits it once.

A commit waits for the disk, so a hundred writes in one commit cost hardly more than one.
What must hold:

* writes happen in the order in which they were asked for;
* a write is answered only after it is durable;
* a write that fails undoes itself and nobody else's;
* if the commit fails, everybody in it hears so and nothing of it remains;
* a caller that stops waiting changes nothing: its write may still happen.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import groupby, repeat
from typing import Any, NamedTuple, Self, TypeVar

import aiosqlite

from data.errors import LedgerUnavailableError
from data.explain import explained

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Together = Callable[[aiosqlite.Connection, Sequence[Item]], Awaitable[Sequence[Answer]]]

_AT_ONCE = 200
"""Writes in one commit at most: its statement is built, and all its callers wake, in one turn."""


class _Write(NamedTuple):
    run: Together[Any, Any]
    item: Any
    answer: asyncio.Future[Any]


class Writer:
    """The one task that writes. Invariant: outside `_commit` no transaction is open."""

    def __init__(self, db: aiosqlite.Connection, path: object) -> None:
        self._db = db
        self._path = path
        self._queue: deque[_Write] = deque()
        self._waiting = asyncio.Event()
        self._open = True

    @classmethod
    @asynccontextmanager
    async def on(cls, db: aiosqlite.Connection, path: object) -> AsyncIterator[Self]:
        writer = cls(db, path)
        task = asyncio.get_running_loop().create_task(writer._work(), name="ledger-writer")
        task.add_done_callback(lambda _: writer._stop())  # also if it is cancelled before it began
        try:
            yield writer
        finally:
            writer._open = False
            writer._waiting.set()
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()

    async def write(self, run: Callable[[aiosqlite.Connection], Awaitable[Answer]]) -> Answer:
        """Run these statements, all or nothing, and come back when they are durable."""

        async def alone(db: aiosqlite.Connection, _items: Sequence[None]) -> Sequence[Answer]:
            async with _savepoint(db):
                return [await run(db)]

        return await self.write_together(alone, None)

    async def write_together(self, run: Together[Item, Answer], item: Item) -> Answer:
        """Let one statement write this item and those that wait in line with it.

        `run` gets the items of all callers that queue for it next to one another, in their order,
        and answers each. It is one statement, so that nothing remains of it when it fails; then
        each item is tried by itself.
        """
        if not self._open:
            raise _closed(self._path)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append(_Write(run, item, answer))
        self._waiting.set()
        return await answer

    async def _work(self) -> None:
        while self._open:
            await self._waiting.wait()
            self._waiting.clear()
            while self._queue:
                await self._commit(self._take())

    def _stop(self) -> None:
        """Leave nobody waiting."""
        self._open = False
        _tell(self._queue, repeat(_closed(self._path)))

    def _take(self) -> list[_Write]:
        return [self._queue.popleft() for _ in range(min(len(self._queue), _AT_ONCE))]

    async def _commit(self, batch: Sequence[_Write]) -> None:
        try:
            with explained(self._path):
                outcomes = await self._transaction(batch)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, and the next may succeed
            _tell(batch, repeat(error))
        except BaseException:
            _tell(batch, repeat(_closed(self._path)))
            raise
        else:
            _tell(batch, outcomes)

    async def _transaction(self, batch: Sequence[_Write]) -> list[Any]:
        outcomes: list[Any] = []
        try:
            await self._db.execute("BEGIN IMMEDIATE")
            for run, writes in groupby(batch, key=lambda write: write.run):
                outcomes += await self._outcomes(run, [write.item for write in writes])
            await self._db.commit()
        except BaseException:  # cancellation too, at any of the awaits, and a failed commit
            await self._db.rollback()
            raise
        return outcomes

    async def _outcomes(self, run: Together[Any, Any], items: Sequence[Any]) -> Sequence[Any]:
        """Answer each item, with an exception where it failed."""
        try:
            with explained(self._path):
                return await run(self._db, items)
        except Exception as error:
            if not self._db.in_transaction:  # SQLite gave up the whole transaction by itself
                raise
            if len(items) == 1:
                return [error]
            return [outcome for item in items for outcome in await self._outcomes(run, [item])]


@asynccontextmanager
async def _savepoint(db: aiosqlite.Connection) -> AsyncIterator[None]:
    await db.execute("SAVEPOINT one_write")
    try:
        yield
    except Exception:
        if db.in_transaction:  # else SQLite gave up the whole transaction, savepoint included
            await db.execute("ROLLBACK TO one_write")
        raise
    await db.execute("RELEASE one_write")


def _tell(batch: Iterable[_Write], outcomes: Iterable[Any]) -> None:
    for write, outcome in zip(batch, outcomes, strict=False):
        if write.answer.done():  # the caller stopped waiting
            continue
        if isinstance(outcome, Exception):
            write.answer.set_exception(outcome)
        else:
            write.answer.set_result(outcome)


def _closed(path: object) -> LedgerUnavailableError:
    return LedgerUnavailableError(f"The ledger {path} is closed.")
