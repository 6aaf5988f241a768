"""What the stand-in App is told at start: options of the command line, and the real App's environment variables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Every knob of the stand-in App. Variable names are those of the real App (`docker-compose.yaml`, `settings/`)."""

    data: Path
    """Folder that holds everything: database, workspaces' files, runs."""
    host: str = "127.0.0.1"
    port: int = 8000
    notebooks_url: str = "http://localhost:8001"
    """Public address of the hub, as browsers see it, without a trailing slash (`NOTEBOOKS_URL`)."""
    notebooks_hub_url: str = "http://127.0.0.1:8001/hub"
    """Address of the hub as this process reaches it, without a trailing slash (`NOTEBOOKS_HUB_URL`)."""
    hub_api_token: str = ""
    """Token by which the App starts servers on the hub (`HUB_API_TOKEN`)."""
    session_cookie_domain: str | None = None
    session_cookie_samesite: str = "Lax"
    csrf_cookie_domain: str | None = None
    csrf_trusted_origins: tuple[str, ...] = ()
    """Origins, such as `https://hub.example.org`, that may send requests with cookies (`CSRF_TRUSTED_ORIGINS`)."""
    trust_forwarded_proto: bool = False
    """Believe `X-Forwarded-Proto: https`; cookies are then Secure (`TRUST_FORWARDED_PROTO`)."""
    samples: bool = True
    """Push the sample pipelines at first start."""
    postgres: bool = True
    """Give each workspace a PostgreSQL database."""
    max_runs: int = 4
    """Runs at one time; further ones wait in the order they came."""

    @property
    def local_url(self) -> str:
        """The address by which processes of this machine reach the App, without a trailing slash."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def notebooks_origin(self) -> str:
        """Scheme, host and port of the hub's public address."""
        parts = urlsplit(self.notebooks_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def database_file(self) -> Path:
        """The App's own database."""
        return self.data / "app.sqlite"

    def workspace_folder(self, slug: str) -> Path:
        """The folder that stands for the bucket of a workspace."""
        return self.data / "workspaces" / slug

    def run_folder(self, run_id: str) -> Path:
        """Where a run's code, home, temporary files and output lie."""
        return self.data / "runs" / run_id


def from_environment(environment: Mapping[str, str], **options: Any) -> Settings:
    """Settings from the App's environment variables; `options` (of the command line) win.

    Raises TypeError for an option that does not exist.
    """
    values: dict[str, Any] = {}
    for name in ("NOTEBOOKS_URL", "NOTEBOOKS_HUB_URL"):
        if name in environment:
            values[name.lower()] = environment[name].rstrip("/")
    for name in ("HUB_API_TOKEN", "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_DOMAIN"):
        if environment.get(name):
            values[name.lower()] = environment[name]
    values["csrf_trusted_origins"] = tuple(environment.get("CSRF_TRUSTED_ORIGINS", "").replace(",", " ").split())
    values["trust_forwarded_proto"] = environment.get("TRUST_FORWARDED_PROTO", "").lower() in TRUE_WORDS
    return Settings(**{**values, **options})
