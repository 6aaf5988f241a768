"""What one demo consists of: its addresses, its folder and its secrets. Nothing is read or written at import."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

HOST = "localhost"
LOOPBACK = "127.0.0.1"
MARKER = "OPENHEXA_DEMO_DATA"
SECRETS: dict[str, Callable[[], str]] = {
    "HUB_API_TOKEN": lambda: secrets.token_hex(32),
    "JUPYTERHUB_CRYPT_KEY": lambda: secrets.token_hex(32),
    "CONFIGPROXY_AUTH_TOKEN": lambda: secrets.token_hex(32),
    "OPENHEXA_SERVICE_KEY": lambda: Fernet.generate_key().decode(),
}


@dataclass(frozen=True)
class Demo:
    """The settings of one demo.

    `data` is the folder in which everything is kept. `app_port` and `hub_port` are what the browser sees; both answer
    on the same host name, so that the App's cookies reach the hub (a cookie knows hosts, not ports).
    `hub_api_port`, `proxy_api_port` and `service_port` are internal.
    """

    data: Path
    app_port: int
    hub_port: int
    hub_api_port: int
    proxy_api_port: int
    service_port: int

    @property
    def app_url(self) -> str:
        """The one address that a person opens."""
        return f"http://{HOST}:{self.app_port}"

    @property
    def hub_url(self) -> str:
        """The hub as the browser sees it: the address of its proxy."""
        return f"http://{HOST}:{self.hub_port}"

    @property
    def service_url(self) -> str:
        """The pipelines service as a running pipeline and a browser see it."""
        return f"{self.hub_url}/services/pipelines"

    def secrets(self) -> dict[str, str]:
        """The demo's secrets by the name of their environment variable; made at the first start, kept in a file of
        mode 0600.
        """
        path = self.data / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        missing = {name: make() for name, make in SECRETS.items() if name not in known}
        if missing:
            known |= missing
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(known, file)
        return known

    def environment(self) -> dict[str, str]:
        """The environment of every process of the demo.

        The variables are those of a real deployment, as the App and the hub read them; the marker tells which processes
        belong to this demo, so that a later start finds what a killed one left behind.
        """
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("HEXA_", "JUPYTERHUB_"))},
            **self.secrets(),
            MARKER: str(self.data),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            "NOTEBOOKS_URL": self.hub_url,
            "NOTEBOOKS_HUB_URL": f"http://{LOOPBACK}:{self.hub_port}/hub",
            "HEXA_SERVER_URL": self.app_url,
            "AUTHENTICATION_URL": f"{self.app_url}/notebooks/authenticate/",
            "DEFAULT_CREDENTIALS_URL": f"{self.app_url}/notebooks/default-credentials/",
            "WORKSPACE_CREDENTIALS_URL": f"{self.app_url}/workspaces/credentials/",
            "LOGOUT_REDIRECT_URL": f"{self.app_url}/login",
            "OPENHEXA_PIPELINES_SERVICE": "managed",
            "OPENHEXA_PIPELINES_URL": f"http://{LOOPBACK}:{self.service_port}/services/pipelines",
            "OPENHEXA_PUBLIC_URL": self.service_url,
            "OPENHEXA_APP_URL": self.app_url,
            "OPENHEXA_DATABASE_URL": f"sqlite:///{self.data / 'service.sqlite'}",
            "OPENHEXA_DEMO_HUB_PORT": str(self.hub_port),
            "OPENHEXA_DEMO_HUB_API_PORT": str(self.hub_api_port),
            "OPENHEXA_DEMO_PROXY_API_PORT": str(self.proxy_api_port),
        }
