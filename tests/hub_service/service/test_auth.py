"""Who may: tokens, logins, scopes, and what a forged request gets."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jupyterhub.services import auth as jupyterhub_auth

pytestmark = pytest.mark.anyio

READ = [
    ("GET", "api/openhexa/pipelines/"),
    ("GET", "api/openhexa/pipelines/{pipeline}/"),
    ("GET", "api/tasks/"),
    ("GET", "api/tasks/1/"),
    ("GET", "api/tasks/1/logs/"),
    ("GET", "api/events/"),
]
LAUNCH = [
    ("POST", "api/openhexa/pipelines/{pipeline}/launch/"),
    ("PATCH", "api/openhexa/pipelines/{pipeline}/"),
    ("POST", "api/tasks/1/stop/"),
    ("POST", "api/callback-tokens/"),
]


async def refused(service: Any, app: Any, method: str, path: str, token: str | None) -> dict[str, Any]:
    answer = await service.call(method, path.format(pipeline=app.simple.id), token, json={})
    error: dict[str, Any] = answer.json()
    assert set(error) == {"error", "code", "fields"}
    return error | {"status": answer.status}


@pytest.mark.parametrize(("method", "path"), READ + LAUNCH)
async def test_every_route_wants_to_know_who_asks(service: Any, app: Any, method: str, path: str) -> None:
    assert (await refused(service, app, method, path, None))["status"] == 401
    assert (await refused(service, app, method, path, "unknown"))["status"] == 401
    assert (await refused(service, app, method, path, "some-service"))["status"] == 403
    assert (await refused(service, app, method, path, "elsewhere"))["status"] == 403


@pytest.mark.parametrize(("method", "path"), LAUNCH)
async def test_what_changes_something_needs_the_scope_to_launch(service: Any, app: Any, method: str, path: str) -> None:
    error = await refused(service, app, method, path, "reader")
    assert error["status"] == 403
    assert "custom:openhexa:pipelines:launch" in error["error"]


async def test_reading_needs_the_scope_to_read(service: Any, hub: Any) -> None:
    hub.tokens["launcher"] = hub.model(
        "aissata@example.org", ["access:services!service=pipelines", "custom:openhexa:pipelines:launch"]
    )
    assert (await service.get("api/tasks/", "launcher")).status == 403


async def test_a_callback_token_is_good_for_nothing_else_and_never_sent_to_the_hub(
    service: Any, app: Any, hub: Any
) -> None:
    token = await service.callback_token()
    asked = hub.asked["user"]
    for method, path in READ + LAUNCH:
        if method != "PATCH":
            assert (await refused(service, app, method, path, token))["status"] == 403
    assert hub.asked["user"] == asked


async def test_simultaneous_requests_ask_the_hub_once_and_a_revoked_token_ends_soon(
    service: Any, hub: Any, clock: Any
) -> None:
    answers = await asyncio.gather(*(service.get("api/tasks/") for _ in range(30)))
    assert {answer.status for answer in answers} == {200}
    assert hub.asked["user"] == 1
    del hub.tokens["aissata"]
    clock.forward(31)
    assert (await service.get("api/tasks/")).status == 401


async def test_a_refusal_is_not_remembered(service: Any, hub: Any) -> None:
    model = hub.tokens.pop("aissata")
    assert (await service.get("api/tasks/")).status == 401
    hub.tokens["aissata"] = model
    assert (await service.get("api/tasks/")).status == 200


async def test_the_hub_being_down_is_no_refusal(service: Any, hub: Any) -> None:
    hub.down = True
    answer = await service.get("api/tasks/")
    assert answer.status == 503
    assert "JupyterHub cannot be reached" in answer.json()["error"]


@pytest.mark.parametrize("token", ["a b", "ä", "x" * 2000])
async def test_a_malformed_token_is_unknown(service: Any, token: str) -> None:
    answer = await service.call("GET", "api/tasks/", None, headers={"Authorization": f"token {token}"})
    assert answer.status == 401


class Browser:
    """Keeps cookies, as a browser that navigates."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self.cookies: dict[str, str] = {}

    async def get(self, path: str, **headers: str) -> Any:
        return await self.call("GET", path, **({"Accept": "text/html", "Sec-Fetch-Mode": "navigate"} | headers))

    async def call(self, method: str, path: str, **headers: str) -> Any:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.service.call(method, path, None, headers=headers, data=b"{}" if method != "GET" else None)
        for header in answer.cookies:
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return answer


@pytest.fixture
async def browser(service: Any) -> Any:
    yield Browser(service)
    client = getattr(jupyterhub_auth, "fetch", None)
    if client is not None:
        from jupyterhub.httpclient import JupyterHubHTTPClient

        await JupyterHubHTTPClient.loop_instance().close()


async def log_in(browser: Browser, hub: Any, who: str = "aissata") -> None:
    sent = await browser.get("api/tasks/")
    assert sent.status == 302
    location = urlsplit(sent.headers["Location"])
    assert location.path == "/hub/api/oauth2/authorize"
    state = parse_qs(location.query)["state"][0]
    back = await browser.get(f"oauth_callback?code=code-of-{who}&state={state}")
    assert back.status == 302, back.raw
    page = await browser.get("api/tasks/")
    assert page.status == 200
    assert "_xsrf" in browser.cookies


async def test_a_browser_logs_in_by_oauth(browser: Browser, hub: Any) -> None:
    await log_in(browser, hub)
    assert hub.asked["oauth"] == 1


async def test_a_page_s_requests_need_the_xsrf_token(browser: Browser, hub: Any, app: Any) -> None:
    await log_in(browser, hub)
    fetch = {"Sec-Fetch-Mode": "cors", "Accept": "*/*"}
    assert (await browser.call("GET", "api/tasks/", **fetch)).status == 403
    assert (await browser.call("GET", f"api/tasks/?_xsrf={browser.cookies['_xsrf']}", **fetch)).status == 200
    launch = f"api/openhexa/pipelines/{app.simple.id}/launch/"
    for forged in ({}, {"Origin": "https://evil.example"}, {"X-XSRFToken": "guess"}):
        answer = await browser.call("POST", launch, **forged)
        assert answer.status == 403
        assert "XSRF" in answer.json()["error"]
    patch = f"api/openhexa/pipelines/{app.simple.id}/"
    assert (await browser.call("PATCH", patch, Origin="https://evil.example")).status == 403
    answer = await browser.call("POST", launch, **{"X-XSRFToken": browser.cookies["_xsrf"]})
    assert answer.json()["fields"].keys() == {"country"}


async def test_a_forged_callback_of_the_login_is_refused(browser: Browser) -> None:
    for query in ("", "?code=code-of-fatou", "?code=code-of-fatou&state=guess", "?error=access_denied"):
        answer = await browser.get("oauth_callback" + query)
        assert answer.status in (400, 403)
        assert set(answer.json()) == {"error", "code", "fields"}


async def test_no_answer_invites_other_origins(service: Any) -> None:
    answer = await service.get("api/tasks/", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
