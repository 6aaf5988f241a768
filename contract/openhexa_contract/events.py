"""The event stream (`text/event-stream`, WHATWG HTML section 9.2), written and read as bytes. No I/O.

Events of the service: "task" `{"task": {…}}`; "messages" `{"task_id": 12, "from": 3, "messages": […]}` where `from`
is the index of the first; "resync" `{}`: the Last-Event-ID is too old, fetch again; "error" `{"error", "code",
"fields"}`. Comment lines keep the line alive.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

KEEP_ALIVE = b": keep-alive\n\n"

_LINE_END = re.compile(rb"\r\n|\n|\r")


class Event(msgspec.Struct, frozen=True):
    """One event. `data` is a JSON value; `id` is what a client sends back as Last-Event-ID."""

    type: str
    data: Any = None
    id: str | None = None


def encode(event: Event) -> bytes:
    """The event as bytes, with its closing blank line. ValueError where type or id could not be read back."""
    for text in (event.type, event.id or ""):
        if any(character in text for character in "\r\n\0"):
            raise ValueError(f"An event's type and id are single lines: {text!r}")
    lines = [] if event.id is None else [b"id: " + event.id.encode()]
    lines += [b"event: " + event.type.encode(), b"data: " + msgspec.json.encode(event.data)]
    return b"\n".join(lines) + b"\n\n"


class Decoder:
    """Reads a stream in chunks of any size, cut anywhere.

    `last_id` is the id to resume from (kept over events that carry none), `retry` the reconnection time in
    milliseconds that the server asked for. Data that is no JSON is given as text. An event without its closing blank
    line is never given.
    """

    def __init__(self) -> None:
        self.last_id: str | None = None
        self.retry: int | None = None
        self._buffer = bytearray()
        self._searched = 0
        self._started = False
        self._type = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that this chunk completes."""
        self._buffer += chunk
        if not self._started and not self._start():
            return []
        events = []
        position = 0
        for match in _LINE_END.finditer(self._buffer, self._searched):
            if match.group() == b"\r" and match.end() == len(self._buffer):
                break
            line = self._buffer[position : match.start()].decode("utf-8", "replace")
            position = match.end()
            event = self._take(line)
            if event is not None:
                events.append(event)
        del self._buffer[:position]
        self._searched = len(self._buffer) - self._buffer.endswith(b"\r")
        return events

    def _start(self) -> bool:
        mark = b"\xef\xbb\xbf"
        if len(self._buffer) < len(mark) and mark.startswith(self._buffer):
            return False
        if self._buffer.startswith(mark):
            del self._buffer[: len(mark)]
        self._started = True
        return True

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._type = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)
        return None

    def _dispatch(self) -> Event | None:
        kind, data = self._type or "message", self._data
        self._type, self._data = "", []
        return Event(kind, _value("\n".join(data)), self.last_id) if data else None


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return text
