"""The extension's routes: forwarding and events. Each error has the one shape of the contract."""

from __future__ import annotations

from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from openhexa_contract.errors import NotAllowed, NotAuthenticated, NotFound, PublicError, TooLarge, from_response
from openhexa_contract.events import KEEP_ALIVE
from openhexa_contract.i18n import gettext as _
from openhexa_jupyter.server.relay import Relay, Watcher
from openhexa_jupyter.server.routes import allowed_methods
from openhexa_jupyter.server.upstream import Answer, Upstream

# How jupyter_server itself is told who asks; none of the service's business.
_OWN_ARGUMENTS = ("token", "_xsrf", "no_track_activity")


class OpenHexaHandler(APIHandler):
    """Base of the routes: who asks is checked by jupyter_server, errors are the contract's."""

    auth_resource = "openhexa"
    _track_activity = False  # a followed task is no reason to keep an idle server

    def get_login_url(self) -> str:
        """jupyter_server would redirect here, which no program that asks for JSON understands."""
        raise NotAuthenticated(_("This server does not know you. Reload the page, or restart your server."))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The contract's body; an error of tornado itself (bad XSRF token, say) gets the class of its status."""
        error = _public(status_code, kwargs.get("exc_info"))
        self.set_status(error.status)
        self.finish(msgspec.json.encode(error.body()))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """A traceback only for our own faults."""
        if isinstance(value, PublicError):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value.message)
        else:
            super().log_exception(typ, value, tb)


class ForwardHandler(OpenHexaHandler):
    """Passes a request on to the service if `routes` allows it, and the answer back."""

    def initialize(self, upstream: Upstream, max_request_bytes: int) -> None:
        """Called by tornado for each request."""
        self._upstream = upstream
        self._max_request_bytes = max_request_bytes

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Forwarded."""
        await self._forward(path)

    @web.authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Forwarded."""
        await self._forward(path)

    @web.authenticated
    @authorized
    async def patch(self, path: str) -> None:
        """Forwarded."""
        await self._forward(path)

    @web.authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Forwarded."""
        await self._forward(path)

    @web.authenticated
    @authorized
    async def delete(self, path: str) -> None:
        """Forwarded."""
        await self._forward(path)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A refused method comes with those that are allowed (RFC 9110, section 15.5.6)."""
        if allowed := allowed_methods(self.path_args[0]):
            self.set_header("Allow", ", ".join(allowed))
        super().write_error(status_code, **kwargs)

    async def _forward(self, path: str) -> None:
        method = self._permitted(path)
        if len(self.request.body) > self._max_request_bytes:
            raise TooLarge(
                _("This request is too large: at most {size} KiB can be sent.").format(
                    size=self._max_request_bytes // 1024
                )
            )
        body = None if method == "GET" else self.request.body
        self._pass_back(await self._upstream.send(method, path, self._query(), self.request.headers, body))

    def _permitted(self, path: str) -> str:
        method = self.request.method or ""
        allowed = allowed_methods(path)
        if not allowed:
            raise NotFound(_("There is nothing at this address."))
        if method not in allowed:
            raise NotAllowed(_("This address does not understand {method}.").format(method=method))
        return method

    def _query(self) -> str:
        pairs = parse_qsl(self.request.query, keep_blank_values=True)
        return urlencode([(name, value) for name, value in pairs if name not in _OWN_ARGUMENTS])

    def _pass_back(self, answer: Answer) -> None:
        self.set_status(answer.status)
        for name, value in answer.headers.items():
            self.set_header(name, value)
        self.finish(answer.body, set_content_type=answer.headers.get("Content-Type", "application/json"))


class EventsHandler(OpenHexaHandler):
    """`GET events/`: the service's events as SSE, resumable by `Last-Event-ID` or `?last_event_id=`."""

    def initialize(self, upstream: Upstream, relay: Relay, keep_alive: float) -> None:
        """Called by tornado for each request."""
        self._upstream = upstream
        self._relay = relay
        self._keep_alive = keep_alive
        self._watcher: Watcher | None = None

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Sends until the watcher goes."""
        self._upstream.require()
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")
        last_event_id = self.request.headers.get("Last-Event-ID") or self.get_query_argument("last_event_id", None)
        watcher = self._watcher = self._relay.watch(last_event_id)
        try:
            self.write(KEEP_ALIVE)
            while not watcher.closed:
                await self.flush()
                self.write(await watcher.next(self._keep_alive))
        except StreamClosedError:
            pass
        finally:
            self._relay.leave(watcher)

    def on_connection_close(self) -> None:
        """The watcher went."""
        super().on_connection_close()
        if self._watcher is not None:
            self._relay.leave(self._watcher)


def _public(status_code: int, exc_info: Any) -> PublicError:
    error = exc_info[1] if exc_info else None
    return error if isinstance(error, PublicError) else from_response(status_code, None)
