"""Engines: one connection that writes, a few that read; SQLite in WAL mode or PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 10


class Database:
    """The two engines of one database. Making them opens no connection. ValueError for a kind of database that is
    not supported.
    """

    def __init__(self, url: str, readers: int = 4) -> None:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
        if kind == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        elif kind != "sqlite" or parsed.database in (None, "", ":memory:"):
            raise ValueError(f"The database must be a SQLite file or PostgreSQL, not {parsed.render_as_string()}")
        self.is_sqlite = kind == "sqlite"
        self.writer = _engine(parsed, 1, "BEGIN IMMEDIATE")
        self.reader = _engine(parsed, readers, "BEGIN")

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()


def _engine(url: URL, size: int, begin: str) -> Engine:
    options: dict[str, Any] = {
        "hide_parameters": True,
        "poolclass": QueuePool,
        "pool_size": size,
        "max_overflow": 0,
        "pool_timeout": BUSY_SECONDS,
    }
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **options)
        _prepare_sqlite(engine, begin)
        return engine
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": BUSY_SECONDS}, **options)


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        connection.exec_driver_sql(begin)
