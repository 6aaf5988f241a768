"""The processes of a demo: started, watched, and all of them ended, also those that an earlier, killed demo left
behind.

Every process carries the demo's folder in its environment (`settings.MARKER`) and hands it on to what it starts: the
proxy,
the service, people's servers, their kernels, the runs of pipelines.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from openhexa_contract.i18n import gettext as _
from openhexa_devapp.demo.settings import MARKER

GRACE = 12.0  # seconds for the hub to stop people's servers, the proxy and the service by itself


class ProcessFailed(Exception):
    """A process ended, or did not get ready; the message says which, and shows the end of its log."""


class Process:
    """One long-running process with its log file."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], folder: Path, log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(  # noqa: S603 - commands of this module's caller, never of a person
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise `ProcessFailed` if the process has ended."""
        status = self.popen.poll()
        if status is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
            raise ProcessFailed(
                _("{name} ended unexpectedly (status {status}). The end of {log}:\n\n{tail}").format(
                    name=self.name, status=status, log=self.log, tail=tail
                )
            )


def marked(data: Path) -> Iterator[psutil.Process]:
    """The processes, other than this one, that belong to the demo in that folder."""
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARKER) == str(data):
                yield process
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue


def end_all(data: Path, first: list[Process] | None = None, patience: float = 3.0) -> int:
    """End every process of the demo and return how many there were.

    The processes in `first` (the hub, say) get `GRACE` seconds to end what they started in good order; then all the
    others are asked, and after `patience` seconds made, to end.
    """
    found = list(marked(data))
    for process in first or []:
        if process.popen.poll() is None:
            process.popen.terminate()
    deadline = time.monotonic() + GRACE
    for process in first or []:
        try:
            process.popen.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.popen.kill()
    rest = list(marked(data))
    for other in rest:
        _signal(other, "terminate")
    _gone, alive = psutil.wait_procs(rest, timeout=patience)
    for other in [*alive, *marked(data)]:
        _signal(other, "kill")
    psutil.wait_procs(alive, timeout=3)
    return len(found)


def _signal(process: psutil.Process, method: str) -> None:
    try:
        getattr(process, method)()
    except psutil.NoSuchProcess:
        return
