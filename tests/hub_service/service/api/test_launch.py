from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

pytestmark = pytest.mark.anyio
PUBLIC_URL = "https://hub.example.org/services/pipelines"


def launch_path(pipeline: Any) -> str:
    return f"api/openhexa/pipelines/{pipeline.id}/launch/"


def content_of(database: str) -> bytes:
    return b"".join(Path(database + end).read_bytes() for end in ("", "-wal"))


async def tasks(service: Any) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = (await service.ok("GET", "api/tasks/"))["results"]
    return results


async def test_a_launch_answers_the_task_of_a_real_run(service: Any, app: Any) -> None:
    task = await service.launch(app.simple, country="Niger")
    assert task["status"] == "QUEUED"
    assert task["id"] == 1
    assert task["config"] == {"country": "Niger", "rows": 10}
    assert task["launcher"] == "aissata@example.org"
    assert task["version"] == app.simple.versions[0]["id"]
    assert task["created_at"].endswith("Z")
    run = app.run_of(task)
    assert run.config == {"country": "Niger", "rows": 10}
    assert run.person == "aissata@example.org"
    assert task["run_url"] == f"{app.url}/workspaces/sahel-programme/pipelines/cases-report/runs/{run.id}"
    assert await tasks(service) == [task]


async def test_the_version_s_stored_values_count_where_none_is_given(service: Any, app: Any) -> None:
    app.simple.stored[app.simple.versions[0]["id"]] = {"country": "Mali", "rows": 20}
    assert app.run_of(await service.launch(app.simple)).config == {"country": "Mali", "rows": 20}
    given = await service.launch(app.simple, country="Niger", rows=None)
    assert given["config"] == app.run_of(given).config == {"country": "Niger", "rows": 20}


async def test_a_stored_secret_is_left_to_the_platform(service: Any, app: Any, sqlite_url: str) -> None:
    app.reporting.stored[app.reporting.versions[0]["id"]] = {"password": "hunter-two"}
    task = await service.launch(app.reporting)
    assert task["config"] == {}
    assert app.run_of(task).config["password"] == "hunter-two"
    assert b"hunter-two" not in content_of(sqlite_url.removeprefix("sqlite:///"))
    assert app.run_of(await service.launch(app.reporting, password="own")).config["password"] == "own"


@pytest.mark.parametrize("stored", [{"rows": "ten"}, {"rows": 1, "bogus": 1}])
async def test_stored_values_that_the_run_would_refuse_are_named(service: Any, app: Any, stored: Any) -> None:
    app.simple.stored[app.simple.versions[0]["id"]] = stored
    answer = await service.call("POST", launch_path(app.simple), json={"config": {"country": "Niger"}})
    assert answer.status == 400
    assert list(answer.json()["fields"]) == [list(stored)[-1]]
    assert app.asked["Run"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"config": {}}, "country"),
        ({"config": {"country": "Niger", "bogus": 1}}, "bogus"),
        ({"config": {"country": 1}}, "country"),
        ({"config": {"country": "Niger", "rows": "ten"}}, "rows"),
        ({"config": []}, "config"),
        ({"config": "{}"}, "config"),
        ({"configuration": {}}, "configuration"),
        ({"version": 99, "config": {"country": "Niger"}}, "version"),
        ({"version": "00000000-0000-0000-0000-000000000000", "config": {"country": "Niger"}}, "version"),
        ({"version": {}, "config": {"country": "Niger"}}, "version"),
    ],
)
async def test_wrong_values_are_named_and_nothing_is_created(service: Any, app: Any, body: Any, field: str) -> None:
    answer = await service.call("POST", launch_path(app.simple), json=body)
    assert answer.status == 400
    assert list(answer.json()["fields"]) == [field]
    assert await tasks(service) == []
    assert app.asked["Run"] == 0


NO_LAUNCHES = [b"", b"[]", b"null", b'{"config":', b"\xff", b"[" * 5000, b'{"config":{"country":"\\ud800"}}']


@pytest.mark.parametrize("raw", NO_LAUNCHES)
async def test_what_is_no_launch_is_a_400(service: Any, app: Any, raw: bytes) -> None:
    answer = await service.call("POST", launch_path(app.simple), data=raw)
    assert answer.status == 400, answer.raw
    assert await tasks(service) == []


@pytest.mark.parametrize("wanted", [None, "", 1, "1", "v1", "first", "first [v1]", "id"])
async def test_a_version_is_named_by_id_number_or_name(service: Any, app: Any, fakes: Any, wanted: Any) -> None:
    first = app.simple.versions[0]
    app.simple.push("second", [fakes.parameter("other")])
    body = {"version": first["id"] if wanted == "id" else wanted, "config": {} if not wanted else {"country": "Niger"}}
    task = (await service.ok("POST", launch_path(app.simple), status=201, json=body))["task"]
    assert app.run_of(task).version == (first["id"] if wanted else app.simple.versions[1]["id"])


async def test_a_version_of_another_pipeline_is_refused(service: Any, app: Any) -> None:
    body = {"version": app.guide.versions[0]["id"], "config": {"country": "Niger"}}
    assert (await service.call("POST", launch_path(app.simple), json=body)).status == 400


