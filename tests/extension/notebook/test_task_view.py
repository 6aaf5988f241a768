from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from openhexa_contract.errors import Unavailable
from openhexa_contract.tasks import Status
from openhexa_jupyter.notebook.task_view import KEPT, TaskView, view_of

LATER = "2026-11-22T10:00:13+00:00"


@pytest.fixture
def task(make_task):
    return make_task()


@pytest.fixture
def view(comms, task):
    return TaskView(task)


def test_it_shows_the_task(view) -> None:
    assert view.state["task"]["name"] == "Cases report"
    assert view.state["task"]["status"] == "RUNNING"
    assert view.state["can_stop"]
    assert not view.state["can_run_again"]
    assert view.state["subtitle"] == "Task 12"


def test_it_follows_the_task(comms, task, view) -> None:
    task.change(progress_message="Reading", progress_value=3, end_value=10)
    assert view.state["task"]["progress_message"] == "Reading"
    assert (view.state["task"]["progress_value"], view.state["task"]["end_value"]) == (3, 10)
    task.change(status=Status.SUCCESS, ended_at=LATER, result={"rows": 3})
    assert view.state["ended"]
    assert view.state["task"]["result"] == {"rows": 3}
    assert not view.state["can_stop"]
    assert view.state["can_run_again"]


def test_each_message_is_sent_once(comms, task, view, message) -> None:
    task.change(message("one"), message("two"))
    task.change(message("three"), progress_value=2)
    assert [(sent["from"], [row["message"] for row in sent["rows"]]) for sent in comms.messages(view)] == [
        (0, ["one", "two"]),
        (2, ["three"]),
    ]
    assert view.state["message_count"] == 3
    assert all("two" not in repr(state) for state in comms.states(view))


def test_a_page_that_opens_later_is_given_the_last_messages(comms, task, view, message) -> None:
    task.change(*(message(f"message {number}") for number in range(KEPT + 50)))
    page = view.get_state("messages")["messages"]
    assert page["from"] == 50
    assert len(page["rows"]) == KEPT
    assert page["rows"][-1]["message"] == f"message {KEPT + 49}"


def test_messages_that_were_there_before_the_view_are_shown(comms, task, message, poll) -> None:
    task.change(message("before"))
    view = TaskView(task)
    poll(lambda: view.state["message_count"] == 1)
    assert comms.messages(view)[0]["rows"][0]["message"] == "before"


def test_a_page_gets_the_messages_it_missed(comms, task, view, message) -> None:
    task.change(message("one"), message("two"), message("three"))
    comms.receive(view, {"type": "messages", "from": 2})
    assert comms.messages(view)[-1]["rows"][0]["message"] == "three"
    comms.receive(view, {"type": "messages", "from": "nonsense"})
    assert comms.messages(view)[-1]["from"] == 0


def test_stop_asks_the_task_to_stop(comms, task, view, poll) -> None:
    comms.receive(view, {"type": "stop"})
    poll(lambda: task.stops == 1)
    task.change(stop_requested_at=LATER)
    assert view.state["stopping"]
    assert not view.state["can_stop"]
    task.change(status=Status.CANCELLED, ended_at=LATER)
    assert not view.state["stopping"]


def test_a_stop_that_fails_is_told_and_may_be_tried_again(comms, task, view, poll) -> None:
    def fail():
        raise Unavailable("The service cannot be reached.")

    task.stop_answer = fail
    comms.receive(view, {"type": "stop"})
    poll(lambda: view.state["notice"] and view.state["can_stop"])
    assert view.state["notice"] == "The service cannot be reached."


def test_the_end_of_a_stop_waits_for_other_changes(comms, task, view, poll) -> None:
    asked = threading.Event()

    def fail():
        asked.set()
        raise Unavailable("The service cannot be reached.")

    task.stop_answer = fail
    with view._changes:
        comms.receive(view, {"type": "stop"})
        assert asked.wait(5)
        time.sleep(0.05)
        assert (view._stopping, view._notice) == (True, None)
    poll(lambda: view.state["notice"] and view.state["can_stop"])


def test_a_run_that_nobody_can_follow_says_so(comms, task, view) -> None:
    task.change(followed=False)
    assert "no longer be followed" in view.state["notice"]


def test_run_again_hands_over_the_config(comms, make_task) -> None:
    given = []
    view = TaskView(make_task(config={"country": "Mali"}), again=given.append)
    comms.receive(view, {"type": "again"})
    assert given == [{"country": "Mali"}]


def test_outputs_warnings_and_subtitle(comms, make_task, output) -> None:
    task = make_task(
        name="Third try",
        version_name="v3",
        launcher="aissata@example.org",
        warnings=["Progress went back."],
        outputs=[output(kind="file", path="a/b.csv"), output(kind="table", name="cases", uri="https://example.org/t")],
    )
    state = TaskView(task).state
    assert state["subtitle"] == "Task 12 · version v3 · aissata@example.org"
    assert state["task"]["name"] == "Cases report"
    assert state["task"]["warnings"] == ["Progress went back."]
    assert [(one["kind"], one["name"], one["uri"]) for one in state["task"]["outputs"]] == [
        ("file", "a/b.csv", None),
        ("table", "cases", "https://example.org/t"),
    ]


def test_a_view_that_is_gone_is_no_burden(comms, task) -> None:
    view = TaskView(task)
    reference = weakref.ref(view)
    view.close()
    assert task.observers == []
    del view
    gc.collect()
    task.change(progress_value=1)
    assert reference() is None or reference().comm is None


def test_one_task_has_one_view(comms, task) -> None:
    view = view_of(task)
    assert view_of(task) is view
    view.close()
    assert view_of(task) is not view


def test_it_has_a_plain_text(view) -> None:
    data, _ = view._repr_mimebundle_()
    assert data["text/plain"] == "Task 12 · Cases report · RUNNING"
    assert "application/vnd.jupyter.widget-view+json" in data
