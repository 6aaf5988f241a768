"""The demo as `make demo` starts it, and a real Chromium to look at it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from openhexa_devapp.demo.processes import marked

RESULTS = Path("test-results")


@dataclass
class RunningDemo:
    """A demo process, and what it has printed."""

    data: Path
    app_port: int
    hub_port: int
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.app_port}"

    @property
    def output(self) -> str:
        return (self.data.parent / "demo.out").read_text(errors="replace")

    def command(self) -> list[str]:
        ports = ["--port", str(self.app_port), "--hub-port", str(self.hub_port)]
        return [sys.executable, "-m", "openhexa_devapp.demo.main", "--data", str(self.data), *ports]

    def start(self, poll: Callable[..., None]) -> None:
        with (self.data.parent / "demo.out").open("wb") as output:
            self.process = subprocess.Popen(
                self.command(), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        poll(lambda: "is ready" in self.output or self.process.poll() is not None, seconds=120)
        assert self.process.poll() is None, self.output

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=40)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_ports() -> Callable[[], tuple[int, int]]:
    return lambda: (free_port(), free_port())


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, poll: Callable[..., None]) -> Iterator[RunningDemo]:
    """One demo for the whole session; ending it must leave no process behind."""
    running = RunningDemo(tmp_path_factory.mktemp("demo") / "data", free_port(), free_port())
    running.data.mkdir()
    running.start(poll)
    yield running
    if running.process.poll() is None:
        running.stop()
    left = [process.cmdline() for process in marked(running.data.resolve())]
    RESULTS.mkdir(exist_ok=True)
    shutil.copytree(running.data / "logs", RESULTS / "logs", dirs_exist_ok=True)
    assert left == [], running.output


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh browser profile; a picture of the page is kept when the test fails."""
    context = browser.new_context(viewport={"width": 1360, "height": 860}, device_scale_factor=1)
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    if getattr(request.node, "failed", False):
        RESULTS.mkdir(exist_ok=True)
        opened.screenshot(path=RESULTS / f"{request.node.name}.png")
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        item.failed = True
    return report


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Take a picture for README and docs where `--pictures DIR` asks for them (`make pictures`)."""
    folder = request.config.getoption("--pictures")

    def take(shown: Page, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            shown.screenshot(path=Path(folder, f"{name}.png"))

    return take


class Notebook:
    """JupyterLab inside the App's page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frame: FrameLocator = page.frame_locator("iframe")

    def cell(self, number: int) -> Locator:
        """A code cell by its position among the code cells, from 0."""
        return self.frame.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def wait_until_ready(self) -> None:
        expect(self.cell(0)).to_be_visible(timeout=120_000)
        expect(self.frame.get_by_text("| Idle")).to_be_visible(timeout=60_000)

    def run(self, number: int) -> Locator:
        """Run a cell and return its output area."""
        cell = self.cell(number)
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        return cell.locator(".jp-Cell-outputArea")

    def run_code(self, source: str) -> Locator:
        """Type a new cell at the end of the notebook, run it and return its output area."""
        cells = self.frame.locator(".jp-Notebook .jp-CodeCell")
        before = cells.count()
        self.frame.locator(".jp-Notebook-footer").click()
        expect(cells).to_have_count(before + 1)
        last = cells.nth(before)
        last.locator(".cm-content").click()
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Shift+Enter")
        return last.locator(".jp-Cell-outputArea")


@pytest.fixture
def log_in(demo: RunningDemo) -> Callable[..., None]:
    def log_in(page: Page, email: str, password: str = "openhexa") -> None:
        page.goto(demo.url)
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()

    return log_in


@pytest.fixture
def open_notebook(log_in: Callable[..., None]) -> Callable[..., Notebook]:
    """Log in and open the workspace's notebook, as a person does."""

    def open_notebook(page: Page, email: str, workspace: str = "Sahel programme") -> Notebook:
        log_in(page, email)
        page.get_by_role("link", name=workspace).first.click()
        notebook = Notebook(page)
        notebook.wait_until_ready()
        return notebook

    return open_notebook
