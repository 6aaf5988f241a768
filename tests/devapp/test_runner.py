"""Runs of real pipelines, executed by the official SDK in processes of their own."""

import re
import signal

import psutil
import pytest

from openhexa_devapp import processes

pytestmark = pytest.mark.runs

HEAD = "from openhexa.sdk import current_run, parameter, pipeline, workspace\nimport os, subprocess, sys, time\n"
COUNTS = (
    HEAD
    + """
@pipeline("Counts")
@parameter("rows", type=int, default=3, required=False)
def counts(rows):
    current_run.log_info(f"rows={rows}")
    second(first(rows))

@counts.task
def first(rows):
    current_run.log_warning("first")
    return rows

@counts.task
def second(rows):
    path = os.path.join(workspace.files_path, "counted.csv")
    with open(path, "w") as file:
        file.write("a\\n" * rows)
    current_run.add_file_output(path)
"""
)
SLEEPS = (
    HEAD
    + """
@pipeline("Sleeps")
def sleeps():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    current_run.log_info(f"{os.getpid()} {child.pid}")
    time.sleep(600)
"""
)
SAYS = (
    HEAD
    + """
@pipeline("Says")
def says():
    for name in (
        "HOME", "HEXA_ENVIRONMENT", "HEXA_RUN_ID", "WORKSPACE_FILES_PATH", "OPENHEXA_DEMO_DATA", "SECRET_OF_APP"
    ):
        print(name, os.environ.get(name))
    print(os.getcwd())
    print(os.environ["HEXA_TOKEN"])
    try:
        current_run.add_file_output(workspace.files_path + "/none.txt")
    except FileNotFoundError:
        print("not found, as it should be")
    current_run.log_error("one error")
"""
)


def processes_of(state):
    return [int(word) for word in state["messages"][0]["message"].split()]


def is_alive(process_id):
    return psutil.pid_exists(process_id) and psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE


def test_success(app, aissata):
    run = aissata.launch(aissata.add_pipeline("Counts", COUNTS), {"rows": 4})
    state = aissata.wait_for(run)
    assert (state["status"], state["progress"], state["hasErrorMessages"]) == ("success", 100, False)
    assert [(one["priority"], one["message"]) for one in state["messages"]] == [
        ("INFO", "rows=4"),
        ("WARNING", "first"),
    ]
    assert all(re.fullmatch(r"\d{4}-\S+\.\d{6}\+00:00", one["timestamp"]) for one in state["messages"])
    assert state["outputs"] == [{"__typename": "BucketObject", "key": "counted.csv", "size": 8}]
    lines = state["logs"].splitlines()
    assert lines[0].startswith("Running counts pipeline with the process spawner")
    for expected in ("Injecting credentials...", "Pipeline downloaded.", "Running pipeline...", "Pipeline completed."):
        assert expected in lines
    assert any(line.endswith('Starting pipeline "Counts"') for line in lines)
    assert any(line.endswith("Heartbeat sent successfully") for line in lines)


@pytest.mark.parametrize(
    ("config", "reason"),
    [({"bogus": 1}, "The provided config contains invalid key(s): bogus")],
)
def test_failure_has_its_reason_only_in_the_logs(aissata, config, reason):
    state = aissata.wait_for(aissata.launch(aissata.add_pipeline("Counts", COUNTS), config))
    assert (state["status"], state["progress"], state["messages"], state["hasErrorMessages"]) == (
        "failed",
        0,
        [],
        False,
    )
    assert f"Pipeline failed: {reason}\nTraceback (most recent call last):" in state["logs"]


