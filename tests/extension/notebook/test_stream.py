from __future__ import annotations

import queue
from typing import Any

import pytest

from openhexa_contract.errors import Unavailable
from openhexa_contract.events import Event
from openhexa_jupyter.notebook.client import client
from openhexa_jupyter.notebook.stream import Pace, Stream, stream

FAST = Pace(poll=0.02, shortest_pause=0.02, longest_pause=0.05)
TASK = Event(type="task", data={"task": {"id": 12}}, id="41")
MESSAGES = Event(type="messages", data={"task_id": 12, "from": 0, "messages": []}, id="42")
OTHER = Event(type="task", data={"task": {"id": 13}}, id="43")
PATIENCE = 10


@pytest.fixture
def seen() -> queue.Queue[Event]:
    return queue.Queue()


def kinds(seen: queue.Queue[Event], count: int) -> list[str]:
    return [seen.get(timeout=PATIENCE).type for _ in range(count)]


def test_a_subscriber_gets_its_tasks_events(kernel: Any, seen: queue.Queue[Event]) -> None:
    end = stream().subscribe(12, seen.put)
    kernel.until_watched(1)
    for event in (OTHER, TASK, MESSAGES):
        kernel.send(event)
    assert [seen.get(timeout=PATIENCE) for _ in range(3)] == [Event(type="resync", data={}), TASK, MESSAGES]
    assert kernel.event_requests[0]["Authorization"] == "token server-token"
    end()


def test_one_connection_serves_all_and_ends_with_the_last(kernel: Any, seen: queue.Queue[Event]) -> None:
    ends = [stream().subscribe(task_id, seen.put) for task_id in (12, 12, 13)]
    kernel.until_watched(1)
    for end in ends:
        assert len(kernel.event_requests) == 1
        end()
        end()
    kernel.until_watched(0)
    assert not stream().running


def test_it_starts_again_for_a_new_subscriber(kernel: Any, seen: queue.Queue[Event]) -> None:
    end = stream().subscribe(12, seen.put)
    assert kinds(seen, 1) == ["resync"]
    end()
    kernel.until_watched(0)
    end = stream().subscribe(12, seen.put)
    assert kinds(seen, 1) == ["resync"]
    kernel.send(TASK)
    assert kinds(seen, 1) == ["task"]
    end()


def test_a_cut_stream_is_resumed_and_the_task_read_again(kernel: Any, seen: queue.Queue[Event]) -> None:
    end = Stream(client(), Pace(poll=60, shortest_pause=0.01)).subscribe(12, seen.put)
    kernel.until_watched(1)
    kernel.send(TASK)
    assert kinds(seen, 2) == ["resync", "task"]
    kernel.break_streams()
    kernel.until_watched(1)
    assert kernel.event_requests[1]["Last-Event-Id"] == "41"
    assert kinds(seen, 1) == ["resync"]
    end()


def test_without_a_stream_subscribers_poll(kernel: Any, seen: queue.Queue[Event]) -> None:
    kernel.events_refused = (503, {"Content-Type": "application/json"}, b"{}")
    polling = Stream(client(), FAST)
    end = polling.subscribe(12, seen.put)
    assert kinds(seen, 3) == ["resync"] * 3
    assert not polling.live
    kernel.events_refused = None
    kernel.until_watched(1)
    end()


def test_while_the_service_is_away_subscribers_poll(kernel: Any, seen: queue.Queue[Event]) -> None:
    polling = Stream(client(), FAST)
    end = polling.subscribe(12, seen.put)
    kernel.until_watched(1)
    kernel.send(Event(type="error", data=Unavailable("Away.").body()))
    assert kinds(seen, 3) == ["resync"] * 3
    kernel.send(TASK)
    while seen.get(timeout=PATIENCE).type != "task":
        pass
    assert polling.live
    end()


def test_a_subscriber_that_fails_does_not_harm_the_others(
    kernel: Any, seen: queue.Queue[Event], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: Event) -> None:
        raise ValueError("not foreseen")

    ends = [stream().subscribe(12, fail), stream().subscribe(12, seen.put)]
    kernel.until_watched(1)
    kernel.send(TASK)
    assert kinds(seen, 2) == ["resync", "task"]
    assert "not foreseen" in caplog.text
    for end in ends:
        end()


@pytest.mark.parametrize("data", [None, {}, {"task": None}, {"task": {"id": "12"}}, {"task_id": None}, [1]])
def test_an_event_without_a_task_concerns_nobody(kernel: Any, seen: queue.Queue[Event], data: Any) -> None:
    end = stream().subscribe(12, seen.put)
    kernel.until_watched(1)
    kernel.send(Event(type="task", data=data))
    kernel.send(TASK)
    assert kinds(seen, 2) == ["resync", "task"]
    end()


def test_a_kernel_has_one_stream(kernel: Any) -> None:
    assert stream() is stream()
