"""The sample pipelines, brought into a new data folder the way people do it: by the official command line.

The pipeline's row is made by GraphQL first, as the command line cannot make one without questions; then
`openhexa pipelines push` sends the code. It runs with a home of its own, so nobody's `~/.openhexa.ini` is touched, and
with its hourly checks marked as done: one asks the public package index, where there may be no network.
"""

from __future__ import annotations

import ast
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from openhexa_devapp import seeds
from openhexa_devapp.processes import KEPT
from openhexa_devapp.services import Services

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "samples"
NAMES = {
    "country-indicators": "Country indicators",
    "guide-sample": "Iaso sample",
    "fails-half-way": "Fails half way",
    "runs-until-stopped": "Runs until stopped",
}
PUSH_SECONDS = 120
CLI = "from openhexa.cli import app; app()"


class PushFailed(Exception):
    """The command line refused; the message is what it printed."""


def push_samples(services: Services) -> None:
    """Push what is missing, each in its own process, two at a time. Raises PushFailed. The App must be serving."""
    missing = list(_without_version(services))
    for start in range(0, len(missing), 2):
        started = [(code, _start_push(services, code)) for code in missing[start : start + 2]]
        for code, process in started:
            output, _ = process.communicate(timeout=PUSH_SECONDS)
            if process.returncode != 0:
                raise PushFailed(f"openhexa pipelines push {code}: {output}")


def _without_version(services: Services) -> Iterator[str]:
    """Codes of the samples that the workspace lacks. One that a person deleted later does not come back."""
    workspace = services.workspaces.by_slug(seeds.WORKSPACE)
    assert workspace is not None
    for code, name in NAMES.items():
        mark = f"sample {code}"
        if services.database.one("SELECT 1 FROM setting WHERE name = ?", mark) is None:
            services.pipelines.add(workspace["id"], name, code, description=_description(code))
            services.database.run("INSERT INTO setting VALUES (?, 'made')", mark)
        pipeline = services.database.one(
            "SELECT id FROM pipeline WHERE workspace = ? AND code = ?", workspace["id"], code
        )
        if pipeline is not None and services.pipelines.current_version(pipeline["id"]) is None:
            yield code


def _description(code: str) -> str:
    """The first sentence of the sample's docstring."""
    text = ast.get_docstring(ast.parse((FOLDER / code / "pipeline.py").read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())


def _start_push(services: Services, code: str) -> subprocess.Popen[str]:
    home = services.settings.data / "cache" / "cli" / code
    home.mkdir(parents=True, exist_ok=True)
    now = int(time.time())
    (home / ".openhexa.ini").write_text(
        f"[openhexa]\nurl = {services.settings.local_url}\nlast_version_check = {now}\n"
        f"last_breaking_change_check = {now}\n\n[workspaces]\n"
    )
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", CLI, "pipelines", "push", "--yes", "-c", code, "-n", "first", str(FOLDER / code)],
        env=_environment(services, home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _environment(services: Services, home: Path) -> dict[str, str]:
    person = services.people.by_email(seeds.ADMINISTRATOR)
    workspace = services.workspaces.by_slug(seeds.WORKSPACE)
    assert person is not None
    assert workspace is not None
    membership = services.people.membership(person["id"], workspace["id"])
    assert membership is not None
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONIOENCODING": "utf-8",
        "HOME": str(home),
        "HEXA_SERVER_URL": services.settings.local_url,
        "HEXA_TOKEN": services.credentials.token(membership["access_token"]),
        "HEXA_WORKSPACE": workspace["slug"],
    }
