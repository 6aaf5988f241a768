"""Every knob of the service, as traits. Secrets come from the environment."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, Float, Integer, List, TraitError, Unicode, default, validate
from traitlets.config import Configurable


class Settings(Configurable):
    """The service's configuration: `c.Settings.…`, or the environment variable that a help text names."""

    app_url = Unicode(
        help="Address of the OpenHEXA App as the service reaches it, e.g. "
        "`http://app:8000`. Environment: OPENHEXA_APP_URL."
    ).tag(config=True)
    app_public_url = Unicode(
        help="Address of the App as people reach it, for links to runs; `app_url` "
        "unless set. Environment: OPENHEXA_APP_PUBLIC_URL."
    ).tag(config=True)
    public_url = Unicode(
        help="""Address of this service as pipelines reach it, e.g. `https://hub.example.org/services/pipelines`. It is
        the only source of callback addresses; headers of requests never are. Environment: OPENHEXA_PUBLIC_URL."""
    ).tag(config=True)
    database_url = Unicode(
        help="""SQLAlchemy URL: `sqlite:///file` or `postgresql+psycopg://user:password@host/database`.
        Environment: OPENHEXA_DATABASE_URL. Default: a SQLite file in the working directory."""
    ).tag(config=True)
    keys = List(
        Unicode(),
        help="""Fernet keys for secrets at rest; the first one seals, all of them open. Environment:
        OPENHEXA_SERVICE_KEY, separated by `;`. Make one with
        `python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`.""",
    ).tag(config=True)
    migrate = Bool(
        help="Bring the database to this release's schema at start. Default: for SQLite yes, for others no."
    ).tag(config=True)
    bind_url = Unicode(
        help="Where to listen, e.g. `http://127.0.0.1:9011`. Environment: JUPYTERHUB_SERVICE_URL, as the hub sets it."
    ).tag(config=True)
    prefix = Unicode(help="Path prefix of every route. Environment: JUPYTERHUB_SERVICE_PREFIX.").tag(config=True)
    health_ip = Unicode("127.0.0.1", help="Address on which `/health` and `/health/ready` are served.").tag(config=True)
    health_port = Integer(
        0, help="Port of `/health` and `/health/ready`, which the hub's proxy does not serve; 0: not served."
    ).tag(config=True)

    body_limit = Integer(2 * 1024 * 1024, help="Largest body of a request, in bytes.").tag(config=True)
    upstream_timeout = Float(15.0, help="Longest wait for an answer of the App or the hub, in seconds.").tag(
        config=True
    )
    upstream_connections = Integer(50, help="Most calls to the App under way at once.").tag(config=True)
    token_life = Float(30.0, help="How long the hub's answer about a token is believed, in seconds (at most 60).").tag(
        config=True
    )
    access_life = Float(
        45.0, help="How long the App's answer about a person's workspaces is believed, in seconds (at most 60)."
    ).tag(config=True)
    list_life = Float(
        5.0, help="How long a list of pipelines or a pipeline is kept for the same person and workspace, in seconds."
    ).tag(config=True)
    headers_life = Float(
        240.0, help="How long a person's authorization for the App is kept in memory, in seconds."
    ).tag(config=True)

    batch = Integer(512, help="Most writes that share one commit.").tag(config=True)
    backlog = Integer(20_000, help="Most writes that wait; more are refused with 503.").tag(config=True)
    readers = Integer(4, help="Threads (and database connections) for reads.").tag(config=True)
    event_retention = Float(86_400.0, help="How long events can be resumed, in seconds.").tag(config=True)
    launch_key_retention = Float(86_400.0, help="How long an Idempotency-Key is remembered, in seconds.").tag(
        config=True
    )
    task_token_life = Float(30 * 86_400.0, help="How long the callback token of one task is valid, in seconds.").tag(
        config=True
    )

    follow_fast = Float(1.0, help="Seconds between two looks at a run that somebody watches.").tag(config=True)
    follow_slow = Float(10.0, help="Seconds between two looks at a run that nobody watches.").tag(config=True)
    follow_batch = Integer(100, help="Most runs in one request to the App.").tag(config=True)
    retry_most = Float(30.0, help="Longest pause between two tries while the App is out of reach, in seconds.").tag(
        config=True
    )
    authorization_retry = Float(60.0, help="Seconds before a person's refused authorization is asked for again.").tag(
        config=True
    )
    launch_patience = Float(90.0, help="Seconds after which a launch that was interrupted by a crash is given up.").tag(
        config=True
    )

    keep_alive = Float(15.0, help="Seconds between two keep-alive comments on an event stream.").tag(config=True)
    watcher_queue = Integer(
        256, help="Most events that wait for one slow watcher; then it is told to fetch everything again."
    ).tag(config=True)
    watchers_per_person = Integer(50, help="Most event streams that one person may hold open.").tag(config=True)

    @default("app_url")
    def _app_url(self) -> str:
        return os.environ.get("OPENHEXA_APP_URL", "http://localhost:8000")

    @default("app_public_url")
    def _app_public_url(self) -> str:
        return os.environ.get("OPENHEXA_APP_PUBLIC_URL", "") or self.app_url

    @default("public_url")
    def _public_url(self) -> str:
        return os.environ.get("OPENHEXA_PUBLIC_URL", "") or self.bind_url.rstrip("/") + self.prefix.rstrip("/")

    @default("database_url")
    def _database_url(self) -> str:
        return os.environ.get("OPENHEXA_DATABASE_URL", "sqlite:///openhexa-pipelines.sqlite")

    @default("keys")
    def _keys(self) -> list[str]:
        return [key.strip() for key in os.environ.get("OPENHEXA_SERVICE_KEY", "").split(";") if key.strip()]

    @default("migrate")
    def _migrate(self) -> bool:
        return self.database_url.startswith("sqlite")

    @default("bind_url")
    def _bind_url(self) -> str:
        return os.environ.get("JUPYTERHUB_SERVICE_URL", "") or "http://127.0.0.1:9011"

    @default("prefix")
    def _prefix(self) -> str:
        return os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/pipelines/")

    @validate("app_url", "app_public_url", "public_url")
    def _an_address(self, proposal: Any) -> str:
        value = str(proposal["value"]).rstrip("/")
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise TraitError(f"{proposal['trait'].name} must begin with http:// or https://, not {value!r}")
        return value

    @validate("token_life", "access_life")
    def _at_most_a_minute(self, proposal: Any) -> float:
        value = float(proposal["value"])
        if not 0 <= value <= 60:
            raise TraitError(
                f"{proposal['trait'].name} must be between 0 and 60 seconds: who loses access loses it within a minute"
            )
        return value

    @validate("prefix")
    def _slashes(self, proposal: Any) -> str:
        return "/" + str(proposal["value"]).strip("/") + "/" if str(proposal["value"]).strip("/") else "/"
