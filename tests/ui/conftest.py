"""The built ES module in a real Chromium, on a static page: forms answered by the real contract, as in a kernel."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

import openhexa_ui
from openhexa_contract.errors import InvalidInput
from openhexa_contract.forms import Form
from openhexa_contract.parameters import parse_parameters
from openhexa_ui.labels import form_labels, list_labels, task_labels
from openhexa_ui.states import form_state

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>ui</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/theme.css">
</head>
<body>
<main class="openhexa-root"><div id="place"></div></main>
<script type="module" src="/page.js"></script>
</body>
</html>
"""
SCRIPT = """
import widget, { drawForm, drawList, drawTask } from "/openhexa-ui.js";
Object.assign(window, { widget, drawForm, drawList, drawTask, sent: [], place: document.getElementById("place") });
window.keep = (message) => window.sent.push(message);
"""


class Handler(BaseHTTPRequestHandler):
    """The page, the module, and a theme of JupyterLab where one is asked for."""

    def __init__(self, *args: Any, theme: Callable[[], str], **kwargs: Any) -> None:
        self.theme = theme
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        texts = {
            "/": ("text/html", lambda: PAGE),
            "/page.js": ("text/javascript", lambda: SCRIPT),
            "/openhexa-ui.js": ("text/javascript", lambda: openhexa_ui.module_path().read_text()),
            "/theme.css": ("text/css", self.theme),
        }
        kind, text = texts.get(self.path, ("text/plain", lambda: ""))
        content = text().encode()
        self.send_response(200 if self.path in texts else 404)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        pass


class Site:
    """Where the page is, and which theme of JupyterLab it has ("light", "dark" or none)."""

    def __init__(self) -> None:
        self.theme: str | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, theme=self._theme))
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def _theme(self) -> str:
        if self.theme is None:
            return "body { margin: 16px; }"
        folder = Path(sys.prefix, f"share/jupyter/lab/themes/@jupyterlab/theme-{self.theme}-extension")
        return (folder / "index.css").read_text() + "body { margin: 16px; background: var(--jp-layout-color0); }"


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


class Visited(NamedTuple):
    """A page that tests visit one after the other, what it complained of, and who answers its forms."""

    page: Page
    problems: list[str]
    answers: list[Callable[[dict[str, Any]], dict[str, Any]]]


@pytest.fixture(scope="module")
def visited(browser: Browser) -> Iterator[Visited]:
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    visited = Visited(context.new_page(), [], [])
    page = visited.page
    page.set_default_timeout(5000)
    page.expose_function("hear", lambda message: visited.answers[-1](message))
    page.on("pageerror", lambda error: visited.problems.append(str(error)))
    page.on("console", lambda message: visited.problems.append(message.text) if message.type == "error" else None)
    yield visited
    context.close()


@pytest.fixture
def page(visited: Visited, site: Site) -> Iterator[Page]:
    """A fresh page, whose errors, and everything that its policy forbids, fail the test."""
    site.theme = None
    visited.problems.clear()
    visited.page.goto(site.url)
    visited.page.wait_for_function("window.place")
    yield visited.page
    assert visited.problems == []


class LiveForm:
    """A form in the page, answered by the contract's Form as a kernel would."""

    def __init__(
        self, visited: Visited, parameters: list[dict[str, Any]], values: dict[str, Any] | None = None
    ) -> None:
        self.page = page = visited.page
        visited.answers.append(self.hear)
        self.parameters = parse_parameters(parameters)
        self.form = Form(self.parameters, values)
        self.untouched = Form(self.parameters).state()
        self.heard: list[dict[str, Any]] = []
        self.attempts = 0
        self.message: str | None = None
        self.launching = False
        page.evaluate(
            """(state) => {
                window.delay = 0;
                window.drawing = drawForm(place, async (message) => {
                    const answer = await hear(message);
                    await new Promise((done) => setTimeout(done, window.delay));
                    drawing.update(answer);
                });
                drawing.update(state);
            }""",
            self.state(),
        )

    def hear(self, message: dict[str, Any]) -> dict[str, Any]:
        self.heard.append(message)
        if message["type"] == "typed":
            self.form.type(message["code"], message["typed"])
        elif message["type"] == "reset":
            self.form.reset(message["code"])
        elif message["type"] == "launch":
            self.launching = True
        return self.state()

    def state(self) -> dict[str, Any]:
        state = {
            "title": "Country indicators",
            "subtitle": "country-indicators · version v3",
            "description": "Life expectancy, population and income by country and year.",
            "form": form_state(self.form, self.parameters, self.untouched),
            "launching": self.launching,
            "attempts": self.attempts,
            "heard": len(self.heard),
            "message": self.message,
            "labels": form_labels(),
        }
        assert json.loads(json.dumps(state)) == state
        return state

    def update(self) -> None:
        self.page.evaluate("(state) => drawing.update(state)", self.state())

    def launches(self) -> int:
        return sum(message["type"] == "launch" for message in self.heard)

    def fail(self, error: InvalidInput) -> None:
        """The launch is refused."""
        self.form.fail(error.fields)
        self.message = error.message
        self.launching = False
        self.attempts += 1
        self.update()


@pytest.fixture
def live_form(visited: Visited, page: Page) -> Callable[..., LiveForm]:
    return partial(LiveForm, visited)


@pytest.fixture
def labels() -> dict[str, dict[str, str]]:
    return {"form": form_labels(), "task": task_labels(), "list": list_labels()}
