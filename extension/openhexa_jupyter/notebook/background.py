"""The one thread of the notebook side: an asyncio loop on which requests and the stream of events run.

Cells run in the main thread and widgets' callbacks in others; all of them hand their work over and wait, or do not.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tornado.platform.asyncio import AsyncIOLoop

from openhexa_contract.errors import PublicError

T = TypeVar("T")

log = logging.getLogger(__name__)


class Background:
    """A daemon thread that runs a loop from its first use on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: AsyncIOLoop | None = None
        self._thread: threading.Thread | None = None
        self._spawned: set[asyncio.Task[Any]] = set()

    @property
    def is_current(self) -> bool:
        """Whether the caller is on the background thread, where waiting is forbidden."""
        return threading.current_thread() is self._thread

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, waited for; an interrupt of the waiting cell cancels it."""
        if self.is_current:
            work.close()
            raise RuntimeError("An observer must not wait for a request: it runs where requests are made.")
        future = asyncio.run_coroutine_threadsafe(work, self._started().asyncio_loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Starts `work` and does not wait; what goes wrong is logged."""
        self.call(lambda: self._keep(asyncio.get_running_loop().create_task(work)))

    def call(self, function: Callable[[], object]) -> None:
        """Calls `function` on the thread, soon."""
        self._started().asyncio_loop.call_soon_threadsafe(function)

    def call_if_running(self, function: Callable[[], object]) -> None:
        """The same for finalizers, which the interpreter runs anywhere and at any time: no lock, no new thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it was closed in between
                loop.asyncio_loop.call_soon_threadsafe(function)

    def later(self, seconds: float, function: Callable[[], object]) -> None:
        """Calls `function` on the thread, after some time."""
        self.call(lambda: asyncio.get_running_loop().call_later(seconds, function))

    def close(self) -> None:
        """Ends the thread; the next use starts another."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.asyncio_loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._spawned.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._spawned.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, PublicError):
            log.info("%s", error.message)
        elif error is not None:
            log.error("Work in the background failed", exc_info=error)

    def _started(self) -> AsyncIOLoop:
        with self._lock:
            if self._loop is None:
                self._loop = AsyncIOLoop(make_current=False)
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name="openhexa-notebook", daemon=True
                )
                self._thread.start()
            return self._loop


def _serve(loop: AsyncIOLoop) -> None:
    runner = loop.asyncio_loop
    asyncio.set_event_loop(runner)
    try:
        runner.run_forever()
        tasks = asyncio.all_tasks(runner)
        for task in tasks:
            task.cancel()
        runner.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    finally:
        loop.close(all_fds=True)


background = Background()
