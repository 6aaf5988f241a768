"""Shared by all tests. Async tests carry `pytest.mark.anyio`; only those that use `jp_fetch` run on pytest-jupyter's
loop.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator

import anyio.pytest_plugin
import pytest
from playwright.sync_api import Browser, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
AUTOMATIC = {"jp_asyncio_loop", "jp_server_cleanup"}


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Not for the whole session: while Playwright is there, the main thread has a running loop."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=BROWSER_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def jp_asyncio_loop(request: pytest.FixtureRequest) -> object:
    """pytest-jupyter's, for the tests that use it; by itself it makes a loop for every test."""
    return request.getfixturevalue("jp_asyncio_loop") if uses_pytest_jupyter(request) else None


@pytest.fixture(autouse=True)
def jp_server_cleanup(request: pytest.FixtureRequest) -> object:
    """pytest-jupyter's, likewise; by itself it makes a jupyter_server after every test."""
    return request.getfixturevalue("jp_server_cleanup") if uses_pytest_jupyter(request) else None


def uses_pytest_jupyter(request: pytest.FixtureRequest) -> bool:
    return any(name.startswith("jp_") for name in request.fixturenames if name not in AUTOMATIC)
