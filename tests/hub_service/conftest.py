"""A fake App, and a real JupyterHub against it. The helpers are modules beside this file."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _beside(name: str) -> ModuleType:
    """Import a helper of this folder: with importmode=importlib it is on no path."""
    full_name = f"hub_tests_{name}"
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(full_name, Path(__file__).parent / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full_name] = module
        spec.loader.exec_module(module)
    return sys.modules[full_name]


@pytest.fixture(scope="session")
def hubs() -> ModuleType:
    """The module `hub_process`: HubProcess, Browser, call."""
    return _beside("hub_process")


@pytest.fixture
async def fake_app() -> AsyncIterator[Any]:
    """An App that holds nobody yet."""
    app = _beside("fake_app").FakeApp()
    await app.start()
    yield app
    await app.stop()


@pytest.fixture(scope="module")
async def running_app() -> AsyncIterator[Any]:
    """The App of the running hub of a test module. A test that sets `fault` sets it back."""
    app = _beside("fake_app").FakeApp()
    await app.start()
    yield app
    await app.stop()


@pytest.fixture(scope="module")
def hub_options() -> dict[str, Any]:
    """What a module's hub has beside the defaults: fields of HubProcess. Override it in a module."""
    return {}


@pytest.fixture(scope="module")
async def hub(
    hubs: ModuleType, running_app: Any, tmp_path_factory: pytest.TempPathFactory, hub_options: dict[str, Any]
) -> AsyncIterator[Any]:
    """A hub that runs for a test module."""
    environment = {
        "AUTHENTICATION_URL": f"{running_app.url}/notebooks/authenticate/",
        "HEXA_SERVER_URL": running_app.url,
        "LOGOUT_REDIRECT_URL": f"{running_app.url}/login",
        "OPENHEXA_REQUEST_TIMEOUT": "2",
        **hub_options.get("environment", {}),
    }
    options = {**hub_options, "environment": environment}
    process = hubs.HubProcess(folder=tmp_path_factory.mktemp("hub"), **options)
    await process.start()
    yield process
    process.stop()
