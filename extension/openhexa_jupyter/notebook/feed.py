"""What a kernel knows of one task, kept up to date. Changes are made on the background thread only, reads on any.

An active task is subscribed to the kernel's stream by a weak reference: it is followed as long as somebody holds it, or
observes it.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from openhexa_contract.api import Message, MessagePage, Task, TaskAnswer
from openhexa_contract.errors import Forbidden, NotAuthenticated, NotFound, PublicError
from openhexa_contract.events import Event
from openhexa_jupyter.notebook.client import Client, read

if TYPE_CHECKING:
    from openhexa_jupyter.notebook.stream import Stream

log = logging.getLogger(__name__)


class Feed:
    """One task's state. `ended` is set when its end and last messages are known, or when it was lost (`problem`)."""

    linger: ClassVar[float] = 60.0
    """Seconds that a task is followed after its end: the files of a run may be told after its status."""

    def __init__(self, data: Task, client: Client, stream: Stream) -> None:
        self.data = data
        self.messages: list[Message] = []
        self.has_messages = False
        self.ended = threading.Event()
        self.problem: PublicError | None = None
        self.client = client
        self._wants_messages = False
        self._observers: tuple[Callable[[], None], ...] = ()
        self._unsubscribe: Callable[[], None] | None = None
        if data.status.is_terminal:
            self.ended.set()
        else:
            self._subscribe(stream)

    def observe(self, observer: Callable[[], None]) -> Callable[[], None]:
        """Calls `observer` after each change until the returned function is called; keeps an active task alive."""
        self._observers = (*self._observers, observer)
        if not self.ended.is_set():
            _observed.add(self)
        if not self.has_messages:
            self.client.background.spawn(self.read_messages())

        def unobserve() -> None:
            self._observers = tuple(known for known in self._observers if known is not observer)
            if not self._observers:
                _observed.discard(self)

        return unobserve

    async def refresh(self) -> None:
        """Reads the task again, and its messages if anybody asked for them."""
        try:
            await self._request("GET", f"tasks/{self.data.id}/")
            if self._wants_messages:
                await self.read_messages()
        except (Forbidden, NotAuthenticated, NotFound) as error:
            self.problem = error
            self._end()
            raise

    async def stop(self) -> None:
        """Asks the service to stop the run."""
        await self._request("POST", f"tasks/{self.data.id}/stop/")

    async def read_messages(self) -> None:
        """Reads the messages that are not known yet; from now on they are kept up to date."""
        self._wants_messages = True
        path = f"tasks/{self.data.id}/logs/"
        while True:
            start = len(self.messages)
            page = read(MessagePage, await self.client.request("GET", path, query={"from": start}))
            self.messages[start : start + len(page.messages)] = page.messages
            if not page.messages or page.next <= start:
                break
        self.has_messages = True
        self._notify()

    def accept(self, data: Task) -> None:
        """Takes `data` over unless it is older than what is known."""
        known = self.data
        if moment(data.updated_at) < moment(known.updated_at):
            return
        if known.status.is_terminal and not data.status.is_terminal:
            return
        self.data = data
        self._notify()
        if data.status.is_terminal and not known.status.is_terminal:
            self.client.background.spawn(self._settle())

    def _subscribe(self, stream: Stream) -> None:
        reference = weakref.ref(self)

        def deliver(event: Event) -> None:
            feed = reference()
            if feed is not None:
                feed._on_event(event)

        self._unsubscribe = stream.subscribe(self.data.id, deliver)
        weakref.finalize(self, self.client.background.call_if_running, self._unsubscribe).atexit = False

    def _on_event(self, event: Event) -> None:
        if event.type == "task":
            self.accept(read(TaskAnswer, event.data).task)
        elif event.type == "messages":
            self._add_messages(event.data)
        elif event.type == "resync":
            self.client.background.spawn(self.refresh())

    def _add_messages(self, data: Any) -> None:
        start, messages = data["from"], read(list[Message], data["messages"])
        if start <= len(self.messages):
            self.messages[start : start + len(messages)] = messages
            self._notify()
        elif self._wants_messages:
            self.client.background.spawn(self.read_messages())

    async def _request(self, method: str, path: str) -> None:
        self.accept(read(TaskAnswer, await self.client.request(method, path)).task)

    async def _settle(self) -> None:
        """The end: the last messages are read before those who wait are told."""
        try:
            if self._wants_messages:
                await self.read_messages()
        finally:
            self._end()

    def _end(self) -> None:
        self.ended.set()
        _observed.discard(self)
        self._notify()
        if self._unsubscribe is not None:
            self.client.background.later(self.linger, self._unsubscribe)
            self._unsubscribe = None

    def _notify(self) -> None:
        for observer in self._observers:
            try:
                observer()
            except Exception:
                log.exception("An observer of task %s failed", self.data.id)


_observed: set[Feed] = set()


def moment(text: str) -> datetime:
    """A time of the service, which sends ISO 8601 text."""
    return datetime.fromisoformat(text)