def test_environment_of_a_run(own_app, tmp_path):
    app = own_app(OPENHEXA_DEMO_DATA="/somewhere", SECRET_OF_APP="hidden")
    with app.person("aissata@example.org") as aissata:
        run = aissata.launch(aissata.add_pipeline("Says", SAYS), {})
        state = aissata.wait_for(run)
        folder = app.data / "runs" / run
        for expected in (
            f"HOME {folder / 'home'}", "HEXA_ENVIRONMENT CLOUD_PIPELINE", f"HEXA_RUN_ID {run}",
            f"WORKSPACE_FILES_PATH {app.data / 'workspaces' / 'sahel-programme'}", "OPENHEXA_DEMO_DATA /somewhere",
            "SECRET_OF_APP None", str(folder / "code"), "not found, as it should be",
        ):  # fmt: skip
            assert expected in state["logs"].splitlines()
        assert state["hasErrorMessages"]
        token = next(line for line in state["logs"].splitlines() if len(line) == 95 and ":" in line)
        with app.bearer(token) as program:
            refusal = {"success": False, "errors": ["PIPELINE_NOT_FOUND"]}
            assert program.change("updatePipelineProgress", {"percent": 99}) == refusal
            assert program.post("/workspaces/credentials/", data={"workspace": "sahel-programme"}).status_code == 404
        stopped = aissata.change("stopPipeline", {"runId": run})
        assert stopped == {"success": False, "errors": ["PIPELINE_ALREADY_COMPLETED"]}


def test_the_runs_own_token(app, aissata):
    """A run driven by hand, with the token of a run that sleeps."""
    code = SLEEPS.replace("{os.getpid()} {child.pid}", "{os.environ['HEXA_TOKEN']}")
    run = aissata.launch(aissata.add_pipeline("Sleeps", code), {})
    token = aissata.wait_for_message(run)["messages"][0]["message"]
    done = {"success": True, "errors": []}
    with app.bearer(token) as program:
        assert program.ask("{ me { user { email } } }") == {"me": {"user": None}}
        assert program.change("updatePipelineProgress", {"percent": 300}) == done
        assert program.change("logPipelineMessage", {"priority": "DEBUG", "message": "dbg"}) == done
        assert program.ask("mutation { updatePipelineHeartbeat { success errors } }")["updatePipelineHeartbeat"] == done
        outputs = {
            ("gs://sahel-programme/none.txt", "file"): ["FILE_NOT_FOUND"],
            ("gs://sahel-programme/../x", "file"): ["FILE_NOT_FOUND"],
            ("postgresql://x/y/t", "db"): ["TABLE_NOT_FOUND"],
            ("https://example.invalid/report", "html"): [],
        }
        for (uri, kind), errors in outputs.items():
            result = program.change("addPipelineOutput", {"uri": uri, "type": kind, "name": "n"})
            assert result == {"success": not errors, "errors": errors}
        answer = program.post("/workspaces/credentials/", data={"workspace": "sahel-programme"}).json()
        assert (answer["notebooks_server_hash"], answer["env"]["HEXA_TOKEN"]) == (run, token)
        assert program.post("/workspaces/credentials/", data={"workspace": "coastal-clinics"}).status_code == 404
        query = "mutation($i: RunPipelineInput!) { runPipeline(input: $i) { success } }"
        given = {"i": {"id": aissata.add_pipeline("Empty one", COUNTS), "config": {}}}
        assert program.graphql(query, given)["errors"][0]["message"] == "An unknown error occurred."
    refusal = {"success": False, "errors": ["PIPELINE_NOT_FOUND"]}
    assert aissata.change("updatePipelineProgress", {"percent": 50}) == refusal, "a person's token is no run's"
    state = aissata.run_state(run)
    assert (state["progress"], state["outputs"]) == (
        300,
        [{"__typename": "GenericOutput", "uri": "https://example.invalid/report"}],
    )
    aissata.change("stopPipeline", {"runId": run})
    aissata.wait_for(run)


def test_stop_ends_all_processes(aissata):
    run = aissata.launch(aissata.add_pipeline("Sleeps", SLEEPS), {})
    state = aissata.wait_for_message(run)
    assert all(is_alive(one) for one in processes_of(state))
    assert aissata.change("stopPipeline", {"runId": run})["success"]
    assert aissata.run_state(run)["status"] in {"terminating", "stopped"}
    assert aissata.change("stopPipeline", {"runId": run})["errors"] == ["PIPELINE_ALREADY_STOPPED"]
    ended = aissata.wait_for(run)
    assert (ended["status"], ended["stoppedBy"]) == ("stopped", {"email": "aissata@example.org"})
    assert not any(is_alive(one) for one in processes_of(state))
    assert 'Starting pipeline "Sleeps"' in ended["logs"]


