"""The Starlette application: its routes, and what is started and ended with it."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles

from openhexa_contract.i18n import gettext as _
from openhexa_devapp import graphql_view, notebooks, pages, run_pages, sample_pipelines, seeds, stream, transfers
from openhexa_devapp.graphql.execution import Executor
from openhexa_devapp.graphql.schema import make_schema
from openhexa_devapp.postgres import Postgres, PostgresFailed
from openhexa_devapp.runner import Runner
from openhexa_devapp.services import Services
from openhexa_devapp.settings import Settings
from openhexa_devapp.web import CommonHeaders, redirect

log = logging.getLogger(__name__)


def create_app(settings: Settings) -> Starlette:
    """The App of a data folder. Its lifespan seeds the folder and runs pipelines."""
    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(CommonHeaders)],
        exception_handlers={HTTPStatus.NOT_FOUND: _not_found},
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.executor = Executor(make_schema())
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    services = Services.of(app.state.settings)
    app.state.services = services
    await asyncio.to_thread(seeds.seed_people, services)
    await asyncio.to_thread(_start_postgres, services)
    runner = Runner(services)
    await runner.start()
    app.state.ready = asyncio.create_task(_push_samples(services))
    try:
        yield
    finally:
        app.state.ready.cancel()
        await asyncio.gather(app.state.ready, return_exceptions=True)
        await runner.stop()
        services.hub.close()
        if services.postgres is not None:
            await asyncio.to_thread(services.postgres.stop)
        services.database.close()


def _start_postgres(services: Services) -> None:
    """Without a PostgreSQL the App works too; only the workspaces have no database then."""
    if not services.settings.postgres:
        return
    postgres = Postgres(services.settings.data / "postgres")
    try:
        postgres.start(services.workspaces.all())
    except PostgresFailed:
        log.exception("Workspaces have no database")
        return
    services.use_postgres(postgres)


async def _push_samples(services: Services) -> None:
    """In the background, as the command line talks to this very App."""
    if not services.settings.samples:
        return
    try:
        await asyncio.to_thread(sample_pipelines.push_samples, services)
    except (sample_pipelines.PushFailed, OSError, subprocess.TimeoutExpired):
        log.exception("The sample pipelines could not be pushed; the next start tries again")


async def ready(request: Request) -> Response:
    """200 once the sample pipelines are there (or have failed to come), 503 before."""
    is_ready = request.app.state.ready.done()
    return JSONResponse({"ready": is_ready}, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


async def _not_found(request: Request, error: Exception) -> Response:
    """A path without its final slash is redirected for good, POST too (a trap: the POST becomes a GET)."""
    path = request.url.path
    if not path.endswith("/"):
        scope = {**request.scope, "path": f"{path}/"}
        if any(route.matches(scope)[0] is not Match.NONE for route in ROUTES):
            query = f"?{request.url.query}" if request.url.query else ""
            return redirect(f"{path}/{query}", HTTPStatus.MOVED_PERMANENTLY)
    text = error.detail if isinstance(error, HTTPException) and error.detail != "Not Found" else None
    return HTMLResponse(
        f"<!doctype html><title>404</title><h1>404</h1><p>{text or _('This page does not exist.')}</p>",
        HTTPStatus.NOT_FOUND,
    )


ROUTES: list[BaseRoute] = [
    *notebooks.ROUTES,
    *graphql_view.ROUTES,
    *stream.ROUTES,
    *transfers.ROUTES,
    *pages.ROUTES,
    *run_pages.ROUTES,
    Route("/ready/", ready, methods=["GET"]),
    Mount("/static", StaticFiles(packages=[("openhexa_devapp", "static")])),
]
