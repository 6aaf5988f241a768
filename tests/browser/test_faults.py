"""The demo as a process: twice at once, on a port in use, killed and started again, ended with Ctrl-C."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openhexa_devapp.demo.processes import end_all, marked

pytestmark = pytest.mark.browser


@pytest.fixture
def own_demo(demo: Any, tmp_path: Path, free_ports: Callable[[], tuple[int, int]]) -> Iterator[Any]:
    """A demo of this test's own (the session's goes on beside it)."""
    own = type(demo)(tmp_path / "data", *free_ports())
    own.data.mkdir()
    yield own
    end_all(own.data.resolve())


def finished(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_started_twice_the_second_says_where_the_first_is(demo: Any) -> None:
    second = finished(demo.command())
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert demo.url in second.stderr
    assert "Traceback" not in second.stderr


def test_a_port_in_use_is_named_with_the_way_out(own_demo: Any) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", own_demo.app_port))
        other.listen()
        refused = finished(own_demo.command())
    assert refused.returncode == 1
    assert f"Port {own_demo.app_port} is in use" in refused.stderr
    assert "make demo DEMO=" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(marked(own_demo.data.resolve())) == []


def test_killed_and_started_again_it_works_and_ctrl_c_leaves_nothing(own_demo: Any, poll: Callable[..., None]) -> None:
    own_demo.start(poll)
    own_demo.process.send_signal(signal.SIGKILL)
    own_demo.process.wait()
    assert len(list(marked(own_demo.data.resolve()))) > 2
    started = time.monotonic()
    own_demo.start(poll)
    print(f"second start: ready after {time.monotonic() - started:.1f} s")
    assert "left behind" in own_demo.output
    with urllib.request.urlopen(f"{own_demo.url}/login") as answer:
        assert answer.status == 200
    own_demo.stop()
    assert "Nothing runs any more" in own_demo.output
    for port in (own_demo.app_port, own_demo.hub_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert list(marked(own_demo.data.resolve())) == []
