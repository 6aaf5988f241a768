"""The process: a clear sentence when it cannot start, and a clean end when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tornado.testing import bind_unused_port

KEY = "Zm9yIHRlc3RzIG9ubHkgLS0gMzIgYnl0ZXMga2V5ISE="
COMMAND = [sys.executable, "-m", "openhexa_hub.service"]


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("OPENHEXA_", "JUPYTERHUB_"))}
    own = {
        "OPENHEXA_DATABASE_URL": f"sqlite:///{folder / 'pipelines.sqlite'}",
        "OPENHEXA_SERVICE_KEY": KEY,
        "OPENHEXA_APP_URL": "http://127.0.0.1:1",
        "JUPYTERHUB_API_TOKEN": "x",
        "JUPYTERHUB_API_URL": "http://127.0.0.1:1/hub/api",
        "JUPYTERHUB_CLIENT_ID": "service-pipelines",
        "JUPYTERHUB_SERVICE_NAME": "pipelines",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
    }
    return known | own | more


def free_port() -> int:
    socket, port = bind_unused_port()
    socket.close()
    return int(port)


def test_it_serves_and_ends_cleanly(tmp_path: Path) -> None:
    port, health = free_port(), free_port()
    config = tmp_path / "config.py"
    config.write_text(f"c.Settings.health_port = {health}\n")
    process = subprocess.Popen(
        [*COMMAND, f"--config={config}"], env=environment(tmp_path, port), stderr=subprocess.PIPE, text=True
    )
    try:
        assert answered(f"http://127.0.0.1:{health}/health/ready", process) == 200
        assert answered(f"http://127.0.0.1:{port}/services/pipelines/api/tasks/", process) == 401
    finally:
        process.send_signal(signal.SIGTERM)
        _output, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def answered(url: str, process: Any) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}: {process.communicate(timeout=1)[1]}")


def run(tmp_path: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    given = environment(tmp_path, free_port(), **more)
    return subprocess.run([*COMMAND, *arguments], env=given, capture_output=True, text=True, timeout=30, check=False)


def test_without_a_key_it_says_how_to_make_one(tmp_path: Path) -> None:
    ended = run(tmp_path, OPENHEXA_SERVICE_KEY="")
    assert ended.returncode == 1
    assert "OPENHEXA_SERVICE_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    socket, port = bind_unused_port()
    with socket:
        ended = run(tmp_path, JUPYTERHUB_SERVICE_URL=f"http://127.0.0.1:{port}")
    assert ended.returncode == 1
    assert f"{port}" in ended.stderr
    assert "cannot start" in ended.stderr


def test_a_database_can_be_migrated_alone(tmp_path: Path) -> None:
    assert run(tmp_path, "--migrate-only").returncode == 0
    assert (tmp_path / "pipelines.sqlite").exists()
