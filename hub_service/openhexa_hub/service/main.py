"""The service as a process: configuration, routes, listening, and a clean end."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.httpserver import HTTPServer
from tornado.web import Application as WebApplication
from tornado.web import RequestHandler
from traitlets import Bool, Dict, Unicode
from traitlets.config import Application

from openhexa_hub.service.api import callback_tokens, events, health, launch, pipelines, tasks
from openhexa_hub.service.api.base import UnknownHandler, write_public_error
from openhexa_hub.service.auth import ServiceOAuth
from openhexa_hub.service.migrate import WrongSchema, migrate
from openhexa_hub.service.parts import Parts
from openhexa_hub.service.settings import Settings
from openhexa_hub.service.tasks.database import Database

log = logging.getLogger(__name__)
UNLIMITED = 2**40
"""Tornado's own limit would cut the line without an answer; the handlers have a limit that says so."""


class CannotStart(Exception):
    """Why the service cannot start, in a sentence."""


class PipelinesService(Application):
    """Pipelines and tasks of OpenHEXA over REST, beside JupyterHub. `Settings` configures it."""

    name = Unicode("openhexa-pipelines-service")
    description = Unicode(__doc__)
    classes = [Settings, ServiceOAuth]  # noqa: RUF012
    config_file = Unicode("", help="A configuration file in Python, in which `c.Settings.…` are set.").tag(config=True)
    migrate_only = Bool(False, help="Bring the database to this release's schema, and end.").tag(config=True)
    aliases = Dict({"config": "PipelinesService.config_file", "log-level": "Application.log_level"})
    flags = Dict({"migrate-only": ({"PipelinesService": {"migrate_only": True}}, migrate_only.help)})

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read command line and configuration file."""
        self.parse_command_line(argv)
        if self.config_file:
            self.load_config_file(self.config_file)
        layout = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        level: Any = self.log_level
        logging.basicConfig(level=level, format=layout, stream=sys.stderr)

    def start(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        settings = Settings(config=self.config)
        if self.migrate_only:
            migrate(Database(settings.database_url))
            return
        if not settings.keys:
            sys.exit(
                "The pipelines service needs a key for secrets at rest: set OPENHEXA_SERVICE_KEY. " + Settings.keys.help
            )
        try:
            asyncio.run(serve(settings, ServiceOAuth(config=self.config)))
        except (WrongSchema, CannotStart) as error:
            sys.exit(f"The pipelines service cannot start: {error}")


def make_application(parts: Parts) -> WebApplication:
    """Return the tornado application with every route below the prefix."""
    prefix = parts.settings.prefix
    given = {"parts": parts}
    routes: list[Any] = [
        (prefix.rstrip("/") + path + "?", handler, given)
        for module in (launch, pipelines, tasks, events, callback_tokens)
        for path, handler in module.routes
    ]
    return WebApplication(
        [(prefix + "oauth_callback", _oauth_callback(parts)), *routes],
        default_handler_class=UnknownHandler,
        default_handler_args=given,
        cookie_secret=parts.cookie_secret,
        log_function=log_request,
    )


def make_health_application(parts: Parts) -> WebApplication:
    """Return the application for the second port."""
    given = {"parts": parts}
    routes: list[Any] = [(path, handler, given) for path, handler in health.routes]
    return WebApplication(
        routes, default_handler_class=UnknownHandler, default_handler_args=given, log_function=log_request
    )


def _oauth_callback(parts: Parts) -> type[RequestHandler]:
    class Callback(HubOAuthCallbackHandler):
        """Where the hub sends a browser back to after its login."""

        @property
        def hub_auth(self) -> ServiceOAuth:
            """The service's own client."""
            return parts.identities.oauth

        def get_current_user(self) -> None:
            """Return nobody: a login that comes without its own state is refused, logged in or not."""
            return

        def write_error(self, status_code: int, **kwargs: Any) -> None:
            """Write the one shape of error body."""
            write_public_error(self, status_code, kwargs.get("exc_info"))

    return Callback


def log_request(handler: RequestHandler) -> None:
    """Log a request without its query, which may hold secrets."""
    status = handler.get_status()
    level = logging.WARNING if status >= 500 else logging.DEBUG if status < 400 else logging.INFO
    milliseconds = 1000 * handler.request.request_time()
    log.log(level, "%s %s %s %.1fms", status, handler.request.method, handler.request.path, milliseconds)


async def serve(settings: Settings, oauth: ServiceOAuth) -> None:
    """Serve until a signal, then finish what is under way."""
    parts = Parts(settings, oauth)
    servers: list[HTTPServer] = []
    await parts.start()
    try:
        address = urlsplit(settings.bind_url)
        server = HTTPServer(make_application(parts), max_body_size=UNLIMITED, xheaders=True)
        servers.append(_listen(server, address.hostname or "127.0.0.1", address.port or 80, "JUPYTERHUB_SERVICE_URL"))
        if settings.health_port:
            second = HTTPServer(make_health_application(parts))
            servers.append(_listen(second, settings.health_ip, settings.health_port, "c.Settings.health_port"))
        log.info("Serving %s%s for %s", settings.bind_url, settings.prefix, settings.app_url)
        await _signalled()
    finally:
        for server in servers:
            server.stop()
        parts.watchers.end()
        for server in servers:
            await server.close_all_connections()
        await parts.stop()


def _listen(server: HTTPServer, host: str, port: int, knob: str) -> HTTPServer:
    try:
        server.listen(port, host)
    except OSError as error:
        raise CannotStart(f"port {port} on {host} cannot be used ({error.strerror}). Change it by {knob}.") from None
    return server


async def _signalled() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def main(argv: list[str] | None = None) -> None:
    """Run the service."""
    PipelinesService.launch_instance(argv)
