"""The pipelines service as this server reaches it: directly, with the server's own token."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPHeaders
from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient

from openhexa_contract.errors import Unavailable, UpstreamFailed, from_response
from openhexa_contract.events import Event
from openhexa_contract.i18n import gettext as _
from openhexa_jupyter.event_source import EventSource

# Nothing else of a request goes on, cookies and hop-by-hop headers least of all.
_REQUEST_HEADERS = ("Accept-Language", "Content-Type", "Idempotency-Key", "If-None-Match")
_ANSWER_HEADERS = ("Content-Language", "Content-Type", "ETag", "Location", "Retry-After")
_MOST_AT_ONCE = 64


class Answer(NamedTuple):
    """What the service answered, ready to be passed on."""

    status: int
    headers: dict[str, str]
    body: bytes


class Upstream:
    """Sends requests to the service at `url` (its base URL, prefix included). Times in seconds, sizes in bytes."""

    def __init__(
        self, url: str, *, connect_timeout: float, request_timeout: float, idle_timeout: float, max_answer_bytes: int
    ) -> None:
        self._url = url.rstrip("/")
        self._connect_timeout = connect_timeout
        self._request_timeout = request_timeout
        self._idle_timeout = idle_timeout
        self._max_answer_bytes = max_answer_bytes
        self._client: AsyncHTTPClient | None = None

    def require(self) -> None:
        """Raises Unavailable when this server knows no service."""
        if not self._url:
            raise Unavailable(
                _("Pipelines are not set up on this server: ask the administrator to add the pipelines service.")
            )

    async def send(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """One request; `path` is relative to the service's `/api/`. PublicError unless the service answered JSON."""
        self.require()
        request = HTTPRequest(
            f"{self._url}/api/{path}{'?' + query if query else ''}",
            method=method,
            headers=HTTPHeaders({**_only(headers, _REQUEST_HEADERS), **_authorization(), "Accept": "application/json"}),
            body=body,
            allow_nonstandard_methods=True,
            connect_timeout=self._connect_timeout,
            request_timeout=self._request_timeout,
            follow_redirects=False,
            decompress_response=False,
        )
        return _checked(await self._fetch(request))

    async def listen(
        self, last_event_id: str | None, on_open: Callable[[], None], on_event: Callable[[Event], None]
    ) -> str | None:
        """The service's events until their stream ends; see EventSource.run."""
        self.require()
        resume = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        return await EventSource(
            f"{self._url}/api/events/",
            {**_authorization(), **resume},
            on_open=on_open,
            on_event=on_event,
            connect_timeout=self._connect_timeout,
            idle_timeout=self._idle_timeout,
        ).run()

    def close(self) -> None:
        """Ends open requests; the next use starts anew."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _fetch(self, request: HTTPRequest) -> HTTPResponse:
        if self._client is None:
            self._client = SimpleAsyncHTTPClient(
                force_instance=True, max_clients=_MOST_AT_ONCE, max_body_size=self._max_answer_bytes
            )
        length = _AnnouncedLength()
        request.header_callback = length.hear
        try:
            return await self._client.fetch(request, raise_error=False)
        except HTTPTimeoutError as error:
            sentence = _("The pipelines service did not answer within {seconds} s. Try again in a moment.")
            raise Unavailable(sentence.format(seconds=f"{self._request_timeout:g}")) from error
        except (OSError, HTTPClientError) as error:
            if length.value > self._max_answer_bytes:
                sentence = _("The answer of the pipelines service is too long: at most {size} KiB are passed on.")
                raise UpstreamFailed(sentence.format(size=self._max_answer_bytes // 1024)) from error
            raise Unavailable(
                _("The pipelines service cannot be reached. It may be restarting: try again in a moment.")
            ) from error


class _AnnouncedLength:
    """The length that an answer announces, in bytes: tornado's client breaks off a longer one without saying why."""

    def __init__(self) -> None:
        self.value = 0

    def hear(self, line: str) -> None:
        name, _colon, value = line.partition(":")
        if name.lower() == "content-length" and value.strip().isdecimal():
            self.value = int(value)


def _authorization() -> dict[str, str]:
    """The hub may renew the server's token: it is read at each use."""
    token = os.environ.get("JUPYTERHUB_API_TOKEN", "")
    return {"Authorization": f"token {token}"} if token else {}


def _only(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}


def _checked(response: HTTPResponse) -> Answer:
    """The answer as it is if it is JSON (or has no content); else the error that it stands for."""
    answer = Answer(response.code, _only(response.headers, _ANSWER_HEADERS), response.body or b"")
    if response.code in (204, 304) or response.headers.get("Content-Type", "").startswith("application/json"):
        return answer
    if response.code >= 400:
        raise from_response(response.code, None)
    raise UpstreamFailed(
        _("The address set for the pipelines service answers something else (status {status}, no JSON).").format(
            status=response.code
        )
    )
