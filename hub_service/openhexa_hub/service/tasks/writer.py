"""The single writer: one thread, one connection, many writes to a commit. An answer is given after the commit, never
before.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from openhexa_contract.errors import PublicError, Unavailable
from openhexa_contract.i18n import gettext as _

log = logging.getLogger(__name__)
T = TypeVar("T")


class StoredEvent(msgspec.Struct, frozen=True):
    """An event as the database holds it. `data` is JSON."""

    id: int
    workspace: str
    type: str
    data: bytes


class Transaction:
    """What a write works with. `events` are published when, and only when, the commit succeeded."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events: list[StoredEvent] = []


class _Job(Generic[T]):
    __slots__ = ("error", "future", "result", "write")

    def __init__(self, write: Callable[[Transaction], T], future: asyncio.Future[T]) -> None:
        self.write = write
        self.future = future
        self.result: T | None = None
        self.error: Exception | None = None


class Writer:
    """Runs writes one after another in a thread of its own, as many in one transaction as are waiting.

    A write is a function of a `Transaction` without other effects: when one of a batch fails, the batch is rolled back
    and each is run again in a transaction of its own, so that only the one at fault fails. `published` is called on
    the event loop, in the order of the commits, before those who wait are answered.
    """

    def __init__(
        self,
        engine: Engine,
        published: Callable[[Sequence[StoredEvent]], None],
        *,
        batch: int = 512,
        backlog: int = 20_000,
    ) -> None:
        self._engine = engine
        self._published = published
        self._batch = batch
        self._backlog = backlog
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.commits = 0

    def start(self) -> None:
        """Start the thread; answers come on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="openhexa-writer", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Finish what waits, then end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(thread.join)

    async def run(self, write: Callable[[Transaction], T]) -> T:
        """Return what `write` returned, once it is committed. Unavailable: the database cannot be reached or too
        much waits.
        """
        if self._loop is None or self._thread is None:
            raise Unavailable(_("The pipelines service is stopping. Try again in a moment."))
        if self._jobs.qsize() >= self._backlog:
            raise Unavailable(_("The pipelines service is overloaded, and nothing was changed. Try again in a moment."))
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(write, future))
        return await future

    def _work(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch = [first]
            stop = False
            while len(batch) < self._batch and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    stop = True
                    break
                batch.append(job)
            self._commit(batch)
            if stop:
                return

    def _commit(self, batch: list[_Job[Any]]) -> None:
        try:
            events = self._transact(batch)
        except Exception as error:  # the edge of the thread: every failure becomes the answer of the write at fault
            if len(batch) > 1 and not _ambiguous(error):
                for job in batch:
                    self._commit([job])
                return
            for job in batch:
                job.error = _public(error)
            events = []
        self.commits += 1
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._deliver, batch, events)
        except RuntimeError:
            log.warning("The event loop ended before %s writes were answered", len(batch))

    def _transact(self, batch: list[_Job[Any]]) -> list[StoredEvent]:
        with self._engine.begin() as connection:
            transaction = Transaction(connection)
            for job in batch:
                job.result = job.write(transaction)
        return transaction.events

    def _deliver(self, batch: list[_Job[Any]], events: list[StoredEvent]) -> None:
        if events:
            self._published(events)
        for job in batch:
            if job.future.done():
                continue
            if job.error is not None:
                job.future.set_exception(job.error)
            else:
                job.future.set_result(job.result)


def database_unavailable() -> Unavailable:
    """Return the error for a database that is gone, locked or full."""
    return Unavailable(
        _("The pipelines service cannot use its database, so nothing was changed. Try again in a moment.")
    )


def _public(error: Exception) -> Exception:
    if isinstance(error, PublicError | IntegrityError):
        return error
    if isinstance(error, DBAPIError | PoolTimeout):
        log.error("A write failed: %s", error)
        return database_unavailable()
    return error


def _ambiguous(error: Exception) -> bool:
    """Say whether the commit may have happened: the connection was lost on the way."""
    return isinstance(error, DBAPIError) and error.connection_invalidated
