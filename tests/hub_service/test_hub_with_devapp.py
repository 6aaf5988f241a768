"""A real JupyterHub, with the pipelines service beside it, against the stand-in App: the App's own calls to the hub."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from cryptography.fernet import Fernet

pytestmark = [pytest.mark.anyio, pytest.mark.hub]

JANE = "Jane.O'Neil+Test@example.org"
LAUNCH = """mutation L($input: LaunchNotebookServerInput!) {
  launchNotebookServer(input: $input) { success errors server { name url ready } } }"""
LOGIN = "mutation L($input: LoginInput!) { login(input: $input) { success errors } }"


class App:
    """The stand-in App as one browser sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies: dict[str, str] = {}

    async def graphql(self, query: str, variables: dict[str, Any]) -> Any:
        async with (
            self._http() as http,
            http.post(f"{self.url}/graphql/", json={"query": query, "variables": variables}) as answer,
        ):
            self._keep(answer)
            return (await answer.json())["data"]

    async def log_out(self) -> int:
        form = {"csrfmiddlewaretoken": self.cookies["csrftoken"]}
        async with (
            self._http() as http,
            http.post(f"{self.url}/auth/logout/", data=form, allow_redirects=False) as answer,
        ):
            return answer.status

    def _http(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(cookies=self.cookies, cookie_jar=aiohttp.CookieJar(unsafe=True))

    def _keep(self, answer: aiohttp.ClientResponse) -> None:
        self.cookies.update({name: morsel.value for name, morsel in answer.cookies.items()})


@pytest.fixture(scope="module")
async def world(
    hubs: ModuleType, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[tuple[str, Any]]:
    """Start both; each knows the other's address."""
    folder, port = tmp_path_factory.mktemp("hub"), hubs.free_port()
    url = f"http://127.0.0.1:{port}"
    service = f"http://127.0.0.1:{hubs.free_port()}/services/pipelines"
    environment = {
        "OPENHEXA_APP_URL": url,
        "OPENHEXA_PIPELINES_SERVICE": "managed",
        "OPENHEXA_PIPELINES_URL": service,
        "OPENHEXA_SERVICE_KEY": Fernet.generate_key().decode(),
        "OPENHEXA_DATABASE_URL": f"sqlite:///{folder}/service.sqlite",
        "OPENHEXA_PUBLIC_URL": service,
    }
    hub = hubs.HubProcess(folder=folder, environment=environment)
    await hub.start()
    command = [sys.executable, "-m", "openhexa_devapp", "--port", str(port), "--data", str(folder / "app")]
    app = subprocess.Popen(  # noqa: ASYNC220
        [*command, "--no-samples", "--no-database"],
        env={
            **os.environ,
            "NOTEBOOKS_URL": hub.url,
            "NOTEBOOKS_HUB_URL": f"{hub.url}/hub",
            "HUB_API_TOKEN": hub.api_token,
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        await until_it_listens(url)
        yield url, hub
    finally:
        hub.stop()
        app.terminate()
        app.wait(10)


async def until_it_listens(url: str) -> None:
    for _ in range(200):
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{url}/login") as answer:
                assert answer.status == 200
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    raise AssertionError("the stand-in App does not start")


@pytest.fixture
async def jane(world: tuple[str, Any]) -> App:
    app = App(world[0])
    data = await app.graphql(LOGIN, {"input": {"email": JANE, "password": "openhexa"}})
    assert data["login"]["success"]
    return app


async def test_the_app_starts_a_server_the_person_opens_it_and_it_reaches_the_pipelines_service(
    world: tuple[str, Any], jane: App, hubs: ModuleType
) -> None:
    url, hub = world
    for _ in range(100):
        launched = (await jane.graphql(LAUNCH, {"input": {"workspaceSlug": "sahel-programme"}}))["launchNotebookServer"]
        assert launched["success"], launched
        if launched["server"]["ready"]:
            break
        await asyncio.sleep(0.1)
    assert launched["server"]["name"] == "sahel-programme"
    browser = hubs.Browser(hub)
    browser.cookies = {(name, "/"): value for name, value in jane.cookies.items()}
    seen = (await browser.get(launched["server"]["url"])).json()
    assert jane.cookies["sessionid"] not in str(seen["headers"])
    env = seen["env"]
    assert (env["HEXA_WORKSPACE"], env["HEXA_SERVER_URL"]) == ("sahel-programme", url)
    headers = {"Authorization": f"token {env['JUPYTERHUB_API_TOKEN']}"}
    address = f"{env['OPENHEXA_PIPELINES_URL']}/api/openhexa/pipelines/"
    for _ in range(100):
        try:
            async with aiohttp.ClientSession() as http, http.get(address, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
                assert "results" in await answer.json()
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    raise AssertionError("the pipelines service does not start")


async def test_the_services_key_is_in_no_database(world: tuple[str, Any], jane: App) -> None:
    _, hub = world
    key = hub.environment["OPENHEXA_SERVICE_KEY"].encode()
    databases = [file for file in hub.folder.iterdir() if "sqlite" in file.name]
    assert hub.folder / "hub.sqlite" in databases
    assert not [file for file in databases if key in file.read_bytes()]


async def test_the_apps_logout_ends_the_hubs_login_and_stops_the_servers(
    world: tuple[str, Any], jane: App, hubs: ModuleType
) -> None:
    _, hub = world
    browser = hubs.Browser(hub, jane.cookies["sessionid"])
    _, home = await browser.follow("/hub/home")
    assert home.status == 200
    assert await jane.log_out() == 302
    assert (await browser.get("/hub/home")).status == 302
    model = (await hubs.call(hub, "GET", f"/users/{quote(JANE)}", hub.api_token)).json()
    assert model["servers"] == {}