async def test_a_pipeline_without_a_version_is_a_conflict(service: Any, app: Any) -> None:
    answer = await service.call("POST", launch_path(app.empty), json={})
    assert answer.status == 409
    assert "no version" in answer.json()["error"]


async def test_declared_ids_are_given_with_their_declared_types(service: Any, app: Any) -> None:
    task = await service.launch(app.reporting)
    config = app.run_of(task).config
    assert config["task_id"] == task["id"]
    assert config["pipeline_id"] == app.reporting.id
    assert config["connection_host"] == PUBLIC_URL
    assert config["connection_token"].startswith("ohcb_")
    assert app.run_of(await service.launch(app.guide)).config == {"task_id": "2", "pipeline_id": app.guide.id}
    assert "task_id" not in app.run_of(await service.launch(app.simple, country="Niger")).config


async def test_a_caller_cannot_choose_whose_task_is_reported_about(service: Any, app: Any) -> None:
    forged = {"task_id": 99, "pipeline_id": "x", "connection_token": "mine", "connection_host": "https://evil.example"}
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "Host": "evil.example"}
    body = {"config": forged}
    task = (await service.ok("POST", launch_path(app.reporting), status=201, json=body, headers=headers))["task"]
    config = app.run_of(task).config
    assert config["task_id"] == task["id"]
    assert "evil" not in str(config)
    assert config["connection_token"] != "mine"
    ignored = await service.launch(app.simple, country="Niger", task_id=99)
    assert "task_id" not in app.run_of(ignored).config


async def test_secrets_are_masked_and_sealed(service: Any, app: Any, sqlite_url: str) -> None:
    task = await service.launch(app.reporting, password="hunter-two")
    run = app.run_of(task)
    assert run.config["password"] == "hunter-two"
    assert task["config"] == {"password": "••••"}
    assert (await tasks(service))[0]["config"] == {"password": "••••"}
    content = content_of(sqlite_url.removeprefix("sqlite:///"))
    for secret in ("hunter-two", run.config["connection_token"], "hexa-aissata"):
        assert secret.encode() not in content


async def test_the_same_key_launches_once(service: Any, app: Any) -> None:
    body = {"config": {"country": "Niger"}}
    headers = {"Idempotency-Key": "double-click"}
    both = await asyncio.gather(
        *(service.ok("POST", launch_path(app.simple), status=201, json=body, headers=headers) for _ in range(5))
    )
    assert {answer["task"]["id"] for answer in both} == {1}
    assert app.asked["Run"] == 1
    later = await service.ok("POST", launch_path(app.simple), status=201, json=body, headers=headers)
    assert later["task"]["id"] == 1
    other = await service.call("POST", launch_path(app.simple), json={"config": {"country": "Mali"}}, headers=headers)
    assert other.status == 409
    hers = await service.ok("POST", launch_path(app.simple), "jane", 201, json=body, headers=headers)
    assert hers["task"]["id"] == 2


async def test_a_key_survives_a_restart_and_ends_after_a_day(start: Any, app: Any, clock: Any) -> None:
    body = {"config": {"country": "Niger"}}
    headers = {"Idempotency-Key": "once"}
    first = await start()
    await first.ok("POST", launch_path(app.simple), status=201, json=body, headers=headers)
    await first.crash()
    second = await start()
    again = await second.ok("POST", launch_path(app.simple), status=201, json=body, headers=headers)
    assert again["task"]["id"] == 1
    clock.forward(86_401)
    await second.parts.housekeeping.tidy()
    new = await second.ok("POST", launch_path(app.simple), status=201, json=body, headers=headers)
    assert new["task"]["id"] == 2


@pytest.mark.parametrize("key", ["x" * 201, "tab\there"])
async def test_a_wrong_key_is_refused(service: Any, app: Any, key: str) -> None:
    body = {"config": {"country": "Niger"}}
    answer = await service.call("POST", launch_path(app.simple), json=body, headers={"Idempotency-Key": key})
    assert answer.status == 400


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("INVALID_CONFIG", 400),
        ("PIPELINE_NOT_FOUND", 404),
        ("PIPELINE_RUNS_LIMIT_REACHED", 409),
        ("PIPELINE_VERSION_NOT_FOUND", 409),
        ("PERMISSION_DENIED", 403),
        ("SOMETHING_NEW", 409),
    ],
)
async def test_a_refusal_of_the_app_leaves_nothing(service: Any, app: Any, code: str, status: int) -> None:
    app.refusals = [code]
    body = {"config": {"country": "Niger"}}
    headers = {"Idempotency-Key": "again"}
    answer = await service.call("POST", launch_path(app.simple), json=body, headers=headers)
    assert answer.status == status
    assert await tasks(service) == []
    app.refusals = []
    await service.ok("POST", launch_path(app.simple), status=201, json=body, headers=headers)


async def test_an_app_that_is_down_leaves_nothing(service: Any, app: Any) -> None:
    await service.ok("GET", "api/tasks/")
    await app.stop()
    answer = await service.call("POST", launch_path(app.simple), json={"config": {"country": "Niger"}})
    assert answer.status == 503
    assert await tasks(service) == []
    await app.start()
    await service.launch(app.simple, country="Niger")


