"""The kernel's one stream of events, shared by all tasks that it shows.

It starts with the first subscriber and ends with the last. Whenever events may have been missed (at each connection,
and at intervals while there is none) subscribers get `resync` and read their task again: without a stream, that is
polling.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

import msgspec

from openhexa_contract.errors import PublicError
from openhexa_contract.events import Event
from openhexa_jupyter.event_source import EventSource
from openhexa_jupyter.notebook.client import Client, client

RESYNC = Event(type="resync", data={}, id=None)

log = logging.getLogger(__name__)

Callback = Callable[[Event], None]


class Pace(msgspec.Struct, frozen=True):
    """Seconds between polls while there is no stream, between attempts to get it back, until silence is death."""

    poll: float = 5.0
    shortest_pause: float = 1.0
    longest_pause: float = 15.0
    idle: float = 60.0


class Stream:
    """Hands each task's events to its subscribers, on the background thread. Methods may be called on any."""

    def __init__(self, client: Client, pace: Pace | None = None) -> None:
        self.live = False
        self._url = f"{client.url}/events/"
        self._headers = client.headers
        self._background = client.background
        self._pace = pace or Pace()
        self._lock = threading.Lock()
        self._subscribers: dict[int, list[Callback]] = {}
        self._work: asyncio.Task[None] | None = None
        self._last_id: str | None = None

    def subscribe(self, task_id: int, callback: Callback) -> Callable[[], None]:
        """Calls `callback` with the task's `task` and `messages` events and with `resync`; returns what ends that."""
        with self._lock:
            self._subscribers.setdefault(task_id, []).append(callback)
        self._background.call(self._adjust)

        def unsubscribe() -> None:
            with self._lock:
                callbacks = self._subscribers.get(task_id, [])
                if callback not in callbacks:
                    return
                callbacks.remove(callback)
                if not callbacks:
                    del self._subscribers[task_id]
            self._background.call(self._adjust)

        return unsubscribe

    @property
    def running(self) -> bool:
        """Whether a connection is held or sought."""
        return self._work is not None

    def _adjust(self) -> None:
        """Starts or ends the work, as subscribers come and go."""
        with self._lock:
            wanted = bool(self._subscribers)
        if wanted and self._work is None:
            self._work = asyncio.get_running_loop().create_task(self._run())
        elif not wanted and self._work is not None:
            self._work.cancel()
            self._work = None
            self.live = False
            self._last_id = None

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._poll())

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                self._last_id = await self._source().run() or self._last_id
                failures = 0
            except PublicError as error:
                failures += 1
                log.info("No live updates: %s", error.message)
            except Exception:
                failures += 1
                log.exception("The stream of events failed")
            self.live = False
            await asyncio.sleep(min(self._pace.shortest_pause * 2**failures, self._pace.longest_pause))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._pace.poll)
            if not self.live:
                self._dispatch(RESYNC)

    def _source(self) -> EventSource:
        resume = {} if self._last_id is None else {"Last-Event-ID": self._last_id}
        return EventSource(
            self._url,
            {**self._headers, **resume},
            on_open=self._on_open,
            on_event=self._on_event,
            idle_timeout=self._pace.idle,
        )

    def _on_open(self) -> None:
        self.live = True
        self._dispatch(RESYNC)

    def _on_event(self, event: Event) -> None:
        if event.id is not None:
            self._last_id = event.id
        self.live = event.type != "error"
        if self.live:
            self._dispatch(event)

    def _dispatch(self, event: Event) -> None:
        with self._lock:
            callbacks = self._concerned(event)
        for callback in callbacks:
            try:
                callback(event)
            except Exception:
                log.exception("A subscriber failed at the event %s", event.type)

    def _concerned(self, event: Event) -> list[Callback]:
        if event.type == "resync":
            return [callback for callbacks in self._subscribers.values() for callback in callbacks]
        concerned = _task_id(event)
        return [] if concerned is None else list(self._subscribers.get(concerned, ()))


def _task_id(event: Event) -> int | None:
    data = event.data if isinstance(event.data, dict) else {}
    task = data.get("task")
    found = task.get("id") if isinstance(task, dict) else data.get("task_id")
    return found if isinstance(found, int) else None


_streams: WeakKeyDictionary[Client, Stream] = WeakKeyDictionary()
_lock = threading.Lock()


def stream() -> Stream:
    """The one stream of this kernel's client."""
    current = client()
    with _lock:
        if current not in _streams:
            _streams[current] = Stream(current)
        return _streams[current]
