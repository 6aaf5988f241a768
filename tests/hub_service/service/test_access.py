"""Which workspace a request is about, and who has it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.anyio
SAHEL, COASTAL = "sahel-programme", "coastal-clinics"


async def test_a_server_has_its_own_workspace_only(service: Any) -> None:
    assert (await service.get("api/openhexa/pipelines/", "fatou-server")).json()["results"][0]["code"] == "coastal"
    assert (await service.get(f"api/openhexa/pipelines/?workspace={COASTAL}", "fatou-server")).status == 200
    for path in ("api/openhexa/pipelines/", "api/tasks/", "api/events/"):
        assert (await service.get(f"{path}?workspace={SAHEL}", "fatou-server")).status == 403
    answer = await service.call("POST", "api/callback-tokens/", "fatou-server", json={"workspace": SAHEL})
    assert answer.status == 403


async def test_a_server_token_of_another_owner_is_no_server_of_hers(service: Any, hub: Any) -> None:
    model = hub.server("fatou@example.org", COASTAL) | {"name": "aissata@example.org"}
    hub.tokens["odd"] = model
    results = (await service.ok("GET", "api/openhexa/pipelines/", "odd"))["results"]
    assert "coastal" not in {entry["code"] for entry in results}


async def test_a_person_with_one_workspace_need_not_name_it(service: Any) -> None:
    assert (await service.get("api/openhexa/pipelines/")).status == 200


async def test_a_person_with_several_must_name_one_for_a_list(service: Any) -> None:
    answer = await service.get("api/openhexa/pipelines/", "fatou")
    assert answer.status == 400
    assert SAHEL in answer.json()["fields"]["workspace"]
    assert COASTAL in answer.json()["fields"]["workspace"]
    assert (await service.get(f"api/openhexa/pipelines/?workspace={COASTAL}", "fatou")).status == 200


async def test_a_person_without_any_is_told_so(service: Any, app: Any) -> None:
    del app.roles[SAHEL]["aissata@example.org"]
    assert (await service.get("api/openhexa/pipelines/")).status == 403


async def test_a_foreign_workspace_and_one_that_does_not_exist_look_the_same(service: Any) -> None:
    foreign = await service.get(f"api/tasks/?workspace={COASTAL}")
    nowhere = await service.get("api/tasks/?workspace=nowhere-at-all")
    assert (foreign.status, nowhere.status) == (404, 404)
    assert foreign.json()["error"].replace(COASTAL, "") == nowhere.json()["error"].replace("nowhere-at-all", "")


async def test_a_viewer_sees_and_launches(service: Any, app: Any) -> None:
    assert (await service.get("api/openhexa/pipelines/", "ibrahim")).status == 200
    task = await service.launch(app.simple, "ibrahim", country="Niger")
    assert app.run_of(task).person == "ibrahim@example.org"


async def test_a_removed_member_loses_access_within_a_minute(service: Any, app: Any, clock: Any) -> None:
    path = f"api/tasks/?workspace={SAHEL}"
    assert (await service.get(path)).status == 200
    del app.roles[SAHEL]["aissata@example.org"]
    clock.forward(59)
    assert (await service.get(path)).status == 404


async def test_an_ended_session_is_a_401_with_the_hub_s_sentence(service: Any, app: Any, hub: Any) -> None:
    hub.no_session.add("aissata@example.org")
    answer = await service.get(f"api/tasks/?workspace={SAHEL}")
    assert answer.status == 401
    assert answer.json()["error"] == "The session in OpenHEXA has ended."


async def test_a_renewed_session_is_fetched_when_the_app_does_not_know_the_old_one(
    service: Any, app: Any, hub: Any, clock: Any
) -> None:
    await service.ok("GET", f"api/tasks/?workspace={SAHEL}")
    app.tokens["hexa-new"] = "aissata@example.org"
    del app.tokens["hexa-aissata@example.org"]
    clock.forward(50)
    await service.ok("GET", f"api/tasks/?workspace={SAHEL}")
    assert hub.asked["credentials"] == 2


async def test_access_is_asked_once_for_many(service: Any, app: Any, hub: Any) -> None:
    await asyncio.gather(*(service.get(f"api/tasks/?workspace={SAHEL}") for _ in range(20)))
    assert app.asked["Workspace"] == 1
    assert hub.asked["credentials"] == 1


async def test_a_service_that_may_not_act_for_people_says_so(service: Any, hub: Any) -> None:
    hub.service_token = "changed"
    answer = await service.get(f"api/tasks/?workspace={SAHEL}")
    assert answer.status == 500
    assert "not allowed to act for people" in answer.json()["error"]


async def test_names_with_quotes_and_plus_are_passed_as_they_are(service: Any, app: Any) -> None:
    task = await service.launch(app.simple, "jane", country="Niger")
    assert task["launcher"] == "Jane.O'Neil+Test@example.org"
