"""The command `openhexa-devapp`: starts the stand-in App on this machine."""

from __future__ import annotations

import argparse
import errno
import os
import socket
import sys
from pathlib import Path

import uvicorn

from openhexa_contract.i18n import gettext as _
from openhexa_devapp.application import create_app
from openhexa_devapp.settings import Settings, from_environment

SHUTDOWN_SECONDS = 3


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        "openhexa-devapp", description=_("A stand-in of the OpenHEXA App for development.")
    )
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on (default: %(default)s)"))
    parser.add_argument("--port", type=int, default=8000, help=_("port to listen on, 0 for any (default: %(default)s)"))
    parser.add_argument(
        "--data", type=Path, default=Path(".devapp"), help=_("folder for its data (default: %(default)s)")
    )
    parser.add_argument("--no-samples", dest="samples", action="store_false", help=_("push no sample pipelines"))
    parser.add_argument("--no-database", dest="postgres", action="store_false", help=_("start no PostgreSQL"))
    return parser.parse_args(arguments)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Exits with a sentence when that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = _("another program uses it") if error.errno == errno.EADDRINUSE else str(error)
        sys.exit(
            _(
                "The stand-in App cannot listen on port {port} of {host}: {reason}. "
                "End that program, or choose another port with --port, for example --port {other}."
            ).format(port=port, host=host, reason=reason, other=port + 10)
        )
    return listener


def say(text: str) -> None:
    """Print at once, into a pipe too."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def serve(settings: Settings, listener: socket.socket) -> None:
    """Run the App until a signal ends it."""
    say(_("This is a development tool with known passwords. Never use it in production."))
    config = uvicorn.Config(
        create_app(settings),
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config, settings)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


class _Server(uvicorn.Server):
    """Says the address once requests are answered."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
            say(f"Serving on http://{host}:{self._settings.port}")


def main(arguments: list[str] | None = None) -> None:
    """The command `openhexa-devapp`."""
    options = parse_arguments(arguments)
    listener = listen(options.host, options.port)
    settings = from_environment(
        os.environ,
        data=options.data.resolve(),
        host=options.host,
        port=listener.getsockname()[1],
        samples=options.samples,
        postgres=options.postgres,
    )
    serve(settings, listener)
