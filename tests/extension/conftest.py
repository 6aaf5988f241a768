"""A fake of the pipelines service, at the transport: a real HTTP server in a thread, with real server-sent events.

The server extension reaches it as its upstream; the notebook side takes it for the extension: both speak one contract.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from openhexa_contract.events import KEEP_ALIVE, Event, encode
from openhexa_jupyter.notebook.background import Background
from openhexa_jupyter.notebook.client import Client, use_client
from openhexa_jupyter.notebook.feed import Feed

PATIENCE = 10.0
"""Seconds after which something that should happen at once is taken not to happen."""


def task_json(**changes: Any) -> dict[str, Any]:
    """A task as the service sends it."""
    return {
        "id": 12,
        "uuid": "7d2b1c9e-0d8c-4f0b-9d55-2f8f3b0a1c12",
        "name": "Cases report",
        "status": "RUNNING",
        "progress_message": None,
        "progress_value": 0,
        "end_value": 0,
        "result": None,
        "created_at": "2026-11-22T10:00:00+00:00",
        "started_at": "2026-11-22T10:00:01+00:00",
        "ended_at": None,
        "updated_at": "2026-11-22T10:00:01+00:00",
        "workspace": "sahel-programme",
        "pipeline": "60fcb048-a5f6-4a79-9529-1ccfa55e75d1",
        "pipeline_code": "cases-report",
        "pipeline_name": "Cases report",
        **changes,
    }


ENDED = {
    "status": "SUCCESS",
    "ended_at": "2026-11-22T10:00:13+00:00",
    "updated_at": "2026-11-22T10:00:13+00:00",
    "result": [{"country": "Niger", "cases": 3}],
}


def pipeline_json(**changes: Any) -> dict[str, Any]:
    """A pipeline's detail as the service sends it."""
    return {
        "id": "60fcb048-a5f6-4a79-9529-1ccfa55e75d1",
        "name": "Cases report",
        "code": "cases-report",
        "description": "Counts cases by country.",
        "workspace": "sahel-programme",
        "permissions": {"run": True},
        "currentVersion": {
            "id": "11111111-2222-4333-8444-555555555555",
            "versionNumber": 3,
            "versionName": "v3",
            "parameters": [
                {"code": "country", "type": "str", "required": True, "choices": ["Niger", "Mali"], "help": "Which."},
                {"code": "rows", "type": "int", "required": False, "default": 10},
                {"code": "task_id", "type": "int", "required": True, "provided": True},
            ],
        },
        **changes,
    }


class Samples:
    """What the service sends."""

    task = staticmethod(task_json)
    pipeline = staticmethod(pipeline_json)
    ended = ENDED


Answer = tuple[int, dict[str, str], bytes]


