"""Logs people in to JupyterHub by their session of the OpenHEXA App, and gives their servers what the App says.

Set `c.JupyterHub.authenticator_class = "openhexa"`, or let `openhexa_hub.configure(c)` set everything.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Bool

from openhexa_contract.errors import NotAuthenticated, PublicError
from openhexa_hub import handlers, login, logout, servers
from openhexa_hub.app import AppSession, Credentials
from openhexa_hub.app.session import session_from_cookies
from openhexa_hub.credentials import CredentialSource
from openhexa_hub.errors import not_a_failure_of_the_hub, refusal
from openhexa_hub.settings import OpenHexa
from openhexa_hub.spawning import ServerPreparation, server_environment
from openhexa_hub.vault import SessionVault


class OpenHexaAuthenticator(Authenticator):
    """The App's session is the login: there is no form and no password here.

    Options are those of `c.OpenHexa` and of every authenticator. The names of users are the App's e-mails exactly as
    it writes them.
    """

    auto_login = Bool(True, config=True, help="People are sent to the App's login; the hub has no form of its own.")
    allow_all = Bool(True, config=True, help="Whoever the App knows may log in.")
    enable_auth_state = Bool(
        True, config=True, help="Keep the App's session, encrypted, for servers that start or run later."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.openhexa = OpenHexa(config=self.config)
        self.client = self.openhexa.client()
        self.vault = SessionVault(self.openhexa.sealing_keys())
        self.credentials = CredentialSource(self.client, self.vault)
        self._preparation = ServerPreparation(self.openhexa)
        self._refreshing: dict[str, asyncio.Task[bool]] = {}

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Return the routes that come before the hub's own."""
        return [*login.routes, *logout.routes, *servers.routes, *handlers.routes]

    def normalize_username(self, username: str) -> str:
        """Keep capital letters: the App's own calls to the hub use the e-mail as it is."""
        return str(self.username_map.get(username, username))

    def session_of(self, handler: Any) -> AppSession | None:
        """Return the App's session in a request's cookies."""
        cookies = {name: morsel.value for name, morsel in handler.request.cookies.items()}
        origin = f"{handler.request.protocol}://{handler.request.host}"
        return session_from_cookies(
            cookies, origin, session_cookie=self.openhexa.session_cookie, csrf_cookie=self.openhexa.csrf_cookie
        )

    async def authenticate(self, handler: Any, data: Any = None) -> dict[str, Any] | None:
        """Return who the request's cookies say the person is; None when the App knows no such session.

        Raises Unavailable or UpstreamFailed when the App cannot tell: that is never a login.
        """
        session = self.session_of(handler)
        if session is None:
            return None
        try:
            account = await self.client.authenticate(session)
        except NotAuthenticated:
            return None
        return {"name": account.username, "auth_state": self.vault.seal(session)}

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> bool:
        """Ask the App whether the person's session still lives; called at most every `auth_refresh_age` seconds.

        True keeps the login: the session lives, or the App cannot be asked now, or the request came by token and could
        not log in anew. False ends it: the browser is sent through the login, where a newer session of the App logs
        the person in unseen.
        """
        if handler is not None and getattr(handler, "_token_authenticated", False):
            return True
        task = self._refreshing.get(user.name)
        if task is None:
            task = asyncio.ensure_future(self._session_lives(user))
            self._refreshing[user.name] = task
            task.add_done_callback(lambda _done: self._refreshing.pop(user.name, None))
        return await asyncio.shield(task)

    async def _session_lives(self, user: Any) -> bool:
        session = await self.credentials.stored_session(user)
        if session is None:
            return False
        try:
            account = await self.client.authenticate(session)
        except NotAuthenticated:
            self.log.info("The session of %s in the App has ended", user.name)
            return False
        except PublicError as error:
            self.log.warning("The login of %s is kept without being checked: %s", user.name, error.message)
            return True
        return bool(account.username == user.name)

    async def pre_spawn_start(self, user: Any, spawner: Any) -> None:
        """Give the server what the App says, or refuse its start with a sentence for the person."""
        presented = self.session_of(spawner.handler) if spawner.handler is not None else None
        try:
            credentials = await self.credentials.for_start(user, spawner.name, presented)
        except PublicError as error:
            self.log.warning("The server %s is not started: %s", spawner._log_name, error.message)
            not_a_failure_of_the_hub(spawner.handler)
            raise refusal(error) from None
        self._preparation.prepare(spawner, credentials)

    def environment_of(self, credentials: Credentials, workspace: str) -> dict[str, str]:
        """Return the variables of a server with these credentials."""
        return server_environment(credentials, workspace, self.openhexa)
