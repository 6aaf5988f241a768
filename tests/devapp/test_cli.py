"""The official command line against the stand-in, and the first start that uses it."""

import os
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.runs

COMMAND = [sys.executable, "-c", "from openhexa.cli import app; app()"]


@pytest.fixture
def openhexa(app, fatou, tmp_path):
    """Runs `openhexa ARGUMENTS` with a home of its own; the hourly question to the package index counts as asked."""
    (tmp_path / ".openhexa.ini").write_text(
        f"[openhexa]\nurl = {app.url}\nlast_version_check = {int(time.time())}\n\n[workspaces]\n"
    )
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip

    def run(*arguments: str, typed: str = "", **variables: str) -> str:
        process = subprocess.run(
            [*COMMAND, *arguments], input=typed, env={**environment, **variables}, cwd=tmp_path, text=True,
            capture_output=True, timeout=60,
        )  # fmt: skip
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    run("workspaces", "add", "sahel-programme", HEXA_TOKEN=fatou.token())
    return run


def test_a_pipelines_life(app, fatou, openhexa, tmp_path):
    """The menu of `push` offers every pipeline of the workspace, then "create a new one"."""
    query = '{ pipelines(workspaceSlug: "sahel-programme", perPage: 100) { totalItems } }'
    create = min(fatou.ask(query)["pipelines"]["totalItems"], 10) + 1
    assert "sahel-programme (active)" in openhexa("workspaces", "list")
    openhexa("pipelines", "init", "Stock report", typed="n\n")
    pushed = openhexa("pipelines", "push", "stock_report", "-n", "v-one", typed=f"{create}\ny\n")
    assert "New version 'v-one [v1]' created!" in pushed
    assert "Breaking changes" not in pushed
    assert "New version 'v2' created!" in openhexa("pipelines", "push", "--yes", "-c", "stock-report", "stock_report")
    assert "* stock-report - Stock report (v2)" in openhexa("pipelines", "list", typed="y\n" * 5)
    openhexa("pipelines", "download", "stock-report", "copy")
    assert (tmp_path / "copy" / "pipeline.py").read_text() == (tmp_path / "stock_report" / "pipeline.py").read_text()
    query = '{ pipelineByCode(workspaceSlug: "sahel-programme", code: "stock-report") { id } }'
    run = fatou.launch(fatou.ask(query)["pipelineByCode"]["id"], {})
    assert fatou.wait_for(run)["status"] == "success"
    assert "Pipeline stock-report deleted." in openhexa("pipelines", "delete", "stock-report", typed="stock-report\n")
    assert fatou.ask(query) == {"pipelineByCode": None}


def test_samples_are_pushed_once_and_run(own_app):
    app = own_app("--port", "0")
    with app.person("aissata@example.org") as aissata:
        wait_for_samples(aissata)
        query = (
            '{ pipelines(workspaceSlug: "sahel-programme") { items { id code name currentVersion { versionName } } } }'
        )
        found = {row["code"]: row for row in aissata.ask(query)["pipelines"]["items"]}
        assert {code: row["name"] for code, row in found.items()} == {
            "country-indicators": "Country indicators", "guide-sample": "Iaso sample",
            "fails-half-way": "Fails half way", "runs-until-stopped": "Runs until stopped",
        }  # fmt: skip
        assert {row["currentVersion"]["versionName"] for row in found.values()} == {"first [v1]"}
        run = aissata.launch(found["country-indicators"]["id"], {"countries": ["Niger", "Mali"], "year_from": 1980})
        failing = aissata.launch(found["fails-half-way"]["id"], {"pause": 0.1})
        state = aissata.wait_for(run)
        assert (state["status"], state["progress"]) == ("success", 100), state["logs"]
        keys = [f"results/{run}/indicators.csv", f"results/{run}/indicators.png"]
        assert [output["key"] for output in state["outputs"]] == keys
        lines = (app.data / "workspaces" / "sahel-programme" / keys[0]).read_text().splitlines()
        assert (lines[0], lines[1][:5], len(lines)) == ("year,Mali,Niger", "1982,", 7)
        state = aissata.wait_for(failing)
        assert (state["status"], len(state["messages"])) == ("failed", 4)
        assert "invalid literal for int() with base 10: 'soon'" in state["logs"]
        database(app, aissata)
    app.end()
    begin = time.monotonic()
    again = own_app("--port", "0")
    assert time.monotonic() - begin < 6
    with again.person("aissata@example.org") as aissata:
        assert aissata.get("/ready/").json()["ready"] or wait_for_samples(aissata)
        rows = aissata.ask(query)["pipelines"]["items"]
        assert {row["currentVersion"]["versionName"] for row in rows if row["code"] in found} == {"first [v1]"}


TABLE = """
from openhexa.sdk import current_run, pipeline, workspace
import psycopg

@pipeline("Table")
def table():
    with psycopg.connect(workspace.database_url) as connection:
        connection.execute("CREATE TABLE cases AS SELECT 1 AS n")
    current_run.add_database_output("cases")
"""


def database(app, aissata) -> None:
    """The workspace has a database of its own, and an output must exist in it."""
    environment = aissata.post("/workspaces/credentials/", data={"workspace": "sahel-programme"}).json()["env"]
    name = environment["WORKSPACE_DATABASE_DB_NAME"]
    assert environment["WORKSPACE_DATABASE_URL"].endswith(
        f"/{name}?application_name=notebook%20/user/aissata%40example.org/sahel-programme"
    )
    state = aissata.wait_for(aissata.launch(aissata.add_pipeline("Table", TABLE), {}))
    assert state["status"] == "success", state["logs"]
    assert state["outputs"] == [{"__typename": "DatabaseTable", "table": "cases"}]


def wait_for_samples(person) -> bool:
    deadline = time.monotonic() + 90
    while not person.get("/ready/").json()["ready"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return True
