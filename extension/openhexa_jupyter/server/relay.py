"""One stream of events from the service, shared by all kernels and pages of this server.

It is opened with the first watcher and closed with the last. When the service ends it, it is resumed from the last
event that came; where something may have been missed, watchers get `resync` and read again what they show.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from openhexa_contract.errors import PublicError
from openhexa_contract.events import KEEP_ALIVE, Event, encode

RESYNC = Event(type="resync", data={}, id=None)

log = logging.getLogger(__name__)


class Listen(Protocol):
    """Reads the service's events until their stream ends, and returns the last id; PublicError when it did not open."""

    def __call__(
        self, last_event_id: str | None, on_open: Callable[[], None], on_event: Callable[[Event], None], /
    ) -> Awaitable[str | None]:
        """See EventSource.run."""
        ...


class Watcher:
    """What one connection has yet to send: at most `limit` events, then one `resync` in their place."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self.closed = False

    def put(self, encoded: bytes) -> None:
        """One event more to send."""
        if len(self._waiting) >= self._limit:
            self._waiting.clear()
            encoded = encode(RESYNC)
        self._waiting.append(encoded)
        self._changed.set()

    def close(self) -> None:
        """Wakes whoever waits for `next`."""
        self.closed = True
        self._changed.set()

    async def next(self, keep_alive: float) -> bytes:
        """All that waits, as one chunk; a keep-alive comment after `keep_alive` seconds without any."""
        if not self._waiting and not self.closed:
            try:
                await asyncio.wait_for(self._changed.wait(), keep_alive)
            except TimeoutError:
                return KEEP_ALIVE
        self._changed.clear()
        chunk = b"".join(self._waiting)
        self._waiting.clear()
        return chunk


class Relay:
    """The shared stream. Pauses between attempts grow from `shortest_pause` to `longest_pause` seconds."""

    def __init__(
        self,
        listen: Listen,
        *,
        queue_length: int,
        shortest_pause: float = 0.5,
        longest_pause: float = 30.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._listen = listen
        self._queue_length = queue_length
        self._shortest_pause = shortest_pause
        self._longest_pause = longest_pause
        self._sleep = sleep
        self._watchers: set[Watcher] = set()
        self._task: asyncio.Task[None] | None = None
        self._last_id: str | None = None
        self._failures = 0
        self._problem: PublicError | None = None

    def watch(self, last_event_id: str | None = None) -> Watcher:
        """A new watcher; one that comes back having missed something starts with `resync`."""
        watcher = Watcher(self._queue_length)
        if last_event_id is not None and last_event_id != self._last_id:
            watcher.put(encode(RESYNC))
        if self._problem is not None:
            watcher.put(encode(_lost(self._problem)))
        self._watchers.add(watcher)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """The watcher gets nothing more; may be called twice."""
        watcher.close()
        self._watchers.discard(watcher)
        if not self._watchers:
            self._stop()

    def close(self) -> None:
        """All watchers leave."""
        for watcher in tuple(self._watchers):
            self.leave(watcher)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self._last_id = None
        self._failures = 0
        self._problem = None

    async def _run(self) -> None:
        while True:
            try:
                await self._attempt()
            except Exception:
                log.exception("The stream of events of the pipelines service failed")
            await self._sleep(self._pause())

    async def _attempt(self) -> None:
        self._failures += 1  # until it opens
        try:
            self._last_id = await self._listen(self._last_id, self._on_open, self._on_event) or self._last_id
        except PublicError as error:
            if self._problem is None:
                log.warning("No events from the pipelines service: %s", error.message)
                self._problem = error
                self._send(_lost(error))

    def _pause(self) -> float:
        """Seconds; spread, so that not every server of the hub comes back at once."""
        longest = min(self._shortest_pause * 2**self._failures, self._longest_pause)
        return random.uniform(longest / 2, longest)  # noqa: S311 - no secret

    def _on_open(self) -> None:
        self._failures = 0
        if self._last_id is None or self._problem is not None:
            self._send(RESYNC)
        self._problem = None

    def _on_event(self, event: Event) -> None:
        if event.id is not None:
            self._last_id = event.id
        self._send(event)

    def _send(self, event: Event) -> None:
        encoded = encode(event)
        for watcher in self._watchers:
            watcher.put(encoded)


def _lost(error: PublicError) -> Event:
    return Event(type="error", data=error.body(), id=None)
