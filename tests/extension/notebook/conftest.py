"""Comms without a kernel, and a pipeline and a task without a service, for the tests of the widgets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import comm
import ipywidgets
import msgspec
import pytest
from comm.base_comm import BaseComm

from openhexa_contract.api import Message, Output
from openhexa_contract.api import Task as TaskData
from openhexa_contract.parameters import Parameter, parse_parameters
from openhexa_contract.tasks import Status


class RecordingComm(BaseComm):
    """Keeps what was published."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []
        super().__init__(*args, **kwargs)

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        self.published.append((msg_type, data or {}))


class Comms:
    """What a page would see of a view, and what it would send."""

    def opened(self, view: Any) -> dict[str, Any]:
        """The state with which the comm was opened."""
        (first, *_) = view.comm.published
        assert first[0] == "comm_open"
        return first[1]["state"]

    def states(self, view: Any) -> list[dict[str, Any]]:
        """Each `state` that was sent after the opening."""
        updates = [data for kind, data in view.comm.published if kind == "comm_msg" and data["method"] == "update"]
        return [update["state"]["state"] for update in updates if "state" in update["state"]]

    def messages(self, view: Any) -> list[dict[str, Any]]:
        """Each custom message that was sent."""
        return [data["content"] for _, data in view.comm.published if data.get("method") == "custom"]

    def everything(self, view: Any) -> str:
        """All that ever left for the page, the module's own text aside."""
        text = repr(view.comm.published) + repr(
            {key: value for key, value in view.get_state().items() if key != "_esm"}
        )
        return text.replace(repr(view._esm), "")

    def receive(self, view: Any, content: Any) -> None:
        """A custom message from the page."""
        view.comm.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


@pytest.fixture
def comms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Comms]:
    monkeypatch.setattr(comm, "create_comm", RecordingComm)
    yield Comms()
    ipywidgets.Widget.close_all()


PARAMETERS: list[dict[str, Any]] = [
    {"code": "country", "type": "str", "required": True, "choices": ["Niger", "Mali"], "name": "Country"},
    {"code": "rows", "type": "int", "required": False, "default": 10, "name": "Rows"},
    {"code": "password", "type": "secret", "required": False, "name": "Password"},
    {"code": "quiet", "type": "bool", "required": False, "default": False, "name": "Quiet", "disables": ["rows"]},
    {"code": "task_id", "type": "int", "required": True, "provided": True},
]

NOW = "2026-11-22T10:00:00+00:00"


class FakeTask:
    """A task whose changes the test makes; as in a kernel, observers run on another thread."""

    def __init__(self, **changes: Any) -> None:
        self.data = TaskData(
            **{
                "id": 12,
                "uuid": "7d2b1c9e-0d8c-4f0b-9d55-2f8f3b0a1c12",
                "name": "Cases report",
                "status": Status.RUNNING,
                "created_at": NOW,
                "started_at": NOW,
                "updated_at": NOW,
                "workspace": "sahel-programme",
                "pipeline": "60fcb048-a5f6-4a79-9529-1ccfa55e75d1",
                "pipeline_code": "cases-report",
                "pipeline_name": "Cases report",
                **changes,
            }
        )
        self.messages: list[Message] = []
        self.observers: list[Callable[[Any], None]] = []
        self.stops = 0
        self.stop_answer: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.data, name)

    def __repr__(self) -> str:
        return f"Task {self.id} · {self.name} · {self.status.value}"

    def observe(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        self.observers.append(callback)
        return lambda: self.observers.remove(callback)

    def stop(self) -> None:
        self.stops += 1
        self.stop_answer()

    def change(self, *messages: Message, **changes: Any) -> None:
        """The task changes, and its observers are told, on another thread."""
        self.data = msgspec.structs.replace(self.data, **changes)
        self.messages = [*self.messages, *messages]
        thread = threading.Thread(target=lambda: [observer(self) for observer in tuple(self.observers)])
        thread.start()
        thread.join()


class FakePipeline:
    """A pipeline that answers launches as the test says."""

    def __init__(self, parameters: list[dict[str, Any]] | None = None) -> None:
        self.code = "cases-report"
        self.name = "Cases report"
        self.description: str | None = "Counts cases by country."
        self.version: str | None = "v3"
        self.can_run = True
        self.parameters: tuple[Parameter, ...] = parse_parameters(PARAMETERS if parameters is None else parameters)
        self.launches: list[Mapping[str, Any]] = []
        self.answer: Callable[[], Any] = FakeTask

    def launch_config(self, config: Mapping[str, Any]) -> Any:
        self.launches.append(config)
        return self.answer()


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def make_pipeline() -> type[FakePipeline]:
    return FakePipeline


@pytest.fixture
def make_task() -> type[FakeTask]:
    return FakeTask


@pytest.fixture
def message() -> Callable[..., Message]:
    return lambda text, priority="INFO": Message(priority=priority, message=text, timestamp=NOW)


@pytest.fixture
def output() -> type[Output]:
    return Output
