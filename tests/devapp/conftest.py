"""Fixtures of the stand-in App: the App as a real process, and clients that behave like browsers and programs."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from openhexa_devapp import seeds
from openhexa_devapp.services import Services
from openhexa_devapp.settings import Settings

START_SECONDS = 30.0
ENDED = {"success", "failed", "stopped"}
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { success errors } }"
RUN = "mutation($input: RunPipelineInput!) { runPipeline(input: $input) { success errors run { id status config } } }"
STATE = """query($id: UUID!) { pipelineRun(id: $id) {
  status progress duration logs messages { priority message timestamp } hasErrorMessages stoppedBy { email }
  outputs { __typename ... on BucketObject { key size } ... on GenericOutput { uri }
    ... on DatabaseTable { table: name } }
} }"""


def wait_until(check: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Ask a real process again and again until it answers with something true; that answer."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {check}"
        time.sleep(0.05)
    return answer


class Person(httpx.Client):
    """Somebody with cookies, or a token, who talks to the App. May be used before and in a `with` block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def graphql(self, query: str, variables: dict[str, Any] | None = None, **options: Any) -> Any:
        """The whole JSON answer."""
        return self.post("/graphql/", json={"query": query, "variables": variables}, **options).json()

    def ask(self, query: str, **variables: Any) -> Any:
        """The `data` of an answer without errors."""
        answer = self.graphql(query, variables)
        assert "errors" not in answer, answer
        return answer["data"]

    def change(self, mutation: str, given: dict[str, Any], fields: str = "", type_: str = "") -> Any:
        """One mutation with an `input`; its result."""
        name = type_ or f"{mutation[0].upper()}{mutation[1:]}Input!"
        query = f"mutation($input: {name}) {{ {mutation}(input: $input) {{ success errors {fields} }} }}"
        return self.ask(query, input=given)[mutation]

    @property
    def csrf(self) -> dict[str, str]:
        return {"X-CSRFToken": self.cookies["csrftoken"]}

    def token(self, slug: str = "sahel-programme") -> str:
        """Her HEXA_TOKEN."""
        return self.change("generateWorkspaceToken", {"slug": slug}, "token")["token"]

    def add_pipeline(self, name: str, code: str, slug: str = "sahel-programme") -> str:
        """A new pipeline with this source; its id."""
        version = {"files": [{"path": "pipeline.py", "content": code}]}
        given = {"workspaceSlug": slug, "name": name, "version": version}
        return self.change("createPipeline", given, "details pipeline { id }")["pipeline"]["id"]

    def launch(self, pipeline: str, config: dict[str, Any]) -> str:
        """The id of a new run."""
        return self.ask(RUN, input={"id": pipeline, "config": config})["runPipeline"]["run"]["id"]

    def run_state(self, run: str) -> dict[str, Any]:
        return self.ask(STATE, id=run)["pipelineRun"]

    def wait_for(self, run: str, statuses: Sequence[str] | set[str] = ENDED, seconds: float = 40.0) -> dict[str, Any]:
        """The run's state once it has one of these statuses."""

        def look() -> dict[str, Any] | None:
            state = self.run_state(run)
            return state if state["status"] in statuses else None

        return wait_until(look, seconds)

    def wait_for_message(self, run: str) -> dict[str, Any]:
        """The run's state once its pipeline has said something."""

        def look() -> dict[str, Any] | None:
            state = self.run_state(run)
            return state if state["messages"] else None

        return wait_until(look, 30)


@dataclasses.dataclass
class App:
    """A running App."""

    url: str
    data: Path
    process: subprocess.Popen[str]
    people: list[Person] = dataclasses.field(default_factory=list)

    def anybody(self, **headers: str) -> Person:
        self.people.append(Person(base_url=self.url, trust_env=False, timeout=30, headers=headers))
        return self.people[-1]

    def person(self, email: str) -> Person:
        """Somebody who has logged in."""
        person = self.anybody()
        answer = person.ask(LOGIN, input={"email": email, "password": seeds.PASSWORD})
        assert answer["login"]["success"], answer
        return person

    def bearer(self, token: str) -> Person:
        return self.anybody(Authorization=f"Bearer {token}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        """End the process; all that it printed."""
        for person in self.people:
            person.close()
        if self.process.stdout is None or self.process.stdout.closed:
            return ""
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)[0]


def start_app(data: Path, *options: str, **variables: str) -> App:
    process = subprocess.Popen(
        [sys.executable, "-m", "openhexa_devapp", "--port", "0", "--data", str(data), *options],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Serving on "):
            return App(line.removeprefix("Serving on ").strip(), data, process)
    raise AssertionError("the App did not start")


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One App for all tests that only add to it; without samples and database."""
    running = start_app(tmp_path_factory.mktemp("app"), "--no-samples", "--no-database")
    yield running
    running.end()


@pytest.fixture(scope="session")
def aissata(app: App) -> Person:
    return app.person("aissata@example.org")


@pytest.fixture(scope="session")
def ibrahim(app: App) -> Person:
    return app.person("ibrahim@example.org")


@pytest.fixture(scope="session")
def fatou(app: App) -> Person:
    return app.person("fatou@example.org")


@pytest.fixture
def own_app(tmp_path: Path) -> Iterator[Callable[..., App]]:
    """Starts Apps that a test may stop, kill and start again on the same data."""
    apps: list[App] = []

    def start(*options: str, **variables: str) -> App:
        apps.append(start_app(tmp_path / "data", *(options or ("--no-samples", "--no-database")), **variables))
        return apps[-1]

    yield start
    for one in apps:
        one.end()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """The parts of an App without its server, with the seeded people."""
    made = Services.of(Settings(data=tmp_path, samples=False, postgres=False))
    seeds.seed_people(made)
    yield made
    made.hub.close()
    made.database.close()
