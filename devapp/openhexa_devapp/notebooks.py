"""The routes by which the hub learns who somebody is and which credentials her server gets."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from openhexa_devapp.database import Row
from openhexa_devapp.tokens import BadSignature
from openhexa_devapp.web import (
    csrf_protected,
    empty,
    logged_in_only,
    posted_only,
    principal_of,
    services_of,
    with_dead_session_cleared,
)

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
MAY_NOT_LAUNCH = "User does not have permission to launch notebooks"


async def authenticate(request: Request) -> Response:
    """Whose cookies these are: the address in its own case."""
    person = principal_of(request).person
    return JSONResponse({"username": person["email"]} if person else {}, 200 if person else HTTPStatus.UNAUTHORIZED)


async def default_credentials(request: Request) -> Response:
    """For the server without a name: no workspace, no secrets."""
    person = principal_of(request).person
    if person is None:
        return JSONResponse({}, HTTPStatus.UNAUTHORIZED)
    return JSONResponse({"username": person["email"], "env": {"GIT_EXTENSION_ENABLED": "false"}, "files": {}})


async def workspace_credentials(request: Request) -> Response:
    """The workspace is a form field, never JSON. Without CSRF protection, and known before the caller is (a trap)."""
    slug = ""
    if not request.headers.get("content-type", "").startswith("application/json"):
        slug = str((await request.form()).get("workspace") or "")
    if not slug:
        return JSONResponse({"error": "No workspace given"}, HTTPStatus.BAD_REQUEST)
    if "authorization" in request.headers:
        return _credentials_of_run(request, slug)
    return with_dead_session_cleared(request, _credentials_of_person(request, slug))


async def workspace_credentials_by_path(request: Request) -> Response:
    """The deprecated form; its anonymous callers are sent to the login page."""
    return _credentials_of_person(request, request.path_params["slug"])


def _credentials_of_person(request: Request, slug: str) -> Response:
    services, principal = services_of(request), principal_of(request)
    workspace = services.workspaces.by_slug(slug)
    if workspace is None:
        return JSONResponse({}, HTTPStatus.NOT_FOUND)
    if principal.person is None:
        return JSONResponse({}, HTTPStatus.UNAUTHORIZED)
    membership = services.people.membership(principal.person["id"], workspace["id"])
    if membership is None or not services.permissions.may(principal, workspace, "launchNotebookServer"):
        return JSONResponse({"error": MAY_NOT_LAUNCH}, HTTPStatus.UNAUTHORIZED)
    return JSONResponse(services.credentials.of_member(principal.person, workspace, membership))


def _credentials_of_run(request: Request, slug: str) -> Response:
    """With an Authorization header only tokens of running runs count, whatever the cookies say."""
    services = services_of(request)
    words = request.headers["authorization"].split(" ")
    if len(words) != 2:
        return empty(HTTPStatus.INTERNAL_SERVER_ERROR)
    if words[0].lower() != "bearer":
        error = "Authorization header should start with 'bearer'"
        return JSONResponse({"error": error}, HTTPStatus.UNAUTHORIZED)
    try:
        access_token = services.signer.read(words[1])
    except BadSignature as reason:
        return JSONResponse({"error": str(reason)}, HTTPStatus.UNAUTHORIZED)
    run = services.principals.run_by_access_token(access_token)
    pipeline: Row | None = services.pipelines.get(run["pipeline"]) if run else None
    workspace = services.workspaces.by_slug(slug)
    if run is None or pipeline is None or workspace is None or pipeline["workspace"] != workspace["id"]:
        return JSONResponse({}, HTTPStatus.NOT_FOUND)
    return JSONResponse(services.credentials.of_run(run, pipeline, workspace))


ROUTES = [
    Route("/notebooks/authenticate/", logged_in_only(csrf_protected(posted_only(authenticate))), methods=METHODS),
    Route(
        "/notebooks/default-credentials/",
        logged_in_only(csrf_protected(posted_only(default_credentials))),
        methods=METHODS,
    ),
    Route("/workspaces/credentials/", posted_only(workspace_credentials), methods=METHODS),
    Route(
        "/workspaces/{slug}/credentials/", logged_in_only(posted_only(workspace_credentials_by_path)), methods=METHODS
    ),
]