class FakeService:
    """Answers what it was told to; `requests` holds what it was asked. Its methods may be called on any thread."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answers: dict[tuple[str, str], list[Answer]] = {}
        self.tasks: dict[int, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.event_requests: list[dict[str, str]] = []
        self.events_refused: Answer | None = None
        self.hangs = False
        self._streams: list[EventStream] = []
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()

    # What a test tells it

    def answer(self, method: str, path: str, body: Any, status: int = 200, **headers: str) -> None:
        """`body` (JSON, or bytes as they are) for the next such request; the last one told is repeated."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        self.answers.setdefault((method, path), []).append((status, told, content))

    def send(self, event: Event) -> None:
        """An event to all that watch."""
        self.send_bytes(encode(event))

    def send_bytes(self, content: bytes) -> None:
        self._call(lambda: [stream.send(content) for stream in self._streams])

    def change(self, **changes: Any) -> None:
        """The task changes, and its watchers are told."""
        task = self.tasks[12] = {**self.tasks.get(12, task_json()), **changes}
        self.send(Event(type="task", data={"task": task}, id=None))

    def break_streams(self) -> None:
        """Every stream of events is cut."""
        self._call(lambda: [stream.cut() for stream in tuple(self._streams)])

    # What a test waits for

    def until(self, condition: Callable[[], bool]) -> None:
        """Returns when `condition` holds; fails after PATIENCE."""
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), "it did not happen"

    def until_watched(self, count: int = 1) -> None:
        """Returns when so many streams are open."""
        self.until(lambda: len(self._streams) == count)

    def asked(self, method: str, path: str) -> list[dict[str, Any]]:
        """The requests of this kind so far."""
        return [request for request in self.requests if (request["method"], request["path"]) == (method, path)]

    # How it runs

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def note(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def opened(self, stream: EventStream) -> None:
        self._streams.append(stream)
        self.note()

    def closed(self, stream: EventStream) -> None:
        if stream in self._streams:
            self._streams.remove(stream)
        self.note()

    def _call(self, function: Callable[[], Any]) -> None:
        done = threading.Event()

        def run() -> None:
            function()
            done.set()

        self._loop.call_soon_threadsafe(run)
        assert done.wait(PATIENCE)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        self.server.stop()
        self._loop.run_until_complete(self.server.close_all_connections())
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    async def _listen(self) -> None:
        application = web.Application(
            [(r".*/api/events/", EventStream, {"service": self}), (r".*/api/(.*)", Rest, {"service": self})],
            log_function=lambda handler: None,
        )
        sockets = bind_sockets(0, "127.0.0.1")
        self.server = HTTPServer(application)
        self.server.add_sockets(sockets)
        self.port = sockets[0].getsockname()[1]


class Rest(web.RequestHandler):
    def initialize(self, service: FakeService) -> None:
        self.service = service

    async def _answer(self, path: str) -> None:
        request = self.request
        self.service.requests.append(
            {
                "method": request.method,
                "path": path,
                "query": request.query,
                "headers": dict(request.headers),
                "body": request.body,
            }
        )
        self.service.note()
        if self.service.hangs:
            await asyncio.Event().wait()
        status, headers, content = self._found(path)
        if status == 0:
            assert request.connection is not None
            request.connection.stream.close()  # type: ignore[attr-defined]
            return
        self.set_status(status)
        for name, value in headers.items():
            self.set_header(name, value)
        self.finish(content)

    get = post = patch = put = delete = _answer

    def _found(self, path: str) -> Answer:
        told = self.service.answers.get((self.request.method or "", path))
        if told:
            return told.pop(0) if len(told) > 1 else told[0]
        json_type = {"Content-Type": "application/json"}
        words = path.strip("/").split("/")
        if words[0] == "tasks" and len(words) > 1 and words[1] == "12":
            if words[2:] == ["logs"]:
                start = int(self.get_query_argument("from", "0"))
                page = {"messages": self.service.messages[start:], "next": len(self.service.messages)}
                return 200, json_type, json.dumps(page).encode()
            task = self.service.tasks.get(12, task_json())
            return 200, json_type, json.dumps({"task": task}).encode()
        body = {"error": "There is nothing here.", "code": "not_found", "fields": {}}
        return 404, json_type, json.dumps(body).encode()


class EventStream(web.RequestHandler):
    def initialize(self, service: FakeService) -> None:
        self.service = service
        self._ended = asyncio.Event()

    async def get(self) -> None:
        self.service.event_requests.append(dict(self.request.headers))
        if self.service.events_refused is not None:
            status, headers, content = self.service.events_refused
            self.set_status(status)
            self.set_header("Content-Type", headers["Content-Type"])
            self.finish(content)
            self.service.note()
            return
        self.set_header("Content-Type", "text/event-stream")
        self.write(KEEP_ALIVE)
        await self.flush()
        self.service.opened(self)
        await self._ended.wait()

    def send(self, content: bytes) -> None:
        self.write(content)
        self.flush()

    def cut(self) -> None:
        self._ended.set()
        assert self.request.connection is not None
        self.request.connection.stream.close()  # type: ignore[attr-defined]
        self.service.closed(self)

    def on_connection_close(self) -> None:
        self._ended.set()
        self.service.closed(self)


@pytest.fixture
def samples() -> Samples:
    """What the service sends, to be changed by keyword."""
    return Samples()


@pytest.fixture
def service() -> Iterator[FakeService]:
    """The fake, listening."""
    fake = FakeService()
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def kernel(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
    """A kernel whose server is the fake; what it holds ends with the test."""
    background = Background()
    use_client(Client(f"http://127.0.0.1:{service.port}/user/a/sahel/openhexa/api", "server-token", background))
    monkeypatch.setattr(Feed, "linger", 0.0)
    yield service
    use_client(None)
    background.close()
