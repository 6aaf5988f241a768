"""A task's row, read and shown. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import RowMapping

from openhexa_contract.api import Message, Output, Task
from openhexa_contract.tasks import Progress, Status
from openhexa_hub.service.clock import iso

_NO_NUL = str.maketrans({"\x00": "\N{REPLACEMENT CHARACTER}"})


class StoredTask(msgspec.Struct, kw_only=True):
    """A row of `tasks`; JSON columns are decoded. `secrets` and `authorization` are sealed."""

    id: int
    uuid: str
    revision: int
    workspace: str
    name: str
    launcher: str
    pipeline: str
    pipeline_code: str
    pipeline_name: str
    version: str | None
    version_name: str | None
    config: dict[str, Any]
    secrets: str | None
    progress: Progress
    reported: bool
    warnings: list[str]
    outputs: list[Output]
    message_count: int
    run_id: str | None
    settled: bool
    followed: bool
    authorization: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    updated_at: float
    stop_requested_at: float | None

    @property
    def status(self) -> Status:
        """The state of the task."""
        return self.progress.status


_PLAIN = tuple(
    name
    for name in StoredTask.__struct_fields__
    if name not in ("progress", "config", "warnings", "outputs", "reported", "settled", "followed")
)
_OUTPUTS = msgspec.json.Decoder(list[Output])


def read_task(row: Mapping[str, Any] | RowMapping) -> StoredTask:
    """Return the task of a row of `tasks`."""
    return StoredTask(
        progress=Progress(
            Status(row["status"]),
            row["progress_message"],
            row["progress_value"],
            row["end_value"],
            None if row["result"] is None else msgspec.json.decode(row["result"]),
        ),
        config=msgspec.json.decode(row["config"]),
        warnings=msgspec.json.decode(row["warnings"]),
        outputs=_OUTPUTS.decode(row["outputs"]),
        reported=bool(row["reported"]),
        settled=bool(row["settled"]),
        followed=bool(row["followed"]),
        **{name: row[name] for name in _PLAIN},
    )


def progress_columns(progress: Progress) -> dict[str, Any]:
    """Return the columns of what reports change."""
    message = progress.progress_message
    return {
        "status": progress.status.value,
        "progress_message": None if message is None else clean(message),
        "progress_value": progress.progress_value,
        "end_value": progress.end_value,
        "result": None if progress.result is None else to_json(progress.result),
    }


def to_json(value: Any) -> str:
    """Return a value as JSON text."""
    return msgspec.json.encode(value).decode()


def clean(text: str) -> str:
    """Return text without NUL characters, which PostgreSQL refuses."""
    return text.translate(_NO_NUL)


def clean_message(message: Message) -> Message:
    """Return a message of a run as it can be stored."""
    return Message(clean(message.priority), clean(message.message), message.timestamp)


def show_task(task: StoredTask, app_url: str) -> Task:
    """Return the task as every answer and event shows it. `app_url` is the App's address for people."""
    run_url = None
    if task.run_id:
        workspace, code, run = (quote(part, safe="") for part in (task.workspace, task.pipeline_code, task.run_id))
        run_url = f"{app_url}/workspaces/{workspace}/pipelines/{code}/runs/{run}"
    progress = task.progress
    return Task(
        id=task.id,
        uuid=task.uuid,
        name=task.name,
        status=progress.status,
        progress_message=progress.progress_message,
        progress_value=progress.progress_value,
        end_value=progress.end_value,
        result=progress.result,
        created_at=iso(task.created_at) or "",
        started_at=iso(task.started_at),
        ended_at=iso(task.ended_at),
        updated_at=iso(task.updated_at) or "",
        workspace=task.workspace,
        pipeline=task.pipeline,
        pipeline_code=task.pipeline_code,
        pipeline_name=task.pipeline_name,
        version=task.version,
        version_name=task.version_name,
        config=task.config,
        launcher=task.launcher,
        run_id=task.run_id,
        run_url=run_url,
        stop_requested_at=iso(task.stop_requested_at),
        followed=task.followed,
        warnings=task.warnings,
        outputs=task.outputs,
    )
