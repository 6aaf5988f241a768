"""The App by HTTP: one pool of connections, one outcome per kind of answer.

| what comes back                                             | raised                  |
|-------------------------------------------------------------|-------------------------|
| no connection, TLS error, too slow, 5xx                     | `Unavailable` (503)     |
| the App's redirect to its login, 401 without a reason       | `NotAuthenticated` (401)|
| 401 with a reason on a workspace's credentials              | `Forbidden` (403)       |
| 404 on a workspace's credentials                            | `NotFound` (404)        |
| 403, another redirect, HTML, invalid JSON, more than allowed | `UpstreamFailed` (502)  |
| GraphQL errors                                              | `GraphQLFailed` (502)   |

Sources: the App's recorded answers, each replayed in `tests/hub_service/app/`. Redirects are never followed, cookies
are never kept, URLs are logged without their query.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
import msgspec

from openhexa_contract.errors import Forbidden, NotAuthenticated, NotFound, TooLarge, Unavailable, UpstreamFailed
from openhexa_contract.i18n import gettext as _
from openhexa_hub.app.queries import Account, Credentials, read_account, read_credentials, unexpected_answer
from openhexa_hub.app.session import CSRF_COOKIE, SESSION_COOKIE, AppSession

log = logging.getLogger(__name__)

MAX_CREDENTIALS_BYTES = 1024 * 1024
MAX_GRAPHQL_BYTES = 16 * 1024 * 1024


class GraphQLFailed(UpstreamFailed):
    """The App executed a GraphQL request and reported errors.

    `errors` are as the App sent them (`message`, `path`, `extensions`): for decisions and logs, not for people. `data`
    is the part that was answered all the same.
    """

    def __init__(self, errors: list[dict[str, Any]], data: dict[str, Any] | None) -> None:
        super().__init__(
            _(
                "OpenHEXA could not answer this request, so nothing was changed. "
                "Try again; if it happens again, tell your support."
            )
        )
        self.errors = errors
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.errors, self.data))


class AppUrls(msgspec.Struct, frozen=True, kw_only=True):
    """Where the App answers. All end with a slash, as the App redirects otherwise."""

    authentication: str
    default_credentials: str
    workspace_credentials: str
    graphql: str

    @classmethod
    def from_base(cls, base: str) -> Self:
        """Return the addresses under the App's own, such as `http://localhost:8000`."""
        base = base.rstrip("/")
        return cls(
            authentication=f"{base}/notebooks/authenticate/",
            default_credentials=f"{base}/notebooks/default-credentials/",
            workspace_credentials=f"{base}/workspaces/credentials/",
            graphql=f"{base}/graphql/",
        )