def test_a_config_may_be_long_and_is_no_argument_that_others_see(aissata):
    code = SLEEPS.replace('"Sleeps")', '"Sleeps")\n@parameter("word", type=str)').replace("sleeps():", "sleeps(word):")
    code = code.replace("{os.getpid()} {child.pid}", "{os.getpid()} {child.pid} {len(word)}")
    run = aissata.launch(aissata.add_pipeline("Sleeps", code), {"word": "x" * 300_000})
    state = aissata.wait_for_message(run)
    process_id, _, length = processes_of(state)
    assert length == 300_000
    family = [psutil.Process(process_id), *psutil.Process(process_id).parents()]
    bootstrap = next(one for one in family if "openhexa_devapp.bootstrap" in one.cmdline())
    assert bootstrap.cmdline()[-1] == "openhexa_devapp.bootstrap"
    aissata.change("stopPipeline", {"runId": run})
    aissata.wait_for(run)


def test_timeout(aissata):
    pipeline = aissata.add_pipeline("Sleeps", SLEEPS)
    code = aissata.ask("query($id: UUID!) { pipeline(id: $id) { code } }", id=pipeline)["pipeline"]["code"]
    given = {"workspaceSlug": "sahel-programme", "pipelineCode": code, "timeout": 3,
             "files": [{"path": "pipeline.py", "content": SLEEPS}]}  # fmt: skip
    assert aissata.change("uploadPipeline", given)["success"]
    state = aissata.wait_for(aissata.launch(pipeline, {}))
    assert state["status"] == "failed"
    assert "longer than its timeout of 3 seconds" in state["logs"]
    assert not any(is_alive(one) for one in processes_of(state))


def test_four_at_a_time_then_in_order(own_app):
    app = own_app()
    with app.person("aissata@example.org") as aissata:
        pipeline = aissata.add_pipeline("Sleeps", SLEEPS)
        runs = [aissata.launch(pipeline, {}) for _ in range(6)]
        for run in runs[:4]:
            aissata.wait_for(run, {"running"})
        assert [aissata.run_state(run)["status"] for run in runs[4:]] == ["queued", "queued"]
        aissata.change("stopPipeline", {"runId": runs[5]})
        assert aissata.wait_for(runs[5])["status"] == "stopped", "without ever running"
        aissata.change("stopPipeline", {"runId": runs[0]})
        aissata.wait_for(runs[4], {"running"})


def test_runs_end_with_the_app(own_app):
    app = own_app()
    with app.person("aissata@example.org") as aissata:
        run = aissata.launch(aissata.add_pipeline("Sleeps", SLEEPS), {})
        state = aissata.wait_for_message(run)
    app.end(signal.SIGINT)
    assert app.process.returncode in {0, -signal.SIGINT}
    assert not any(is_alive(one) for one in processes_of(state))
    with own_app().person("aissata@example.org") as aissata:
        state = aissata.run_state(run)
        assert state["status"] == "failed"
        assert "The stand-in App was stopped while this run was going." in state["logs"]


def test_runs_of_a_killed_app_are_settled_at_the_next_start(own_app):
    app = own_app()
    with app.person("aissata@example.org") as aissata:
        run = aissata.launch(aissata.add_pipeline("Sleeps", SLEEPS), {})
        state = aissata.wait_for_message(run)
    app.end(signal.SIGKILL)
    assert is_alive(processes_of(state)[0])
    with own_app().person("aissata@example.org") as aissata:
        settled = aissata.run_state(run)
        assert settled["status"] == "failed"
        assert "The stand-in App was killed while this run was going." in settled["logs"]
    assert not any(is_alive(one) for one in processes_of(state))


def test_a_reused_process_id_is_left_alone():
    own = psutil.Process()
    processes.end(own.pid, own.create_time() - 3600)
