"""Requests of a kernel to its server's extension, as plain calls that any thread may make.

Errors are the contract's: what the service refused is raised here as the class that it raised there. asyncio and
tornado are imported when they are first needed: a kernel has them loaded, whoever only imports this package should not
pay for them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec

from openhexa_contract.errors import Unavailable, UpstreamFailed, from_response
from openhexa_contract.i18n import gettext as _

if TYPE_CHECKING:
    from tornado.simple_httpclient import SimpleAsyncHTTPClient

    from openhexa_jupyter.notebook.background import Background

T = TypeVar("T")

_CONNECT_TIMEOUT = 5.0
_REQUEST_TIMEOUT = 40.0  # the extension itself waits 30 s for the service
_MOST_AT_ONCE = 8


class Client:
    """Speaks to the extension at `url` (ending in `/openhexa/api`) with `token`."""

    def __init__(self, url: str, token: str, background: Background) -> None:
        self.url = url.rstrip("/")
        self.background = background
        self._token = token
        self._http: SimpleAsyncHTTPClient | None = None

    def __repr__(self) -> str:
        return f"<Client of {self.url}>"

    @property
    def headers(self) -> dict[str, str]:
        """What each request carries."""
        return {"Authorization": f"token {self._token}"} if self._token else {}

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON at `path`, which is relative to `url`, as in `client.get("tasks/", limit=5)`."""
        return self.background.run(self.request("GET", path, query=query))

    def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON answered to `body`."""
        return self.background.run(self.request("POST", path, body=body, headers=headers))

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The same for code on the background thread. Raises PublicError."""
        sent = {**self.headers, "Accept": "application/json", **(headers or {})}
        if method != "GET":
            sent["Content-Type"] = "application/json"
        content = None if method == "GET" else msgspec.json.encode({} if body is None else body)
        return _json(
            await self._fetch(method, f"{self.url}/{path}{'?' + urlencode(query) if query else ''}", sent, content)
        )

    async def _fetch(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> _Answer:
        from tornado.httpclient import HTTPClientError
        from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient

        if self._http is None:
            self._http = SimpleAsyncHTTPClient(force_instance=True, max_clients=_MOST_AT_ONCE)
        try:
            response = await self._http.fetch(
                url,
                raise_error=False,
                method=method,
                headers=dict(headers),
                body=body,
                connect_timeout=_CONNECT_TIMEOUT,
                request_timeout=_REQUEST_TIMEOUT,
                follow_redirects=False,
            )
        except HTTPTimeoutError as error:
            raise Unavailable(
                _("Your server did not answer in time. Try again; if it stays so, restart your server.")
            ) from error
        except (OSError, HTTPClientError) as error:
            raise Unavailable(
                _("Your server cannot be reached. Try again in a moment; if it stays so, restart your server.")
            ) from error
        return _Answer(response.code, response.body)


class _Answer(NamedTuple):
    """Status and body, as they came."""

    status: int
    body: bytes


def _json(answer: _Answer) -> Any:
    try:
        body = msgspec.json.decode(answer.body) if answer.body else None
    except msgspec.DecodeError as error:
        if answer.status < 300:
            raise UpstreamFailed(_("Your server answered something that is not JSON.")) from error
        body = None
    if answer.status >= 300:
        raise from_response(answer.status, body)
    return body


def read(shape: type[T], answer: object) -> T:
    """A service's answer as the contract's struct."""
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise UpstreamFailed(
            _("The answer of the pipelines service is not understood; restart your server to get a newer image.")
        ) from error


_lock = threading.Lock()
_client: Client | None = None


def client() -> Client:
    """The one client of this kernel. Raises Unavailable outside a server that has the extension."""
    global _client
    with _lock:
        if _client is None:
            from openhexa_jupyter.notebook.background import background

            url = os.environ.get("OPENHEXA_EXTENSION_URL")
            if not url:
                raise Unavailable(
                    _(
                        "This notebook does not run in an OpenHEXA server, so it cannot see pipelines and tasks. "
                        "Open it from your workspace in OpenHEXA."
                    )
                )
            token = os.environ.get("OPENHEXA_EXTENSION_TOKEN") or os.environ.get("JUPYTERHUB_API_TOKEN", "")
            _client = Client(url, token, background)
        return _client


def use_client(new: Client | None) -> None:
    """Puts `new` in place of the kernel's client; with None the next use makes one from the environment."""
    global _client
    with _lock:
        _client = new
