"""Login and re-validation, against the App's recorded answers and faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tornado import web
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from traitlets.config import Config

from openhexa_contract.errors import Unavailable, UpstreamFailed
from openhexa_hub.authenticator import OpenHexaAuthenticator

pytestmark = pytest.mark.anyio

JANE = "Jane.O'Neil+Test@example.org"


@pytest.fixture
async def authenticator(fake_app: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenHexaAuthenticator]:
    options = {"app_url": fake_app.url, "session_key": "k", "request_timeout": 0.5}
    authenticator = OpenHexaAuthenticator(config=Config(OpenHexa=options))
    yield authenticator
    await authenticator.client.close()


def request_with(cookie: str, *, by_token: bool = False) -> Any:
    headers = HTTPHeaders({"Cookie": cookie, "Host": "hub.example.org"})
    line = RequestStartLine("GET", "/hub/login", "HTTP/1.1")
    request = HTTPServerRequest(start_line=line, headers=headers, connection=SimpleNamespace(context=None))
    return SimpleNamespace(request=request, _token_authenticated=by_token)


@pytest.fixture
def person(fake_app: Any, authenticator: OpenHexaAuthenticator) -> Callable[..., Any]:
    """A hub user whose stored session the App knows as `account` (None: not at all)."""

    def make(account: str | None) -> Any:
        cookie = fake_app.log_in(account) if account else "0" * 32
        session = authenticator.session_of(request_with(f"sessionid={cookie}; csrftoken={'c' * 32}"))
        assert session is not None

        async def state() -> Any:
            return authenticator.vault.seal(session)

        return SimpleNamespace(name=JANE, get_auth_state=state)

    return make


async def test_login_keeps_the_apps_spelling_and_the_session(
    fake_app: Any, authenticator: OpenHexaAuthenticator
) -> None:
    cookie = fake_app.log_in(JANE)
    model = await authenticator.get_authenticated_user(request_with(f"sessionid={cookie}; csrftoken={'c' * 32}"), None)
    assert model["name"] == JANE
    session = authenticator.vault.open(model["auth_state"])
    assert session is not None
    assert (session.session_id, session.origin) == (cookie, "http://hub.example.org")
    assert cookie not in str(model)


@pytest.mark.parametrize("cookie", ["", "other=1", "sessionid; csrftoken", "sessionid=" + "0" * 32, 'sessionid="a;b"'])
async def test_no_session_is_no_login(authenticator: OpenHexaAuthenticator, cookie: str) -> None:
    assert await authenticator.authenticate(request_with(cookie)) is None


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("error", Unavailable), ("slow_headers", Unavailable), ("html", UpstreamFailed), ("csrf", UpstreamFailed)],
)
async def test_an_app_that_cannot_tell_is_never_a_login(
    fake_app: Any, authenticator: OpenHexaAuthenticator, fault: str, outcome: type[Exception]
) -> None:
    fake_app.fault = fault
    with pytest.raises(outcome):
        await authenticator.authenticate(request_with("sessionid=" + "a" * 32))


@pytest.mark.parametrize(("account", "kept"), [(JANE, True), (None, False), ("jane.o'neil+test@example.org", False)])
async def test_the_login_lives_as_long_as_its_own_session(
    authenticator: OpenHexaAuthenticator, person: Callable[..., Any], account: str | None, kept: bool
) -> None:
    assert await authenticator.refresh_user(person(account), request_with("")) is kept


@pytest.mark.parametrize("fault", ["error", "html", "reset", "slow_headers"])
async def test_an_app_that_cannot_tell_ends_no_login(
    fake_app: Any, authenticator: OpenHexaAuthenticator, person: Callable[..., Any], fault: str
) -> None:
    fake_app.fault = fault
    assert await authenticator.refresh_user(person(JANE), request_with("")) is True


async def test_without_a_stored_session_people_log_in_anew(authenticator: OpenHexaAuthenticator) -> None:
    async def nothing() -> None:
        return None

    user = SimpleNamespace(name=JANE, get_auth_state=nothing)
    assert await authenticator.refresh_user(user, request_with("")) is False


async def test_requests_by_token_are_never_checked(
    fake_app: Any, authenticator: OpenHexaAuthenticator, person: Callable[..., Any]
) -> None:
    assert await authenticator.refresh_user(person(None), request_with("", by_token=True)) is True
    assert fake_app.seen == []


async def test_checks_of_one_person_at_once_are_one_call(
    fake_app: Any, authenticator: OpenHexaAuthenticator, person: Callable[..., Any]
) -> None:
    jane = person(JANE)
    answers = await asyncio.gather(*(authenticator.refresh_user(jane, request_with("")) for _ in range(20)))
    assert answers == [True] * 20
    assert len(fake_app.seen) == 1


async def test_a_refused_start_is_an_error_with_the_sentence(
    fake_app: Any, authenticator: OpenHexaAuthenticator, person: Callable[..., Any]
) -> None:
    spawner = SimpleNamespace(name="nowhere", handler=None, _log_name="jane:nowhere")
    with pytest.raises(web.HTTPError) as raised:
        await authenticator.pre_spawn_start(person(JANE), spawner)
    assert raised.value.status_code == 403
    assert raised.value.jupyterhub_message.startswith("OpenHEXA knows no workspace “nowhere”")
