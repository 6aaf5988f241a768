from __future__ import annotations

import gc
import signal
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from openhexa_contract.errors import Conflict, NotFound, Unavailable
from openhexa_contract.events import Event
from openhexa_contract.tasks import Status
from openhexa_jupyter.notebook.client import client
from openhexa_jupyter.notebook.feed import Feed
from openhexa_jupyter.notebook.stream import Pace, Stream
from openhexa_jupyter.notebook.tasks import Task, TaskFailed, tasks

PATIENCE = 10
INFO = {"priority": "INFO", "message": "Reading", "timestamp": "2026-11-22T10:00:02+00:00"}
ERROR = {"priority": "ERROR", "message": "No rows", "timestamp": "2026-11-22T10:00:03+00:00"}


class Changes:
    """Counts an observer's calls and waits for a state."""

    def __init__(self, task: Task) -> None:
        self._changed = threading.Event()
        self._task = task
        self.stop = task.observe(self._note)

    def _note(self, task: Task) -> None:
        assert task is self._task
        self._changed.set()

    def until(self, condition: Callable[[Task], bool]) -> None:
        while not condition(self._task):
            assert self._changed.wait(PATIENCE), repr(self._task)
            self._changed.clear()


@pytest.fixture
def task(kernel: Any) -> Task:
    """An active task that is followed."""
    found = tasks[12]
    kernel.until_watched(1)
    return found


class TestAttributes:
    def test_a_task_is_found_by_number_or_uuid(self, kernel: Any, samples: Any) -> None:
        uuid = samples.task()["uuid"]
        kernel.answer("GET", f"tasks/{uuid}/", {"task": samples.task()})
        assert tasks[12] is tasks["12"] is tasks[uuid]

    def test_it_tells_what_the_service_tells(self, task: Task) -> None:
        assert (task.id, task.name, task.status, task.pipeline_code) == (12, "Cases report", "RUNNING", "cases-report")
        assert task.status is Status.RUNNING
        assert "number" in (Task.id.__doc__ or "")

    @pytest.mark.parametrize("key", ["../health", "12/stop", "", "a b"])
    def test_no_path_can_be_smuggled_in(self, kernel: Any, key: str) -> None:
        with pytest.raises(NotFound):
            tasks[key]
        assert kernel.requests == []

    def test_an_unknown_task(self, kernel: Any) -> None:
        with pytest.raises(NotFound):
            tasks[99]

    def test_new_attributes_of_the_service_do_no_harm(self, kernel: Any, samples: Any) -> None:
        kernel.tasks[12] = samples.task(colour="red")
        assert tasks[12].id == 12

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({}, "Task 12 · Cases report · RUNNING"),
            (
                {"progress_value": 3, "end_value": 10, "progress_message": "Reading"},
                "Task 12 · Cases report · RUNNING · 3/10 · Reading",
            ),
            (
                {"status": "ERROR", "ended_at": "2026-11-22T10:00:13+00:00", "progress_message": "No rows"},
                "Task 12 · Cases report · ERROR · 12 s · No rows",
            ),
        ],
    )
    def test_as_text(self, kernel: Any, samples: Any, changes: dict[str, Any], text: str) -> None:
        kernel.tasks[12] = samples.task(**changes)
        assert repr(tasks[12]) == text


