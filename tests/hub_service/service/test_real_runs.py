"""With the stand-in App: pipelines really run by openhexa.sdk, one that reports and one that fails without a word."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from openhexa_hub.service.clock import Clock

pytestmark = [pytest.mark.anyio, pytest.mark.runs]
SAHEL, AISSATA = "sahel-programme", "aissata@example.org"

REPORTS = """
import json, urllib.request
from openhexa.sdk import current_run, parameter, pipeline


@pipeline("Reports")
@parameter("task_id", name="Task", type=int, required=True)
@parameter("pipeline_id", name="Pipeline", type=str, required=True)
@parameter("connection_token", name="Token", type=str, required=True)
@parameter("connection_host", name="Host", type=str, required=True)
@parameter("rows", name="Rows", type=int, default=2, required=False)
def reports(task_id, pipeline_id, connection_token, connection_host, rows):
    def report(**fields):
        body = json.dumps({"task_id": task_id, **fields}).encode()
        headers = {"Authorization": f"Bearer {connection_token}", "Content-Type": "application/json"}
        url = f"{connection_host}/api/openhexa/pipelines/{pipeline_id}/"
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method="PATCH")) as answer:
            assert answer.status == 200

    report(status="RUNNING", progress_message="half", progress_value=1, end_value=rows)
    current_run.log_info(f"rows={rows}")
    report(status="SUCCESS", progress_value=rows, result={"rows": rows})


if __name__ == "__main__":
    reports()
"""
FAILS = """
from openhexa.sdk import current_run, pipeline


@pipeline("Fails")
def fails():
    current_run.log_info("about to fail")
    raise ValueError("there are no rows")


if __name__ == "__main__":
    fails()
"""


class StandIn:
    """The stand-in App, seen as the fake hub sees an App: whose token is whose."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.roles = {SAHEL: {AISSATA: "EDITOR"}}
        self.tokens: dict[str, str] = {}
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def log_in(self) -> None:
        query = "mutation ($input: LoginInput!) { login(input: $input) { success } }"
        await self.graphql(query, {"email": AISSATA, "password": "openhexa"})
        async with self._http.post(f"{self.url}/workspaces/credentials/", data={"workspace": SAHEL}) as answer:
            self.tokens[(await answer.json())["env"]["HEXA_TOKEN"]] = AISSATA

    async def graphql(self, query: str, asked: dict[str, Any]) -> Any:
        sent = {"query": query, "variables": {"input": asked}}
        async with self._http.post(f"{self.url}/graphql/", json=sent) as answer:
            content = await answer.json()
        assert not content.get("errors"), content
        return content["data"]

    async def push(self, name: str, code: str) -> None:
        query = "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { success errors details } }"
        files = [{"path": "pipeline.py", "content": code}]
        asked = {"workspaceSlug": SAHEL, "name": name, "code": name, "version": {"name": "v1", "files": files}}
        created = (await self.graphql(query, asked))["createPipeline"]
        assert created["success"], created

    async def close(self) -> None:
        await self._http.close()


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[StandIn]:
    command = [sys.executable, "-m", "openhexa_devapp", "--port=0", f"--data={tmp_path / 'app'}"]
    process = await asyncio.create_subprocess_exec(
        *command, "--no-samples", "--no-database", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    lines = b""
    async with asyncio.timeout(60):
        while not (match := re.search(rb"Serving on (http://\S+)", lines)):
            line = await process.stdout.readline()
            assert line, lines.decode()
            lines += line
    app = StandIn(match[1].decode())
    await app.log_in()
    yield app
    await app.close()
    process.terminate()
    await process.communicate()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def watched_to_its_end(service: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Return the task as a watcher heard of it at its end."""
    async with asyncio.timeout(60), service.stream("aissata-server", "api/events/?last_event_id=0") as stream:
        while True:
            event = await stream.next(60)
            if event.type == "task" and event.data["task"]["id"] == task["id"] and event.data["task"]["ended_at"]:
                ended: dict[str, Any] = event.data["task"]
                return ended


async def until_all_is_read(service: Any) -> None:
    async with asyncio.timeout(60):
        while len(service.parts.reconciler):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_real_runs_are_followed_to_their_ends(start: Any, app: StandIn, running: Any) -> None:
    await app.push("reports", REPORTS)
    await app.push("fails", FAILS)
    service = await start(keep_alive=0.5, upstream_timeout=20.0, follow_fast=0.3, public_url="own")
    loop = asyncio.ensure_future(service.parts.reconciler.run())
    listed = (await service.ok("GET", "api/openhexa/pipelines/", "aissata-server"))["results"]
    tasks = {}
    for entry in listed:
        path = f"api/openhexa/pipelines/{entry['id']}/launch/"
        config = {"rows": 3} if entry["code"] == "reports" else {}
        launched = await service.ok("POST", path, "aissata-server", 201, json={"config": config})
        tasks[entry["code"]] = launched["task"]
    ends = {code: await watched_to_its_end(service, task) for code, task in tasks.items()}
    await until_all_is_read(service)
    for code, task in tasks.items():
        page = await service.ok("GET", f"api/tasks/{task['id']}/logs/", "aissata-server")
        ends[code] |= await service.task(task["id"], "aissata-server") | {"messages": page["messages"]}
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    reports, fails = ends["reports"], ends["fails"]
    assert (reports["status"], reports["result"], reports["progress_value"]) == ("SUCCESS", {"rows": 3}, 3)
    assert [message["message"] for message in reports["messages"]] == ["rows=3"]
    assert (fails["status"], fails["progress_message"]) == ("ERROR", "ValueError: there are no rows")
    assert fails["messages"][0]["message"] == "about to fail"
    assert reports["warnings"] == fails["warnings"] == []
