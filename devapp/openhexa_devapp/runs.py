"""Runs of pipelines, with their messages and outputs. Every change of a run's status happens here.

The statuses: queued, running, then success, failed or stopped; `terminating` between the wish to stop and the stop.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from openhexa_devapp import documents, times
from openhexa_devapp.database import Database, Row
from openhexa_devapp.pipelines import DEFAULT_TIMEOUT_SECONDS

GOING = ("queued", "running", "terminating")
PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "float": (int, float), "bool": bool}


class InvalidConfig(ValueError):
    """A value of the config has the wrong Python type."""


def merged_config(version: Row | None, pipeline: Row, given: Any) -> dict[str, Any]:
    """The config of a new run: the version's (or pipeline's) with the given values over it; nulls are dropped.

    Only types are checked, neither choices nor required values nor unknown keys. Raises InvalidConfig, and
    AttributeError when `given` is no object, as the App does.
    """
    values = {key: value for key, value in given.items() if value is not None}
    if version is None:
        return {**documents.load(pipeline["config"]), **values}
    for parameter in documents.load(version["parameters"]):
        expected = PYTHON_TYPES.get(parameter["type"])
        value = values.get(parameter["code"])
        if expected is None or value is None:
            continue
        several = value if parameter["multiple"] and isinstance(value, list) else [value]
        if not all(isinstance(one, expected) for one in several):
            raise InvalidConfig(f"Parameters with invalid types: {parameter['code']!r} (expected {parameter['type']})")
    return {**documents.load(version["config"]), **values}


class Runs:
    """The runs of all pipelines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, run_id: str) -> Row | None:
        """By id."""
        return self._database.one("SELECT * FROM run WHERE id = ?", run_id)

    def of_pipeline(self, pipeline_id: str, *, newest_first: bool = True) -> list[Row]:
        """By the time at which they were asked for."""
        order = "DESC" if newest_first else "ASC"
        return self._database.all(f"SELECT * FROM run WHERE pipeline = ? ORDER BY created {order}", pipeline_id)  # noqa: S608

    def add(
        self,
        pipeline: Row,
        version: Row | None,
        config: Mapping[str, Any],
        person_id: str | None,
        options: Mapping[str, Any],
    ) -> Row:
        """A queued run. `options` has the optional keys of GraphQL's RunPipelineInput."""
        now = datetime.now(UTC)
        run_id = str(uuid.uuid4())
        self._database.insert(
            "run",
            id=run_id,
            pipeline=pipeline["id"],
            version=version["id"] if version else None,
            person=person_id,
            run_id=f"manual__{now.timestamp()}",
            status="queued",
            config=documents.dump(config),
            timeout=(version["timeout"] if version else None) or DEFAULT_TIMEOUT_SECONDS,
            trigger_mode="manual",
            send_mail=bool(options.get("sendMailNotifications")),
            debug=bool(options.get("enableDebugLogs")),
            access_token=str(uuid.uuid4()),
            execution_date=times.milliseconds(now),
            created=now.timestamp(),
        )
        run = self.get(run_id)
        assert run is not None
        return run

    def claim(self) -> Row | None:
        """Take the oldest queued run and make it running; None when nothing waits."""
        now = time.time()
        with self._database.transaction():
            row = self._database.one("SELECT id FROM run WHERE status = 'queued' ORDER BY created LIMIT 1")
            if row is None:
                return None
            self._database.update("run", row["id"], status="running", started=now, heartbeat=now)
        return self.get(row["id"])

    def set_process(self, run_id: str, process: int, started: float) -> None:
        """Which process (id and its start, seconds since the epoch) executes the run, to find it after a crash."""
        self._database.update("run", run_id, process=process, process_started=started)

    def request_stop(self, run_id: str, person_id: str | None) -> bool:
        """From queued or running to terminating; False when the run is in another state."""
        return bool(
            self._database.run(
                "UPDATE run SET status = 'terminating', stopped_by = ?"
                " WHERE id = ? AND status IN ('queued', 'running')",
                person_id,
                run_id,
            )
        )

    def finish(self, run_id: str, status: str, logs: str | None) -> None:
        """To a final status, once: a run that has ended stays as it is."""
        self._database.run(
            "UPDATE run SET status = ?, logs = ?, duration = CAST(? - coalesce(started, ?) AS INTEGER), process = NULL"
            " WHERE id = ? AND status IN ('queued', 'running', 'terminating')",
            status,
            logs,
            time.time(),
            time.time(),
            run_id,
        )

    def going(self) -> list[Row]:
        """Runs that are running or being stopped."""
        return self._database.all("SELECT * FROM run WHERE status IN ('running', 'terminating')")

    def progress(self, run_id: str, percent: int) -> None:
        """Any number, as the App takes it."""
        self._database.update("run", run_id, progress=percent, heartbeat=time.time())

    def beat(self, run_id: str) -> None:
        """The run's process is alive."""
        self._database.update("run", run_id, heartbeat=time.time())

    def add_message(self, run_id: str, priority: str, message: str) -> None:
        """Of any priority; the SDK has already left out what is below the run's level."""
        self._database.insert(
            "run_message", run=run_id, priority=priority, message=message, timestamp=times.microseconds()
        )

    def messages(self, run_id: str, start: int = 0) -> list[Row]:
        """From the message with this index on, oldest first."""
        return self._database.all(
            "SELECT priority, message, timestamp FROM run_message WHERE run = ? ORDER BY id LIMIT -1 OFFSET ?",
            run_id,
            max(start, 0),
        )

    def has_error_messages(self, run_id: str) -> bool:
        """Whether a message is an error or worse."""
        sql = "SELECT count(*) FROM run_message WHERE run = ? AND priority IN ('ERROR', 'CRITICAL')"
        return self._database.number(sql, run_id) > 0

    def add_output(self, run_id: str, uri: str, kind: str, name: str | None) -> None:
        """As the run names it."""
        self._database.insert("run_output", run=run_id, uri=uri, type=kind, name=name)

    def outputs(self, run_id: str) -> list[Row]:
        """In the order in which they were added."""
        return self._database.all("SELECT uri, type, name FROM run_output WHERE run = ? ORDER BY id", run_id)
