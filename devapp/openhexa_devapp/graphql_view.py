"""`/graphql/` over HTTP."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from openhexa_contract.i18n import gettext as _
from openhexa_devapp.graphql.context import Context
from openhexa_devapp.graphql.execution import Executor
from openhexa_devapp.web import principal_of, services_of

MAX_BODY_BYTES = 5 * 1024 * 1024


async def graphql(request: Request) -> Response:
    """Never CSRF protected, whatever the Origin (a trap): the cookie alone is enough."""
    raw = await request.body()
    if len(raw) > MAX_BODY_BYTES:
        return JSONResponse({"error": "REQUEST_TOO_LARGE"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        body = json.loads(raw)
    except ValueError:
        return HTMLResponse("Request body is not a valid JSON", HTTPStatus.BAD_REQUEST)
    if not isinstance(body, dict):
        error = {"message": "Operation data should be a JSON object"}
        return JSONResponse({"errors": [error]}, HTTPStatus.BAD_REQUEST)
    return await _execute(request, body)


async def _execute(request: Request, body: dict[str, Any]) -> Response:
    services = services_of(request)
    context = Context(
        services=services,
        principal=principal_of(request),
        cookies=request.cookies,
        base_url=str(request.base_url).rstrip("/"),
    )
    executor: Executor = request.app.state.executor
    status, answer = await run_in_threadpool(executor.execute, body, context)
    response = JSONResponse(answer, status)
    if context.new_session is not None:
        services.sessions.set_cookies(response, context.new_session)
    if context.ended_session:
        services.sessions.clear_cookie(response)
    return response


async def explain(request: Request) -> Response:
    """What a browser gets."""
    text = _("This is the stand-in App's GraphQL. Send POST requests with JSON: query, variables.")
    return HTMLResponse(f"<!doctype html><title>GraphQL</title><p>{text}</p>")


ROUTES = [
    Route("/graphql/", explain, methods=["GET"]),
    Route("/graphql/", graphql, methods=["POST"]),
]