class TestFollowing:
    def test_changes_arrive_by_themselves(self, kernel: Any, task: Task) -> None:
        changes = Changes(task)
        kernel.change(progress_value=4, end_value=10, updated_at="2026-11-22T10:00:05+00:00")
        changes.until(lambda task: task.progress_value == 4)
        changes.stop()

    def test_an_older_state_is_not_taken_over(self, kernel: Any, task: Task) -> None:
        changes = Changes(task)
        kernel.change(progress_value=4, updated_at="2026-11-22T10:00:05+00:00")
        changes.until(lambda task: task.progress_value == 4)
        kernel.change(progress_value=3, updated_at="2026-11-22T10:00:04+00:00")
        kernel.change(progress_value=5, updated_at="2026-11-22T10:00:06+00:00")
        changes.until(lambda task: task.progress_value != 4)
        assert task.progress_value == 5
        changes.stop()

    def test_the_end_is_final(self, kernel: Any, task: Task, samples: Any) -> None:
        kernel.change(**samples.ended)
        task.wait(PATIENCE)
        kernel.change(status="RUNNING", updated_at="2026-11-22T11:00:00+00:00")
        assert task.refresh().status is Status.SUCCESS

    def test_with_the_end_the_stream_ends(self, kernel: Any, task: Task, samples: Any) -> None:
        kernel.change(**samples.ended)
        task.wait(PATIENCE)
        kernel.until_watched(0)

    def test_a_task_that_nobody_holds_is_not_followed(self, kernel: Any) -> None:
        task = tasks[12]
        held = weakref.ref(task)
        kernel.until_watched(1)
        del task
        gc.collect()
        assert held() is None
        kernel.until_watched(0)

    def test_an_observed_task_lives_until_it_ends(self, kernel: Any, samples: Any) -> None:
        ended = threading.Event()
        tasks[12].observe(lambda task: ended.set() if task.status.is_terminal else None)
        kernel.until_watched(1)
        gc.collect()
        kernel.change(**samples.ended)
        assert ended.wait(PATIENCE)
        kernel.until_watched(0)

    def test_what_was_missed_is_read_after_a_break(self, kernel: Any, task: Task, samples: Any) -> None:
        kernel.until(lambda: len(kernel.asked("GET", "tasks/12/")) == 2)  # the first, and at the connection
        kernel.break_streams()
        kernel.tasks[12] = samples.task(**samples.ended)
        assert task.wait(PATIENCE).status is Status.SUCCESS

    def test_without_a_stream_it_is_polled(self, kernel: Any, samples: Any) -> None:
        from openhexa_contract.api import Task as TaskData
        from openhexa_jupyter.notebook.client import read

        kernel.events_refused = (404, {"Content-Type": "application/json"}, b"{}")
        polling = Stream(client(), Pace(poll=0.01, shortest_pause=0.01))
        task = Task(Feed(read(TaskData, samples.task()), client(), polling))
        kernel.until(lambda: len(kernel.asked("GET", "tasks/12/")) > 2)
        kernel.tasks[12] = samples.task(**samples.ended)
        assert task.wait(PATIENCE).status is Status.SUCCESS

    def test_an_observer_that_fails_does_not_harm_the_others(
        self, kernel: Any, task: Task, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(task: Task) -> None:
            raise ValueError("not foreseen")

        task.observe(fail)
        changes = Changes(task)
        kernel.change(progress_value=4, updated_at="2026-11-22T10:00:05+00:00")
        changes.until(lambda task: task.progress_value == 4 and "not foreseen" in caplog.text)
        changes.stop()

    def test_a_task_that_is_gone_ends_the_waiting(self, kernel: Any, task: Task) -> None:
        body = {"error": "There is no such task.", "code": "not_found", "fields": {}}
        kernel.answer("GET", "tasks/12/", body, status=404)
        kernel.send(Event(type="resync", data={}))
        with pytest.raises(NotFound, match="no such task"):
            task.wait(PATIENCE)


class TestMessages:
    def test_they_are_read_when_asked_for_and_live_from_then_on(self, kernel: Any, task: Task) -> None:
        assert kernel.asked("GET", "tasks/12/logs/") == []
        kernel.messages = [INFO]
        assert [message.message for message in task.messages] == ["Reading"]
        changes = Changes(task)
        kernel.send(Event(type="messages", data={"task_id": 12, "from": 1, "messages": [ERROR]}))
        changes.until(lambda task: len(task.messages) == 2)
        assert [message.priority for message in task.messages] == ["INFO", "ERROR"]
        changes.stop()

    def test_those_that_come_twice_are_there_once(self, kernel: Any, task: Task) -> None:
        changes = Changes(task)
        for start, messages in ((0, [INFO]), (0, [INFO, ERROR]), (1, [ERROR])):
            kernel.send(Event(type="messages", data={"task_id": 12, "from": start, "messages": messages}))
        kernel.change(progress_value=9, updated_at="2026-11-22T10:00:05+00:00")
        changes.until(lambda task: task.progress_value == 9)
        assert [message.message for message in task.messages] == ["Reading", "No rows"]
        changes.stop()

    def test_a_gap_is_filled(self, kernel: Any, task: Task) -> None:
        changes = Changes(task)
        kernel.messages = [INFO, ERROR]
        kernel.send(Event(type="messages", data={"task_id": 12, "from": 1, "messages": [ERROR]}))
        changes.until(lambda task: len(task.messages) == 2)
        changes.stop()

    def test_the_last_ones_are_there_when_waiting_ends(self, kernel: Any, task: Task, samples: Any) -> None:
        assert task.messages == []
        kernel.messages = [INFO, ERROR]
        kernel.change(**samples.ended)
        task.wait(PATIENCE)
        assert len(task.messages) == 2


class TestWaiting:
    def test_it_returns_the_task_and_prints_one_line(
        self, kernel: Any, task: Task, samples: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kernel.change(**samples.ended)
        assert task.wait(PATIENCE) is task
        assert capsys.readouterr().out == "Task 12 · Cases report · SUCCESS · 12 s\n"
        assert task.result == [{"country": "Niger", "cases": 3}]

    def test_it_does_not_wait_longer_than_told(self, task: Task) -> None:
        with pytest.raises(TimeoutError, match=r"has not ended after 0\.01 s"):
            task.wait(timeout=0.01)

    def test_it_can_be_interrupted(self, kernel: Any, task: Task) -> None:
        main = threading.get_ident()
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the interrupt may come at once
            threading.Timer(0, lambda: signal.pthread_kill(main, signal.SIGINT)).start()
            task.wait(PATIENCE)
        assert task.status is Status.RUNNING

    def test_a_failed_task_is_returned_and_raises_when_asked(self, kernel: Any, task: Task, samples: Any) -> None:
        kernel.change(**{**samples.ended, "status": "ERROR", "progress_message": "No rows"})
        assert task.wait(PATIENCE) is task
        with pytest.raises(TaskFailed, match="No rows") as raised:
            task.raise_for_status()
        assert raised.value.task is task

    def test_success_raises_nothing(self, kernel: Any, task: Task, samples: Any) -> None:
        with pytest.raises(Conflict, match="has not ended"):
            task.raise_for_status()
        kernel.change(**samples.ended)
        assert task.wait(PATIENCE).raise_for_status() is task


class TestStopping:
    def test_it_asks_the_service(self, kernel: Any, task: Task, samples: Any) -> None:
        asked = {"stop_requested_at": "2026-11-22T10:00:09+00:00", "updated_at": "2026-11-22T10:00:09+00:00"}
        kernel.answer("POST", "tasks/12/stop/", {"task": samples.task(**asked)}, status=202)
        assert task.stop().stop_requested_at == "2026-11-22T10:00:09+00:00"

    def test_a_refusal_is_raised(self, kernel: Any, task: Task) -> None:
        body = {"error": "The task has ended.", "code": "conflict", "fields": {}}
        kernel.answer("POST", "tasks/12/stop/", body, status=409)
        with pytest.raises(Conflict, match="has ended"):
            task.stop()


class TestData:
    def test_only_of_a_task_that_has_ended(self, task: Task) -> None:
        for read in (task.dataframe, task.figure):
            with pytest.raises(Conflict, match="has not ended"):
                read()

    def test_the_result_as_a_table(self, kernel: Any, samples: Any) -> None:
        kernel.tasks[12] = samples.task(**samples.ended)
        assert tasks[12].dataframe().to_dict("records") == [{"country": "Niger", "cases": 3}]

    def test_files_that_are_told_after_the_end(
        self, kernel: Any, samples: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORKSPACE_FILES_PATH", str(tmp_path))
        (tmp_path / "cases.csv").write_text("country,cases\nMali,4\n")
        kernel.tasks[12] = samples.task(**{**samples.ended, "result": None})
        task = tasks[12]
        kernel.tasks[12]["outputs"] = [{"kind": "file", "name": "cases.csv", "path": "cases.csv"}]
        assert task.dataframe().to_dict("records") == [{"country": "Mali", "cases": 4}]


class TestShown:
    def test_with_widgets_the_text_stands_beside_the_one_view(self, task: Task) -> None:
        data, _metadata = task._repr_mimebundle_()
        again, _metadata = task._repr_mimebundle_()
        assert data["text/plain"] == repr(task)
        view = "application/vnd.jupyter.widget-view+json"
        assert data[view]["model_id"] == again[view]["model_id"]

    def test_the_first_figure(self, kernel: Any, samples: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WORKSPACE_FILES_PATH", str(tmp_path))
        (tmp_path / "map.png").write_bytes(b"\x89PNG")
        outputs = [{"kind": "file", "name": "map.png", "path": "map.png"}]
        kernel.tasks[12] = samples.task(**samples.ended, outputs=outputs)
        assert tasks[12].figure().data == b"\x89PNG"


class TestList:
    def test_all_pages_newest_first(self, kernel: Any, samples: Any) -> None:
        first = {"results": [samples.task(id=3, uuid="c"), samples.task(id=2, uuid="b")], "next": "2"}
        kernel.answer("GET", "tasks/", first)
        kernel.answer("GET", "tasks/", {"results": [samples.task(id=1, uuid="a")], "next": None})
        assert [task.id for task in tasks] == [3, 2, 1]
        assert [request["query"] for request in kernel.asked("GET", "tasks/")] == ["", "before=2"]

    def test_those_that_run(self, kernel: Any, samples: Any) -> None:
        kernel.answer("GET", "tasks/", {"results": [samples.task(id=3, uuid="c", status="QUEUED")]})
        kernel.answer("GET", "tasks/", {"results": [samples.task(id=2, uuid="b")]})
        assert [task.id for task in tasks.running()] == [3, 2]

    def test_as_text(self, kernel: Any, samples: Any) -> None:
        kernel.answer("GET", "tasks/", {"results": [samples.task(launcher="aissata@example.org")]})
        assert repr(tasks) == (
            "Task  Name          Status   Created           By\n"
            "12    Cases report  RUNNING  2026-11-22 10:00  aissata@example.org"
        )

    def test_as_text_without_any(self, kernel: Any) -> None:
        kernel.answer("GET", "tasks/", {"results": []})
        assert "No tasks yet" in repr(tasks)

    def test_the_service_is_away(self, kernel: Any) -> None:
        body = {"error": "The pipelines service cannot be reached.", "code": "unavailable", "fields": {}}
        kernel.answer("GET", "tasks/", body, status=503)
        with pytest.raises(Unavailable, match="cannot be reached"):
            tasks.running()
