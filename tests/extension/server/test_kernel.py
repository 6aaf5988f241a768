"""Both sides of the pod at once: a kernel's objects, through the extension in a real jupyter_server, to the service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest

from openhexa_contract.errors import Unavailable
from openhexa_jupyter.notebook.background import Background
from openhexa_jupyter.notebook.client import Client, use_client
from openhexa_jupyter.notebook.feed import Feed
from openhexa_jupyter.notebook.pipelines import Pipelines
from openhexa_jupyter.notebook.stream import stream


@pytest.fixture
def hub_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JUPYTERHUB_API_TOKEN", "OPENHEXA_EXTENSION_URL", "OPENHEXA_EXTENSION_TOKEN"):
        monkeypatch.setenv(name, "")


@pytest.fixture
def pod(http_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kernel that found the extension by what the extension set in the environment."""
    background = Background()
    monkeypatch.setattr(Feed, "linger", 0.0)
    use_client(Client(os.environ["OPENHEXA_EXTENSION_URL"], os.environ["OPENHEXA_EXTENSION_TOKEN"], background))
    yield
    use_client(None)
    background.close()


async def test_from_list_to_result(service: Any, samples: Any, pod: None) -> None:
    detail = samples.pipeline()
    service.answer("GET", "openhexa/pipelines/", {"results": [detail]})
    service.answer("GET", f"openhexa/pipelines/{detail['id']}/", detail)
    service.answer("POST", f"openhexa/pipelines/{detail['id']}/launch/", {"task": samples.task()}, status=201)
    pipelines = Pipelines()

    def cell() -> Any:
        task = pipelines["cases-report"].launch(country="Niger")
        service.until(lambda: len(service.asked("GET", "tasks/12/")) >= 1)  # read again when events run
        service.until_watched(1)
        service.change(**samples.ended)
        return task.wait(10).result

    assert await asyncio.to_thread(cell) == samples.ended["result"]
    assert await asyncio.to_thread(lambda: not stream().running or service.until_watched(0) is None)
    assert "Idempotency-Key" in service.requests[2]["headers"]


async def test_the_service_goes_away(service: Any, pod: None) -> None:
    service.answer("GET", "openhexa/pipelines/", b"", status=0)
    with pytest.raises(Unavailable, match="pipelines service cannot be reached"):
        await asyncio.to_thread(lambda: list(Pipelines()))
