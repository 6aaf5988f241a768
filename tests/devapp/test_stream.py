"""The stream of a run's messages, as recorded."""

import json

import pytest

pytestmark = pytest.mark.runs

CODE = """
from openhexa.sdk import current_run, pipeline
import time

@pipeline("Speaks")
def speaks():
    for word in ("one", "two", "three"):
        current_run.log_info(word)
        time.sleep(0.4)
"""


def events(response):
    blocks = response.read().decode().strip().split("\n\n")
    return [(block.split("\n")[0][7:], json.loads(block.split("\n")[1][6:])) for block in blocks]


def test_stream_until_the_end_and_after_it(app, aissata):
    run = aissata.launch(aissata.add_pipeline("Speaks", CODE), {})
    path = f"/pipelines/runs/{run}/messages/stream/"
    with app.bearer(aissata.token()) as program, program.stream("GET", path) as response:
        assert response.headers["content-type"].split(";")[0] == "text/event-stream"
        assert (response.headers["cache-control"], response.headers["x-accel-buffering"]) == ("no-cache", "no")
        live = events(response)
    assert [(kind, data.get("message", data.get("status"))) for kind, data in live] == [
        ("message", "one"), ("message", "two"), ("message", "three"), ("done", "success"),
    ]  # fmt: skip
    assert set(live[0][1]) == {"message", "priority", "timestamp"}
    with aissata.stream("GET", path, params={"from": "1"}) as response:
        assert events(response) == live[1:]


def test_strangers(app, aissata, fatou):
    run = fatou.launch(fatou.add_pipeline("Speaks", CODE, "coastal-clinics"), {})
    path = f"/pipelines/runs/{run}/messages/stream/"
    assert aissata.get(path).status_code == 404
    with app.anybody() as person:
        for headers in ({}, {"Authorization": "Bearer garbage", "Accept": "text/event-stream"}):
            response = person.get(path, headers=headers)
            assert (response.status_code, response.headers["location"]) == (302, f"/login?next={path}")
