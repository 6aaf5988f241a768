"""From the login page to the figure, as a person does it: real hub, real proxy, real App stand-in, real run."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Page, expect

from openhexa_devapp.demo.processes import marked

pytestmark = pytest.mark.browser

AISSATA = "aissata@example.org"


def test_a_wrong_password_is_a_sentence(page: Page, log_in: Callable[..., None], picture: Callable[..., None]) -> None:
    log_in(page, AISSATA, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("password")
    expect(page.get_by_label("E-mail")).to_have_value(AISSATA)
    picture(page, "login")


def test_from_login_to_figure(
    demo: Any, page: Page, open_notebook: Callable[..., Any], picture: Callable[..., None]
) -> None:
    notebook = open_notebook(page, AISSATA)
    frame = notebook.frame

    listed = notebook.run(0)
    expect(listed.get_by_role("heading", name="Pipelines")).to_be_visible()
    listed.get_by_role("searchbox").fill("country")
    picture(page, "pipelines")
    listed.get_by_role("button", name="Country indicators").click()

    form = listed.locator(".openhexa-form")
    launch = form.get_by_role("button", name="Launch")
    expect(launch).to_be_visible()
    form.get_by_label("Mali").check()
    form.get_by_label("First year").fill("19x")
    expect(form.locator("[data-code='year_from'] .openhexa-error")).to_contain_text("whole number")
    expect(launch).to_have_attribute("aria-disabled", "true")
    form.get_by_label("First year").fill("1977")
    expect(launch).not_to_have_attribute("aria-disabled", "true")
    picture(page, "form")
    launch.dblclick()

    task = listed.locator(".openhexa-task")
    expect(task).to_have_attribute("data-status", "RUNNING", timeout=30_000)
    picture(page, "running")
    expect(task).to_have_attribute("data-status", "SUCCESS", timeout=60_000)
    expect(task).to_contain_text("Read 1704 rows")
    expect(task).to_contain_text("Saved a table of 7 years")
    expect(task).to_contain_text("indicators.csv")
    expect(listed.locator(".openhexa-task")).to_have_count(1)
    picture(page, "notebook")

    counted = notebook.run_code("print('tasks:', len(list(tasks)))")
    expect(counted).to_contain_text("tasks: 1")
    table = notebook.run_code("t = next(iter(tasks)); t.dataframe()")
    expect(table.locator("table")).to_contain_text("Mali")
    expect(table.locator("tbody tr")).to_have_count(7)
    figure = notebook.run_code("t.figure()")
    expect(figure.locator("img")).to_be_visible()
    picture(page, "result")
    expect(frame.get_by_text("Traceback")).to_have_count(0)

    csv = next((demo.data / "app" / "workspaces" / "sahel-programme" / "results").glob("*/indicators.csv"))
    header = csv.read_text().splitlines()[0]
    assert header == "year,Mali,Niger"


def test_the_welcome_notebook_runs_from_top_to_bottom(page: Page, open_notebook: Callable[..., Any]) -> None:
    notebook = open_notebook(page, "Jane.O'Neil+Test@example.org")
    notebook.frame.get_by_role("menuitem", name="Run").click()
    notebook.frame.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(notebook.frame.locator(".openhexa-task[data-status='SUCCESS']").first).to_be_visible(timeout=90_000)
    expect(notebook.frame.locator(".jp-OutputArea img").last).to_be_visible(timeout=60_000)
    expect(notebook.frame.locator(".jp-RenderedHTMLCommon table.dataframe")).to_contain_text("Niger")
    expect(notebook.frame.get_by_text("Traceback")).to_have_count(0)
    count = notebook.frame.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']")
    expect(count).to_have_count(0)


def test_a_run_is_stopped_from_the_notebook(
    page: Page, open_notebook: Callable[..., Any], picture: Callable[..., None]
) -> None:
    notebook = open_notebook(page, AISSATA)
    notebook.run(0)
    output = notebook.run_code("t = pipelines['runs-until-stopped'].launch(); t")
    task = output.locator(".openhexa-task")
    expect(task).to_have_attribute("data-status", "RUNNING", timeout=30_000)
    task.get_by_role("button", name="Stop").click()
    task.get_by_role("button", name="Yes, stop it").click()
    expect(task).to_have_attribute("data-status", "CANCELLED", timeout=30_000)
    picture(page, "stopped")


def test_a_failing_run_says_why(page: Page, open_notebook: Callable[..., Any], picture: Callable[..., None]) -> None:
    notebook = open_notebook(page, AISSATA)
    notebook.run(0)
    output = notebook.run_code("t = pipelines['fails-half-way'].launch(); t")
    task = output.locator(".openhexa-task")
    expect(task).to_have_attribute("data-status", "ERROR", timeout=60_000)
    expect(task.locator(".openhexa-progress-text, .openhexa-notice").first).not_to_be_empty()
    picture(page, "failed")


def test_the_guides_sample_reports_its_result_by_rest(page: Page, open_notebook: Callable[..., Any]) -> None:
    notebook = open_notebook(page, AISSATA)
    notebook.run(0)
    output = notebook.run_code(
        "t = pipelines['guide-sample'].launch(country='Niger', max_records=7); t.wait(); print(t.result)"
    )
    expect(output).to_contain_text("SUCCESS", timeout=60_000)
    expect(output).to_contain_text("'country': 'Niger'")


def test_wrong_values_are_one_readable_exception_and_create_nothing(
    page: Page, open_notebook: Callable[..., Any]
) -> None:
    notebook = open_notebook(page, AISSATA)
    notebook.run(0)
    output = notebook.run_code(
        "before = len(list(tasks))\n"
        "try:\n"
        "    pipelines['country-indicators'].launch(countries='Niger', year_from='soon', colour='red')\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
        "print('created:', len(list(tasks)) - before)"
    )
    for expected in ("InvalidInput", "countries", "year_from", "colour", "created: 0"):
        expect(output).to_contain_text(expected)


def test_a_viewer_is_told_why_there_is_no_notebook(
    page: Page, log_in: Callable[..., None], picture: Callable[..., None]
) -> None:
    log_in(page, "ibrahim@example.org")
    page.get_by_role("link", name="Sahel programme").first.click()
    expect(page.get_by_role("main")).to_contain_text("viewer")
    expect(page.locator("iframe")).to_have_count(0)
    picture(page, "viewer")


def test_logging_out_of_the_app_ends_the_notebook_server(
    demo: Any, page: Page, open_notebook: Callable[..., Any], poll: Callable[..., None]
) -> None:
    open_notebook(page, "fatou@example.org", "Coastal clinics")
    assert servers(demo.data, "coastal-clinics")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    answer = page.goto(f"http://localhost:{demo.hub_port}/hub/home")
    assert answer is not None
    assert page.url.startswith(f"{demo.url}/login")
    poll(lambda: not servers(demo.data, "coastal-clinics"), seconds=20)


def servers(data: Path, workspace: str) -> list[str]:
    """The command lines of the notebook servers of a workspace that run."""
    found = []
    for process in marked(data.resolve()):
        with contextlib.suppress(psutil.Error):
            if process.environ().get("JUPYTERHUB_SERVER_NAME") == workspace:
                found.append(" ".join(process.cmdline()))
    return found


def test_no_secret_is_in_a_log(demo: Any) -> None:
    """Runs last: the hub, the service, the App and people's servers have written all they had to say."""
    known = list(json.loads((demo.data / "secrets.json").read_text()).values())
    database = sqlite3.connect(demo.data / "app" / "app.sqlite")
    stored = "SELECT value FROM connection_field WHERE secret UNION SELECT access_token FROM membership"
    known += [value for (value,) in database.execute(stored)]
    database.close()
    assert len(known) > 6
    for log in [*(demo.data / "logs").iterdir(), *(demo.data / "app" / "runs").glob("*/*.log")]:
        text = log.read_text(errors="replace")
        assert not [secret for secret in known if secret in text], log.name
