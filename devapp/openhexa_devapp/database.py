"""The SQLite file: its tables, one connection per thread, and short transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

BUSY_SECONDS = 20.0

TABLES = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (
  id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE COLLATE NOCASE, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
  password TEXT NOT NULL, is_active INTEGER NOT NULL DEFAULT 1, is_superuser INTEGER NOT NULL DEFAULT 0,
  date_joined TEXT NOT NULL, last_login TEXT);
CREATE TABLE IF NOT EXISTS session (
  key_hash TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person ON DELETE CASCADE, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS workspace (
  id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '',
  configuration TEXT NOT NULL DEFAULT '{}', archived INTEGER NOT NULL DEFAULT 0, created_by TEXT REFERENCES person,
  db_name TEXT NOT NULL UNIQUE, db_password TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS membership (
  id TEXT PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace ON DELETE CASCADE,
  person TEXT NOT NULL REFERENCES person ON DELETE CASCADE, role TEXT NOT NULL, access_token TEXT NOT NULL UNIQUE,
  notebooks_server_hash TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE (workspace, person));
CREATE TABLE IF NOT EXISTS connection (
  id TEXT PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace ON DELETE CASCADE, slug TEXT NOT NULL,
  name TEXT NOT NULL, description TEXT NOT NULL, type TEXT NOT NULL, person TEXT REFERENCES person,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (workspace, slug));
CREATE TABLE IF NOT EXISTS connection_field (
  id INTEGER PRIMARY KEY, connection TEXT NOT NULL REFERENCES connection ON DELETE CASCADE, code TEXT NOT NULL,
  value TEXT, secret INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (connection, code));
CREATE TABLE IF NOT EXISTS pipeline (
  id TEXT PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace ON DELETE CASCADE, code TEXT NOT NULL,
  name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '', functional_type TEXT,
  config TEXT NOT NULL DEFAULT '{}', tags TEXT NOT NULL DEFAULT '[]', schedule TEXT,
  webhook_enabled INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (workspace, code));
CREATE TABLE IF NOT EXISTS pipeline_version (
  id TEXT PRIMARY KEY, pipeline TEXT NOT NULL REFERENCES pipeline ON DELETE CASCADE, number INTEGER NOT NULL,
  name TEXT, description TEXT, external_link TEXT, zipfile BLOB NOT NULL,
  parameters TEXT NOT NULL, config TEXT NOT NULL,
  timeout INTEGER, person TEXT REFERENCES person, created_at TEXT NOT NULL, UNIQUE (pipeline, number));
CREATE TABLE IF NOT EXISTS run (
  id TEXT PRIMARY KEY, pipeline TEXT NOT NULL REFERENCES pipeline ON DELETE CASCADE,
  version TEXT REFERENCES pipeline_version ON DELETE SET NULL, person TEXT REFERENCES person, run_id TEXT NOT NULL,
  status TEXT NOT NULL, progress INTEGER NOT NULL DEFAULT 0, config TEXT NOT NULL, logs TEXT, timeout INTEGER NOT NULL,
  trigger_mode TEXT NOT NULL, send_mail INTEGER NOT NULL, debug INTEGER NOT NULL, access_token TEXT NOT NULL UNIQUE,
  execution_date TEXT NOT NULL, created REAL NOT NULL, started REAL, duration INTEGER NOT NULL DEFAULT 0,
  stopped_by TEXT REFERENCES person, heartbeat REAL, process INTEGER, process_started REAL);
CREATE INDEX IF NOT EXISTS run_by_pipeline ON run (pipeline, created);
CREATE INDEX IF NOT EXISTS run_by_status ON run (status, created);
CREATE TABLE IF NOT EXISTS run_message (
  id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run ON DELETE CASCADE, priority TEXT NOT NULL,
  message TEXT NOT NULL, timestamp TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS message_by_run ON run_message (run, id);
CREATE TABLE IF NOT EXISTS run_output (
  id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run ON DELETE CASCADE, uri TEXT NOT NULL, type TEXT NOT NULL,
  name TEXT);
CREATE TABLE IF NOT EXISTS dataset (
  id TEXT PRIMARY KEY, workspace TEXT NOT NULL REFERENCES workspace ON DELETE CASCADE, slug TEXT NOT NULL,
  name TEXT NOT NULL, description TEXT, person TEXT REFERENCES person, created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL, UNIQUE (workspace, slug));
CREATE TABLE IF NOT EXISTS dataset_link (
  id TEXT PRIMARY KEY, dataset TEXT NOT NULL REFERENCES dataset ON DELETE CASCADE,
  workspace TEXT NOT NULL REFERENCES workspace ON DELETE CASCADE, person TEXT REFERENCES person,
  pinned INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL, UNIQUE (dataset, workspace));
"""


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


class Database:
    """One SQLite file in WAL mode. Every thread has a connection of its own; statements commit by themselves.

    Rows are plain dictionaries. Several statements that belong together go into `with database.transaction():`.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        self.connection.executescript(TABLES)

    @property
    def connection(self) -> sqlite3.Connection:
        """The thread's own connection, opened at first use."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            connection.row_factory = _as_dict
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {pragma}").close()
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def one(self, sql: str, *values: object) -> Row | None:
        """The first row, None if there is none."""
        row: Row | None = self.connection.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[Row]:
        """Every row."""
        return self.connection.execute(sql, values).fetchall()

    def number(self, sql: str, *values: object) -> int:
        """The first column of the first row, 0 if there is none."""
        row = self.one(sql, *values)
        return int(next(iter(row.values()))) if row else 0

    def run(self, sql: str, *values: object) -> int:
        """Execute one statement; how many rows it changed."""
        return self.connection.execute(sql, values).rowcount

    def insert(self, table: str, **columns: object) -> None:
        """Add one row."""
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *columns.values())  # noqa: S608

    def update(self, table: str, key: str, **columns: object) -> int:
        """Set columns of the row with this id."""
        if not columns:
            return 0
        changes = ", ".join(f"{name} = ?" for name in columns)
        return self.run(f"UPDATE {table} SET {changes} WHERE id = ?", *columns.values(), key)  # noqa: S608

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. The write lock is taken at once, so that what is read inside stays true until the end."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()
