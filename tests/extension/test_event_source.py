from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest

from openhexa_contract.errors import Forbidden, PublicError, Unavailable, UpstreamFailed
from openhexa_contract.events import Event
from openhexa_jupyter.event_source import EventSource

pytestmark = pytest.mark.anyio

ONE = Event(type="task", data={"task": {"id": 1}}, id="1")


class Reader:
    """A source that runs, and what it has heard."""

    def __init__(self, url: str, **options: Any) -> None:
        self.opened = asyncio.Event()
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        source = EventSource(url, {"X-Mine": "1"}, on_open=self.opened.set, on_event=self.events.put_nowait, **options)
        self.run = asyncio.ensure_future(source.run())


def url(service: Any) -> str:
    return f"http://127.0.0.1:{service.port}/api/events/?workspace=a"


async def test_events_are_read_until_the_stream_ends(service: Any) -> None:
    reader = Reader(url(service))
    await reader.opened.wait()
    await asyncio.to_thread(service.until_watched, 1)
    service.send(ONE)
    assert await reader.events.get() == ONE
    service.send_bytes(b"id: 2\n\n")
    service.send(Event(type="resync", data={}))
    assert await reader.events.get() == Event(type="resync", data={}, id="2")
    service.break_streams()
    assert await reader.run == "2"
    assert service.event_requests[0]["X-Mine"] == "1"
    assert service.event_requests[0]["Accept"] == "text/event-stream"


async def test_an_event_cut_in_two_is_one_event(service: Any) -> None:
    reader = Reader(url(service))
    await asyncio.to_thread(service.until_watched, 1)
    service.send_bytes(b'event: task\nid: 1\ndata: {"task"')
    service.send_bytes(b': {"id": 1}}\n\n')
    assert await reader.events.get() == ONE
    reader.run.cancel()


async def test_cancelling_closes_the_connection(service: Any) -> None:
    reader = Reader(url(service))
    await asyncio.to_thread(service.until_watched, 1)
    reader.run.cancel()
    await asyncio.to_thread(service.until_watched, 0)


async def test_a_silent_stream_counts_as_dead(service: Any) -> None:
    reader = Reader(url(service), idle_timeout=0.1)
    await asyncio.wait_for(reader.run, 5)
    assert reader.opened.is_set()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((403, {"Content-Type": "application/json"}, json.dumps(Forbidden("No.").body()).encode()), Forbidden),
        ((503, {"Content-Type": "text/html"}, b"<html>"), Unavailable),
        ((200, {"Content-Type": "text/html"}, b"<html>"), UpstreamFailed),
        ((302, {"Content-Type": "text/html"}, b""), UpstreamFailed),
    ],
)
async def test_what_is_no_stream_is_an_error(service: Any, answer: Any, kind: type[PublicError]) -> None:
    service.events_refused = answer
    reader = Reader(url(service))
    with pytest.raises(kind):
        await reader.run
    assert not reader.opened.is_set()


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(Unavailable):
        await Reader(address).run


async def test_who_hangs_up_at_once_is_unavailable() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable):
            await Reader(f"http://127.0.0.1:{port}/").run
