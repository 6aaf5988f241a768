from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from openhexa_contract.api import Output, Task
from openhexa_contract.tasks import Status
from openhexa_ui.states import task_state

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 22, 10, 1, 5, tzinfo=UTC)
START = "2026-11-22T10:00:00+00:00"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


def task(**changes: Any) -> Task:
    return Task(
        **{
            "id": 12,
            "uuid": "u",
            "name": "Country indicators",
            "status": Status.RUNNING,
            "created_at": START,
            "started_at": START,
            "updated_at": START,
            "workspace": "sahel-programme",
            "pipeline": "p",
            "pipeline_code": "country-indicators",
            "pipeline_name": "Country indicators",
            **changes,
        }
    )


def messages(start: int, count: int, text: str = "message {n}") -> dict[str, Any]:
    rows = [{"priority": "INFO", "message": text.format(n=n), "timestamp": START} for n in range(start, start + count)]
    return {"from": start, "rows": rows}


@pytest.fixture
def draw(page, labels):
    """Draws a task, and again after each change of it."""
    page.evaluate("window.drawing = drawTask(place, keep)")

    def update(shown: Task | None = None, now: datetime = NOW, **options: Any) -> None:
        state = task_state(shown or task(), now, message_count=0, **options)
        page.evaluate("(state) => drawing.update(state)", {**state, "labels": labels["task"]})

    return update


def sent(page) -> list[Any]:
    return page.evaluate("sent")


def test_the_state_is_told_in_words(page, draw) -> None:
    for status, word in [
        ("QUEUED", "Waiting to start"),
        ("RUNNING", "Running"),
        ("ERROR", "Failed"),
        ("CANCELLED", "Stopped"),
    ]:
        draw(task(status=Status(status)))
        expect(page.locator(".openhexa-status")).to_have_text(word)
        expect(page.locator(".openhexa-task")).to_have_attribute("data-status", status)


def test_progress_is_unknown_then_counted(page, draw) -> None:
    bar = page.get_by_role("progressbar", name="Progress")
    draw()
    assert bar.get_attribute("aria-valuenow") is None
    expect(bar).to_have_class("openhexa-bar openhexa-bar-unknown")
    draw(task(progress_value=3, end_value=10, progress_message="Filtering"))
    expect(bar).to_have_attribute("aria-valuenow", "3")
    expect(bar).to_have_attribute("aria-valuemax", "10")
    expect(page.get_by_text("3 / 10")).to_be_visible()
    expect(page.get_by_text("Filtering")).to_be_visible()


def test_elapsed_time_stands_still_after_the_end(page, draw) -> None:
    draw(task(status=Status.SUCCESS, ended_at="2026-11-22T11:02:03+00:00"))
    expect(page.locator(".openhexa-elapsed")).to_have_text("1:02:03")


def test_elapsed_time_follows_the_clock_of_the_kernel(page, draw) -> None:
    draw(now=NOW - timedelta(seconds=1))
    draw(task(started_at="2026-11-22T10:01:00+00:00"))
    expect(page.locator(".openhexa-elapsed")).to_have_text(re.compile(r"0:0[5-9]"))


def test_stop_asks_once_more_and_sends_once(page, draw) -> None:
    draw()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="No, go on")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_focused()
    assert sent(page) == []
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Yes, stop it").dblclick()
    assert sent(page) == [{"type": "stop"}]
    draw(task(stop_requested_at=START))
    expect(page.get_by_role("button", name="Stopping…")).to_be_disabled()
    draw(task(status=Status.CANCELLED, ended_at=START))
    expect(page.get_by_role("button", name="Stopping…")).to_be_hidden()
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_the_question_goes_when_the_task_ends(page, draw) -> None:
    draw()
    page.get_by_role("button", name="Stop").click()
    draw(task(status=Status.SUCCESS, ended_at=START))
    expect(page.get_by_role("button", name="Yes, stop it")).to_be_hidden()


def test_run_again_is_sent(page, draw) -> None:
    draw(task(status=Status.SUCCESS, ended_at=START))
    page.get_by_role("button", name="Run again").click()
    assert sent(page) == [{"type": "again"}]


