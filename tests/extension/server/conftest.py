from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse
from traitlets.config import Config

Fetch = Callable[..., Awaitable[HTTPResponse]]


@pytest.fixture
def hub_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hub sets in a server's environment; what the extension adds to it is undone."""
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "server-token")
    monkeypatch.setenv("OPENHEXA_EXTENSION_URL", "")
    monkeypatch.setenv("OPENHEXA_EXTENSION_TOKEN", "")


@pytest.fixture
def settings() -> dict[str, Any]:
    """Settings of the extension that a test changes before the server starts."""
    return {}


@pytest.fixture
def jp_server_config(service: Any, hub_environment: None, settings: dict[str, Any]) -> Config:
    extension = {"pipelines_url": f"http://127.0.0.1:{service.port}/services/pipelines", **settings}
    return Config({"ServerApp": {"jpserver_extensions": {"openhexa_jupyter": True}}, "OpenHexaExtension": extension})


@pytest.fixture
def api(jp_fetch: Fetch) -> Fetch:
    """Requests to the extension; answers of every status are returned."""

    async def fetch(path: str, **kwargs: Any) -> HTTPResponse:
        return await jp_fetch("openhexa", "api", path, raise_error=False, **kwargs)

    return fetch