class Answer(msgspec.Struct, frozen=True):
    """What came back, read to its end."""

    status: int
    body: bytes
    location: str

    def json(self) -> Any:
        """Return the decoded body, or None when it is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


class AppClient:
    """All calls to the App share this object's pool. Use it from one event loop; `close()` it at the end.

    Durations are in seconds: `timeout` bounds a whole call, `connect_timeout` the wait for a connection, the pool's
    queue not counted. `connections` bounds how many calls are under way at once; more wait, within their `timeout`.
    """

    def __init__(
        self,
        urls: AppUrls,
        *,
        timeout: float = 10.0,
        connect_timeout: float = 3.0,
        connections: int = 200,
        session_cookie: str = SESSION_COOKIE,
        csrf_cookie: str = CSRF_COOKIE,
    ) -> None:
        self.urls = urls
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=connect_timeout)
        self._connections = connections
        self._cookie_names = (session_cookie, csrf_cookie)
        self._http: aiohttp.ClientSession | None = None

    async def authenticate(self, session: AppSession) -> Account:
        """Return whose session this is; `NotAuthenticated` when it ended, never was, or waits for its second factor."""
        answer = await self._post_form(self.urls.authentication, session)
        self._refuse_other_than_json(answer)
        return read_account(answer.json())

    async def default_credentials(self, session: AppSession) -> Credentials:
        """Return what a server without a workspace gets."""
        answer = await self._post_form(self.urls.default_credentials, session)
        self._refuse_other_than_json(answer)
        return read_credentials(answer.json())

    async def workspace_credentials(self, session: AppSession, workspace: str) -> Credentials:
        """Return what a server of the workspace with this slug gets.

        The App says 404 for a workspace that does not exist and 401 with a reason for people who may not launch
        notebooks in it (viewers and strangers alike): `NotFound` and `Forbidden` here. 401 without a reason is an ended
        session.
        """
        answer = await self._post_form(self.urls.workspace_credentials, session, {"workspace": workspace})
        if answer.status == 404 and answer.json() is not None:
            raise NotFound(
                _("OpenHEXA knows no workspace “{workspace}”. Check the address.").format(workspace=workspace)
            )
        if answer.status == 401 and _has_reason(answer.json()):
            raise Forbidden(
                _(
                    "You may not launch notebooks in the workspace “{workspace}”: "
                    "viewers and people who are not its members cannot. "
                    "Ask an administrator of the workspace for the role of editor."
                ).format(workspace=workspace)
            )
        self._refuse_other_than_json(answer)
        return read_credentials(answer.json())

    def session_headers(self, session: AppSession) -> dict[str, str]:
        """Return the headers by which the App sees the person of a session."""
        session_cookie, csrf_cookie = self._cookie_names
        headers = {
            "Cookie": f"{session_cookie}={session.session_id}; {csrf_cookie}={session.csrf_token}",
            "X-CSRFToken": session.csrf_token,
        }
        if session.origin:
            headers["Referer"] = session.origin
        return headers

    async def graphql(
        self, query: str, variables: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return `data` of a GraphQL request made as whom `headers` say (`Authorization: Bearer …` or the App's
        cookies).

        Errors of the App's executor are raised: `NotAuthenticated` when it says UNAUTHENTICATED, else `GraphQLFailed`.
        """
        body = msgspec.json.encode({"query": query, "variables": dict(variables or {})})
        headers = {**headers, "Content-Type": "application/json", "Accept": "application/json"}
        answer = await self._post(self.urls.graphql, body, headers, MAX_GRAPHQL_BYTES)
        if answer.status == 413:
            raise TooLarge(_("OpenHEXA refused the request because it is too large. Send smaller values."))
        content = answer.json()
        errors = _graphql_errors(content)
        if errors:
            _raise_graphql(errors, content.get("data"))
        self._refuse_other_than_json(answer)
        data = content.get("data") if isinstance(content, dict) else None
        if not isinstance(data, dict):
            raise unexpected_answer()
        return data

    async def close(self) -> None:
        """Close the pool. The next call opens another."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _post_form(self, url: str, session: AppSession, form: Mapping[str, str] | None = None) -> Answer:
        body = aiohttp.FormData(dict(form))() if form else None
        return await self._post(url, body, self.session_headers(session), MAX_CREDENTIALS_BYTES)

    async def _post(
        self, url: str, body: bytes | aiohttp.payload.Payload | None, headers: Mapping[str, str], most: int
    ) -> Answer:
        where = _without_query(url)
        try:
            async with self._pool().post(url, data=body, headers=headers, allow_redirects=False) as response:
                content = await _read_at_most(response, most)
                answer = Answer(response.status, content, response.headers.get("Location", ""))
        except TimeoutError:
            log.warning("The App did not answer in time: POST %s", where)
            raise _unreachable(_("OpenHEXA did not answer in time.")) from None
        except aiohttp.ClientError as error:
            log.warning("The App cannot be reached: POST %s: %s", where, type(error).__name__)
            raise _unreachable(_("OpenHEXA cannot be reached.")) from None
        log.debug("POST %s: %s", where, answer.status)
        if answer.status >= 500:
            log.warning("The App failed: POST %s: %s", where, answer.status)
            raise _unreachable(_("OpenHEXA has a problem of its own."))
        return answer

    def _refuse_other_than_json(self, answer: Answer) -> None:
        """Raise the outcome of every answer that is not a success."""
        if answer.status == 401 or (answer.status == 302 and _is_login(answer.location)):
            raise NotAuthenticated(_("Your session in OpenHEXA has ended. Log in to OpenHEXA again."))
        if answer.status == 403:
            log.error(
                "The App refused a request of the hub (403): its CSRF check failed. "
                "Behind https the hub's public address must be in "
                "the App's CSRF_TRUSTED_ORIGINS, or the hub must reach the App by plain http."
            )
            raise UpstreamFailed(
                _(
                    "OpenHEXA refused the notebooks component's request. "
                    "The people who run this platform must correct its configuration."
                )
            )
        if answer.status != 200 or answer.json() is None:
            log.error("The App answered %s with something that is not what was asked for", answer.status)
            raise unexpected_answer()

    def _pool(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=30, keepalive_timeout=30)
            self._http = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                loop=asyncio.get_running_loop(),
            )
        return self._http


async def _read_at_most(response: aiohttp.ClientResponse, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > most:
            log.error("The App's answer is larger than %s bytes", most)
            response.close()
            raise unexpected_answer()
        parts.append(part)
    return b"".join(parts)


def _unreachable(what: str) -> Unavailable:
    return Unavailable(_("{what} Nothing was changed. Try again in a moment.").format(what=what))


def _has_reason(answer: object) -> bool:
    return isinstance(answer, dict) and bool(answer.get("error"))


def _is_login(location: str) -> bool:
    return urlsplit(location).path.rstrip("/").endswith("/login")


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{':' + str(parts.port) if parts.port else ''}{parts.path}"


def _graphql_errors(content: object) -> list[dict[str, Any]]:
    errors = content.get("errors") if isinstance(content, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _raise_graphql(errors: list[dict[str, Any]], data: object) -> None:
    codes = {str((error.get("extensions") or {}).get("code")) for error in errors}
    if "UNAUTHENTICATED" in codes:
        raise NotAuthenticated(_("Your session in OpenHEXA has ended. Log in to OpenHEXA again."))
    log.warning(
        "The App reported GraphQL errors: %s", "; ".join(str(error.get("message"))[:300] for error in errors[:3])
    )
    raise GraphQLFailed(errors, data if isinstance(data, dict) else None)