def test_messages_follow_their_end_unless_scrolled_up(page, draw) -> None:
    draw()
    show = "(messages) => drawing.show(messages)"
    log = page.get_by_role("log", name="Messages")
    page.evaluate(show, messages(0, 50))
    at_end = "(log) => log.scrollHeight - log.scrollTop - log.clientHeight < 24"
    assert log.evaluate(at_end)
    page.evaluate(show, messages(50, 10))
    assert log.evaluate(at_end)
    log.evaluate("(log) => { log.scrollTop = 0; }")
    page.wait_for_timeout(50)
    page.evaluate(show, messages(60, 10))
    assert log.evaluate("(log) => log.scrollTop") == 0
    expect(log.get_by_role("listitem")).to_have_count(70)


def test_messages_are_drawn_once_in_order_and_up_to_a_cap(page, draw) -> None:
    draw()
    for part in (messages(0, 3), messages(2, 2), messages(1, 2), messages(4, 10_000)):
        page.evaluate("(messages) => drawing.show(messages)", part)
    rows = page.get_by_role("log").get_by_role("listitem")
    expect(rows).to_have_count(200)
    expect(rows.last).to_contain_text("message 10003")
    expect(page.get_by_text("9804 earlier messages are not shown.")).to_be_visible()


def test_a_result_of_records_is_a_table(page, draw) -> None:
    rows = [{"country": "Niger", "year": 1952 + n} for n in range(30)]
    draw(task(status=Status.SUCCESS, result=rows))
    expect(page.get_by_role("columnheader")).to_have_text(["country", "year"])
    expect(page.locator("tbody tr")).to_have_count(20)
    expect(page.get_by_text("… and 10 more")).to_be_visible()


@pytest.mark.parametrize(
    "result", [0, False, "", {}, [], {"a": {"b": [1, None, {"c": "d"}]}}, "text", 1.5, [1, 2], [[]]]
)
def test_every_result_is_drawn_and_nothing_is_none(page, draw, result) -> None:
    draw(task(status=Status.SUCCESS, result=result))
    expect(page.get_by_role("heading", name="Result")).to_have_count(1)


def test_no_result_takes_no_room(page, draw) -> None:
    draw()
    expect(page.get_by_role("heading", name="Result")).to_have_count(0)


def test_a_large_result_is_shown_in_part(page, draw) -> None:
    draw(task(status=Status.SUCCESS, result={"rows": [{"text": "x" * 1000, "n": n} for n in range(5000)]}))
    expect(page.get_by_text("only a part of it is shown")).to_be_visible()


def test_only_addresses_of_the_web_are_links(page, draw) -> None:
    uris = ["https://example.org/a", "javascript:window.hacked=1", "data:text/html,x", "gs://bucket/file"]
    draw(task(outputs=[Output(kind="file", name=uri, uri=uri) for uri in uris], run_url="javascript:window.hacked=1"))
    links = page.get_by_role("link")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("rel", "noopener noreferrer")


def test_hostile_text_stays_text(page, draw) -> None:
    hostile = task(
        name=HOSTILE,
        pipeline_name=HOSTILE * 2,
        progress_message=HOSTILE,
        warnings=[HOSTILE],
        result={HOSTILE: [{HOSTILE: HOSTILE}], "deep": [HOSTILE, {}]},
        outputs=[Output(kind=HOSTILE, name=HOSTILE, uri=HOSTILE)],
        launcher=HOSTILE,
        run_url=HOSTILE,
    )
    draw(hostile, notice=HOSTILE)
    hostile_message = {"priority": HOSTILE, "message": HOSTILE, "timestamp": HOSTILE}
    page.evaluate("(messages) => drawing.show(messages)", {"from": 0, "rows": [hostile_message]})
    page.wait_for_timeout(30)
    assert page.evaluate("window.hacked") is None
    assert page.locator("#place img, #place script").count() == 0
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]


def test_an_update_leaves_what_has_not_changed_alone(page, draw) -> None:
    draw(task(warnings=["One."], result={"a": 1}))
    page.evaluate("window.before = place.querySelector('.openhexa-tree')")
    draw(task(warnings=["One."], result={"a": 1}, progress_message="Further"))
    assert page.evaluate("before === place.querySelector('.openhexa-tree')")
