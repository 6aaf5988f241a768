"""Shared by all tests. Async tests carry `pytest.mark.anyio`; only those that use `jp_fetch` run on pytest-jupyter's
loop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import anyio.pytest_plugin
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", help="folder into which the browser tests put the pictures of README and docs")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """pytest-jupyter would run every coroutine on its own loop, away from anyio's async fixtures."""
    return anyio.pytest_plugin.pytest_pyfunc_call(pyfuncitem)


@pytest.fixture(scope="session")
def poll() -> Callable[..., None]:
    """Wait, on real processes only, until a check is true: `poll(check, seconds=10)`."""

    def wait(check: Callable[[], object], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < deadline, f"not true within {seconds} s: {check}"
            threading.Event().wait(0.02)

    return wait
