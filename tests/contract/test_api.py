from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhexa_contract import api
from openhexa_contract.api import (
    CallbackTokenRequest,
    LaunchRequest,
    Message,
    MessagePage,
    Output,
    PipelineDetail,
    PipelinePage,
    PipelineSummary,
    Task,
    TaskAnswer,
    TaskPage,
    TaskUpdate,
    VersionDetail,
    VersionSummary,
    decode,
    parse_task_update,
)
from openhexa_contract.errors import InvalidInput
from openhexa_contract.tasks import Report, Status

TASK = Task(
    id=12,
    uuid="8b0e8e5c-0000-4000-8000-000000000000",
    name="Cases report",
    status=Status.QUEUED,
    created_at="2026-11-22T03:01:30Z",
    updated_at="2026-11-22T03:01:30Z",
    workspace="sahel-programme",
    pipeline="p-1",
    pipeline_code="cases-report",
    pipeline_name="Cases report",
)


def refused(kind: Any, raw: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        decode(kind, raw)
    return caught.value.fields


def test_a_task_has_the_names_of_the_contract() -> None:
    found = msgspec.to_builtins(TASK)
    names = (
        "id uuid name status progress_message progress_value end_value result created_at started_at ended_at",
        "updated_at workspace pipeline pipeline_code pipeline_name version version_name config launcher run_id run_url",
        "stop_requested_at followed warnings outputs",
    )
    assert list(found) == [name for line in names for name in line.split()]
    assert (found["status"], found["followed"], found["config"], found["result"]) == ("QUEUED", True, {}, None)
    assert json.loads(msgspec.json.encode(TaskAnswer(TASK))) == {"task": found}
    assert decode(TaskAnswer, msgspec.json.encode({"task": found})) == TaskAnswer(TASK)


def test_pipelines_have_the_names_of_the_contract() -> None:
    version = VersionSummary(id="v-1", version_number=2, version_name="v-two [v2]")
    summary = PipelineSummary(id="p-1", name="Cases", code="cases", current_version=version)
    assert json.loads(msgspec.json.encode(PipelinePage([summary]))) == {
        "results": [
            {
                "id": "p-1",
                "name": "Cases",
                "code": "cases",
                "description": None,
                "currentVersion": {"id": "v-1", "versionNumber": 2, "versionName": "v-two [v2]"},
                "permissions": {"run": False},
            }
        ]
    }
    detail = PipelineDetail(
        id="p-1",
        name="Cases",
        code="cases",
        workspace="sahel-programme",
        current_version=VersionDetail(id="v-1", version_number=2, parameters=[{"code": "rows", "type": "int"}]),
    )
    found = msgspec.to_builtins(detail)
    assert (found["workspace"], found["currentVersion"]["versionNumber"]) == ("sahel-programme", 2)
    assert found["currentVersion"]["parameters"] == [{"code": "rows", "type": "int"}]
    assert decode(PipelineDetail, msgspec.json.encode(detail)) == detail
    assert decode(PipelineSummary, b'{"id":"1","name":"a","code":"a","currentVersion":null}').current_version is None


def test_pages_messages_and_outputs() -> None:
    assert msgspec.to_builtins(TaskPage([])) == {"results": [], "next": None}
    page = MessagePage([Message("INFO", "Hello", "2026-11-22T03:01:30Z")], 1)
    assert msgspec.to_builtins(page) == {
        "messages": [{"priority": "INFO", "message": "Hello", "timestamp": "2026-11-22T03:01:30Z"}],
        "next": 1,
    }
    assert msgspec.to_builtins(Output(kind="file", name="a.csv", path="out/a.csv")) == {
        "kind": "file",
        "name": "a.csv",
        "uri": None,
        "path": "out/a.csv",
        "type": None,
        "size": None,
        "count": None,
    }


def test_answers_may_grow() -> None:
    assert decode(TaskPage, b'{"results": [], "total": 5}') == TaskPage([])


def test_requests_forbid_what_they_do_not_know() -> None:
    requests = [kind for kind in vars(api).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    closed = {kind for kind in requests if kind.__struct_config__.forbid_unknown_fields}
    assert closed == {LaunchRequest, CallbackTokenRequest, TaskUpdate}
    assert refused(LaunchRequest, b'{"config": {}, "confg": 1}') == {"confg": "There is no such field."}


def test_a_launch() -> None:
    assert decode(LaunchRequest, b'{"version": "v-1", "config": {"rows": 3}}') == LaunchRequest("v-1", {"rows": 3})
    assert decode(LaunchRequest, {"version": 2}) == LaunchRequest(2, {})


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"config": []}', "config"),
        (b'{"config": "{}"}', "config"),
        (b'{"config": null}', "config"),
        (b'{"version": []}', "version"),
        (b'{"version": 1.5}', "version"),
        (b'{"version": true}', "version"),
        (b"[]", ""),
        (b"null", ""),
        (b'"x"', ""),
    ],
)
def test_bad_requests_name_their_field(raw: bytes, field: str) -> None:
    assert list(refused(LaunchRequest, raw)) == [field]


