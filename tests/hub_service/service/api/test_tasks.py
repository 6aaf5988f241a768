from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.anyio


async def test_pages_are_newest_first_and_stable(service: Any, app: Any) -> None:
    numbers = [(await service.launch(app.guide))["id"] for _ in range(7)]
    first = await service.ok("GET", "api/tasks/?limit=3")
    assert [task["id"] for task in first["results"]] == numbers[:3:-1]
    await service.launch(app.guide)
    second = await service.ok("GET", f"api/tasks/?limit=3&before={first['next']}")
    assert [task["id"] for task in second["results"]] == numbers[3:0:-1]
    third = await service.ok("GET", f"api/tasks/?limit=3&before={second['next']}")
    assert [task["id"] for task in third["results"]] == numbers[:1]
    assert third["next"] is None


async def test_filters(service: Any, app: Any) -> None:
    guide, simple = await service.launch(app.guide), await service.launch(app.simple, country="Niger")
    await service.patch(guide, "aissata", progress_value=1)

    async def listed(query: str) -> list[int]:
        return [task["id"] for task in (await service.ok("GET", f"api/tasks/?{query}"))["results"]]

    assert await listed("status=RUNNING") == [guide["id"]]
    assert await listed("status=queued") == [simple["id"]]
    assert await listed(f"pipeline={app.simple.id}") == [simple["id"]]
    assert await listed("pipeline=guide&status=SUCCESS") == []
    assert await listed("pipeline=guide") == [guide["id"]]


async def test_members_see_each_other_s_tasks_and_nobody_else_does(service: Any, app: Any) -> None:
    task = await service.launch(app.guide)
    coastal = await service.launch(app.coastal, "fatou")
    for name in (task["id"], task["uuid"]):
        assert (await service.task(name, "ibrahim"))["id"] == task["id"]
    for path in (f"api/tasks/{coastal['id']}/", f"api/tasks/{coastal['uuid']}/", f"api/tasks/{coastal['id']}/logs/"):
        assert (await service.get(path)).status == 404
    assert (await service.call("POST", f"api/tasks/{coastal['id']}/stop/")).status == 404
    assert (await service.get(f"api/tasks/{task['id']}/", "fatou-server")).status == 404
    everything = await service.ok("GET", "api/tasks/", "fatou")
    assert len(everything["results"]) == 2
    hers = await service.ok("GET", "api/tasks/?workspace=coastal-clinics", "fatou")
    assert [entry["id"] for entry in hers["results"]] == [coastal["id"]]


@pytest.mark.parametrize(
    "name", ["0", "99", "9" * 30, "-1", "x", "1;drop", "%00", "é", "00000000-0000-0000-0000-000000000000"]
)
async def test_an_unknown_task_is_not_found(service: Any, name: str) -> None:
    assert (await service.get(f"api/tasks/{name}/")).status == 404


async def test_messages_come_in_order_from_an_index(service: Any, app: Any) -> None:
    task = await service.launch(app.guide)
    run = app.run_of(task)
    run.status = "running"
    for number in range(5):
        run.log(f"line {number}", "DEBUG" if number else "INFO")
    service.parts.reconciler.look("sahel-programme")
    await service.turn(1)
    page = await service.ok("GET", f"api/tasks/{task['id']}/logs/?from=3")
    assert [message["message"] for message in page["messages"]] == ["line 3", "line 4"]
    assert page["next"] == 5
    empty = await service.ok("GET", f"api/tasks/{task['id']}/logs/?from=5")
    assert empty == {"messages": [], "next": 5}


async def test_a_stop_is_asked_of_the_app_and_ends_when_it_says_so(service: Any, app: Any) -> None:
    task = await service.launch(app.guide)
    run = app.run_of(task)
    run.status = "running"
    answer = await service.ok("POST", f"api/tasks/{task['id']}/stop/", status=202)
    assert answer["task"]["stop_requested_at"]
    assert run.status == "terminating"
    await service.turn()
    assert (await service.task(task["id"]))["status"] == "RUNNING"
    again = await service.ok("POST", f"api/tasks/{task['id']}/stop/", status=202)
    assert again["task"]["stop_requested_at"] == answer["task"]["stop_requested_at"]
    run.status = "stopped"
    await service.turn()
    ended = await service.task(task["id"])
    assert (ended["status"], ended["progress_message"]) == ("CANCELLED", "The run was stopped.")
    assert (await service.call("POST", f"api/tasks/{task['id']}/stop/")).status == 409


async def test_a_viewer_s_stop_is_refused_with_the_reason(service: Any, app: Any) -> None:
    task = await service.launch(app.guide)
    answer = await service.call("POST", f"api/tasks/{task['id']}/stop/", "ibrahim")
    assert answer.status == 403
    assert "viewers" in answer.json()["error"]
    assert (await service.task(task["id"]))["stop_requested_at"] is None


async def test_a_stop_that_comes_too_late_is_a_conflict(service: Any, app: Any) -> None:
    task = await service.launch(app.guide)
    app.run_of(task).status = "success"
    assert (await service.call("POST", f"api/tasks/{task['id']}/stop/")).status == 409


async def test_a_stop_while_the_app_is_down_changes_nothing(service: Any, app: Any) -> None:
    await service.get("api/tasks/")
    task = await service.launch(app.guide)
    await app.stop()
    assert (await service.call("POST", f"api/tasks/{task['id']}/stop/")).status == 503
    assert (await service.task(task["id"]))["stop_requested_at"] is None
