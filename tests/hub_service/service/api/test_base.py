"""What every route has in common: one shape of error, bounded bodies, marked methods."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from openhexa_hub.service.api import callback_tokens, events, launch, pipelines, tasks
from openhexa_hub.service.api.base import methods

pytestmark = pytest.mark.anyio
HANDLERS = sorted(
    {handler for module in (launch, pipelines, tasks, events, callback_tokens) for _path, handler in module.routes},
    key=lambda handler: handler.__name__,
)


@pytest.mark.parametrize("handler", HANDLERS)
async def test_every_method_is_marked_with_its_scope(handler: Any) -> None:
    instance = handler.__new__(handler)
    understood = methods(instance)
    assert understood
    for name in understood:
        scope = getattr(handler, name.lower()).scope
        assert scope == f"custom:openhexa:pipelines:{'read' if name == 'GET' else 'launch'}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 404),
        ("GET", "api/nothing/", 404),
        ("POST", "api/nothing/", 404),
        ("DELETE", "api/tasks/", 405),
        ("PUT", "api/openhexa/pipelines/x/", 405),
        ("GET", "api/callback-tokens/", 405),
        ("PURGE", "api/tasks/", 405),
        ("GET", "api/tasks/%ff/", 400),
        ("GET", "api/tasks/?limit=%ff", 400),
        ("GET", "api/tasks/?limit=0", 400),
        ("GET", "api/tasks/?limit=1e3", 400),
        ("GET", "api/tasks/?before=" + "9" * 40, 400),
        ("GET", "api/tasks/?status=DONE", 400),
        ("GET", "api/tasks/1/logs/?from=-1", 404),
        ("GET", "api/events/?last_event_id=x", 400),
    ],
)
async def test_errors_have_one_shape(service: Any, method: str, path: str, status: int) -> None:
    answer = await service.call(method, path)
    assert answer.headers["Content-Type"] == "application/json"
    error = answer.json()
    assert set(error) == {"error", "code", "fields"}
    assert error["error"].endswith(".")
    if status == 405:
        assert "Allow" in answer.headers
    assert answer.status == status or (answer.status == 400 and "from" in error["fields"])


async def test_outside_of_the_prefix_there_is_nothing(service: Any) -> None:
    answer = await service.get(service.root + "/")
    assert answer.status == 404
    assert set(answer.json()) == {"error", "code", "fields"}


async def test_a_body_beyond_the_limit_is_refused(start: Any, app: Any) -> None:
    service = await start(body_limit=10_000)
    path = f"api/openhexa/pipelines/{app.simple.id}/launch/"
    answer = await service.call("POST", path, data=b'{"config":{"country":"' + b"x" * 10_000 + b'"}}')
    assert answer.status == 413
    assert answer.json()["code"] == "too_large"
    assert "10000 bytes" in answer.json()["error"]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_far_beyond_the_limit_is_cut_off_quietly(
    start: Any, app: Any, caplog: pytest.LogCaptureFixture, announced: bool
) -> None:
    service = await start(body_limit=10_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    path = service.url.removeprefix(service.root) + f"api/openhexa/pipelines/{app.simple.id}/launch/"
    length = "Content-Length: 5000000" if announced else "Transfer-Encoding: chunked"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n".encode())
    with contextlib.suppress(ConnectionError):
        for _ in range(500):
            writer.write(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer == b"" or b"413" in answer.splitlines()[0]
    writer.close()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert (await service.get("api/tasks/")).status == 200


async def test_our_own_faults_say_nothing_of_their_inside(service: Any, app: Any) -> None:
    async def broken(*_arguments: Any) -> Any:
        raise RuntimeError("the password is hunter-two")

    service.parts.store.page = broken
    answer = await service.get("api/tasks/")
    assert answer.status == 500
    assert answer.json()["code"] == "internal_error"
    assert b"hunter" not in answer.raw


async def test_a_trailing_slash_may_be_left_out(service: Any) -> None:
    assert (await service.get("api/tasks")).status == 200
