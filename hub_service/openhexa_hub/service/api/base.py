"""What every handler has: a caller or none, a bounded body, and the one shape of error."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

import msgspec
from jupyterhub.services.auth import HubOAuthenticated
from tornado.web import HTTPError, RequestHandler, stream_request_body

from openhexa_contract.api import decode
from openhexa_contract.errors import (
    Forbidden,
    InternalError,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PublicError,
    TooLarge,
    from_response,
)
from openhexa_contract.i18n import gettext as _
from openhexa_hub.service.access import Caller
from openhexa_hub.service.auth import bearer
from openhexa_hub.service.parts import Parts
from openhexa_hub.service.sealing import CALLBACK_PREFIX

log = logging.getLogger(__name__)
T = TypeVar("T")
Method = Callable[..., Awaitable[None]]

DISCARDED = 8
"""A body up to so many times the limit is read to its end before it is refused; a larger one is cut off."""


@stream_request_body
class BaseHandler(RequestHandler):
    """Errors as JSON, bodies up to a limit, no caching, no CORS."""

    parts: Parts

    def initialize(self, parts: Parts) -> None:
        """Take what the service is made of."""
        self.parts = parts
        self._body = bytearray()
        self._received = 0

    def set_default_headers(self) -> None:
        """Say nothing of the server's software; answers are nobody else's to keep or frame."""
        self.clear_header("Server")
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def prepare(self) -> None:
        """Refuse a body that is announced as far too large before it is read."""
        length = self.request.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > DISCARDED * self.parts.settings.body_limit:
            raise self._too_large()

    def data_received(self, chunk: bytes) -> None:
        """Collect the body. One that is too large is read to its end all the same, so that the answer is heard."""
        limit = self.parts.settings.body_limit
        self._received += len(chunk)
        if self._received > DISCARDED * limit:
            self._cut_off()
        elif self._received <= limit:
            self._body += chunk

    def body(self, kind: type[T]) -> T:
        """Return the body as a request model; an empty body counts as `{}`."""
        return decode(kind, self.raw_body())

    def raw_body(self) -> bytes:
        """Return the body as it came. TooLarge: it is larger than allowed."""
        if self._received > self.parts.settings.body_limit:
            raise self._too_large()
        return bytes(self._body) or b"{}"

    def answer(self, content: Any, status: int = 200) -> None:
        """Write a JSON answer."""
        self.set_status(status)
        self.finish(msgspec.json.encode(content))

    def query(self, name: str) -> str | None:
        """Return an argument of the query; None when it is absent or empty. InvalidInput for one that is no text."""
        values = self.request.query_arguments.get(name)
        if not values:
            return None
        try:
            return values[-1].decode().strip() or None
        except UnicodeDecodeError:
            raise InvalidInput(_("The address is not valid."), {name: _("This is not text in UTF-8.")}) from None

    def number(self, name: str, otherwise: int | None, lowest: int, highest: int) -> int | None:
        """Return a whole number of the query. InvalidInput outside of its range."""
        text = self.query(name)
        if text is None:
            return otherwise
        if not (text.isascii() and text.isdigit() and len(text) < 20 and lowest <= int(text) <= highest):
            sentence = _("A whole number from {lowest} to {highest} is needed.").format(lowest=lowest, highest=highest)
            raise InvalidInput(_("The address is not valid."), {name: sentence})
        return int(text)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the one shape of error body."""
        write_public_error(self, status_code, kwargs.get("exc_info"))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Refusals are no failures of the service: a traceback only for what is."""
        if isinstance(value, PublicError):
            level = logging.WARNING if value.status >= 500 else logging.INFO
            log.log(level, "%s %s: %s %s", self.request.method, self.request.path, value.status, value.code)
        else:
            super().log_exception(typ, value, tb)

    def _cut_off(self) -> None:
        """End the connection: nobody can hear an answer who does not stop sending."""
        connection: Any = self.request.connection
        if not connection.stream.closed():
            log.info("%s %s: cut off after %s bytes", self.request.method, self.request.path, self._received)
            connection.stream.close()

    def _too_large(self) -> TooLarge:
        limit = self.parts.settings.body_limit
        return TooLarge(_("The request is larger than {limit} bytes. Send smaller values.").format(limit=limit))


class PersonHandler(HubOAuthenticated, BaseHandler):
    """A handler for people: its methods are marked with `needs`, which finds out who asks."""

    caller: Caller
    _token_authenticated = False

    def initialize(self, parts: Parts) -> None:
        """Take what the service is made of."""
        super().initialize(parts)
        self.hub_auth = parts.identities.oauth

    def get_current_user(self) -> Any:
        """Return the hub's model of who was identified; JupyterHub's own would ask the hub, and block."""
        return vars(self).get("_cached_hub_user")

    async def identify(self, scope: str) -> bool:
        """Set `caller`, or raise the reason why not. False: a browser that merely navigates was sent to log in."""
        if bearer(self).startswith(CALLBACK_PREFIX):
            raise Forbidden(_("A callback token can only report about tasks."))
        try:
            self.caller = await self.parts.identities.caller(self, scope)
        except NotAuthenticated:
            if not self._navigates():
                raise
            self.redirect(self.get_login_url())
            return False
        if self._navigates():
            self.xsrf_token  # noqa: B018  (sets the cookie that the page's own requests need)
        return True

    async def own_workspace(self) -> str:
        """Return the one workspace that the request is about."""
        return await self.parts.access.workspace(self.caller, self.query("workspace"))

    async def workspaces(self) -> tuple[str, ...]:
        """Return the workspaces that the request covers."""
        return await self.parts.access.workspaces(self.caller, self.query("workspace"))

    def _navigates(self) -> bool:
        headers = self.request.headers
        is_page = headers.get("Sec-Fetch-Mode", "navigate") == "navigate" and "text/html" in headers.get("Accept", "")
        return self.request.method == "GET" and is_page


def needs(scope: str) -> Callable[[Method], Method]:
    """Mark a method of a PersonHandler: it runs for callers that hold the scope, who are known then as `caller`."""

    def mark(method: Method) -> Method:
        @wraps(method)
        async def run(handler: PersonHandler, *arguments: str) -> None:
            if await handler.identify(scope):
                await method(handler, *arguments)

        vars(run)["scope"] = scope
        return run

    return mark


class UnknownHandler(BaseHandler):
    """Every address that no route knows."""

    def get(self) -> None:
        """Refuse whatever the method is."""
        raise NotFound(_("There is nothing at this address."))

    head = post = patch = put = delete = options = get


def methods(handler: RequestHandler) -> list[str]:
    """Return the methods that a handler understands."""
    unimplemented = RequestHandler._unimplemented_method
    return [
        name
        for name in ("GET", "POST", "PATCH", "PUT", "DELETE")
        if getattr(type(handler), name.lower()) is not unimplemented
    ]


def write_public_error(handler: RequestHandler, status: int, exc_info: Any) -> None:
    """Answer a request with an error: the one place where errors become answers."""
    error = exc_info[1] if exc_info else None
    public = error if isinstance(error, PublicError) else _public(status, error)
    handler.set_status(public.status)
    if isinstance(public, NotAllowed):
        handler.set_header("Allow", ", ".join(methods(handler)))
    if isinstance(public, NotAuthenticated):
        handler.set_header("WWW-Authenticate", "Bearer")
    handler.set_header("Content-Type", "application/json")
    handler.finish(msgspec.json.encode(public.body()))


def _public(status: int, error: object) -> PublicError:
    if status == 405:
        return NotAllowed(_("This address does not understand that method."))
    if status == 404:
        return NotFound(_("There is nothing at this address."))
    if isinstance(error, HTTPError) and status < 500:
        return from_response(
            status, {"error": _("The request was refused: {reason}.").format(reason=error.reason or status)}
        )
    return InternalError(
        _("The pipelines service has a problem of its own. Try again; if it happens again, tell your support.")
    )
