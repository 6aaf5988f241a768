from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from openhexa_hub.service.main import make_health_application

pytestmark = pytest.mark.anyio


async def test_health_and_readiness(service: Any) -> None:
    socket, port = bind_unused_port()
    server = HTTPServer(make_health_application(service.parts))
    server.add_socket(socket)
    url = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession() as http:
        async with http.get(url + "/health") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "alive"})
        async with http.get(url + "/health/ready") as answer:
            assert (answer.status, (await answer.json())["status"]) == (200, "ready")
        await service.stop()
        async with http.get(url + "/health/ready") as answer:
            assert answer.status == 503
            assert (await answer.json())["reasons"]
        async with http.get(url + "/other") as answer:
            assert answer.status == 404
    server.stop()
    await server.close_all_connections()
