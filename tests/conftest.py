"""Shared by all tests. Async tests carry `pytest.mark.anyio`; only those that use `jp_fetch` run on pytest-jupyter's loop."""

from __future__ import annotations

import anyio.pytest_plugin
import pytest

pytest_plugins = ["pytest_jupyter.jupyter_server"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """pytest-jupyter would run every coroutine on its own loop, away from anyio's async fixtures."""
    return anyio.pytest_plugin.pytest_pyfunc_call(pyfuncitem)
