from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.anyio


async def test_the_list_has_the_documented_fields(service: Any, app: Any) -> None:
    results = (await service.ok("GET", "api/openhexa/pipelines/", "aissata-server"))["results"]
    first = results[0]
    assert first["id"] == app.simple.id
    assert first["name"] == "Cases Report"
    assert first["code"] == "cases-report"
    assert first["currentVersion"]["versionNumber"] == 1
    assert first["permissions"] == {"run": True}
    assert [entry["code"] for entry in results if entry["currentVersion"] is None] == ["empty"]


async def test_every_page_of_the_list_is_read(service: Any, app: Any, fakes: Any) -> None:
    for number in range(250):
        pipeline = fakes.Pipeline(f"pipeline-{number}")
        app.pipelines[pipeline.id] = pipeline
    results = (await service.ok("GET", "api/openhexa/pipelines/"))["results"]
    assert len({entry["id"] for entry in results}) == 254
    assert app.asked["Pipelines"] == 3


async def test_many_callers_cost_the_app_one_request(service: Any, app: Any, clock: Any) -> None:
    await asyncio.gather(*(service.get("api/openhexa/pipelines/") for _ in range(20)))
    assert app.asked["Pipelines"] == 1
    clock.forward(6)
    await service.get("api/openhexa/pipelines/")
    assert app.asked["Pipelines"] == 2
    assert not any("IntrospectionQuery" in asked["query"] or "__schema" in asked["query"] for asked in app.requests)


async def test_the_detail_has_the_whole_schema_and_marks_what_is_provided(service: Any, app: Any) -> None:
    detail = await service.ok("GET", f"api/openhexa/pipelines/{app.reporting.id}/")
    assert detail["workspace"] == "sahel-programme"
    version = detail["currentVersion"]
    assert version["id"] == app.reporting.versions[0]["id"]
    provided = {entry["code"]: entry.get("provided", False) for entry in version["parameters"]}
    assert provided == {
        "task_id": True,
        "pipeline_id": True,
        "connection_token": True,
        "connection_host": True,
        "password": False,
    }
    assert version["parameters"][0]["type"] == "int"


@pytest.mark.parametrize(
    "pipeline",
    [
        "nonsense",
        "00000000-0000-0000-0000-000000000000",
        '") { id } }',
        "%22%7D",
        "x%00y",
        "..%2f..%2fhub",
        "é" * 300,
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "launch/")])
async def test_an_unknown_pipeline_is_not_found_and_never_part_of_a_query(
    service: Any, app: Any, pipeline: str, method: str, path: str
) -> None:
    answer = await service.call(method, f"api/openhexa/pipelines/{pipeline}/{path}", json={} if path else None)
    assert answer.status == 404
    assert answer.json()["code"] == "not_found"
    assert not any("hub" in asked["query"] or '")' in asked["query"] for asked in app.requests)


async def test_a_pipeline_of_a_workspace_that_is_not_hers_is_not_found(service: Any, app: Any) -> None:
    path = f"api/openhexa/pipelines/{app.coastal.id}/"
    assert (await service.get(path)).status == 404
    assert (await service.get(path, "fatou")).status == 200
    assert (await service.get(path, "fatou-server")).status == 200
    assert (await service.get(f"api/openhexa/pipelines/{app.simple.id}/", "fatou-server")).status == 404
    assert (
        await service.get(f"api/openhexa/pipelines/{app.simple.id}/?workspace=coastal-clinics", "fatou")
    ).status == 404


@pytest.mark.parametrize("fault", ["error_500", "slow", "half", "refuses", "nonsense", "graphql_error"])
async def test_each_fault_of_the_app_is_a_sentence(start: Any, app: Any, fault: str) -> None:
    service = await start(upstream_timeout=0.2)
    await service.get("api/tasks/?workspace=sahel-programme")
    app.fault, app.fault_on = fault, {"Pipelines", "Pipeline"}
    path = f"api/openhexa/pipelines/{app.simple.id}/?workspace=sahel-programme"
    answer = await service.get(path)
    assert answer.status in ((503,) if fault in ("error_500", "slow", "half") else (401, 502))
    assert answer.json()["error"].endswith(".")
    app.fault = None
    assert (await service.get(path)).status == 200


async def test_the_detail_tells_stored_values_but_no_stored_secret(service: Any, app: Any) -> None:
    app.reporting.parameters[app.reporting.versions[0]["id"]].append({"code": "rows", "type": "int", "default": 10})
    app.reporting.stored[app.reporting.versions[0]["id"]] = {"password": "hunter-two", "rows": 20}
    answer = await service.call("GET", f"api/openhexa/pipelines/{app.reporting.id}/")
    entries = answer.json()["currentVersion"]["parameters"]
    assert {entry["code"]: entry["stored"] for entry in entries if "stored" in entry} == {
        "password": "••••",
        "rows": 20,
    }
    assert b"hunter-two" not in answer.raw
