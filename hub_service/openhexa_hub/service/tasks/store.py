"""The store of tasks: what can be asked of it and done to it. Every write goes through the one writer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select

from openhexa_contract.api import Message, Task
from openhexa_contract.tasks import Report, Status
from openhexa_hub.service.clock import Clock
from openhexa_hub.service.tasks import changes
from openhexa_hub.service.tasks.changes import Note
from openhexa_hub.service.tasks.reader import Reader
from openhexa_hub.service.tasks.rows import StoredTask, clean, read_task, show_task, to_json
from openhexa_hub.service.tasks.schema import CALLBACK_TOKENS, LAUNCH_KEYS, MESSAGES, TASKS
from openhexa_hub.service.tasks.writer import Transaction, Writer


class NewTask(msgspec.Struct, kw_only=True):
    """A task to be launched. `config` has its secrets masked; `secrets` is sealed; `token_hash` is that of the
    task's own token.
    """

    workspace: str
    name: str
    launcher: str
    pipeline: str
    pipeline_code: str
    pipeline_name: str
    version: str | None
    version_name: str | None
    config: dict[str, Any]
    secrets: str | None = None
    token_hash: str | None = None
    token_expires_at: float | None = None


class LaunchKey(msgspec.Struct, frozen=True):
    """A person's Idempotency-Key, and the fingerprint of what was asked with it."""

    person: str
    key: str
    fingerprint: str


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks to list, newest first: those with an id below `before`, `limit` at most."""

    workspaces: Sequence[str]
    status: Status | None = None
    pipeline: str | None = None
    before: int | None = None
    limit: int = 50


def identified(task: int | str) -> ColumnElement[bool]:
    """Return the condition for the task with this integer id or uuid."""
    if isinstance(task, int):
        return TASKS.c.id == task if 0 < task < 2**63 else TASKS.c.id == 0
    return TASKS.c.uuid == clean(task.lower())


_SHOWN = or_(TASKS.c.run_id.is_not(None), TASKS.c.ended_at.is_not(None))
"""A launch under way is no task yet: it becomes one when its run is known, or when it is given up."""


class Store:
    """Tasks in the database. `app_url` is the App's address for people, for the links in events."""

    def __init__(self, writer: Writer, reader: Reader, clock: Clock, app_url: str) -> None:
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._app_url = app_url

    def show(self, task: StoredTask) -> Task:
        """Return the task as answers show it."""
        return show_task(task, self._app_url)

    async def find(self, task: int | str, workspaces: Sequence[str]) -> StoredTask | None:
        """Return a task of these workspaces by its id or uuid."""
        found = await self._reader.run(
            lambda connection: _select(connection, identified(task), TASKS.c.workspace.in_(workspaces))
        )
        return found[0] if found else None

    async def page(self, which: Filter) -> list[StoredTask]:
        """Return tasks, newest first."""
        conditions = [TASKS.c.workspace.in_(which.workspaces), _SHOWN]
        if which.status is not None:
            conditions.append(TASKS.c.status == which.status.value)
        if which.pipeline is not None:
            conditions.append(or_(TASKS.c.pipeline == which.pipeline, TASKS.c.pipeline_code == which.pipeline))
        if which.before is not None:
            conditions.append(TASKS.c.id < which.before)
        return await self._reader.run(lambda connection: _select(connection, *conditions, limit=which.limit))

    async def messages(self, task: int, first: int, limit: int) -> list[Message]:
        """Return messages of a task's run, in order, beginning with the index `first`."""
        columns = (MESSAGES.c.priority, MESSAGES.c.message, MESSAGES.c.timestamp)
        query = (
            select(*columns)
            .where(MESSAGES.c.task == task, MESSAGES.c.position >= first)
            .order_by(MESSAGES.c.position)
            .limit(limit)
        )
        return await self._reader.run(lambda connection: [Message(*row) for row in connection.execute(query)])

    async def unsettled(self) -> list[StoredTask]:
        """Return every task whose run has not been read to its end, launches under way included."""
        return await self._reader.run(lambda connection: _select(connection, TASKS.c.settled.is_(False)))

    async def keyed(self, key: LaunchKey) -> tuple[str, StoredTask] | None:
        """Return the fingerprint and the task of a key that was used before."""
        return await self._reader.run(lambda connection: _keyed(connection, key))

    async def create(self, new: NewTask, key: LaunchKey | None = None) -> tuple[StoredTask, str | None]:
        """Store a task that is about to be launched, and its key with it.

        When another launch took the key first, nothing is stored: its task is returned, with its fingerprint.
        """
        return await self._writer.run(lambda transaction: self._create(transaction, new, key))

    async def discard(self, task: int) -> None:
        """Remove a task that never ran, with its key and its token, as if it had not been."""
        await self._writer.run(lambda transaction: _discard(transaction, task))

    async def note(self, task: int, note: Note) -> StoredTask | None:
        """Apply a note to a task; None when there is no such task any more."""
        return await self.note_if(TASKS.c.id == task, lambda _task: True, note)

    async def note_if(
        self, which: ColumnElement[bool], allowed: Callable[[StoredTask], bool], note: Note
    ) -> StoredTask | None:
        """Apply a note to the task for which the condition holds, if `allowed` says so; None when nothing was done."""

        def write(transaction: Transaction) -> StoredTask | None:
            task = changes.read(transaction, which)
            if task is None or not allowed(task):
                return None
            return changes.change(transaction, task, note, self._clock.now(), self._app_url)

        return await self._writer.run(write)

    async def give_up(self, task: int, reason: str) -> StoredTask | None:
        """End a task whose launch cannot be told to have happened."""
        ended = Note(report=Report(Status.ERROR, reason), settled=True, authorization=None)
        return await self.note_if(and_(TASKS.c.id == task, TASKS.c.run_id.is_(None)), lambda _task: True, ended)

    def _create(self, transaction: Transaction, new: NewTask, key: LaunchKey | None) -> tuple[StoredTask, str | None]:
        if key is not None:
            known = _keyed(transaction.connection, key)
            if known is not None:
                return known[1], known[0]
        now = self._clock.now()
        values = msgspec.structs.asdict(new)
        token_hash, expires_at = values.pop("token_hash"), values.pop("token_expires_at")
        values |= {
            "name": clean(new.name),
            "config": to_json(new.config),
            "uuid": str(uuid.uuid4()),
            "status": Status.QUEUED.value,
        }
        values |= {"created_at": now, "updated_at": now}
        (number,) = transaction.connection.execute(insert(TASKS).values(values)).inserted_primary_key or (0,)
        if key is not None:
            used = {
                "person": key.person,
                "key": key.key,
                "fingerprint": key.fingerprint,
                "task": number,
                "created_at": now,
            }
            transaction.connection.execute(insert(LAUNCH_KEYS).values(used))
        if token_hash is not None:
            token = {"hash": token_hash, "workspace": new.workspace, "task": number, "created_by": new.launcher}
            token |= {"created_at": now, "expires_at": expires_at}
            transaction.connection.execute(insert(CALLBACK_TOKENS).values(token))
        task = changes.read(transaction, TASKS.c.id == number)
        assert task is not None
        return task, None


def _select(connection: Connection, *conditions: ColumnElement[bool], limit: int | None = None) -> list[StoredTask]:
    query = select(TASKS).where(*conditions).order_by(TASKS.c.id.desc()).limit(limit)
    return [read_task(row) for row in connection.execute(query).mappings()]


def _keyed(connection: Connection, key: LaunchKey) -> tuple[str, StoredTask] | None:
    query = select(LAUNCH_KEYS.c.fingerprint, TASKS).join(TASKS, TASKS.c.id == LAUNCH_KEYS.c.task)
    row = (
        connection.execute(query.where(LAUNCH_KEYS.c.person == key.person, LAUNCH_KEYS.c.key == key.key))
        .mappings()
        .first()
    )
    return None if row is None else (str(row["fingerprint"]), read_task(row))


def _discard(transaction: Transaction, task: int) -> None:
    for table in (LAUNCH_KEYS, CALLBACK_TOKENS, MESSAGES):
        transaction.connection.execute(delete(table).where(table.c.task == task))
    transaction.connection.execute(delete(TASKS).where(TASKS.c.id == task, TASKS.c.run_id.is_(None)))
