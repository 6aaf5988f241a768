"""A real JupyterHub below a path, with real single-user servers; logins that end; settings that are missing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.hub]

FATOU = "fatou@example.org"


@pytest.fixture(scope="module")
def hub_options() -> dict[str, Any]:
    return {
        "base_url": "/jupyter/",
        "server": ["jupyterhub-singleuser", *(["--allow-root"] if os.geteuid() == 0 else [])],
        "traits": {"OpenHexaAuthenticator": {"auth_refresh_age": 1}},
    }


async def test_the_app_may_frame_jupyterlab_and_nobody_else(hub: Any, hubs: Any, running_app: Any) -> None:
    running_app.workspaces["coastal--clinics"] = {FATOU}
    browser = hubs.Browser(hub, running_app.log_in(FATOU))
    _, answer = await browser.follow(f"/hub/spawn/{FATOU}/coastal--clinics", until="spawn-pending")
    assert answer.status == 302, answer.text
    url = f"/user/{FATOU}/coastal--clinics/lab"
    for _ in range(150):
        _, answer = await browser.follow(url)
        if answer.status == 200 and "jupyter-config-data" in answer.text:
            break
        await asyncio.sleep(0.2)
    assert "jupyter-config-data" in answer.text, hub.log[-3000:]
    assert answer.headers["Content-Security-Policy"] == f"frame-ancestors {running_app.url}"


async def test_the_hook_knows_the_base_url(hub: Any, hubs: Any, running_app: Any) -> None:
    browser = hubs.Browser(hub, running_app.log_in(FATOU))
    url, answer = await browser.follow("/hub/login?next=%2Fjupyter%2Fhub%2Fhome")
    assert (urlsplit(url).path, answer.status) == ("/jupyter/hub/home", 200)


async def test_a_session_that_ended_in_the_app_ends_the_login_and_an_outage_keeps_it(
    hub: Any, hubs: Any, running_app: Any
) -> None:
    browser = hubs.Browser(hub, running_app.log_in("leaver@example.org"))
    await browser.follow("/hub/home")
    asked = len(running_app.calls("/notebooks/authenticate/"))

    async def once_the_app_was_asked_again() -> Any:
        for _ in range(60):
            answer = await browser.get("/hub/home")
            if len(running_app.calls("/notebooks/authenticate/")) > asked:
                return answer
            await asyncio.sleep(0.1)
        raise AssertionError("the session is never checked")

    running_app.fault = "error"
    try:
        answer = await once_the_app_was_asked_again()
    finally:
        running_app.fault = None
    assert answer.status == 200
    del running_app.sessions[browser.cookies["sessionid", "/"]]
    asked = len(running_app.calls("/notebooks/authenticate/"))
    answer = await once_the_app_was_asked_again()
    assert answer.status == 302
    assert "/jupyter/hub/login" in answer.location


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        (
            {"AUTHENTICATION_URL": ""},
            "c.OpenHexa.authentication_url (environment variable AUTHENTICATION_URL) is not set",
        ),
        ({"JUPYTERHUB_CRYPT_KEY": ""}, "JUPYTERHUB_CRYPT_KEY is not set"),
    ],
)
def test_a_missing_setting_stops_the_hub_and_is_named(
    hubs: Any, tmp_path: Path, environment: dict[str, str], named: str
) -> None:
    hub = hubs.HubProcess(
        folder=tmp_path,
        environment={"AUTHENTICATION_URL": "http://127.0.0.1:9/notebooks/authenticate/", **environment},
    )
    said = hub.run_to_its_end()
    assert named in said
    assert "Example:" in said
    assert "Traceback" not in said
