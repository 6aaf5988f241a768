"""The only place where the state of a task changes: one compare-and-set, for the callback and the reconciler alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, insert, select, update

from openhexa_contract.api import Message, Output, TaskAnswer
from openhexa_contract.tasks import Progress, Report, Status, apply
from openhexa_hub.service.tasks.rows import (
    StoredTask,
    clean,
    clean_message,
    progress_columns,
    read_task,
    show_task,
    to_json,
)
from openhexa_hub.service.tasks.schema import EVENTS, MESSAGES, TASKS
from openhexa_hub.service.tasks.writer import StoredEvent, Transaction

MOST_WARNINGS = 50


class Note(msgspec.Struct, kw_only=True):
    """What somebody says about a task. Unset fields are not said.

    `report` is judged by the contract's table. `messages` are all messages of the run so far, from its first; those
    that are stored already are skipped. `by_pipeline`: the pipeline itself speaks, so the run's own progress no longer
    counts.
    """

    report: Report = msgspec.field(default_factory=Report)
    by_pipeline: bool = False
    warnings: Sequence[str] = ()
    messages: Sequence[Message] = ()
    outputs: Sequence[Output] | msgspec.UnsetType = msgspec.UNSET
    run_id: str | msgspec.UnsetType = msgspec.UNSET
    settled: bool | msgspec.UnsetType = msgspec.UNSET
    followed: bool | msgspec.UnsetType = msgspec.UNSET
    authorization: str | msgspec.UnsetType | None = msgspec.UNSET
    stop_requested_at: float | msgspec.UnsetType = msgspec.UNSET


_FIELDS = ("run_id", "settled", "followed", "authorization", "stop_requested_at")
_UNSEEN = frozenset({"settled", "authorization", "reported"})


def read(transaction: Transaction, which: ColumnElement[bool]) -> StoredTask | None:
    """Return the one task for which the condition holds."""
    row = transaction.connection.execute(select(TASKS).where(which)).mappings().first()
    return None if row is None else read_task(row)


def change(transaction: Transaction, task: StoredTask, note: Note, now: float, app_url: str) -> StoredTask:
    """Apply a note to a task, write its events in the same transaction, and return the task as it is then.

    The update names the revision that was read; when somebody else was faster (another replica) the task is read
    again and the note judged anew, so no report is lost and none is applied to a state that it was not judged against.
    """
    while True:
        columns, messages = _changes(task, note, now)
        if not columns:
            return task
        new = {**columns, "revision": task.revision + 1, "updated_at": now}
        statement = update(TASKS).where(TASKS.c.id == task.id, TASKS.c.revision == task.revision).values(new)
        if transaction.connection.execute(statement).rowcount == 1:
            break
        again = read(transaction, TASKS.c.id == task.id)
        if again is None:
            return task
        task = again
    after = _with(task, new)
    _record(transaction, after, task.message_count, messages, columns, now, app_url)
    return after


def publish(transaction: Transaction, task: StoredTask, now: float, app_url: str) -> None:
    """Write the event that shows the task as it is."""
    data = msgspec.json.encode(TaskAnswer(show_task(task, app_url)))
    _event(transaction, task.workspace, "task", data, now)


def _record(
    transaction: Transaction,
    task: StoredTask,
    first: int,
    messages: list[Message],
    columns: dict[str, Any],
    now: float,
    app_url: str,
) -> None:
    if messages:
        rows = [
            {"task": task.id, "position": first + index, **msgspec.structs.asdict(message)}
            for index, message in enumerate(messages)
        ]
        transaction.connection.execute(insert(MESSAGES), rows)
        data = msgspec.json.encode({"task_id": task.id, "from": first, "messages": messages})
        _event(transaction, task.workspace, "messages", data, now)
    if not columns.keys() <= _UNSEEN | {"message_count"}:
        publish(transaction, task, now, app_url)


def _event(transaction: Transaction, workspace: str, kind: str, data: bytes, now: float) -> None:
    values = {"workspace": workspace, "type": kind, "data": data.decode(), "created_at": now}
    (key,) = transaction.connection.execute(insert(EVENTS).values(values)).inserted_primary_key or (0,)
    transaction.events.append(StoredEvent(int(key), workspace, kind, data))


def _changes(task: StoredTask, note: Note, now: float) -> tuple[dict[str, Any], list[Message]]:
    """Return the columns that change, and the messages that are new."""
    report = note.report
    if task.reported and not note.by_pipeline:
        report = msgspec.structs.replace(report, progress_value=msgspec.UNSET, end_value=msgspec.UNSET)
    judged = apply(task.progress, report)
    columns: dict[str, Any] = {}
    if judged.changed:
        columns |= progress_columns(judged.progress) | _moments(task.progress, judged.progress, now)
    warnings = _together(task.warnings, [*note.warnings, *judged.warnings])
    if warnings != task.warnings:
        columns["warnings"] = to_json(warnings)
    if note.by_pipeline and not task.reported and isinstance(note.report.progress_value, int):
        columns["reported"] = True
    if note.outputs is not msgspec.UNSET and list(note.outputs) != task.outputs:
        columns["outputs"] = to_json(note.outputs)
    for name in _FIELDS:
        value = getattr(note, name)
        if value is not msgspec.UNSET and value != getattr(task, name):
            columns[name] = value
    messages = [clean_message(message) for message in note.messages[task.message_count :]]
    if messages:
        columns["message_count"] = task.message_count + len(messages)
    return columns, messages


def _moments(before: Progress, after: Progress, now: float) -> dict[str, Any]:
    moments: dict[str, Any] = {}
    if before.status is Status.QUEUED and after.status is not Status.QUEUED:
        moments["started_at"] = now
    if after.status.is_terminal and not before.status.is_terminal:
        moments["ended_at"] = now
    return moments


def _together(known: list[str], new: list[str]) -> list[str]:
    together = list(known)
    for sentence in new:
        if clean(sentence) not in together and len(together) < MOST_WARNINGS:
            together.append(clean(sentence))
    return together


def _with(task: StoredTask, columns: dict[str, Any]) -> StoredTask:
    row = msgspec.structs.asdict(task)
    del row["progress"]
    row |= progress_columns(task.progress)
    row |= {name: to_json(getattr(task, name)) for name in ("config", "warnings", "outputs")}
    return read_task(row | columns)
