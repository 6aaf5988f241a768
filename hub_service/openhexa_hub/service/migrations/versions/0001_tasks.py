"""Tasks, their messages and events, Idempotency-Keys and callback tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create every table."""
    _tasks()
    _messages_and_events()
    _keys_and_tokens()


def _tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("uuid", sa.Text, nullable=False, unique=True),
        sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("launcher", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("pipeline_code", sa.Text, nullable=False),
        sa.Column("pipeline_name", sa.Text, nullable=False),
        sa.Column("version", sa.Text),
        sa.Column("version_name", sa.Text),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("secrets", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("progress_message", sa.Text),
        sa.Column("progress_value", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("end_value", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("result", sa.Text),
        sa.Column("reported", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("warnings", sa.Text, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("outputs", sa.Text, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("message_count", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("run_id", sa.Text),
        sa.Column("settled", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("followed", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("authorization", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("stop_requested_at", sa.Double),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tasks_workspace", "tasks", ["workspace", "id"])
    unsettled = sa.text("NOT settled")
    op.create_index("ix_tasks_unsettled", "tasks", ["id"], sqlite_where=unsettled, postgresql_where=unsettled)


def _messages_and_events() -> None:
    op.create_table(
        "messages",
        sa.Column("task", _ID, sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("timestamp", sa.Text),
    )
    op.create_table(
        "events",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_workspace", "events", ["workspace", "id"])
    op.create_index("ix_events_created_at", "events", ["created_at"])


def _keys_and_tokens() -> None:
    op.create_table(
        "launch_keys",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("task", _ID, sa.ForeignKey("tasks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_index("ix_launch_keys_created_at", "launch_keys", ["created_at"])
    op.create_table(
        "callback_tokens",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("task", _ID, sa.ForeignKey("tasks.id", ondelete="CASCADE")),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.UniqueConstraint("hash", name="uq_callback_tokens_hash"),
        sqlite_autoincrement=True,
    )
