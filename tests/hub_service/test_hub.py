"""A real JupyterHub with the real node proxy: login, servers, what reaches them, credentials, logout."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import pytest
from aiohttp import web

pytestmark = [pytest.mark.anyio, pytest.mark.hub]

JANE = "Jane.O'Neil+Test@example.org"
AISSATA = "aissata@example.org"
IBRAHIM = "ibrahim@example.org"
LONG = "7-" + "a" * 20 + "--" + "b" * 37 + "-9"
SERVICE_TOKEN = secrets.token_hex(16)


@pytest.fixture(scope="module")
async def echo_service() -> AsyncIterator[str]:
    """Stands where the pipelines service would: tells the headers that it receives."""

    async def tell(request: web.Request) -> web.Response:
        return web.json_response({"headers": dict(request.headers)})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", tell)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture(scope="module")
def hub_options(echo_service: str) -> dict[str, Any]:
    return {
        "environment": {
            "OPENHEXA_PIPELINES_SERVICE": "external",
            "OPENHEXA_PIPELINES_URL": f"{echo_service}/services/pipelines",
        },
        "service_token": SERVICE_TOKEN,
        "traits": {
            "Spawner": {"consecutive_failure_limit": 2},
            "JupyterHub": {"services": [{"name": "pipelines", "url": echo_service, "api_token": SERVICE_TOKEN}]},
        },
    }


@pytest.fixture(scope="module")
def world(running_app: Any) -> Any:
    running_app.workspaces = {"sahel-programme": {AISSATA, JANE}, LONG: {JANE}, "9": {JANE}, "other": set()}
    return running_app


@pytest.fixture
def visit(hub: Any, hubs: Any, world: Any) -> Any:
    """Open the hub as a person of the App: `visit(email)` returns a browser that holds a session of the App."""
    return lambda email: hubs.Browser(hub, world.log_in(email))


async def until_ready(hub: Any, hubs: Any, email: str, server: str, seconds: float = 20) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        model = (await hubs.call(hub, "GET", f"/users/{quote(email)}", hub.api_token)).json()
        if model["servers"].get(server, {}).get("ready"):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{server} of {email} is not ready: {hub.log[-3000:]}")


async def seen_by_server(browser: Any, email: str, server: str = "", path: str = "") -> dict[str, Any]:
    answer = await browser.get(f"/user/{quote(email)}/{server + '/' if server else ''}{path}")
    assert answer.status == 200, answer.text
    return answer.json()


async def start(hub: Any, hubs: Any, browser: Any, email: str, server: str) -> None:
    """Start a server as a person does: by its spawn page."""
    _, answer = await browser.follow(f"/hub/spawn/{quote(email)}/{server}".rstrip("/"), until="spawn-pending")
    assert answer.status == 302, answer.text
    await until_ready(hub, hubs, email, server)


async def test_a_session_of_the_app_is_the_login(visit: Any) -> None:
    browser = visit(AISSATA)
    url, answer = await browser.follow("/hub/login?next=%2Fhub%2Fhome")
    assert (urlsplit(url).path, answer.status) == ("/hub/home", 200)
    assert AISSATA in answer.text


async def test_without_a_session_the_person_is_sent_to_the_apps_login_and_can_come_back(
    hub: Any, hubs: Any, world: Any
) -> None:
    answer = await hubs.Browser(hub).get("/hub/login?next=%2Fhub%2Fhome")
    assert answer.status == 302
    target = urlsplit(answer.location)
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{world.url}/login"
    back = parse_qs(target.query)["next"][0]
    assert back.startswith(f"{hub.url}/hub/login?")
    browser = hubs.Browser(hub, world.log_in(AISSATA))
    url, answer = await browser.follow(back)
    assert (urlsplit(url).path, answer.status) == ("/hub/home", 200)


async def test_a_dead_session_is_sent_to_the_apps_login(hub: Any, hubs: Any, world: Any) -> None:
    answer = await hubs.Browser(hub, "0" * 32).get("/hub/login")
    assert answer.status == 302
    assert answer.location.startswith(f"{world.url}/login?next=")


async def test_coming_back_without_a_session_ends_in_a_page_not_in_circles(hub: Any, hubs: Any) -> None:
    answer = await hubs.Browser(hub, "0" * 32).get("/hub/login?from_openhexa=1")
    assert answer.status == 403
    assert "allow cookies for this site" in answer.text


async def test_an_app_that_is_down_is_a_page_with_a_retry_never_a_login(hub: Any, visit: Any, world: Any) -> None:
    browser = visit(AISSATA)
    world.fault = "slow_headers"
    try:
        answer = await browser.get("/hub/login?next=%2Fhub%2Fhome")
    finally:
        world.fault = None
    assert answer.status == 503
    assert "OpenHEXA did not answer in time" in answer.text
    assert 'href="/hub/login?next=/hub/home"' in answer.text
    assert not [name for name, _ in browser.cookies if name.startswith("jupyterhub-hub-login")]


async def test_the_next_of_another_site_is_not_followed(visit: Any) -> None:
    answer = await visit(AISSATA).get("/hub/login?next=https%3A%2F%2Fevil.example%2F")
    assert answer.status == 302
    assert "evil" not in answer.location


@pytest.mark.parametrize("server", ["", LONG, "9"])
async def test_a_mixed_case_person_starts_and_opens_servers_named_by_raw_slugs(
    hub: Any, hubs: Any, visit: Any, world: Any, server: str
) -> None:
    browser = visit(JANE)
    await start(hub, hubs, browser, JANE, server)
    seen = await seen_by_server(browser, JANE, server)
    env = seen["env"]
    assert env["HEXA_SERVER_URL"] == world.url
    assert env["OPENHEXA_PIPELINES_URL"].endswith("/services/pipelines")
    assert env["JUPYTERHUB_USER"] == JANE
    if server:
        assert env["HEXA_WORKSPACE"] == server
        assert env["HEXA_TOKEN"] == f"token-of-{JANE}-in-{server}"
        assert env["ODD"] == 'a{b}"c\nd'
    else:
        assert env["GIT_EXTENSION_ENABLED"] == "false"
        assert "HEXA_WORKSPACE" not in env
    assert any(f"frame-ancestors {world.url}" in argument for argument in seen["argv"])


async def test_no_server_and_no_service_ever_sees_the_apps_cookies(hub: Any, hubs: Any, visit: Any) -> None:
    browser = visit(JANE)
    await until_ready(hub, hubs, JANE, LONG)
    browser.cookies["other", "/"] = '"a b"'
    browser.cookies["__Host-x", "/"] = "1"
    for seen in (
        await seen_by_server(browser, JANE, LONG),
        await seen_by_server(browser, JANE, LONG, "hub/"),
        (await browser.get("/services/pipelines/api/")).json(),
        await by_websocket(browser, f"/user/{quote(JANE)}/{LONG}/socket"),
    ):
        cookies = seen["headers"]["Cookie"]
        assert "sessionid" not in cookies
        assert "csrftoken" not in cookies
        assert 'other="a b"' in cookies
        assert "__Host-x=1" in cookies
        assert browser.cookies["sessionid", "/"] not in json.dumps(seen)


async def by_websocket(browser: Any, path: str) -> dict[str, Any]:
    headers = {"Cookie": browser.cookie_header(path)}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.ws_connect(browser.hub.url + path, headers=headers) as socket,
    ):
        return json.loads(await socket.receive_str(timeout=5))


@pytest.mark.parametrize(
    ("server", "status", "sentence"),
    [
        ("sahel-programme", 403, "viewers and people who are not its members cannot"),
        ("nowhere", 403, "OpenHEXA knows no workspace “nowhere”"),
    ],
)
async def test_a_refused_start_says_why_on_the_page_and_in_the_answer(
    hub: Any, hubs: Any, visit: Any, server: str, status: int, sentence: str
) -> None:
    browser = visit(IBRAHIM)
    _, answer = await browser.follow(f"/hub/spawn/{IBRAHIM}/{server}")
    assert answer.status == status
    assert sentence in answer.text
    _, pending = await browser.follow(f"/hub/spawn-pending/{IBRAHIM}/{server}")
    assert sentence in pending.text
    by_api = await hubs.call(hub, "POST", f"/users/{IBRAHIM}/servers/{server}", hub.api_token)
    assert by_api.status == status
    assert sentence in by_api.json()["message"]
    model = (await hubs.call(hub, "GET", f"/users/{IBRAHIM}", hub.api_token)).json()
    assert model["servers"] == {}


async def test_an_app_that_is_down_refuses_a_start_with_its_own_sentence(
    hub: Any, hubs: Any, visit: Any, world: Any
) -> None:
    browser = visit(AISSATA)
    await browser.follow("/hub/home")
    world.fault = "error"
    try:
        answer = await hubs.call(hub, "POST", f"/users/{AISSATA}/servers/sahel-programme", hub.api_token)
    finally:
        world.fault = None
    assert answer.status == 503
    assert "OpenHEXA has a problem of its own" in answer.json()["message"]


async def test_the_apps_own_calls_create_a_person_and_start_a_server_with_forwarded_cookies(
    hub: Any, hubs: Any, world: Any
) -> None:
    world.workspaces["coastal-clinics"] = {"fatou@example.org"}
    path = "/users/fatou@example.org"
    assert (await hubs.call(hub, "GET", path, hub.api_token)).status == 404
    assert (await hubs.call(hub, "POST", path, hub.api_token)).status == 201
    cookies = {"Cookie": f"sessionid={world.log_in('fatou@example.org')}; csrftoken={'d' * 32}"}
    started = await hubs.call(
        hub, "POST", f"{path}/servers/coastal-clinics", hub.api_token, headers=cookies, json={"profile": "small"}
    )
    assert started.status in {201, 202}
    await until_ready(hub, hubs, "fatou@example.org", "coastal-clinics")


async def test_the_cookies_of_another_person_start_nothing(hub: Any, hubs: Any, world: Any) -> None:
    path = "/users/newcomer@example.org"
    assert (await hubs.call(hub, "POST", path, hub.api_token)).status == 201
    cookies = {"Cookie": f"sessionid={world.log_in(AISSATA)}; csrftoken={'d' * 32}"}
    answer = await hubs.call(hub, "POST", f"{path}/servers/sahel-programme", hub.api_token, headers=cookies)
    assert answer.status == 403
    assert "must open the notebooks from OpenHEXA once" in answer.json()["message"]
    malformed = {"Cookie": "sessionid; csrftoken"}
    answer = await hubs.call(hub, "POST", f"{path}/servers/sahel-programme", hub.api_token, headers=malformed)
    assert answer.status == 403


async def test_a_running_server_gets_fresh_credentials_of_its_own_workspace_only(
    hub: Any, hubs: Any, visit: Any
) -> None:
    await until_ready(hub, hubs, JANE, LONG)
    token = (await seen_by_server(visit(JANE), JANE, LONG))["env"]["JUPYTERHUB_API_TOKEN"]
    answer = await hubs.call(hub, "POST", "/openhexa/credentials", token, json={})
    assert answer.status == 200, answer.text
    assert answer.json()["workspace"] == LONG
    assert answer.json()["env"]["HEXA_TOKEN"] == f"token-of-{JANE}-in-{LONG}"
    assert answer.json()["expires_at"] is None
    scopes = (await hubs.call(hub, "GET", "/user", token)).json()["scopes"]
    assert [scope for scope in scopes if scope.startswith("custom:openhexa:credentials")] == [
        f"custom:openhexa:credentials!server={JANE}/{LONG}"
    ]
    assert {"custom:openhexa:pipelines:read", "custom:openhexa:pipelines:launch"} <= set(scopes)
    assert "access:services!service=pipelines" in scopes
    stranger = {"user": AISSATA, "workspace": "sahel-programme", "reason": "test"}
    refused = await hubs.call(hub, "POST", "/openhexa/credentials", token, json=stranger)
    assert refused.status == 403
    assert set(refused.json()) == {"error", "code", "fields"}


async def test_the_service_gets_a_members_token_and_a_viewers_session(hub: Any, hubs: Any, visit: Any) -> None:
    viewer = visit(IBRAHIM)
    for browser in (visit(AISSATA), viewer):
        await browser.follow("/hub/home")
    asked = {"workspace": "sahel-programme", "reason": "launch of cases-report"}
    member = await hubs.call(hub, "POST", "/openhexa/credentials", SERVICE_TOKEN, json={"user": AISSATA, **asked})
    assert member.json() == {"headers": {"Authorization": f"Bearer token-of-{AISSATA}-in-sahel-programme"}}
    seen = await hubs.call(hub, "POST", "/openhexa/credentials", SERVICE_TOKEN, json={"user": IBRAHIM, **asked})
    session = viewer.cookies["sessionid", "/"]
    assert seen.json()["headers"]["Cookie"].startswith(f"sessionid={session}")
    assert "caller='pipelines' reason='launch of cases-report'" in hub.log
    assert session not in hub.log


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"user": "nobody@example.org", "workspace": "sahel-programme", "reason": "x"}, 404, "not_found"),
        ({"user": AISSATA, "workspace": "nowhere", "reason": "x"}, 404, "not_found"),
        ({"user": AISSATA, "workspace": "sahel-programme"}, 400, "invalid_input"),
        ({"user": AISSATA, "workspace": "sahel-programme", "reason": "x", "more": 1}, 400, "invalid_input"),
        ([], 400, "invalid_input"),
        ({}, 403, "forbidden"),
    ],
)
async def test_wrong_questions_of_the_service_are_refused(
    hub: Any, hubs: Any, visit: Any, body: Any, status: int, code: str
) -> None:
    await visit(AISSATA).follow("/hub/home")
    answer = await hubs.call(hub, "POST", "/openhexa/credentials", SERVICE_TOKEN, json=body)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"error", "code", "fields"}


async def test_credentials_are_given_to_tokens_only(hub: Any, hubs: Any, visit: Any) -> None:
    browser = visit(AISSATA)
    await browser.follow("/hub/home")
    headers = {"Cookie": browser.cookie_header("/hub/")}
    for token in ("", "wrong"):
        answer = await hubs.call(hub, "POST", "/openhexa/credentials", token, json={}, headers=headers)
        assert (answer.status, answer.json()["code"]) == (403, "forbidden")
    answer = await hubs.call(hub, "GET", "/openhexa/credentials", SERVICE_TOKEN)
    assert (answer.status, answer.json()["code"]) == (405, "not_allowed")


async def test_a_person_whose_session_ended_has_no_credentials(hub: Any, hubs: Any, world: Any) -> None:
    browser = hubs.Browser(hub, world.log_in("gone@example.org"))
    await browser.follow("/hub/home")
    del world.sessions[browser.cookies["sessionid", "/"]]
    asked = {"user": "gone@example.org", "workspace": "sahel-programme", "reason": "test"}
    answer = await hubs.call(hub, "POST", "/openhexa/credentials", SERVICE_TOKEN, json=asked)
    assert (answer.status, answer.json()["code"]) == (401, "not_authenticated")


async def test_the_stored_session_is_not_readable_by_the_apps_own_token(hub: Any, hubs: Any, visit: Any) -> None:
    browser = visit(AISSATA)
    await browser.follow("/hub/home")
    model = await hubs.call(hub, "GET", f"/users/{AISSATA}", hub.api_token)
    assert "openhexa_session" in model.text
    assert browser.cookies["sessionid", "/"] not in model.text


async def test_only_the_app_may_frame_the_hubs_pages(visit: Any, world: Any) -> None:
    answer = await visit(AISSATA).get("/hub/login")
    assert answer.headers["Content-Security-Policy"] == f"frame-ancestors {world.url}"


async def test_the_apps_logout_ends_every_login_and_stops_servers_and_a_forged_link_ends_nothing(
    hub: Any, hubs: Any, visit: Any, world: Any
) -> None:
    first, second = visit(AISSATA), visit(AISSATA)
    for browser in (first, second):
        await browser.follow("/hub/home")
    await start(hub, hubs, first, AISSATA, "sahel-programme")
    forged = await first.get("/hub/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status == 403
    assert "Another site asks to log you out" in forged.text
    stranger = await hubs.Browser(hub, "f" * 32).get("/hub/logout")
    assert stranger.status == 302
    assert (await first.get("/hub/home")).status == 200
    assert (await hubs.call(hub, "GET", f"/users/{AISSATA}", hub.api_token)).json()["servers"]

    session = first.cookies["sessionid", "/"]
    by_app = hubs.Browser(hub)
    answer = await by_app.get(
        "/hub/logout", {"Cookie": f"sessionid={session}; csrftoken={'e' * 64}", "Sec-Fetch-Site": ""}
    )
    assert answer.status == 302
    assert answer.location == f"{world.url}/login"
    for browser in (first, second):
        assert (await browser.get("/hub/home")).status == 302
    assert (await hubs.call(hub, "GET", f"/users/{AISSATA}", hub.api_token)).json()["servers"] == {}


async def test_refusals_do_not_stop_the_hub(hub: Any) -> None:
    assert "Aborting due to" not in hub.log
    assert "consecutive spawns failed" not in hub.log


async def test_no_secret_is_in_the_hubs_log(hub: Any, world: Any) -> None:
    log = hub.log
    for session in world.sessions:
        assert session not in log
    assert "token-of-" not in log
    assert not re.search(r"Traceback[^\n]*\n\s+File", log), log
