"""The store on SQLite and on PostgreSQL: compare-and-set, group commit, events with the change they tell of."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select, text

from openhexa_contract.api import Message
from openhexa_contract.errors import Unavailable
from openhexa_contract.tasks import Report, Status
from openhexa_hub.service.migrate import WrongSchema, check_schema, migrate
from openhexa_hub.service.tasks.changes import Note
from openhexa_hub.service.tasks.database import Database
from openhexa_hub.service.tasks.reader import Reader
from openhexa_hub.service.tasks.schema import EVENTS, METADATA, TASKS
from openhexa_hub.service.tasks.store import LaunchKey, Store
from openhexa_hub.service.tasks.writer import StoredEvent, Transaction, Writer

pytestmark = pytest.mark.anyio


class Opened:
    """A store with what it is made of. `published` collects events as watchers would get them."""

    def __init__(self, url: str, clock: Any) -> None:
        self.database = Database(url)
        migrate(self.database)
        self.published: list[StoredEvent] = []
        self.reader = Reader(self.database.reader, 2)
        self.writer = Writer(self.database.writer, self.published.extend)
        self.writer.start()
        self.store = Store(self.writer, self.reader, clock, "https://app.example.org")

    async def close(self) -> None:
        await self.writer.close()
        self.reader.close()
        self.database.dispose()


@pytest.fixture
async def opened(database_url: str, clock: Any) -> AsyncIterator[Opened]:
    one = Opened(database_url, clock)
    yield one
    await one.close()


@pytest.fixture
async def pipeline(fakes: Any) -> Any:
    return fakes.Pipeline("guide")


async def test_a_change_and_its_event_are_one_commit(opened: Opened, running: Any, pipeline: Any) -> None:
    (task,) = await running.stored_tasks(opened.store, pipeline)
    changed = await opened.store.note(
        task.id, Note(report=Report(Status.RUNNING, "half", 1, 2), messages=[Message("INFO", "m")])
    )
    assert changed is not None
    assert changed.progress.progress_message == "half"
    (found,) = await opened.store.page(running.everything())
    assert found == changed
    kinds = [event.type for event in opened.published]
    assert kinds == ["task", "messages", "task"]
    rows = await opened.reader.run(
        lambda connection: connection.execute(select(EVENTS.c.id).order_by(EVENTS.c.id)).all()
    )
    assert [row.id for row in rows] == [event.id for event in opened.published]


async def test_what_changes_nothing_writes_nothing(opened: Opened, running: Any, pipeline: Any) -> None:
    (task,) = await running.stored_tasks(opened.store, pipeline)
    note = Note(report=Report(Status.SUCCESS, result=1), outputs=[], messages=[Message("INFO", "once")])
    first = await opened.store.note(task.id, note)
    events = len(opened.published)
    assert await opened.store.note(task.id, note) == first
    assert len(opened.published) == events
    assert [message.message for message in await opened.store.messages(task.id, 0, 10)] == ["once"]


async def test_writes_that_wait_share_a_commit(opened: Opened, running: Any, pipeline: Any) -> None:
    tasks = await running.stored_tasks(opened.store, pipeline, 100)
    commits = opened.writer.commits
    await asyncio.gather(*(opened.store.note(task.id, Note(report=Report(progress_value=1))) for task in tasks))
    assert opened.writer.commits - commits <= 20


async def test_one_failing_write_does_not_fail_its_batch(opened: Opened, running: Any, pipeline: Any) -> None:
    tasks = await running.stored_tasks(opened.store, pipeline, 10)

    def broken(transaction: Transaction) -> None:
        transaction.connection.execute(text("SELECT 1"))
        raise ValueError("mine alone")

    writes = [opened.store.note(task.id, Note(report=Report(progress_value=task.id))) for task in tasks]
    results = await asyncio.gather(*writes[:5], opened.writer.run(broken), *writes[5:], return_exceptions=True)
    assert [type(result) for result in results].count(ValueError) == 1
    stored = await opened.store.page(running.everything())
    assert [task.progress.progress_value for task in stored] == [task.id for task in reversed(tasks)]
    assert len({event.id for event in opened.published}) == len(opened.published) == 20


async def test_a_broken_statement_is_the_database_s_fault_to_others(opened: Opened) -> None:
    with pytest.raises(Unavailable):
        await opened.writer.run(lambda transaction: transaction.connection.execute(text("SELECT * FROM nothing")))
    with pytest.raises(Unavailable):
        await opened.reader.run(lambda connection: connection.execute(text("SELECT * FROM nothing")))
    assert await opened.writer.run(lambda transaction: transaction.connection.execute(text("SELECT 1")).scalar()) == 1


async def test_the_log_of_a_failed_write_holds_no_values(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    broken = text("INSERT INTO nothing VALUES (:value)")
    with pytest.raises(Unavailable):
        await opened.writer.run(lambda transaction: transaction.connection.execute(broken, {"value": "hunter-two"}))
    assert "nothing" in caplog.text
    assert "hunter-two" not in caplog.text


async def test_an_overloaded_writer_refuses(opened: Opened) -> None:
    opened.writer._backlog = 0
    with pytest.raises(Unavailable, match="overloaded"):
        await opened.writer.run(lambda transaction: None)


async def test_a_closed_writer_refuses(opened: Opened) -> None:
    pending = asyncio.ensure_future(opened.writer.run(lambda transaction: 1))
    await asyncio.sleep(0)
    await opened.writer.close()
    assert await pending == 1
    with pytest.raises(Unavailable, match="stopping"):
        await opened.writer.run(lambda transaction: 1)


async def test_two_replicas_lose_nothing(database_url: str, clock: Any, running: Any, pipeline: Any) -> None:
    """Random interleavings of progress and ends, written by two writers at once: each acknowledged end stays."""
    one, two = Opened(database_url, clock), Opened(database_url, clock)
    chance = random.Random(7)
    tasks = await running.stored_tasks(one.store, pipeline, 150)
    notes = [(task.id, Note(report=Report(Status.SUCCESS, result=task.id), by_pipeline=True)) for task in tasks]
    for value in range(1, 4):
        notes += [
            (task.id, Note(report=Report(Status.RUNNING, progress_value=value), by_pipeline=True)) for task in tasks
        ]
    chance.shuffle(notes)
    await asyncio.gather(*(chance.choice((one, two)).store.note(number, note) for number, note in notes))
    stored = await one.store.page(running.everything(limit=200))
    assert [(task.status, task.progress.result) for task in stored] == [
        ("SUCCESS", task.id) for task in reversed(tasks)
    ]
    assert all(task.revision <= 6 for task in stored)
    await one.close()
    await two.close()


async def test_compare_and_set_judges_anew_when_somebody_was_faster(
    opened: Opened, running: Any, pipeline: Any
) -> None:
    (task,) = await running.stored_tasks(opened.store, pipeline)
    late = Report(Status.SUCCESS)

    def overtaken(transaction: Transaction) -> Any:
        from openhexa_hub.service.tasks import changes

        stale = changes.read(transaction, TASKS.c.id == task.id)
        assert stale is not None
        changes.change(transaction, stale, Note(report=Report(Status.ERROR, "first")), 1.0, "")
        return changes.change(transaction, stale, Note(report=late), 2.0, "")

    result = await opened.writer.run(overtaken)
    assert result.status is Status.ERROR
    assert "SUCCESS was not taken over" in result.warnings[0]
    assert await opened.store.find(task.id, [task.workspace]) == result


async def test_messages_are_appended_once_whatever_the_order_of_their_reports(
    opened: Opened, running: Any, pipeline: Any
) -> None:
    (task,) = await running.stored_tasks(opened.store, pipeline)
    told = [Message("INFO", str(number)) for number in range(10)]
    await asyncio.gather(*(opened.store.note(task.id, Note(messages=told[:end])) for end in (3, 10, 5, 10, 1)))
    assert [message.message for message in await opened.store.messages(task.id, 0, 100)] == [m.message for m in told]


async def test_keys_belong_to_people(opened: Opened, running: Any, pipeline: Any) -> None:
    (task,) = await running.stored_tasks(opened.store, pipeline)
    new = running.new_task(pipeline)
    mine, hers = LaunchKey("me", "k", "f"), LaunchKey("she", "k", "f")
    first, _fingerprint = await opened.store.create(new, mine)
    again, fingerprint = await opened.store.create(new, mine)
    other, _fingerprint = await opened.store.create(new, hers)
    assert (again.id, fingerprint) == (first.id, "f")
    assert other.id != first.id
    await opened.store.discard(first.id)
    assert await opened.store.keyed(mine) is None
    assert await opened.store.keyed(hers) is not None
    await opened.store.discard(task.id)
    assert await opened.store.find(task.id, [task.workspace]) is not None


async def test_what_is_kept_is_what_was_said(opened: Opened, running: Any, pipeline: Any) -> None:
    (task,) = await running.stored_tasks(opened.store, pipeline, config={"a": [1, None, "é\x00"]})
    result = {"nested": [{"x": 1.5}], "big": 2**60, "nul": "\x00"}
    await opened.store.note(task.id, Note(report=Report(Status.SUCCESS, "a\x00b", result=result)))
    found = await opened.store.find(task.uuid, [task.workspace])
    assert found is not None
    assert found.progress.result == result
    assert found.progress.progress_message == "a\N{REPLACEMENT CHARACTER}b"
    assert found.config == {"a": [1, None, "é\x00"]}


def test_the_migrations_make_the_tables_that_the_code_knows(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    database = Database(database_url)
    with pytest.raises(WrongSchema):
        check_schema(database)
    migrate(database)
    migrate(database)
    check_schema(database)
    with database.writer.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    database.dispose()
    assert [entry for entry in differences if entry[0] not in ("modify_comment",) and not _is_comment(entry)] == []


def _is_comment(entry: Any) -> bool:
    return isinstance(entry, list) and all(change[0] == "modify_comment" for change in entry)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SQLite file or PostgreSQL"):
        Database(url)
