"""The extension as jupyter_server runs it: its settings, its routes, and what it tells the kernels."""

from __future__ import annotations

import os
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from traitlets import Float, Integer, Unicode, default

from openhexa_jupyter.server.handlers import EventsHandler, ForwardHandler
from openhexa_jupyter.server.relay import Relay
from openhexa_jupyter.server.upstream import Upstream

_ANY_ADDRESS = ("", "0.0.0.0", "::", "*")  # noqa: S104 - compared with, not bound to


class OpenHexaExtension(ExtensionApp):
    """Brings the pipelines service to the notebooks of this server."""

    name = "openhexa_jupyter"
    description = "Pipelines and tasks of OpenHEXA in the notebook."

    pipelines_url = Unicode(
        help="""Base URL of the pipelines service, prefix included, as this server reaches it directly, for example
        http://pipelines:8181/services/pipelines. Default: the environment variable OPENHEXA_PIPELINES_URL, which the
        hub sets; without it every request is answered with 503 and a sentence."""
    ).tag(config=True)

    @default("pipelines_url")
    def _default_pipelines_url(self) -> str:
        return os.environ.get("OPENHEXA_PIPELINES_URL", "")

    connect_timeout = Float(5.0, min=0.1, help="Seconds to wait for a connection to the service, for example 5.").tag(
        config=True
    )
    request_timeout = Float(
        30.0, min=0.1, help="Seconds to wait for the service's whole answer, for example 30; then 503."
    ).tag(config=True)
    max_request_bytes = Integer(
        1024**2, min=1024, help="Largest request body that is forwarded, in bytes, for example 1048576; above it 413."
    ).tag(config=True)
    max_answer_bytes = Integer(
        16 * 1024**2, min=1024, help="Largest answer of the service that is passed on, in bytes, for example 16777216."
    ).tag(config=True)
    keep_alive = Float(
        15.0, min=0.01, help="Seconds after which a silent stream of events sends a comment, for example 15."
    ).tag(config=True)
    idle_timeout = Float(
        60.0, min=0.1, help="Seconds after which a silent stream of the service counts as dead, for example 60."
    ).tag(config=True)
    queue_length = Integer(
        256, min=1, help="Events kept for a slow reader before they are replaced by one resync, for example 256."
    ).tag(config=True)

    def initialize_handlers(self) -> None:
        """One upstream and one relay serve all requests of this server."""
        self._upstream = Upstream(
            self.pipelines_url,
            connect_timeout=self.connect_timeout,
            request_timeout=self.request_timeout,
            idle_timeout=self.idle_timeout,
            max_answer_bytes=self.max_answer_bytes,
        )
        self._relay = Relay(self._upstream.listen, queue_length=self.queue_length)
        events: dict[str, Any] = {"upstream": self._upstream, "relay": self._relay, "keep_alive": self.keep_alive}
        forward: dict[str, Any] = {"upstream": self._upstream, "max_request_bytes": self.max_request_bytes}
        self.handlers.append((r"/openhexa/api/events/", EventsHandler, events))
        self.handlers.append((r"/openhexa/api/(.*)", ForwardHandler, forward))
        self._tell_kernels()

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        """By now the port is known, even one that the system chose."""
        self._tell_kernels()

    async def stop_extension(self) -> None:
        """Connections end with the server."""
        self._relay.close()
        self._upstream.close()

    def _tell_kernels(self) -> None:
        """Kernels inherit the address, and outside a hub the token, by the environment."""
        server = self.serverapp
        if server is None or server.sock:
            return
        os.environ["OPENHEXA_EXTENSION_URL"] = extension_url(server)
        token = server.identity_provider.token
        if token and not os.environ.get("JUPYTERHUB_API_TOKEN"):
            os.environ["OPENHEXA_EXTENSION_TOKEN"] = token


def extension_url(server: ServerApp) -> str:
    """The address of this extension on the machine itself, without a slash at the end."""
    host = "127.0.0.1" if server.ip in _ANY_ADDRESS else server.ip
    host = f"[{host}]" if ":" in host else host
    scheme = "https" if server.certfile else "http"
    return url_path_join(f"{scheme}://{host}:{server.port}", server.base_url, "openhexa/api")
