from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from openhexa_devapp.demo.processes import Process, ProcessFailed, end_all, marked
from openhexa_devapp.demo.settings import MARKER

pytestmark = pytest.mark.runs

# Starts a child that ignores SIGTERM in a session of its own, as a hub may with a server, and tells when both run.
PARENT = """
import pathlib, subprocess, sys
program = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
pathlib.Path(sys.argv[1]).touch()
child.wait()
"""


def environment(data: Path) -> dict[str, str]:
    return {**os.environ, MARKER: str(data)}


def start_family(data: Path, poll: Callable[..., None]) -> Process:
    ready = data / "ready"
    process = Process("parent", [sys.executable, "-c", PARENT, str(ready)], environment(data), data, data / "log")
    poll(ready.exists)
    return process


def test_all_descendants_end_even_a_stubborn_one_in_its_own_session(tmp_path: Path, poll: Callable[..., None]) -> None:
    parent = start_family(tmp_path, poll)
    assert len(list(marked(tmp_path))) == 2
    assert end_all(tmp_path, first=[parent], patience=0.2) == 2
    assert list(marked(tmp_path)) == []


def test_what_a_killed_demo_left_is_found_again(tmp_path: Path, poll: Callable[..., None]) -> None:
    parent = start_family(tmp_path, poll)
    parent.popen.kill()
    parent.popen.wait()
    (orphan,) = marked(tmp_path)
    assert end_all(tmp_path, patience=0.2) == 1
    assert not psutil.pid_exists(orphan.pid) or orphan.status() == psutil.STATUS_ZOMBIE


def test_processes_of_another_demo_are_left_alone(tmp_path: Path, poll: Callable[..., None]) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    families = []
    for folder in (ours, theirs):
        folder.mkdir()
        families.append(start_family(folder, poll))
    end_all(ours, first=families[:1], patience=0.2)
    assert len(list(marked(theirs))) == 2
    end_all(theirs, first=families[1:], patience=0.2)


def test_an_ended_process_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "print('no licence found'); raise SystemExit(3)"]
    process = Process("JupyterHub", program, environment(tmp_path), tmp_path, tmp_path / "hub.log")
    process.popen.wait()
    with pytest.raises(ProcessFailed, match=r"JupyterHub ended unexpectedly \(status 3\)[\s\S]*no licence found"):
        process.check()
