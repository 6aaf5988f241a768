"""One connection to a stream of server-sent events; both sides of the pod read with it.

It is built on tornado's HTTP connection, as tornado's client can neither end a streamed answer from outside nor notice
that one went silent. Source of the format: WHATWG HTML, "Server-sent events".
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec
from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpclient import TCPClient

from openhexa_contract.errors import PublicError, Unavailable, UpstreamFailed, from_response
from openhexa_contract.events import Decoder, Event
from openhexa_contract.i18n import gettext as _

_ENDLESS = 1 << 50
_LONGEST_ERROR_BODY = 64 * 1024


class EventSource:
    """Reads one stream from opening to end; reconnecting is its caller's work.

    `on_open()` is called when the stream is proved to run, `on_event(event)` for each event after it; neither may
    raise. Times are in seconds; a stream that sends not even a keep-alive for `idle_timeout` counts as dead.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        on_open: Callable[[], None],
        on_event: Callable[[Event], None],
        connect_timeout: float = 5.0,
        idle_timeout: float = 60.0,
    ) -> None:
        self._url = urlsplit(url)
        self._headers = headers
        self._on_open = on_open
        self._on_event = on_event
        self._connect_timeout = connect_timeout
        self._idle_timeout = idle_timeout

    async def run(self) -> str | None:
        """Returns the last id that it heard, when an opened stream ends; PublicError when it did not open.

        Cancelling closes the connection.
        """
        stream = await self._connect()
        answer = _Answer(stream, self._on_open, self._on_event, self._idle_timeout)
        try:
            connection = HTTP1Connection(stream, True, HTTP1ConnectionParameters(max_body_size=_ENDLESS))
            await connection.write_headers(RequestStartLine("GET", self._target, "HTTP/1.1"), self._request_headers)
            connection.finish()
            await connection.read_response(answer)
        except StreamClosedError:
            pass
        finally:
            answer.stop_watching()
            stream.close()
        if answer.problem is not None:
            raise answer.problem
        if not answer.opened:
            raise Unavailable(_("The connection for live updates was closed before it was open."))
        return answer.last_id

    async def _connect(self) -> IOStream:
        host = self._url.hostname or "localhost"
        secure = self._url.scheme == "https"
        tcp = TCPClient()
        try:
            return await tcp.connect(
                host,
                self._url.port or (443 if secure else 80),
                ssl_options=ssl.create_default_context() if secure else None,
                timeout=self._connect_timeout,
            )
        except (OSError, TimeoutError, StreamClosedError) as error:
            raise Unavailable(_("Live updates cannot be reached at {host}.").format(host=self._url.netloc)) from error
        finally:
            tcp.close()

    @property
    def _target(self) -> str:
        return f"{self._url.path or '/'}?{self._url.query}" if self._url.query else self._url.path or "/"

    @property
    def _request_headers(self) -> HTTPHeaders:
        fixed = {"Host": self._url.netloc, "Accept": "text/event-stream", "Cache-Control": "no-cache"}
        return HTTPHeaders({**self._headers, **fixed})


class _Answer(HTTPMessageDelegate):
    """The answer as it arrives: events when it is a stream, else the error that it tells."""

    def __init__(
        self, stream: IOStream, on_open: Callable[[], None], on_event: Callable[[Event], None], idle_timeout: float
    ) -> None:
        self.opened = False
        self.problem: PublicError | None = None
        self._stream = stream
        self._on_open = on_open
        self._on_event = on_event
        self._idle_timeout = idle_timeout
        self._decoder = Decoder()
        self._status = 0
        self._error_body = b""
        self._watch: asyncio.TimerHandle | None = None
        self._heard()

    @property
    def last_id(self) -> str | None:
        """What to resume from."""
        return self._decoder.last_id

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        """The stream is open, or refused."""
        self._heard()
        assert isinstance(start_line, ResponseStartLine)
        self._status = start_line.code
        if self._status == 200 and headers.get("Content-Type", "").startswith("text/event-stream"):
            self.opened = True
            self._on_open()

    def data_received(self, chunk: bytes) -> None:
        """Events, or a piece of the refusal."""
        self._heard()
        if self.opened:
            for event in self._decoder.feed(chunk):
                self._on_event(event)
        elif len(self._error_body) + len(chunk) <= _LONGEST_ERROR_BODY:
            self._error_body += chunk

    def finish(self) -> None:
        """The refusal is complete."""
        if self.opened or not self._status:
            return
        if self._status < 400:
            self.problem = UpstreamFailed(_("The address for live updates answers something else than live updates."))
            return
        try:
            body: object = msgspec.json.decode(self._error_body)
        except msgspec.DecodeError:
            body = None
        self.problem = from_response(self._status, body)

    def stop_watching(self) -> None:
        """No more heed to silence."""
        if self._watch is not None:
            self._watch.cancel()

    def _heard(self) -> None:
        self.stop_watching()
        self._watch = asyncio.get_running_loop().call_later(self._idle_timeout, self._stream.close)
