"""What the service asks of the hub: who a token is, and by which headers the App sees a person."""

from __future__ import annotations

import logging
import ssl
from typing import Any

import aiohttp
import msgspec

from openhexa_contract.errors import InternalError, NotAuthenticated, NotFound, PublicError, Unavailable, from_response
from openhexa_contract.i18n import gettext as _

log = logging.getLogger(__name__)


class Hub:
    """The hub's API at `api_url`, as this service (`token`). Use it from one event loop; `close` it in the end.

    `timeout` is in seconds; `tls` is for hubs with internal TLS.
    """

    def __init__(self, api_url: str, token: str, *, timeout: float = 15.0, tls: ssl.SSLContext | None = None) -> None:
        self._url = api_url.rstrip("/")
        self._token = token
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._tls = tls
        self._http: aiohttp.ClientSession | None = None

    async def owner(self, token: str) -> dict[str, Any] | None:
        """Return the hub's model of a token's owner with the token's `scopes`; None for an unknown token."""
        if not token.isascii() or not token.isprintable() or len(token) > 1000:
            return None
        status, content = await self._call("GET", "/user", token)
        if status in (401, 403):
            return None
        if status != 200 or not isinstance(content, dict) or not isinstance(content.get("name"), str):
            log.warning("The hub answered %s when it was asked who a token is", status)
            raise _unreachable()
        return content

    async def headers(self, person: str, workspace: str, reason: str) -> dict[str, str]:
        """Return the headers by which the App sees a person in a workspace (empty: in none in particular).

        NotAuthenticated: her session in the App has ended. NotFound: the hub holds none for her, or the App has no
        such workspace. Unavailable: the hub or the App is out of reach.
        """
        asked = {"user": person, "workspace": workspace, "reason": reason}
        status, content = await self._call("POST", "/openhexa/credentials", self._token, asked)
        if status == 403:
            log.error(
                "The hub does not let this service ask for people's "
                "authorization (403): check its role and its API token"
            )
            raise InternalError(
                _(
                    "The pipelines service is not allowed to act for people. The "
                    "people who run this platform must correct it."
                )
            )
        if status != 200:
            raise _refusal(status, content)
        try:
            return msgspec.convert(content, dict[str, dict[str, str]])["headers"]
        except (msgspec.ValidationError, KeyError):
            log.error("The hub answered a request for a person's authorization with something else")
            raise _unreachable() from None

    async def close(self) -> None:
        """Close the connections."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _call(self, method: str, path: str, token: str, body: object = None) -> tuple[int, Any]:
        if self._http is None:
            connector = aiohttp.TCPConnector(ssl=self._tls if self._tls is not None else True)
            self._http = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=self._timeout
            )
        sent = None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
        try:
            async with self._http.request(
                method, self._url + path, data=sent, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("The hub cannot be reached: %s %s: %s", method, self._url + path, type(error).__name__)
            raise _unreachable() from None
        try:
            return response.status, msgspec.json.decode(raw)
        except msgspec.DecodeError:
            return response.status, None


def _unreachable() -> Unavailable:
    return Unavailable(_("JupyterHub cannot be reached, so nothing was done. Try again in a moment."))


def _refusal(status: int, content: object) -> PublicError:
    error = from_response(status, content)
    if isinstance(error, NotAuthenticated | NotFound | Unavailable) and isinstance(content, dict):
        return error
    log.warning("The hub answered %s to a request for a person's authorization", status)
    return _unreachable()
