"""One outcome per kind of answer, against the App's recorded answers and one named fault at a time."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

from openhexa_contract.errors import (
    Forbidden,
    NotAuthenticated,
    NotFound,
    PublicError,
    TooLarge,
    Unavailable,
    UpstreamFailed,
)
from openhexa_hub.app import AppClient, AppSession, AppUrls, GraphQLFailed

pytestmark = pytest.mark.anyio

JANE = "Jane.O'Neil+Test@example.org"


@pytest.fixture
async def client(fake_app: Any) -> AsyncIterator[AppClient]:
    fake_app.workspaces = {"alpha-workspace": {JANE}}
    client = AppClient(AppUrls.from_base(fake_app.url + "/"), timeout=0.5)
    yield client
    await client.close()


@pytest.fixture
def session(fake_app: Any) -> AppSession:
    return AppSession(session_id=fake_app.log_in(JANE), csrf_token="c" * 32, origin="https://hub.example.org")


@pytest.fixture
def dead() -> AppSession:
    return AppSession(session_id="0" * 32, csrf_token="c" * 32)


async def test_a_session_tells_whose_it_is_in_the_apps_own_spelling(client: AppClient, session: AppSession) -> None:
    assert (await client.authenticate(session)).username == JANE


async def test_a_request_carries_both_cookies_the_csrf_header_and_the_referer(
    client: AppClient, session: AppSession, fake_app: Any
) -> None:
    await client.authenticate(session)
    request = fake_app.seen[-1]
    assert request.headers["Cookie"] == f"sessionid={session.session_id}; csrftoken={'c' * 32}"
    assert request.headers["X-CSRFToken"] == "c" * 32
    assert request.headers["Referer"] == "https://hub.example.org"


async def test_an_unknown_session_is_not_authenticated_and_redirects_are_not_followed(
    client: AppClient, dead: AppSession, fake_app: Any
) -> None:
    for ask in (
        client.authenticate(dead),
        client.default_credentials(dead),
        client.workspace_credentials(dead, "alpha-workspace"),
    ):
        with pytest.raises(NotAuthenticated):
            await ask
    assert len(fake_app.seen) == 3


async def test_default_credentials(client: AppClient, session: AppSession) -> None:
    credentials = await client.default_credentials(session)
    assert credentials.env == {"GIT_EXTENSION_ENABLED": "false"}
    assert (credentials.image, credentials.server_hash) == (None, None)


async def test_workspace_credentials(client: AppClient, session: AppSession) -> None:
    credentials = await client.workspace_credentials(session, "alpha-workspace")
    assert credentials.env["HEXA_TOKEN"] == f"token-of-{JANE}-in-alpha-workspace"
    assert credentials.env["ODD"] == 'a{b}"c\nd'
    assert (credentials.image, credentials.server_hash) == ("base:latest", "7cafecb216b6a73a")
    assert "token-of" not in repr(credentials)


async def test_an_unknown_workspace(client: AppClient, session: AppSession) -> None:
    with pytest.raises(NotFound, match="no workspace “no-such-ws”"):
        await client.workspace_credentials(session, "no-such-ws")


async def test_viewers_and_strangers_may_not_launch_notebooks(client: AppClient, fake_app: Any) -> None:
    viewer = AppSession(session_id=fake_app.log_in("viewer@example.org"), csrf_token="c" * 32)
    with pytest.raises(Forbidden, match="viewers and people who are not its members"):
        await client.workspace_credentials(viewer, "alpha-workspace")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("error", Unavailable),
        ("gateway", Unavailable),
        ("slow_headers", Unavailable),
        ("slow_body", Unavailable),
        ("half_body", Unavailable),
        ("reset", Unavailable),
        ("unauthorized", NotAuthenticated),
        ("html", UpstreamFailed),
        ("invalid_json", UpstreamFailed),
        ("other_json", UpstreamFailed),
        ("no_name", UpstreamFailed),
        ("moved", UpstreamFailed),
        ("elsewhere", UpstreamFailed),
        ("unknown_host", UpstreamFailed),
        ("csrf", UpstreamFailed),
        ("oversized", UpstreamFailed),
        ("not_found_html", UpstreamFailed),
    ],
)
async def test_each_fault_has_one_outcome(
    client: AppClient, session: AppSession, fake_app: Any, fault: str, outcome: type[PublicError]
) -> None:
    fake_app.fault = fault
    for ask in (
        client.authenticate(session),
        client.default_credentials(session),
        client.workspace_credentials(session, "a"),
    ):
        with pytest.raises(outcome) as raised:
            await ask
        assert type(raised.value) is outcome
    fake_app.fault = None
    assert (await client.authenticate(session)).username == JANE


async def test_nobody_listens(session: AppSession) -> None:
    client = AppClient(AppUrls.from_base("http://127.0.0.1:9"), timeout=1)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await client.authenticate(session)
    await client.close()


async def test_a_host_that_speaks_no_tls(session: AppSession, fake_app: Any) -> None:
    client = AppClient(AppUrls.from_base(fake_app.url.replace("http:", "https:")), timeout=1)
    with pytest.raises(Unavailable) as raised:
        await client.authenticate(session)
    assert not isinstance(raised.value.__cause__, ssl.SSLError)
    await client.close()


async def test_cookies_of_one_answer_never_reach_another_request(client: AppClient, fake_app: Any) -> None:
    await client.graphql("{ me { user { email } } }", None, {"Authorization": "Bearer a"})
    await client.graphql("{ me { user { email } } }", None, {"Authorization": "Bearer b"})
    assert all("Cookie" not in request.headers for request in fake_app.seen)


async def test_the_data_of_a_graphql_answer(client: AppClient, fake_app: Any) -> None:
    fake_app.graphql_answer = {"data": {"pipelines": {"totalItems": 3}}}
    data = await client.graphql("query Q($slug: String!) { … }", {"slug": "a"}, {"Authorization": "Bearer x"})
    assert data == {"pipelines": {"totalItems": 3}}
    request = fake_app.seen[-1]
    assert (await request.json())["variables"] == {"slug": "a"}
    assert request.headers["Authorization"] == "Bearer x"


async def test_unauthenticated_graphql(client: AppClient, fake_app: Any) -> None:
    error = {"message": "Resolver requires an authenticated user", "extensions": {"code": "UNAUTHENTICATED"}}
    fake_app.graphql_answer = {"data": None, "errors": [error]}
    with pytest.raises(NotAuthenticated):
        await client.graphql("{ pipelines { totalItems } }", None, {})


async def test_errors_of_graphql_are_kept_for_decisions_and_not_shown(client: AppClient, fake_app: Any) -> None:
    fake_app.graphql_answer = {"data": {"a": 1}, "errors": [{"message": "secret internals", "path": ["b"]}]}
    with pytest.raises(GraphQLFailed) as raised:
        await client.graphql("{ a b }", None, {})
    assert raised.value.errors == [{"message": "secret internals", "path": ["b"]}]
    assert raised.value.data == {"a": 1}
    assert "internals" not in raised.value.message


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("too_large", TooLarge),
        ("html", UpstreamFailed),
        ("other_json", UpstreamFailed),
        ("error", Unavailable),
        ("unauthorized", NotAuthenticated),
    ],
)
async def test_faults_of_graphql(client: AppClient, fake_app: Any, fault: str, outcome: type[PublicError]) -> None:
    fake_app.fault = fault
    with pytest.raises(outcome):
        await client.graphql("{ me { user { email } } }", None, {})


async def test_logs_hold_neither_query_nor_secret(
    session: AppSession, fake_app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="openhexa_hub")
    urls = AppUrls(
        authentication=f"{fake_app.url}/notebooks/authenticate/?key=hidden",
        default_credentials="",
        workspace_credentials="",
        graphql="",
    )
    client = AppClient(urls)
    await client.authenticate(session)
    fake_app.fault = "error"
    with pytest.raises(Unavailable):
        await client.authenticate(session)
    await client.close()
    assert "/notebooks/authenticate/" in caplog.text
    assert "hidden" not in caplog.text
    assert session.session_id not in caplog.text
    assert session.session_id not in repr(session)
