"""The messages of a run as server-sent events, until the run ends."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from openhexa_devapp.database import Row
from openhexa_devapp.runs import GOING
from openhexa_devapp.services import Services
from openhexa_devapp.web import empty, logged_in_only, principal_of, services_of

POLL_SECONDS = 0.5
PING_SECONDS = 15.0


def encode(event: str, data: Any) -> bytes:
    """One event in the stream's format."""
    return f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()


async def stream_messages(request: Request) -> Response:
    """`?from=N` leaves out the first N messages."""
    services = services_of(request)
    run = services.runs.get(request.path_params["run_id"])
    if run is None or services.pipelines.visible_by_id(principal_of(request), run["pipeline"]) is None:
        return empty(HTTPStatus.NOT_FOUND)
    start = request.query_params.get("from", "0")
    return StreamingResponse(
        _events(services, run, int(start) if start.isdecimal() else 0),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _events(services: Services, run: Row, index: int) -> AsyncIterator[bytes]:
    last_sent = time.monotonic()
    current: Row | None = run
    while current is not None:
        is_going = current["status"] in GOING
        for message in services.runs.messages(run["id"], index):
            index += 1
            last_sent = time.monotonic()
            yield encode("message", {key: message[key] for key in ("message", "priority", "timestamp")})
        if not is_going:
            yield encode("done", {"status": current["status"]})
            return
        if time.monotonic() - last_sent > PING_SECONDS:
            last_sent = time.monotonic()
            yield encode("ping", {})
        await asyncio.sleep(POLL_SECONDS)
        current = services.runs.get(run["id"])


ROUTES = [Route("/pipelines/runs/{run_id}/messages/stream/", logged_in_only(stream_messages), methods=["GET"])]
