"""The tables. JSON is stored as text, so that SQLite and PostgreSQL hold the same; moments are seconds since 1970
(UTC).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()

_Id = BigInteger().with_variant(Integer, "sqlite")

TASKS = Table(
    "tasks",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("uuid", Text, nullable=False, unique=True),
    Column(
        "revision",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="counts changes: what compare-and-set compares",
    ),
    Column("workspace", Text, nullable=False, comment="slug"),
    Column("name", Text, nullable=False),
    Column("launcher", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("pipeline_code", Text, nullable=False),
    Column("pipeline_name", Text, nullable=False),
    Column("version", Text),
    Column("version_name", Text),
    Column("config", Text, nullable=False, comment="JSON, secrets masked"),
    Column("secrets", Text, comment="sealed JSON of the secret values of config"),
    Column("status", Text, nullable=False),
    Column("progress_message", Text),
    Column("progress_value", Integer, nullable=False, server_default=text("0")),
    Column("end_value", Integer, nullable=False, server_default=text("0")),
    Column("result", Text, comment="JSON"),
    Column(
        "reported",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="the pipeline itself reported progress",
    ),
    Column("warnings", Text, nullable=False, server_default=text("'[]'"), comment="JSON list of sentences"),
    Column("outputs", Text, nullable=False, server_default=text("'[]'"), comment="JSON list"),
    Column("message_count", Integer, nullable=False, server_default=text("0")),
    Column("run_id", Text),
    Column(
        "settled",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="the run has ended and was read to its end",
    ),
    Column("followed", Boolean, nullable=False, server_default=text("true")),
    Column("authorization", Text, comment="sealed headers by which the App sees the launcher; gone when settled"),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("updated_at", Double, nullable=False),
    Column("stop_requested_at", Double),
    Index("ix_tasks_workspace", "workspace", "id"),
    Index("ix_tasks_unsettled", "id", sqlite_where=text("NOT settled"), postgresql_where=text("NOT settled")),
    sqlite_autoincrement=True,
)

MESSAGES = Table(
    "messages",
    METADATA,
    Column("task", _Id, ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False, comment="0 is the run's first message"),
    Column("priority", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("timestamp", Text),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("workspace", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", Text, nullable=False, comment="JSON"),
    Column("created_at", Double, nullable=False),
    Index("ix_events_workspace", "workspace", "id"),
    Index("ix_events_created_at", "created_at"),
    sqlite_autoincrement=True,
)

LAUNCH_KEYS = Table(
    "launch_keys",
    METADATA,
    Column("person", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, comment="keyed hash of the request"),
    Column("task", _Id, ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Double, nullable=False, index=True),
)

CALLBACK_TOKENS = Table(
    "callback_tokens",
    METADATA,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("hash", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("task", _Id, ForeignKey("tasks.id", ondelete="CASCADE"), comment="null: every task of the workspace"),
    Column("created_by", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    UniqueConstraint("hash", name="uq_callback_tokens_hash"),
    sqlite_autoincrement=True,
)
