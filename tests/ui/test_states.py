from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from openhexa_contract.api import Output, Task
from openhexa_contract.forms import Form
from openhexa_contract.parameters import parse_parameters
from openhexa_contract.tasks import Status
from openhexa_ui.states import RESULT_BYTES, form_state, shortened, task_state

NOW = datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)
TASK = Task(
    id=12,
    uuid="u",
    name="Cases",
    status=Status.RUNNING,
    created_at="2026-11-22T10:00:00+00:00",
    updated_at="2026-11-22T10:00:00+00:00",
    workspace="w",
    pipeline="p",
    pipeline_code="cases",
    pipeline_name="Cases",
    config={"password": "••••"},
)


def state(changes, **options):
    return task_state(msgspec.structs.replace(TASK, **changes), NOW, message_count=3, **options)


def test_a_task_is_drawn_without_its_config() -> None:
    assert state({"outputs": [Output(kind="file", path="a.csv")]}) == {
        "task": {
            "id": 12,
            "name": "Cases",
            "status": "RUNNING",
            "progress_message": None,
            "progress_value": 0,
            "end_value": 0,
            "created_at": "2026-11-22T10:00:00+00:00",
            "started_at": None,
            "ended_at": None,
            "run_url": None,
            "warnings": [],
            "result": None,
            "outputs": [{"kind": "file", "name": "a.csv", "uri": None}],
        },
        "subtitle": "Task 12",
        "ended": False,
        "now": "2026-11-22T10:00:05+00:00",
        "can_stop": True,
        "stopping": False,
        "can_run_again": False,
        "notice": None,
        "result_note": None,
        "message_count": 3,
    }


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("asked", [None, "2026-11-22T10:00:04+00:00"])
@pytest.mark.parametrize("stopping", [True, False])
def test_what_can_be_done_with_a_task(status, asked, stopping) -> None:
    drawn = state({"status": status, "stop_requested_at": asked}, stopping=stopping)
    active = not status.is_terminal
    assert drawn["stopping"] == (active and (stopping or asked is not None))
    assert drawn["can_stop"] == (active and not drawn["stopping"])
    assert drawn["can_run_again"] == status.is_terminal == drawn["ended"]


def test_a_notice_of_the_moment_goes_before_the_lasting_one() -> None:
    assert "followed" in state({"followed": False})["notice"]
    assert state({"followed": False}, notice="Not now.")["notice"] == "Not now."
    assert state({"followed": False, "status": Status.SUCCESS})["notice"] is None


@pytest.mark.parametrize(
    "result",
    [
        {"rows": [{"n": n, "text": "é" * 900} for n in range(9000)]},
        ["x" * 100_000],
        {str(n): n for n in range(20_000)},
        [[[0] * 300] * 300],
    ],
)
def test_a_long_result_is_cut_well_below_the_limit(result) -> None:
    drawn, whole = shortened(result)
    assert not whole
    assert len(msgspec.json.encode(drawn)) < RESULT_BYTES


def test_a_short_result_is_whole() -> None:
    assert shortened({"a": [1, None]}) == ({"a": [1, None]}, True)


def test_a_field_knows_whether_it_was_changed_and_why_it_is_off() -> None:
    raw = [
        {
            "code": "all",
            "type": "bool",
            "name": "Everything",
            "default": False,
            "disables": ["rows"],
            "disableWhen": True,
        },
        {"code": "rows", "type": "int", "default": 3},
    ]
    parameters = parse_parameters(raw)
    form, untouched = Form(parameters), Form(parameters).state()
    assert [field["changed"] for field in form_state(form, parameters, untouched)["fields"]] == [False, False]
    form.type("all", True)
    everything, rows = form_state(form, parameters, untouched)["fields"]
    assert everything["changed"]
    assert everything["reason"] is None
    assert rows["reason"] == "Not used while “Everything” is yes."
