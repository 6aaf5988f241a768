"""Executes runs: takes queued ones in the order they came, a few at a time, each as a process of its own.

queued → running → success | failed | stopped. A wish to stop makes a run `terminating`; its process is then ended.
The logs (all that the process printed) are stored once, at the end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from pathlib import Path

import psutil

from openhexa_contract.i18n import gettext as _
from openhexa_devapp import processes
from openhexa_devapp.database import Row
from openhexa_devapp.services import Services

log = logging.getLogger(__name__)

MAX_LOG_BYTES = 1_000_000
POLL_SECONDS = 5.0


class Runner:
    """One per App, on its event loop; the work itself happens in the runs' processes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._changed = asyncio.Event()
        self._stops: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Settle what a killed App left behind, then take queued runs until `stop`."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._settle_left_behind)
        self._services.run_changed = self._notice
        self._main = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """End every process. Their runs fail, with a sentence that says why; queued runs wait for the next start."""
        if self._main is not None:
            self._main.cancel()
            await asyncio.gather(self._main, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _notice(self, run_id: str) -> None:
        """Called from worker threads: a run was queued, or is to be stopped."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._wake, run_id)

    def _wake(self, run_id: str) -> None:
        if run_id in self._stops:
            self._stops[run_id].set()
        self._changed.set()

    async def _work(self) -> None:
        while True:
            self._changed.clear()
            try:
                self._settle_stopped_in_queue()
                self._take_queued()
            except Exception:  # the edge of the loop: the next run must not suffer from this one
                log.exception("Taking queued runs failed")
            try:
                await asyncio.wait_for(self._changed.wait(), POLL_SECONDS)
            except TimeoutError:
                continue

    def _take_queued(self) -> None:
        while len(self._tasks) < self._services.settings.max_runs:
            run = self._services.runs.claim()
            if run is None:
                return
            self._stops[run["id"]] = asyncio.Event()
            task = asyncio.create_task(self._execute(run), name=run["id"])
            self._tasks.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._stops.pop(task.get_name(), None)
        self._changed.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("Run %s could not be executed", task.get_name(), exc_info=task.exception())

    async def _execute(self, run: Row) -> None:
        """One run from its process's start to its final status."""
        output = self._services.settings.run_folder(run["id"]) / "output.log"
        status = "failed"
        reason: str | None = _("The stand-in App was stopped while this run was going.")
        try:
            process = await self._start_process(run, output)
            try:
                status, reason = await self._follow(run, process)
            finally:
                await _end(process.pid)
                await process.wait()
        except OSError as error:
            reason = str(error)
        finally:
            self._services.runs.finish(run["id"], status, self._logs(run, output, reason))

    async def _start_process(self, run: Row, output: Path) -> asyncio.subprocess.Process:
        services = self._services
        pipeline = services.pipelines.get(run["pipeline"])
        workspace = services.workspaces.get(pipeline["workspace"]) if pipeline else None
        assert pipeline is not None
        assert workspace is not None
        services.files.folder(workspace["slug"])
        code = processes.make_folders(services.settings, run["id"])
        token = services.credentials.token(run["access_token"])
        with output.open("wb") as log_file:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "openhexa_devapp.bootstrap",
                cwd=code,
                env=processes.environment(services.settings, run, pipeline, workspace, token, os.environ),
                stdin=asyncio.subprocess.PIPE,
                stdout=log_file,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        services.runs.set_process(run["id"], process.pid, time.time())
        assert process.stdin is not None
        process.stdin.write(run["config"].encode())
        process.stdin.close()  # once all is written, in the background
        return process

    async def _follow(self, run: Row, process: asyncio.subprocess.Process) -> tuple[str, str | None]:
        """Final status and, if it is not in the output, the reason for it."""
        ended = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(self._stops[run["id"]].wait())
        try:
            await asyncio.wait({ended, stopped}, timeout=run["timeout"], return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                return ("success", None) if ended.result() == 0 else ("failed", _exit_reason(ended.result()))
            if stopped.done():
                return "stopped", None
            return "failed", _(
                "The run was ended because it took longer than its timeout of {seconds} seconds."
            ).format(seconds=run["timeout"])
        finally:
            ended.cancel()
            stopped.cancel()

    def _logs(self, run: Row, output: Path, reason: str | None) -> str:
        pipeline = self._services.pipelines.get(run["pipeline"]) or {"code": "?"}
        image = f"python:{sys.version_info.major}.{sys.version_info.minor}"
        first = f"Running {pipeline['code']} pipeline with the process spawner using the {image} image\n"
        printed = output.read_bytes()[-MAX_LOG_BYTES:].decode("utf-8", "replace") if output.exists() else ""
        return first + printed + (f"{reason}\n" if reason else "")

    def _settle_stopped_in_queue(self) -> None:
        """A run that was stopped before it was taken has no process to end."""
        for run in self._services.runs.going():
            if run["status"] == "terminating" and run["started"] is None:
                self._services.runs.finish(run["id"], "stopped", None)

    def _settle_left_behind(self) -> None:
        """Runs of an App that was killed: their processes are ended, and they have failed."""
        for run in self._services.runs.going():
            if run["process"] is not None and psutil.pid_exists(run["process"]):
                processes.end(run["process"], run["process_started"])
            output = self._services.settings.run_folder(run["id"]) / "output.log"
            reason = _("The stand-in App was killed while this run was going.")
            status = "stopped" if run["status"] == "terminating" else "failed"
            self._services.runs.finish(run["id"], status, self._logs(run, output, reason))


def _exit_reason(code: int) -> str | None:
    """A process that ended by itself has printed why; one that was killed has not."""
    return None if code > 0 else _("The run's process was killed by signal {number}.").format(number=-code)


async def _end(process_id: int) -> None:
    """End a run's processes in a thread; waited for even when the waiting task is cancelled meanwhile."""
    future = asyncio.ensure_future(asyncio.to_thread(processes.end, process_id))
    while not future.done():
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            continue
