"""The pages that people see: login, workspaces, a workspace's notebook; and logout."""

from __future__ import annotations

import re
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from openhexa_contract.i18n import gettext as _
from openhexa_contract.i18n import language
from openhexa_devapp import csrf
from openhexa_devapp.database import Row
from openhexa_devapp.hub import HubFailed
from openhexa_devapp.people import display_name
from openhexa_devapp.sessions import SESSION_COOKIE
from openhexa_devapp.settings import Settings
from openhexa_devapp.web import (
    csrf_protected,
    forbidden,
    logged_in_only,
    posted_only,
    principal_of,
    redirect,
    services_of,
    with_dead_session_cleared,
)

templates = Environment(
    loader=PackageLoader("openhexa_devapp"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
templates.globals["_"] = _
START_FILE = "Welcome.ipynb"
UNSAFE = re.compile(r"[\x00-\x20\\]")


def render(request: Request, name: str, status: int = HTTPStatus.OK, **values: Any) -> Response:
    """A page with its CSRF cookie; forms carry the same token."""
    services, person = services_of(request), principal_of(request).person
    secret = csrf.cookie_secret(request) or csrf.new_secret()
    text = templates.get_template(name).render(
        token=csrf.masked(secret),
        language=language(),
        person_name=display_name(person) if person else None,
        **values,
    )
    response = HTMLResponse(text, status, {"Cache-Control": "no-store"})
    services.sessions.set_csrf_cookie(response, secret)
    return with_dead_session_cleared(request, response)


def safe_next(target: str, settings: Settings) -> str:
    """Where to go after login: a path of the App or an address of the hub; the start page for anything else."""
    if not target or UNSAFE.search(target):
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return target if f"{parts.scheme}://{parts.netloc}" == settings.notebooks_origin else "/"
    return target if target.startswith("/") else "/"


async def login_page(request: Request) -> Response:
    """The form; somebody who is logged in goes on at once."""
    target = safe_next(request.query_params.get("next", ""), services_of(request).settings)
    if principal_of(request).person is not None:
        return redirect(target)
    return render(request, "login.html", next=target, email="", error=None)


async def log_in(request: Request) -> Response:
    """What the form sends."""
    form = await request.form()
    services = services_of(request)
    try:
        csrf.check(request, services.settings, str(form.get(csrf.FIELD, "")))
    except csrf.Forged as reason:
        return forbidden(reason)
    target = safe_next(str(form.get("next", "")), services.settings)
    email = str(form.get("email", ""))
    person = await run_in_threadpool(services.people.log_in, email, str(form.get("password", "")))
    if person is None:
        error = _("No active person has this e-mail address and password. Check both and try again.")
        return render(request, "login.html", HTTPStatus.UNAUTHORIZED, next=target, email=email, error=error)
    response = redirect(target)
    services.sessions.set_cookies(response, services.sessions.start(person["id"]))
    return response


async def log_out(request: Request) -> Response:
    """Ends the hub's login first, by the hub's own address and with this browser's cookies; then the App's."""
    services = services_of(request)
    try:
        csrf.check(request, services.settings, str((await request.form()).get(csrf.FIELD, "")))
    except csrf.Forged as reason:
        return forbidden(reason)
    session_key, secret = request.cookies.get(SESSION_COOKIE), csrf.cookie_secret(request)
    if session_key and secret:
        with suppress(HubFailed):  # a hub that is down must not keep anybody logged in here
            await run_in_threadpool(services.hub.log_out, session_key, secret)
    services.sessions.end(session_key)
    response = redirect("/login")
    response.headers["Expires"] = formatdate(usegmt=True)
    response.headers["Cache-Control"] = "max-age=0, no-cache, no-store, must-revalidate, private"
    services.sessions.set_csrf_cookie(response, csrf.new_secret())
    services.sessions.clear_cookie(response)
    return response


async def workspace_list(request: Request) -> Response:
    """The start page."""
    services, principal = services_of(request), principal_of(request)
    rows = [
        {**row, "role": services.permissions.role(principal, row).name}
        for row in services.workspaces.visible(principal)
    ]
    return render(request, "workspaces.html", workspaces=rows)


def _workspace(request: Request) -> Row | None:
    return services_of(request).workspaces.visible_by_slug(principal_of(request), request.path_params["slug"])


def _not_a_member(request: Request) -> Response:
    text = _("There is no workspace with this address, or you are not a member of it. Ask its administrator.")
    return render(request, "message.html", HTTPStatus.NOT_FOUND, title=_("No such workspace"), text=text)


async def notebooks_page(request: Request) -> Response:
    """The workspace with its notebook in a frame; viewers get a sentence instead."""
    services, principal = services_of(request), principal_of(request)
    workspace = _workspace(request)
    if workspace is None or principal.person is None:
        return _not_a_member(request)
    may_launch = services.permissions.may(principal, workspace, "launchNotebookServer")
    base = f"/workspaces/{workspace['slug']}/notebooks/"
    return render(
        request,
        "notebooks.html",
        workspace=workspace,
        may_launch=may_launch,
        server_url=f"{base}server/",
        file=START_FILE,
    )


async def start_server(request: Request) -> Response:
    """Start the notebook server as `launchNotebookServer` does; the page asks for its state afterwards."""
    workspace, person = _workspace(request), principal_of(request).person
    services = services_of(request)
    if workspace is None or person is None:
        return JSONResponse({"error": _("There is no such workspace.")}, HTTPStatus.NOT_FOUND)
    if not services.permissions.may(principal_of(request), workspace, "launchNotebookServer"):
        return JSONResponse({"error": _("You may look at this workspace, not start notebooks.")}, HTTPStatus.FORBIDDEN)
    cookies = {name: request.cookies.get(name) for name in (SESSION_COOKIE, csrf.COOKIE)}
    try:
        server = await run_in_threadpool(services.hub.launch, person["email"], workspace["slug"], cookies)
    except HubFailed as error:
        return _hub_failed(error)
    return JSONResponse({"ready": server.ready, "url": _notebook_url(services.settings, person, workspace)})


async def server_state(request: Request) -> Response:
    """Whether the server is ready; an error once the hub no longer lists it, so that nobody waits for ever."""
    workspace, person = _workspace(request), principal_of(request).person
    services = services_of(request)
    if workspace is None or person is None:
        return JSONResponse({"error": _("There is no such workspace.")}, HTTPStatus.NOT_FOUND)
    try:
        if not await run_in_threadpool(services.hub.has_server, person["email"], workspace["slug"]):
            error = _("The notebook server could not be started. The hub's log says why. Try again.")
            return JSONResponse({"error": error}, HTTPStatus.BAD_GATEWAY)
        server = await run_in_threadpool(services.hub.server, person["email"], workspace["slug"])
    except HubFailed as error:
        return _hub_failed(error)
    return JSONResponse({"ready": server.ready, "url": _notebook_url(services.settings, person, workspace)})


def _hub_failed(error: HubFailed) -> Response:
    if error.status is None:
        text = _("The notebooks do not answer. Perhaps they are still starting, or are not running. Try again.")
    else:
        text = _(
            "The notebooks refused to start your server (HTTP {status}). Try again; the hub's log says why."
        ).format(status=error.status)
    return JSONResponse({"error": text, "details": str(error)}, HTTPStatus.BAD_GATEWAY)


def _notebook_url(settings: Settings, person: Row, workspace: Row) -> str:
    server = f"{settings.notebooks_url}/user/{quote(person['email'], safe='@')}/{quote(workspace['slug'], safe='')}"
    return f"{server}/lab/tree/{START_FILE}"


ROUTES = [
    Route("/login", login_page, methods=["GET"]),
    Route("/login", log_in, methods=["POST"]),
    Route("/auth/logout/", posted_only(log_out, "POST, OPTIONS"), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    Route("/", logged_in_only(workspace_list), methods=["GET"]),
    Route("/workspaces/{slug}/", logged_in_only(notebooks_page), methods=["GET"]),
    Route("/workspaces/{slug}/notebooks/", logged_in_only(notebooks_page), methods=["GET"]),
    Route("/workspaces/{slug}/notebooks/server/", logged_in_only(csrf_protected(start_server)), methods=["POST"]),
    Route("/workspaces/{slug}/notebooks/server/", logged_in_only(server_state), methods=["GET"]),
]
