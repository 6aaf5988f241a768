"""The extension in a real jupyter_server, before a fake of the service."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from openhexa_contract.errors import Forbidden
from openhexa_contract.events import Event
from openhexa_jupyter.event_source import EventSource

TASK = Event(type="task", data={"task": {"id": 12}}, id="41")
LAUNCH = "openhexa/pipelines/60fcb048-a5f6-4a79-9529-1ccfa55e75d1/launch/"


def problem(response: Any) -> dict[str, Any]:
    """The body of an error, whose shape is always the same."""
    assert response.headers["Content-Type"].startswith("application/json")
    body = json.loads(response.body)
    assert set(body) == {"error", "code", "fields"}
    assert body["error"]
    return body


async def test_a_request_goes_on_and_its_answer_comes_back(service: Any, api: Any) -> None:
    service.answer("GET", "tasks/", {"results": [], "next": None}, ETag='"7"')
    response = await api("tasks/", params={"status": "RUNNING", "limit": "5"})
    assert (response.code, json.loads(response.body)) == (200, {"results": [], "next": None})
    assert response.headers["ETag"] == '"7"'
    assert service.requests[0]["query"] == "status=RUNNING&limit=5"


async def test_a_launch_goes_on_with_its_body_and_key(service: Any, api: Any) -> None:
    service.answer("POST", LAUNCH, {"task": {"id": 12}}, status=201)
    body = json.dumps({"version": None, "config": {"country": "Côte d'Ivoire"}})
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    response = await api(LAUNCH, method="POST", body=body, headers=headers)
    assert response.code == 201
    [seen] = service.requests
    assert seen["body"] == body.encode()
    assert seen["headers"]["Idempotency-Key"] == "k1"


async def test_the_servers_own_token_is_sent_and_nothing_of_the_persons(
    service: Any, api: Any, jp_serverapp: Any
) -> None:
    service.answer("GET", "tasks/", {})
    mine = jp_serverapp.identity_provider.token
    secrets = {"Cookie": "sessionid=abc", "X-XSRFToken": "x", "X-Forwarded-For": "10.0.0.1", "TE": "trailers"}
    await api("tasks/", headers=secrets, params={"token": mine, "_xsrf": "x", "limit": "1"})
    [seen] = service.requests
    assert seen["headers"]["Authorization"] == "token server-token"
    assert not set(seen["headers"]) & {"Cookie", "X-Xsrftoken", "X-Forwarded-For", "Te"}
    assert seen["query"] == "limit=1"


async def test_a_cookie_of_the_service_does_not_come_back(service: Any, api: Any) -> None:
    service.answer("GET", "tasks/", {}, Set_Cookie="a=b", Connection="close", X_Internal="1")
    response = await api("tasks/")
    assert "a=b" not in response.headers.get_list("Set-Cookie")
    assert "X-Internal" not in response.headers


async def test_a_refusal_of_the_service_comes_back_as_it_is(service: Any, api: Any) -> None:
    body = {"error": "A value does not fit.", "code": "invalid_input", "fields": {"rows": "A whole number is needed."}}
    service.answer("POST", LAUNCH, body, status=400)
    response = await api(LAUNCH, method="POST", body="{}")
    assert (response.code, problem(response)) == (400, body)


@pytest.mark.parametrize(("method", "path"), [("GET", "callback-tokens/"), ("GET", "tasks/12"), ("GET", "nothing")])
async def test_what_is_not_on_the_list_is_not_forwarded(service: Any, api: Any, method: str, path: str) -> None:
    response = await api(path, method=method)
    assert (response.code, problem(response)["code"]) == (404, "not_found")
    assert service.requests == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_method_that_is_not_on_the_list_is_not_forwarded(service: Any, api: Any, method: str) -> None:
    response = await api("tasks/12/", method=method, body="{}", allow_nonstandard_methods=True)
    assert (response.code, problem(response)["code"]) == (405, "not_allowed")
    assert response.headers["Allow"] == "GET"
    assert service.requests == []


@pytest.mark.parametrize("path", ["tasks/", "events/", "nothing"])
async def test_who_is_not_logged_in_gets_401(service: Any, api: Any, path: str) -> None:
    response = await api(path, headers={"Authorization": "token wrong"})
    assert (response.code, problem(response)["code"]) == (401, "not_authenticated")
    assert service.requests == []


async def test_a_cookie_without_xsrf_token_changes_nothing(
    service: Any, api: Any, jp_serverapp: Any, jp_fetch: Any
) -> None:
    page = await jp_fetch("lab", raise_error=False, headers={"Authorization": ""}, follow_redirects=False)
    cookies = "; ".join(cookie.split(";")[0] for cookie in page.headers.get_list("Set-Cookie"))
    response = await api(LAUNCH, method="POST", body="{}", headers={"Authorization": "", "Cookie": cookies})
    assert response.code in (401, 403)
    assert problem(response)
    assert service.requests == []


class TestLimits:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"max_request_bytes": 2048, "max_answer_bytes": 4096}

    async def test_too_large_a_request(self, service: Any, api: Any) -> None:
        response = await api(LAUNCH, method="POST", body="x" * 2049)
        assert (response.code, problem(response)["code"]) == (413, "too_large")
        assert service.requests == []

    async def test_too_large_an_answer(self, service: Any, api: Any) -> None:
        service.answer("GET", "tasks/", {"results": "x" * 5000})
        response = await api("tasks/")
        assert (response.code, problem(response)["code"]) == (502, "upstream_failed")


class TestSlowService:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"request_timeout": 0.1}

    async def test_a_service_that_hangs(self, service: Any, api: Any) -> None:
        service.hangs = True
        response = await api("tasks/")
        assert (response.code, problem(response)["code"]) == (503, "unavailable")
        assert "0.1 s" in problem(response)["error"]


class TestServiceDown:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return {"pipelines_url": f"http://127.0.0.1:{free.getsockname()[1]}"}

    async def test_a_service_that_does_not_listen(self, api: Any) -> None:
        response = await api("tasks/")
        assert (response.code, problem(response)["code"]) == (503, "unavailable")


class TestNotConfigured:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"pipelines_url": ""}

    @pytest.mark.parametrize("path", ["tasks/", "events/"])
    async def test_a_server_without_service(self, api: Any, path: str) -> None:
        response = await api(path)
        assert (response.code, problem(response)["code"]) == (503, "unavailable")
        assert "not set up" in problem(response)["error"]


async def test_a_service_that_breaks_off(service: Any, api: Any) -> None:
    service.answer("GET", "tasks/", b"", status=0)
    response = await api("tasks/")
    assert (response.code, problem(response)["code"]) == (503, "unavailable")


@pytest.mark.parametrize(
    ("status", "expected"), [(200, "upstream_failed"), (302, "upstream_failed"), (502, "upstream_failed")]
)
async def test_a_page_in_place_of_json(service: Any, api: Any, status: int, expected: str) -> None:
    service.answer("GET", "tasks/", b"<html>", status=status, Content_Type="text/html", Location="/hub/login")
    response = await api("tasks/", follow_redirects=False)
    assert (response.code, problem(response)["code"]) == (502, expected)


class Streams:
    """Streams of events, as kernels open them."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._headers = headers
        self._running: list[asyncio.Task[None]] = []

    async def open(self) -> Callable[[], Awaitable[Event]]:
        """Opens one; returns what waits for its next event."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        opened = asyncio.Event()
        source = EventSource(self._url, self._headers, on_open=opened.set, on_event=queue.put_nowait)
        self._running.append(asyncio.get_running_loop().create_task(source.run()))
        await asyncio.wait_for(opened.wait(), 5)
        return lambda: asyncio.wait_for(queue.get(), 5)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class TestEvents:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"keep_alive": 0.05}

    @pytest.fixture
    def streams(
        self, http_server: Any, jp_http_port: int, jp_base_url: str, jp_auth_header: Any, jp_asyncio_loop: Any
    ) -> Iterator[Streams]:
        opened = Streams(f"http://127.0.0.1:{jp_http_port}{jp_base_url}openhexa/api/events/", jp_auth_header)
        yield opened
        jp_asyncio_loop.run_until_complete(opened.close())

    async def test_two_watchers_share_one_stream_of_the_service(self, service: Any, streams: Streams) -> None:
        first = await streams.open()
        assert (await first()).type == "resync"
        second = await streams.open()
        service.send(TASK)
        assert (await first(), await second()) == (TASK, TASK)
        assert len(service.event_requests) == 1
        assert service.event_requests[0]["Authorization"] == "token server-token"

    async def test_a_cut_stream_is_resumed_behind_the_watchers_back(self, service: Any, streams: Streams) -> None:
        watcher = await streams.open()
        await watcher()
        service.send(TASK)
        await watcher()
        service.break_streams()
        await asyncio.to_thread(service.until_watched, 1)
        assert service.event_requests[1]["Last-Event-Id"] == "41"
        service.send(TASK)
        assert await watcher() == TASK

    async def test_a_refusal_of_the_service_is_an_event(self, service: Any, streams: Streams) -> None:
        body = Forbidden("Your server may not see pipelines.").body()
        service.events_refused = (403, {"Content-Type": "application/json"}, json.dumps(body).encode())
        watcher = await streams.open()
        event = await watcher()
        assert (event.type, event.data) == ("error", body)

    async def test_with_the_last_watcher_the_stream_of_the_service_ends(self, service: Any, streams: Streams) -> None:
        watcher = await streams.open()
        await watcher()
        await streams.close()
        await asyncio.to_thread(service.until_watched, 0)
