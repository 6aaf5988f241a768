"""Sending and fetching one file of a workspace by a signed address, without any other authorization."""

from __future__ import annotations

import mimetypes
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from openhexa_devapp.graphql.bucket import SALT
from openhexa_devapp.tokens import BadSignature
from openhexa_devapp.web import empty, services_of


def _target(request: Request, kind: str) -> tuple[str, str] | None:
    """Workspace and key that the address was made for; None when it was not made for this."""
    try:
        value = services_of(request).signer.read_until(request.path_params["token"], salt=SALT)
    except BadSignature:
        return None
    return (value["workspace"], value["key"]) if value["kind"] == kind else None


async def upload(request: Request) -> Response:
    """PUT (or POST) the whole file."""
    target = _target(request, "up")
    if target is None:
        return empty(HTTPStatus.FORBIDDEN)
    await run_in_threadpool(services_of(request).files.write, *target, await request.body())
    return empty(HTTPStatus.CREATED)


async def download(request: Request) -> Response:
    """As an attachment or to be shown, as the address says."""
    target = _target(request, "dl")
    if target is None:
        return empty(HTTPStatus.FORBIDDEN)
    path = services_of(request).files.path(*target)
    if not path.is_file():
        return empty(HTTPStatus.NOT_FOUND)
    return FileResponse(
        path,
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        filename=path.name,
        content_disposition_type="attachment" if request.query_params.get("attachment") == "true" else "inline",
    )


ROUTES = [
    Route("/files/up/{token}/", upload, methods=["PUT", "POST"]),
    Route("/files/dl/{token}/", download, methods=["GET"]),
]
