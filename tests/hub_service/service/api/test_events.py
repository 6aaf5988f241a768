"""The stream over HTTP: order, resuming, isolation, keep-alive, clean ends."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.anyio


async def test_a_watcher_hears_at_once_and_then_what_happens(service: Any, app: Any) -> None:
    async with service.stream() as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream"
        assert stream.first.startswith(b":")
        task = await service.launch(app.guide)
        event = await stream.next()
        assert (event.type, event.data) == ("task", {"task": task})
        await service.patch(task, "aissata", progress_value=3, progress_message="three")
        event = await stream.next()
        assert event.data["task"]["progress_message"] == "three"
        run = app.run_of(task)
        run.status = "running"
        run.log("hello")
        await service.turn(1)
        event = await stream.next()
        assert event.type == "messages"
        assert (event.data["task_id"], event.data["from"]) == (task["id"], 0)
        assert event.data["messages"][0]["message"] == "hello"


async def test_a_stream_resumes_without_loss_or_repetition(service: Any, app: Any) -> None:
    async with service.stream() as stream:
        task = await service.launch(app.guide)
        first = await stream.next()
    for number in (1, 2, 3):
        await service.patch(task, "aissata", progress_value=number)
    async with service.stream(**{"Last-Event-ID": first.id}) as stream:
        await service.patch(task, "aissata", progress_value=4)
        values = [(await stream.next()).data["task"]["progress_value"] for _ in range(4)]
    assert values == [1, 2, 3, 4]
    async with service.stream(path=f"api/events/?last_event_id={stream.decoder.last_id}") as stream:
        await service.patch(task, "aissata", progress_value=5)
        assert (await stream.next()).data["task"]["progress_value"] == 5


async def test_a_stream_that_saw_nothing_yet_can_resume_too(service: Any, app: Any) -> None:
    task = await service.launch(app.guide)
    async with service.stream() as stream:
        position = stream.decoder.last_id
    await service.patch(task, "aissata", progress_value=1)
    async with service.stream(**{"Last-Event-ID": position}) as stream:
        assert (await stream.next()).data["task"]["progress_value"] == 1


async def test_what_is_too_old_or_of_another_database_is_a_resync(service: Any, app: Any, clock: Any) -> None:
    task = await service.launch(app.guide)
    for number in (1, 2):
        await service.patch(task, "aissata", progress_value=number)
    clock.forward(90_000)
    await service.parts.housekeeping.tidy()
    for last in ("1", "1000"):
        async with service.stream(**{"Last-Event-ID": last}) as stream:
            event = await stream.next()
            assert (event.type, event.data, event.id) == ("resync", {}, "3")
            await service.patch(task, "aissata", progress_message=last)
            assert (await stream.next()).type == "task"
            await service.patch(task, "aissata", progress_message="again")
        await service.parts.housekeeping.tidy()
        break


async def test_nobody_hears_of_other_workspaces(service: Any, app: Any) -> None:
    async with service.stream("aissata-server") as hers, service.stream("fatou") as all_of_fatou:
        coastal = await service.launch(app.coastal, "fatou")
        sahel = await service.launch(app.guide)
        assert (await hers.next()).data["task"]["id"] == sahel["id"]
        heard = [(await all_of_fatou.next()).data["task"]["id"] for _ in range(2)]
        assert heard == [coastal["id"], sahel["id"]]
    async with service.stream("fatou", "api/events/?workspace=coastal-clinics", **{"Last-Event-ID": "0"}) as stream:
        assert (await stream.next()).data["task"]["id"] == coastal["id"]
        await service.patch(coastal, "fatou", progress_value=7)
        assert (await stream.next()).data["task"]["progress_value"] == 7


async def test_a_membership_that_ends_ends_the_stream(service: Any, app: Any, clock: Any) -> None:
    async with service.stream() as stream:
        del app.roles["sahel-programme"]["aissata@example.org"]
        clock.forward(60)
        assert await stream.ended() == []


async def test_a_token_that_is_revoked_ends_the_stream_with_an_error(service: Any, hub: Any, clock: Any) -> None:
    async with service.stream() as stream:
        del hub.tokens["aissata"]
        clock.forward(60)
        (event,) = await stream.ended()
        assert (event.type, event.data["code"]) == ("error", "not_authenticated")


async def test_an_outage_of_the_app_does_not_end_a_stream(service: Any, app: Any, clock: Any) -> None:
    task = await service.launch(app.guide)
    async with service.stream() as stream:
        await app.stop()
        clock.forward(60)
        await service.patch(task, await own_token(service, app, task), progress_value=1)
        assert (await stream.next()).data["task"]["progress_value"] == 1


async def own_token(service: Any, app: Any, task: dict[str, Any]) -> str:
    return str(await service.parts.callback_tokens.issue(task["workspace"], task["launcher"]))


async def test_keep_alives_come_while_nothing_happens(service: Any) -> None:
    async with service.stream() as stream:
        assert (await stream.response.content.readany()).startswith(b":")


async def test_who_leaves_is_forgotten(service: Any, app: Any) -> None:
    async with service.stream() as stream:
        assert len(service.parts.watchers) == 1
        watcher = next(iter(service.parts.watchers._watching["sahel-programme"]))
        stream.response.close()
        await watcher.arrived.wait()
    await service.get("api/tasks/")
    assert len(service.parts.watchers) == 0
    assert not service.parts.watchers.is_watched("sahel-programme")


async def test_streams_end_when_the_service_stops(service: Any) -> None:
    async with service.stream() as stream:
        service.parts.watchers.end()
        assert await stream.ended() == []


async def test_a_person_has_a_limited_number_of_streams(start: Any) -> None:
    service = await start(watchers_per_person=1)
    async with service.stream():
        assert (await service.get("api/events/")).status == 409
        async with service.stream("jane"):
            pass
