"""PATCH: the integration guide's contract, and what attackers try with it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
async def token(service: Any) -> str:
    return str(await service.callback_token())


@pytest.fixture
async def task(service: Any, app: Any) -> Any:
    return await service.launch(app.guide)


async def test_the_guide_s_exchange(service: Any, app: Any, token: str) -> None:
    task = await service.launch(app.guide)
    given = app.run_of(task).config
    path = f"api/openhexa/pipelines/{given['pipeline_id']}/"
    update = {
        "task_id": given["task_id"],
        "status": "RUNNING",
        "progress_message": "Processing data...",
        "progress_value": 25,
        "end_value": 100,
        "result": None,
    }
    headers = {"Authorization": f"Bearer {token}"}
    answer = (await service.ok("PATCH", path, None, json=update, headers=headers))["task"]
    assert (answer["status"], answer["progress_value"], answer["end_value"]) == ("RUNNING", 25, 100)
    assert answer["progress_message"] == "Processing data..."
    assert answer["started_at"]
    result = {"records_processed": 1000, "status": "completed"}
    done = update | {"status": "SUCCESS", "progress_value": 100, "result": result}
    answer = (await service.ok("PATCH", path, None, json=done, headers=headers))["task"]
    assert (answer["status"], answer["result"]) == ("SUCCESS", result)
    assert answer["ended_at"]
    assert answer["updated_at"] >= answer["started_at"]
    assert (await service.task(task["id"]))["result"] == result


@pytest.mark.parametrize("form", [int, str, "uuid", "upper"])
async def test_a_task_is_named_by_number_text_or_uuid(service: Any, task: Any, token: str, form: Any) -> None:
    name = form(task["id"]) if callable(form) else task["uuid"].upper() if form == "upper" else task["uuid"]
    body = {"task_id": name, "progress_value": 1}
    await service.ok("PATCH", f"api/openhexa/pipelines/{task['pipeline']}/", token, json=body)


@pytest.mark.parametrize(("word", "status"), [("ERRORED", "ERROR"), ("KILLED", "CANCELLED"), ("success", "SUCCESS")])
async def test_other_words_are_understood(service: Any, task: Any, token: str, word: str, status: str) -> None:
    answer = await service.patch(task, token, result_data={"a": 1}, progress_message="x")
    assert answer["task"]["result"] == {"a": 1}
    assert (await service.patch(task, token, status=word))["task"]["status"] == status


async def test_unknown_fields_are_a_warning_not_a_refusal(service: Any, task: Any, token: str) -> None:
    for _ in range(2):
        answer = await service.patch(task, token, percentage=3, colour="red")
    (warning,) = answer["task"]["warnings"]
    assert "colour, percentage" in warning


@pytest.mark.parametrize(
    "report",
    [
        {"progress_value": "many"},
        {"progress_value": 1.5},
        {"progress_value": 10**30},
        {"progress_message": ["a"]},
        {"task_id": None},
        {"task_id": {}},
    ],
)
async def test_wrong_values_are_refused_by_field(service: Any, task: Any, token: str, report: dict[str, Any]) -> None:
    body = {"task_id": task["id"]} | report
    answer = await service.call("PATCH", f"api/openhexa/pipelines/{task['pipeline']}/", token, json=body)
    assert answer.status == 400
    assert list(answer.json()["fields"]) == list(report)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{", b"\xff\xfe", b"[" * 3000, b'{"task_id": NaN}', b'{"task_id":1,"result":"\\ud800"}', b"null"],
)
async def test_fuzz_is_a_400_never_a_500(service: Any, task: Any, token: str, raw: bytes) -> None:
    answer = await service.call("PATCH", f"api/openhexa/pipelines/{task['pipeline']}/", token, data=raw)
    assert answer.status == 400, answer.raw


async def test_nul_and_long_text_are_stored(service: Any, task: Any, token: str) -> None:
    text = "a\x00b" + "é" * 100_000
    answer = await service.patch(task, token, progress_message=text, result={"x\x00": "\x00"})
    assert answer["task"]["progress_message"] == text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    assert answer["task"]["result"] == {"x\x00": "\x00"}


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**18, 999])
async def test_a_task_that_does_not_exist_is_not_found(service: Any, task: Any, token: str, number: int) -> None:
    await service.patch(task | {"id": number}, token, 404, progress_value=1)


async def test_only_the_right_pair_of_pipeline_and_task_is_found(service: Any, app: Any, task: Any, token: str) -> None:
    other = await service.launch(app.simple, country="Niger")
    await service.patch(task | {"pipeline": other["pipeline"]}, token, 404, status="SUCCESS")
    await service.patch(task | {"pipeline": "nonsense"}, token, 404, status="SUCCESS")
    assert (await service.task(task["id"]))["status"] == "QUEUED"


async def test_another_workspace_s_token_learns_nothing(service: Any, task: Any) -> None:
    foreign = await service.callback_token("coastal-clinics", "fatou")
    path = f"api/openhexa/pipelines/{task['pipeline']}/"
    there = await service.call("PATCH", path, foreign, json={"task_id": task["id"], "status": "SUCCESS"})
    nowhere = await service.call("PATCH", path, foreign, json={"task_id": 99, "status": "SUCCESS"})
    assert (there.status, nowhere.status) == (404, 404)
    assert there.json()["error"].replace(str(task["id"]), "99") == nowhere.json()["error"]
    assert (await service.task(task["id"]))["status"] == "QUEUED"


async def test_a_task_s_own_token_is_good_for_that_task_only(service: Any, app: Any) -> None:
    one, two = await service.launch(app.reporting), await service.launch(app.reporting)
    own = app.run_of(one).config["connection_token"]
    await service.patch(one, own, progress_value=1)
    await service.patch(two, own, 404, progress_value=1)


async def test_a_task_s_own_token_expires(start: Any, app: Any, clock: Any) -> None:
    service = await start(task_token_life=60.0)
    task = await service.launch(app.reporting)
    clock.forward(61)
    await service.patch(task, app.run_of(task).config["connection_token"], 401, progress_value=1)


async def test_an_unknown_callback_token_is_a_401(service: Any, task: Any) -> None:
    await service.patch(task, "ohcb_" + "x" * 43, 401, status="SUCCESS")


async def test_people_report_about_their_own_tasks_only(service: Any, task: Any) -> None:
    await service.patch(task, "aissata", progress_value=1)
    await service.patch(task, "aissata-server", progress_value=1)
    await service.patch(task, "jane", 404, status="SUCCESS")
    await service.patch(task, "fatou", 404, status="SUCCESS")
    await service.patch(task, "reader", 403, status="SUCCESS")
    assert (await service.task(task["id"]))["status"] == "RUNNING"


async def test_only_those_who_may_change_a_workspace_issue_tokens(service: Any) -> None:
    path = "api/callback-tokens/"
    issued = await service.ok("POST", path, "fatou", 201, json={"workspace": "sahel-programme"})
    assert issued["url"] == "https://hub.example.org/services/pipelines"
    assert (await service.call("POST", path, "ibrahim", json={"workspace": "sahel-programme"})).status == 403
    assert (await service.call("POST", path, "aissata", json={"workspace": "coastal-clinics"})).status == 404
    for body in ({}, {"workspace": ""}, {"workspace": 1}, {"workspace": "sahel-programme", "task": 1}):
        answer = await service.call("POST", path, "aissata", json=body)
        assert answer.status == 400
        assert len(answer.json()["fields"]) == 1


async def test_the_first_end_is_final(service: Any, task: Any, token: str) -> None:
    await service.patch(task, token, progress_value=5, end_value=10)
    path = f"api/openhexa/pipelines/{task['pipeline']}/"
    await service.ok("PATCH", path, token, json={"task_id": task["id"], "status": "ERROR", "progress_message": "no"})
    late = {"task_id": task["id"], "status": "SUCCESS", "progress_value": 10}
    answer = (await service.ok("PATCH", path, token, json=late))["task"]
    assert answer["status"] == "ERROR"
    assert answer["progress_value"] == 5
    assert "SUCCESS was not taken over" in answer["warnings"][0]


async def test_no_concurrent_success_is_lost(service: Any, app: Any, running: Any, token: str) -> None:
    """500 pairs of progress and SUCCESS, sent at the same time: every acknowledged SUCCESS stays."""
    path = f"api/openhexa/pipelines/{app.guide.id}/"
    tasks = [task.id for task in await running.stored_tasks(service.parts.store, app.guide, 500)]
    for start in range(0, 500, 50):
        reports = []
        for task in tasks[start : start + 50]:
            progress = {"task_id": task, "status": "RUNNING", "progress_value": 50, "end_value": 100}
            reports.append(service.call("PATCH", path, token, json=progress))
            success = {"task_id": task, "status": "SUCCESS", "result": task}
            reports.append(service.call("PATCH", path, token, json=success))
        answers = await asyncio.gather(*reports)
        assert {answer.status for answer in answers} == {200}
    stored = await service.parts.store.page(running.everything(limit=500))
    assert [(task.status, task.progress.result) for task in stored] == [("SUCCESS", task) for task in reversed(tasks)]