async def test_an_app_that_goes_down_just_before_the_run_leaves_nothing(service: Any, app: Any) -> None:
    plan = service.parts.launcher._plan

    async def plan_then_down(*arguments: Any) -> Any:
        planned = await plan(*arguments)
        await app.stop()
        return planned

    service.parts.launcher._plan = plan_then_down
    answer = await service.call("POST", launch_path(app.simple), json={"config": {"country": "Niger"}})
    assert answer.status == 503
    await app.start()
    assert await tasks(service) == []


@pytest.mark.parametrize("fault", ["half", "slow", "error_500", "nonsense", "graphql_error"])
async def test_a_launch_of_which_nobody_knows_is_shown_and_not_repeated(start: Any, app: Any, fault: str) -> None:
    service = await start(upstream_timeout=0.3)
    app.fault, app.fault_on = fault, {"Run"}
    answer = await service.call("POST", launch_path(app.simple), json={"config": {"country": "Niger"}})
    assert answer.status == 502
    assert "not known whether the run was started" in answer.json()["error"]
    assert app.asked["Run"] == 1
    (task,) = await tasks(service)
    assert task["status"] == "ERROR"
    assert task["progress_message"] == answer.json()["error"]
    assert task["run_id"] is None


class Refusals:
    """A database that fails the next `refused` writes after the App has started a run, and pauses that take no time.

    `kept`: each is committed all the same, and only the answer is lost.
    """

    def __init__(self, service: Any, monkeypatch: pytest.MonkeyPatch, refused: int, *, kept: bool = False) -> None:
        self.left = 0
        self.pauses: list[float] = []
        run, transact = service.parts.launcher._platform.run, service.parts._writer._transact

        async def started(*arguments: Any) -> Any:
            answer = await run(*arguments)
            self.left = refused
            return answer

        def refuse(batch: Any) -> Any:
            if not self.left:
                return transact(batch)
            self.left -= 1
            if kept:
                transact(batch)
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

        async def pause(_event: asyncio.Event, seconds: float) -> bool:
            self.pauses.append(seconds)
            return False

        monkeypatch.setattr(service.parts.launcher._platform, "run", started)
        monkeypatch.setattr(service.parts._writer, "_transact", refuse)
        monkeypatch.setattr(service.clock, "wait", pause)


async def test_a_run_that_cannot_be_recorded_at_once_is_recorded_later(
    service: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = Refusals(service, monkeypatch, refused=2)
    task = await service.launch(app.simple, country="Niger")
    app.run_of(task).status = "success"
    assert len(refusals.pauses) == 2
    assert app.asked["Run"] == 1
    await service.turn()
    assert (await service.task(task["id"]))["status"] == "SUCCESS"


async def test_a_run_that_cannot_be_recorded_is_told_and_its_task_ends(
    service: Any, app: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = Refusals(service, monkeypatch, refused=100)
    answer = await service.call("POST", launch_path(app.simple), json={"config": {"country": "Niger"}})
    assert (answer.status, answer.json()["code"]) == (500, "internal_error")
    assert answer.json()["error"].startswith("The run was started, but its task could not record it")
    assert 2 < sum(refusals.pauses) < 10
    (run,) = app.runs
    assert run in [record.message for record in caplog.records if record.levelno == logging.ERROR][-1]
    refusals.left = 0
    await service.turn(0)
    (task,) = await tasks(service)
    assert (task["status"], task["progress_message"]) == ("ERROR", answer.json()["error"])
    assert app.asked["Run"] == 1


async def test_a_record_whose_answer_was_lost_is_followed(
    service: Any, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = Refusals(service, monkeypatch, refused=100, kept=True)
    answer = await service.call("POST", launch_path(app.simple), json={"config": {"country": "Niger"}})
    assert answer.status == 500
    refusals.left = 0
    await service.turn(0)
    (task,) = await tasks(service)
    app.run_of(task).status = "success"
    await service.turn()
    assert (await service.task(task["id"]))["status"] == "SUCCESS"


async def test_a_crash_between_the_task_and_the_run_is_settled_later(start: Any, app: Any) -> None:
    first = await start()
    app.fault, app.fault_on = "slow", {"Run"}
    launching = asyncio.ensure_future(first.launch(app.simple, country="Niger"))
    await app.until("Run")
    assert await tasks(first) == []
    launching.cancel()
    await first.turn(600)
    assert await tasks(first) == []
    await first.crash()
    app.fault = None
    second = await start()
    await second.parts.reconciler.load()
    await second.turn(91)
    (task,) = await tasks(second)
    assert task["status"] == "ERROR"
    assert "not known whether the run was started" in task["progress_message"]
    await asyncio.gather(launching, return_exceptions=True)


async def test_another_run_of_the_pipeline_does_not_hinder_a_launch(service: Any, app: Any) -> None:
    one = await service.launch(app.simple, country="Niger")
    two = await service.launch(app.simple, country="Niger")
    assert one["run_id"] != two["run_id"]
    assert app.asked["Run"] == 2
