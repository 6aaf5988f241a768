"""The App's calls to the hub: start a person's server, see whether it is ready, log a browser out.

All calls block; they are made from worker threads. Names are percent-encoded, as the hub's own addresses are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from openhexa_devapp import csrf
from openhexa_devapp.sessions import SESSION_COOKIE
from openhexa_devapp.settings import Settings

TIMEOUT_SECONDS = 30.0


class HubFailed(Exception):
    """The hub did not answer, or refused. `status` is its answer's, None when there was none."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclasses.dataclass(frozen=True)
class NotebookServer:
    """A person's server of one workspace; `url` ends with a slash."""

    name: str
    url: str
    ready: bool


class Hub:
    """One pooled client; it follows no redirect and keeps no cookie."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._client = httpx.Client(
            timeout=TIMEOUT_SECONDS, transport=transport, follow_redirects=False, trust_env=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def launch(self, email: str, slug: str, cookies: Mapping[str, str | None]) -> NotebookServer:
        """Make sure that the person's server of this workspace is started. Raises HubFailed.

        A caller without cookies sends their bare names, as the App does.
        """
        user = self._user(email)
        if user is None:
            self._ask("POST", self._user_path(email))
            user = self._user(email) or {}
        if slug not in user.get("servers", {}):
            cookie = "; ".join(name if value is None else f"{name}={value}" for name, value in cookies.items())
            self._ask("POST", f"{self._user_path(email)}/servers/{quote(slug, safe='')}", {"Cookie": cookie})
        return self.server(email, slug)

    def server(self, email: str, slug: str) -> NotebookServer:
        """The state of that server; not ready when the hub does not know it. Raises HubFailed."""
        servers = (self._user(email) or {}).get("servers", {})
        server = servers.get(slug, {})
        path = server.get("url") or f"/user/{quote(email, safe='@')}/{quote(slug, safe='')}/"
        return NotebookServer(slug, f"{self._settings.notebooks_url}{path}", bool(server.get("ready")))

    def has_server(self, email: str, slug: str) -> bool:
        """Whether the hub lists the server: it runs, or is being started. Raises HubFailed."""
        return slug in (self._user(email) or {}).get("servers", {})

    def log_out(self, session_key: str, csrf_secret: str) -> None:
        """End this browser's login on the hub. Raises HubFailed."""
        cookie = f"{SESSION_COOKIE}={session_key}; {csrf.COOKIE}={csrf.masked(csrf_secret)}"
        self._send("GET", "/logout", {"Cookie": cookie})

    def _user_path(self, email: str) -> str:
        return f"/api/users/{quote(email, safe='@')}"

    def _user(self, email: str) -> dict[str, Any] | None:
        response = self._send("GET", self._user_path(email), self._authorization())
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        return dict(_accepted(response).json())

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> None:
        _accepted(self._send(method, path, {**self._authorization(), **(headers or {})}))

    def _authorization(self) -> dict[str, str]:
        token = self._settings.hub_api_token
        return {"Authorization": f"token {token}"} if token else {}

    def _send(self, method: str, path: str, headers: Mapping[str, str]) -> httpx.Response:
        url = f"{self._settings.notebooks_hub_url}{path}"
        try:
            return self._client.request(method, url, headers=dict(headers))
        except httpx.HTTPError as error:
            raise HubFailed(f"No answer from {url}: {error}") from error


def _accepted(response: httpx.Response) -> httpx.Response:
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        whose = "Client" if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else "Server"
        reason = f"{response.status_code} {whose} Error: {response.reason_phrase} for url: {response.request.url}"
        raise HubFailed(reason, response.status_code)
    return response
