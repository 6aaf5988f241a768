"""The real service on a port of its own, and a clock that tests move."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import msgspec
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from openhexa_contract.events import Decoder, Event
from openhexa_hub.service.auth import ServiceOAuth
from openhexa_hub.service.clock import Clock
from openhexa_hub.service.main import UNLIMITED, make_application
from openhexa_hub.service.parts import Parts
from openhexa_hub.service.settings import Settings
from openhexa_hub.service.tasks.changes import Note
from openhexa_hub.service.tasks.rows import StoredTask
from openhexa_hub.service.tasks.store import Filter, NewTask, Store

PREFIX = "/services/pipelines/"
KEY = "Zm9yIHRlc3RzIG9ubHkgLS0gMzIgYnl0ZXMga2V5ISE="
START = 1_795_000_000.0


class FakeClock(Clock):
    """Stands still until `forward` is called. Waiting for an event is real, its time-out too: streams use it for
    keep-alives only.
    """

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> float:
        return START + self.passed

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def forward(self, seconds: float) -> None:
        self.passed += seconds


def new_task(pipeline: Any, **more: Any) -> NewTask:
    """A task that is about to be launched."""
    known = {"workspace": pipeline.workspace, "name": "A task", "launcher": "aissata@example.org", "config": {}}
    known |= {"pipeline": pipeline.id, "pipeline_code": pipeline.code, "pipeline_name": pipeline.name}
    return NewTask(**(known | {"version": None, "version_name": None} | more))


async def stored_tasks(store: Store, pipeline: Any, count: int = 1, **more: Any) -> list[StoredTask]:
    """Tasks that were launched, as far as the store can tell."""
    new = new_task(pipeline, **more)
    created = await asyncio.gather(*(store.create(new) for _ in range(count)))
    launched = await asyncio.gather(*(store.note(task.id, Note(run_id=f"run-{task.id}")) for task, _key in created))
    return [task for task in launched if task is not None]


def everything(**more: Any) -> Filter:
    return Filter(workspaces=("sahel-programme", "coastal-clinics"), **more)


class Answer(msgspec.Struct):
    status: int
    headers: dict[str, str]
    raw: bytes
    cookies: list[str]

    def json(self) -> Any:
        return msgspec.json.decode(self.raw)


class RunningService:
    """Start it, ask it, stop it. `turn` lets the reconciler look at every run that is due."""

    def __init__(self, app: Any, hub: Any, clock: FakeClock, settings: dict[str, Any]) -> None:
        self.clock = clock
        socket, self.port = bind_unused_port()
        self._socket = socket
        self.root = f"http://127.0.0.1:{self.port}"
        self.url = self.root + PREFIX
        defaults = {
            "app_url": app.url,
            "public_url": "https://hub.example.org/services/pipelines",
            "bind_url": self.root,
            "keys": [KEY],
            "keep_alive": 0.05,
            "upstream_timeout": 2.0,
        }
        if settings.get("public_url") == "own":
            settings["public_url"] = self.url
        self.settings = Settings(**(defaults | settings))
        self.oauth = ServiceOAuth(
            api_url=hub.api_url,
            api_token=hub.service_token,
            hub_host="",
            hub_prefix="/hub/",
            base_url=PREFIX,
            oauth_client_id="service-pipelines",
            oauth_redirect_uri=PREFIX + "oauth_callback",
            access_scopes={"access:services!service=pipelines"},
        )
        self.parts = Parts(self.settings, self.oauth, clock)
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        await self.parts.start(loops=False)
        self._server = HTTPServer(make_application(self.parts), max_body_size=UNLIMITED)
        self._server.add_socket(self._socket)
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        if self._http is None:
            return
        await self._http.close()
        self._http = None
        self._server.stop()
        self.parts.watchers.end()
        await self._server.close_all_connections()
        await self.parts.stop()

    async def crash(self) -> None:
        """Go away without tidying up, as far as the database can tell: nothing more is written."""
        await self.stop()

    async def call(
        self,
        method: str,
        path: str,
        token: str | None = "aissata",
        *,
        json: Any = None,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        assert self._http is not None
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"token {token}"
        if json is not None:
            data = msgspec.json.encode(json)
        url = path if path.startswith("http") else self.url + path.lstrip("/")
        async with self._http.request(method, url, data=data, headers=sent, allow_redirects=False) as response:
            return Answer(
                response.status,
                dict(response.headers),
                await response.read(),
                response.headers.getall("Set-Cookie", []),
            )

    async def get(self, path: str, token: str | None = "aissata", **options: Any) -> Answer:
        return await self.call("GET", path, token, **options)

    async def ok(self, method: str, path: str, token: str | None = "aissata", status: int = 200, **options: Any) -> Any:
        answer = await self.call(method, path, token, **options)
        assert answer.status == status, answer.raw
        return answer.json()

    async def launch(self, pipeline: Any, token: str = "aissata", **config: Any) -> dict[str, Any]:
        path = f"api/openhexa/pipelines/{pipeline.id}/launch/"
        task: dict[str, Any] = (await self.ok("POST", path, token, 201, json={"config": config}))["task"]
        return task

    async def patch(self, task: dict[str, Any], token: str, expected: int = 200, **report: Any) -> Any:
        body = {"task_id": task["id"], **report}
        return await self.ok("PATCH", f"api/openhexa/pipelines/{task['pipeline']}/", token, expected, json=body)

    async def task(self, number: int | str, token: str = "aissata") -> dict[str, Any]:
        task: dict[str, Any] = (await self.ok("GET", f"api/tasks/{number}/", token))["task"]
        return task

    async def callback_token(self, workspace: str = "sahel-programme", token: str = "aissata") -> str:
        issued = await self.ok("POST", "api/callback-tokens/", token, 201, json={"workspace": workspace})
        return str(issued["token"])

    async def turn(self, seconds: float = 60.0) -> None:
        self.clock.forward(seconds)
        await self.parts.reconciler.turn()

    def stream(self, token: str = "aissata", path: str = "api/events/", **headers: str) -> Stream:
        assert self._http is not None
        return Stream(self._http, self.url + path, {"Authorization": f"token {token}", **headers})


class Stream:
    """An event stream: `async with`, then `next()`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> None:
        self._http = http
        self._url = url
        self._headers = headers
        self.decoder = Decoder()
        self._events: list[Event] = []

    async def __aenter__(self) -> Stream:
        timeout = aiohttp.ClientTimeout(total=None, sock_read=5)
        self.response = await self._http.get(self._url, headers=self._headers, timeout=timeout, allow_redirects=False)
        self.first = await self.response.content.readany()
        self._events += self.decoder.feed(self.first)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self.response.close()

    async def next(self, seconds: float = 5) -> Event:
        async with asyncio.timeout(seconds):
            while not self._events:
                chunk = await self.response.content.readany()
                assert chunk, "the stream ended"
                self._events += self.decoder.feed(chunk)
        return self._events.pop(0)

    async def ended(self) -> list[Event]:
        """Return what came until the end of the stream."""
        async with asyncio.timeout(5):
            while chunk := await self.response.content.readany():
                self._events += self.decoder.feed(chunk)
        return self._events
