"""What the App's views share: who asks, refusals, redirects to the login page, and headers of every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openhexa_contract.i18n import gettext as _
from openhexa_devapp import csrf
from openhexa_devapp.principals import Principal
from openhexa_devapp.services import Services
from openhexa_devapp.sessions import SESSION_COOKIE

View = Callable[[Request], Awaitable[Response]]
SECURITY_HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def services_of(request: Request) -> Services:
    """The App's services."""
    services: Services = request.app.state.services
    return services


def principal_of(request: Request) -> Principal:
    """Who sends this request; looked up once."""
    if not hasattr(request.state, "principal"):
        request.state.principal = services_of(request).principals.identify(
            request.headers.get("authorization"), request.cookies.get(SESSION_COOKIE)
        )
    principal: Principal = request.state.principal
    return principal


def with_dead_session_cleared(request: Request, response: Response) -> Response:
    """A session cookie that means nothing is taken back with the answer."""
    if principal_of(request).dead_session:
        services_of(request).sessions.clear_cookie(response)
    return response


def empty(status: int, headers: dict[str, str] | None = None) -> Response:
    """An answer without content."""
    return HTMLResponse("", status, headers)


def redirect(location: str, status: int = HTTPStatus.FOUND) -> Response:
    """To a path of the App, or elsewhere."""
    return RedirectResponse(location, status)


def login_redirect(request: Request) -> Response:
    """302 to the login page, not 401; only a caller that says it sends JSON gets a 401."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return with_dead_session_cleared(request, empty(HTTPStatus.UNAUTHORIZED))
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return with_dead_session_cleared(request, redirect(f"/login?next={quote(path)}"))


def forbidden(reason: csrf.Forged) -> Response:
    """403 with the reason, as Django's page."""
    title = _("Forbidden")
    text = _("CSRF verification failed. Request aborted.")
    return HTMLResponse(f"<h1>403 {title}</h1><p>{text}</p><p>{reason}</p>", HTTPStatus.FORBIDDEN)


def posted_only(view: View, allow: str = "POST") -> View:
    """405 with the App's Allow header for every other method."""

    async def guarded(request: Request) -> Response:
        if request.method != "POST":
            return empty(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": allow})
        return await view(request)

    return guarded


def csrf_protected(view: View) -> View:
    """403 for a POST that may be forged."""

    async def guarded(request: Request) -> Response:
        if request.method == "POST":
            try:
                csrf.check(request, services_of(request).settings)
            except csrf.Forged as reason:
                return forbidden(reason)
        return await view(request)

    return guarded


def logged_in_only(view: View) -> View:
    """Send those who are not logged in to the login page."""

    async def guarded(request: Request) -> Response:
        return await view(request) if principal_of(request).is_authenticated else login_redirect(request)

    return guarded


class CommonHeaders:
    """Adds the headers that every answer of the App has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI demands."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.add_vary_header("Cookie")
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