def test_a_fault_deep_inside_names_its_path() -> None:
    assert refused(TaskPage, b'{"results": [{"id": "a"}]}') == {"results[0].id": "int is needed here, not str."}
    assert refused(TaskAnswer, b'{"task": {"id": 1}}') == {"task.uuid": "This field is needed."}
    assert list(refused(TaskAnswer, msgspec.json.encode({"task": {**msgspec.to_builtins(TASK), "status": "ODD"}}))) == [
        "task.status"
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", b'{"config": NaN}', b'"\\ud800"', "{"], ids=lambda raw: repr(raw[:5])
)
def test_what_is_no_json(raw: Any) -> None:
    with pytest.raises(InvalidInput, match="not valid JSON"):
        decode(LaunchRequest, raw)


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not valid JSON"):
        decode(LaunchRequest, b'{"config": {"a": ' + b"[" * 100_000)


@settings(deadline=None)
@given(st.binary(max_size=30) | st.text(max_size=30))
def test_no_body_breaks_it(raw: Any) -> None:
    for read in (partial(decode, LaunchRequest), parse_task_update):
        with suppress(InvalidInput):
            read(raw)


# PATCH


def test_a_full_update() -> None:
    raw = {
        "task_id": 12,
        "status": "SUCCESS",
        "progress_message": "Done",
        "progress_value": 100,
        "end_value": 100,
        "result": {"rows": 3},
    }
    update, unknown = parse_task_update(json.dumps(raw).encode())
    assert unknown == ()
    assert update.report() == Report(Status.SUCCESS, "Done", 100, 100, {"rows": 3})


def test_unknown_keys_are_collected_and_words_understood() -> None:
    update, unknown = parse_task_update(
        {"task_id": " 12 ", "status": "errored", "progress_value": "30", "zz": 1, "a": None}
    )
    assert (update, unknown) == (TaskUpdate(task_id=12, status=Status.ERROR, progress_value=30), ("zz", "a"))


@pytest.mark.parametrize(
    ("raw", "task_id"), [(7, 7), ("7", 7), ("8b0e8e5c-1", "8b0e8e5c-1"), ("-1", -1), ("٣", "٣"), ("9" * 30, "9" * 30)]
)
def test_the_id_of_a_task(raw: Any, task_id: Any) -> None:
    assert parse_task_update({"task_id": raw})[0].task_id == task_id


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"result": {"a": 1}}, {"a": 1}),
        ({"result_data": {"a": 1}}, {"a": 1}),
        ({"result": 0, "result_data": 1}, 0),
        ({"result": None, "result_data": [1]}, [1]),
        ({}, None),
    ],
)
def test_the_result_and_its_older_name(fields: dict[str, Any], result: Any) -> None:
    assert parse_task_update({"task_id": 1, **fields})[0].report().result == result


def test_null_means_not_said() -> None:
    raw = {
        "task_id": 1,
        "status": None,
        "progress_message": None,
        "progress_value": None,
        "end_value": None,
        "result": None,
    }
    assert parse_task_update(raw)[0] == TaskUpdate(task_id=1)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "task_id"),
        ({"task_id": None}, "task_id"),
        ({"task_id": True}, "task_id"),
        ({"task_id": 1.5}, "task_id"),
        ({"task_id": [1]}, "task_id"),
        ({"task_id": 1, "status": ""}, "status"),
        ({"task_id": 1, "status": "SKIPPED"}, "status"),
        ({"task_id": 1, "status": 5}, "status"),
        ({"task_id": 1, "progress_value": 2.5}, "progress_value"),
        ({"task_id": 1, "progress_value": "2.5"}, "progress_value"),
        ({"task_id": 1, "progress_value": True}, "progress_value"),
        ({"task_id": 1, "end_value": 99999999999}, "end_value"),
        ({"task_id": 1, "progress_value": "99999999999"}, "progress_value"),
        ({"task_id": 1, "progress_message": {"a": 1}}, "progress_message"),
        ([], ""),
        ("text", None),
    ],
)
def test_bad_updates_name_their_field(raw: Any, field: str | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_task_update(raw)
    assert list(caught.value.fields) == ([] if field is None else [field])
    assert all(sentence for sentence in caught.value.fields.values())


def test_a_decoded_update_does_not_change_the_body() -> None:
    raw = {"task_id": "1", "status": "killed", "zz": 1}
    parse_task_update(raw)
    assert raw == {"task_id": "1", "status": "killed", "zz": 1}
