"""Following runs to their end: whatever the pipeline reported, and whatever fails on the way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openhexa_hub.service.tasks.authorizations import NotFollowed

pytestmark = pytest.mark.anyio
SAHEL = "sahel-programme"
TRACEBACK = """Running pipeline...
Pipeline failed: The provided config contains invalid key(s): bogus
Traceback (most recent call last):
  File "bootstrap_pipeline.py", line 131, in <module>
    run_pipeline(pipeline_config)
openhexa.sdk.pipelines.exceptions.ParameterValueError: The provided config contains invalid key(s): bogus
"""


@pytest.fixture
async def task(service: Any, app: Any) -> Any:
    return await service.launch(app.guide)


@pytest.mark.parametrize(
    ("run_status", "status", "message"),
    [
        ("success", "SUCCESS", None),
        ("failed", "ERROR", "ParameterValueError: The provided config contains invalid key(s): bogus"),
        ("stopped", "CANCELLED", "The run was stopped."),
        ("skipped", "CANCELLED", "OpenHEXA skipped the run. Another run is active"),
        ("running", "RUNNING", None),
        ("terminating", "RUNNING", None),
        ("queued", "QUEUED", None),
        ("a new word", "RUNNING", None),
    ],
)
async def test_every_status_of_the_platform(
    service: Any, app: Any, task: Any, run_status: str, status: str, message: str | None
) -> None:
    run = app.run_of(task)
    run.status, run.logs = run_status, TRACEBACK
    if run_status == "skipped":
        run.log("Another run is active")
    await service.turn()
    now = await service.task(task["id"])
    assert (now["status"], now["progress_message"]) == (status, message)
    assert bool(now["ended_at"]) == (status in ("SUCCESS", "ERROR", "CANCELLED"))
    assert len(service.parts.reconciler) == (0 if now["ended_at"] else 1)


async def test_a_run_that_never_reported_has_its_outputs_and_messages(service: Any, app: Any, task: Any) -> None:
    run = app.run_of(task)
    run.status, run.progress = "success", 100
    run.log("hello")
    run.log("a warning\x00", "WARNING")
    run.outputs = [
        {"__typename": "BucketObject", "objectName": "out.csv", "key": "in/out.csv", "size": 6},
        {"__typename": "DatabaseTable", "tableName": "cases", "count": 3},
        {
            "__typename": "GenericOutput",
            "genericName": "Report",
            "genericType": "html",
            "genericUri": "https://x.invalid",
        },
    ]
    await service.turn()
    now = await service.task(task["id"])
    assert (now["status"], now["result"], now["progress_value"]) == ("SUCCESS", None, 100)
    shown = [{name: value for name, value in output.items() if value is not None} for output in now["outputs"]]
    assert shown == [
        {"kind": "file", "name": "out.csv", "path": "in/out.csv", "size": 6},
        {"kind": "table", "name": "cases", "count": 3},
        {"kind": "generic", "name": "Report", "type": "html", "uri": "https://x.invalid"},
    ]
    page = await service.ok("GET", f"api/tasks/{task['id']}/logs/")
    assert [(entry["priority"], entry["message"]) for entry in page["messages"]] == [
        ("INFO", "hello"),
        ("WARNING", "a warning\N{REPLACEMENT CHARACTER}"),
    ]


async def test_only_the_run_that_was_launched_counts(service: Any, app: Any, task: Any, fakes: Any) -> None:
    other = fakes.Run(app.guide, app.guide.versions[0]["id"], {}, "fatou@example.org")
    other.status = "success"
    app.runs[other.id] = other
    app.run_of(task).status = "running"
    await service.turn()
    assert (await service.task(task["id"]))["status"] == "RUNNING"


async def test_the_pipeline_s_word_about_progress_counts_more_than_the_platform_s(
    service: Any, app: Any, task: Any
) -> None:
    run = app.run_of(task)
    run.status, run.progress = "running", 40
    await service.turn()
    assert (await service.task(task["id"]))["progress_value"] == 40
    await service.patch(task, "aissata", progress_value=3, end_value=7)
    run.progress = 80
    await service.turn()
    now = await service.task(task["id"])
    assert (now["progress_value"], now["end_value"], now["warnings"]) == (3, 7, [])


async def test_what_comes_after_the_task_s_end_is_still_read(service: Any, app: Any, task: Any) -> None:
    run = app.run_of(task)
    await service.patch(task, "aissata", status="SUCCESS", result=[1])
    run.status = "running"
    await service.turn()
    assert len(service.parts.reconciler) == 1
    run.status, run.logs = "failed", TRACEBACK
    run.log("late")
    await service.turn()
    now = await service.task(task["id"])
    assert (now["status"], now["result"]) == ("SUCCESS", [1])
    assert "later report of ERROR" in now["warnings"][0]
    assert (await service.ok("GET", f"api/tasks/{task['id']}/logs/"))["next"] == 1
    assert len(service.parts.reconciler) == 0


@pytest.mark.parametrize("fault", ["error_500", "slow", "half", "refuses", "nonsense", "graphql_error"])
async def test_an_outage_changes_no_task_and_the_end_is_seen_afterwards(start: Any, app: Any, fault: str) -> None:
    service = await start(upstream_timeout=0.2)
    task = await service.launch(app.guide)
    app.run_of(task).status = "running"
    await service.turn()
    before = await service.task(task["id"])
    app.fault, app.fault_on = fault, {"Runs"}
    for _ in range(3):
        await service.turn()
    assert await service.task(task["id"]) == before
    app.fault = None
    app.run_of(task).status = "success"
    await service.turn()
    assert (await service.task(task["id"]))["status"] == "SUCCESS"


async def test_an_app_that_is_gone_and_comes_back(service: Any, app: Any, task: Any) -> None:
    await app.stop()
    for _ in range(3):
        await service.turn()
    asked = app.asked["Runs"]
    await service.turn(0.4)
    assert app.asked["Runs"] == asked
    app.run_of(task).status = "failed"
    await app.start()
    await service.turn()
    assert (await service.task(task["id"]))["status"] == "ERROR"


async def test_pauses_grow_while_the_app_is_down(service: Any, app: Any, task: Any) -> None:
    app.fault = "error_500"
    asked = []
    for _ in range(120):
        await service.turn(1)
        asked.append(app.asked["Runs"])
    assert 6 <= asked[-1] <= 15


async def test_watched_runs_are_read_fast_and_others_slowly(service: Any, app: Any, task: Any) -> None:
    app.run_of(task).status = "running"
    for _ in range(60):
        await service.turn(1)
    slow = app.asked["Runs"]
    assert 5 <= slow <= 9
    async with service.stream():
        for _ in range(60):
            await service.turn(1)
    assert app.asked["Runs"] - slow >= 55


async def test_many_runs_are_read_in_one_request(service: Any, app: Any) -> None:
    launched = [await service.launch(app.guide) for _ in range(40)]
    for task in launched:
        app.run_of(task).status = "running"
    asked = app.asked["Runs"]
    await service.turn()
    assert app.asked["Runs"] == asked + 1
    tasks = (await service.ok("GET", "api/tasks/"))["results"]
    assert {task["status"] for task in tasks} == {"RUNNING"}


async def test_one_bad_run_does_not_hide_the_others(service: Any, app: Any) -> None:
    launched = [await service.launch(app.guide) for _ in range(3)]
    for task in launched:
        app.run_of(task).status = "success"
    app.run_of(launched[1]).unreadable = True
    await service.turn()
    statuses = [(await service.task(task["id"]))["status"] for task in launched]
    assert statuses == ["SUCCESS", "QUEUED", "SUCCESS"]
    assert len(service.parts.reconciler) == 1


@pytest.mark.parametrize("fault", ["read", "unfollowed"])
async def test_what_fails_for_one_person_does_not_disturb_the_others(
    service: Any, app: Any, hub: Any, fault: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hers, his = await service.launch(app.guide, "jane"), await service.launch(app.guide)
    app.run_of(hers).status = app.run_of(his).status = "success"
    reconciler = service.parts.reconciler
    headers, broken = reconciler._authorizations.headers, True

    async def fail_for_jane(person: str, *more: Any) -> Any:
        if broken and person == hers["launcher"]:
            raise NotFollowed if fault == "unfollowed" else RuntimeError("unexpected")
        return await headers(person, *more)

    async def fail(_members: Any) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(reconciler._authorizations, "headers", fail_for_jane)
    monkeypatch.setattr(reconciler, "_unfollowed", fail)
    await service.turn()
    statuses = [(await service.task(task["id"]))["status"] for task in (hers, his)]
    assert statuses == ["QUEUED", "SUCCESS"]
    assert f"Runs of {hers['launcher']} in sahel-programme cannot be read" in caplog.text
    assert "RuntimeError: unexpected" in caplog.text
    broken = False
    await service.turn()
    assert (await service.task(hers["id"]))["status"] == "SUCCESS"


async def test_a_run_that_vanished_ends_its_task_after_several_looks(service: Any, app: Any, task: Any) -> None:
    del app.runs[task["run_id"]]
    await service.turn()
    await service.turn()
    assert (await service.task(task["id"]))["status"] == "QUEUED"
    await service.turn()
    now = await service.task(task["id"])
    assert now["status"] == "ERROR"
    assert "deleted" in now["progress_message"]


async def test_a_new_process_takes_up_where_the_last_one_ended(start: Any, app: Any, hub: Any) -> None:
    first = await start()
    tasks = [await first.launch(app.guide) for _ in range(3)]
    await first.turn()
    await first.crash()
    for task, status in zip(tasks, ("success", "failed", "running"), strict=True):
        app.run_of(task).status = status
    hub.down = True
    second = await start()
    await second.parts.reconciler.load()
    await second.turn()
    hub.down = False
    statuses = [(await second.task(task["id"]))["status"] for task in tasks]
    assert statuses == ["SUCCESS", "ERROR", "RUNNING"]


async def test_a_revoked_token_is_renewed_by_the_hub(service: Any, app: Any, hub: Any, task: Any) -> None:
    app.tokens = {"hexa-new": "aissata@example.org"}
    app.run_of(task).status = "success"
    await service.turn()
    now = await service.task(task["id"])
    assert (now["status"], now["followed"]) == ("SUCCESS", True)


async def test_without_any_authorization_a_task_is_shown_as_not_followed_until_there_is_one(
    service: Any, app: Any, hub: Any, task: Any
) -> None:
    token = app.tokens.pop("hexa-aissata@example.org")
    hub.no_session.add("aissata@example.org")
    app.run_of(task).status = "success"
    for _ in range(3):
        await service.turn()
    shown = await service.task(task["id"], "fatou")
    assert (shown["status"], shown["followed"]) == ("QUEUED", False)
    assert len(shown["warnings"]) == 1
    assert "aissata@example.org" in shown["warnings"][0]
    hub.no_session.clear()
    app.tokens[token] = "aissata@example.org"
    app.tokens["hexa-aissata@example.org"] = "aissata@example.org"
    await service.turn()
    shown = await service.task(task["id"], "fatou")
    assert (shown["status"], shown["followed"]) == ("SUCCESS", True)


async def test_a_launcher_who_lost_the_workspace_is_no_longer_followed_but_not_declared_dead(
    service: Any, app: Any, task: Any
) -> None:
    del app.roles[SAHEL]["aissata@example.org"]
    for _ in range(4):
        await service.turn()
    shown = await service.task(task["id"], "fatou")
    assert (shown["status"], shown["followed"]) == ("QUEUED", False)


async def test_authorizations_are_not_kept_longer_than_needed(service: Any, app: Any, task: Any) -> None:
    app.run_of(task).status = "success"
    await service.turn()
    stored = await service.parts.store.find(task["id"], [SAHEL])
    assert stored.authorization is None


async def test_the_loop_runs_by_itself_and_survives_what_it_did_not_expect(start: Any, app: Any) -> None:
    service = await start(follow_fast=0.01)
    task = await service.launch(app.guide)
    app.run_of(task).status = "success"
    turns = 0
    turn = service.parts.reconciler.turn

    async def broken_once() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            service.clock.forward(1)
            raise RuntimeError("unexpected")
        await turn()

    service.parts.reconciler.turn = broken_once
    loop = asyncio.ensure_future(service.parts.reconciler.run())
    async with service.stream(**{"Last-Event-ID": "1"}) as stream:
        assert (await stream.next()).data["task"]["status"] == "SUCCESS"
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert turns >= 2
