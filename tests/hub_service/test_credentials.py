"""Whose session serves for what, against the App's recorded answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from openhexa_contract.errors import Forbidden, NotAuthenticated, NotFound, Unavailable
from openhexa_hub.app import AppClient, AppSession, AppUrls
from openhexa_hub.credentials import CredentialSource
from openhexa_hub.vault import SessionVault

pytestmark = pytest.mark.anyio

VAULT = SessionVault([b"k"])


class Person:
    """A hub user with auth_state in memory."""

    def __init__(self, name: str, session: AppSession | None = None) -> None:
        self.name = name
        self.state: Mapping[str, Any] | None = VAULT.seal(session) if session else None

    async def get_auth_state(self) -> Mapping[str, Any] | None:
        return self.state

    async def save_auth_state(self, auth_state: Mapping[str, Any] | None) -> None:
        self.state = auth_state


@pytest.fixture
async def source(fake_app: Any) -> AsyncIterator[CredentialSource]:
    fake_app.workspaces = {"sahel": {"jane", "admin"}}
    client = AppClient(AppUrls.from_base(fake_app.url), timeout=0.5)
    yield CredentialSource(client, VAULT)
    await client.close()


def session_of(app: Any, name: str) -> AppSession:
    return AppSession(session_id=app.log_in(name), csrf_token="c" * 32)


def dead() -> AppSession:
    return AppSession(session_id="0" * 32, csrf_token="c" * 32)


async def test_the_usual_start_is_one_call(source: CredentialSource, fake_app: Any) -> None:
    session = session_of(fake_app, "jane")
    credentials = await source.for_start(Person("jane", session), "sahel", session)
    assert credentials.env["HEXA_TOKEN"] == "token-of-jane-in-sahel"
    assert [request.path for request in fake_app.seen] == ["/workspaces/credentials/"]


async def test_a_newer_session_of_the_owner_is_checked_used_and_kept(source: CredentialSource, fake_app: Any) -> None:
    person, newer = Person("jane", dead()), session_of(fake_app, "jane")
    await source.for_start(person, "sahel", newer)
    assert VAULT.open(person.state) == newer


async def test_the_credentials_of_another_are_never_used(source: CredentialSource, fake_app: Any) -> None:
    by_admin = session_of(fake_app, "admin")
    with pytest.raises(Forbidden, match="no session of OpenHEXA for jane"):
        await source.for_start(Person("jane"), "sahel", by_admin)
    person = Person("jane", session_of(fake_app, "jane"))
    credentials = await source.for_start(person, "sahel", by_admin)
    assert credentials.env["HEXA_TOKEN"] == "token-of-jane-in-sahel"


@pytest.mark.parametrize("workspace", ["", "sahel"])
async def test_without_a_browser_the_stored_session_serves(
    source: CredentialSource, fake_app: Any, workspace: str
) -> None:
    person = Person("jane", session_of(fake_app, "jane"))
    assert (await source.for_start(person, workspace, None)).env
    assert (await source.for_start(person, workspace, dead())).env


async def test_no_session_at_all_refuses(source: CredentialSource) -> None:
    with pytest.raises(Forbidden, match="must open the notebooks from OpenHEXA once"):
        await source.for_start(Person("jane"), "sahel", None)
    with pytest.raises(NotFound):
        await source.for_running(Person("jane"), "sahel")
    with pytest.raises(NotFound):
        await source.authorization(Person("jane"), "sahel")


async def test_an_ended_session_refuses(source: CredentialSource) -> None:
    person = Person("jane", dead())
    with pytest.raises(NotAuthenticated):
        await source.for_start(person, "sahel", None)
    with pytest.raises(NotAuthenticated):
        await source.for_running(person, "sahel")
    with pytest.raises(NotAuthenticated):
        await source.authorization(person, "sahel")


async def test_an_app_that_is_down_refuses(source: CredentialSource, fake_app: Any) -> None:
    person = Person("jane", session_of(fake_app, "jane"))
    fake_app.fault = "error"
    for ask in (
        source.for_start(person, "sahel", None),
        source.for_start(person, "sahel", dead()),
        source.authorization(person, "sahel"),
    ):
        with pytest.raises(Unavailable):
            await ask


async def test_members_are_seen_by_token_and_viewers_by_session(source: CredentialSource, fake_app: Any) -> None:
    member = Person("jane", session_of(fake_app, "jane"))
    assert await source.authorization(member, "sahel") == {"Authorization": "Bearer token-of-jane-in-sahel"}
    session = session_of(fake_app, "viewer")
    headers = await source.authorization(Person("viewer", session), "sahel")
    assert headers == {"Cookie": f"sessionid={session.session_id}; csrftoken={'c' * 32}"}


async def test_outside_of_a_workspace_everybody_is_seen_by_session(source: CredentialSource, fake_app: Any) -> None:
    session = session_of(fake_app, "jane")
    assert list(await source.authorization(Person("jane", session), "")) == ["Cookie"]
    with pytest.raises(NotAuthenticated):
        await source.authorization(Person("jane", dead()), "")
