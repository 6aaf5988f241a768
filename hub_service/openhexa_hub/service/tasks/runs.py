"""Reads runs from the App and says what they mean for their tasks."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openhexa_contract.errors import NotAuthenticated, UpstreamFailed
from openhexa_contract.i18n import gettext as _
from openhexa_contract.tasks import Report, Status, status_from_run
from openhexa_hub.service.platform import Headers, Platform, Run, Runs
from openhexa_hub.service.tasks.changes import Note
from openhexa_hub.service.tasks.reasons import failure_reason, skip_reason

MOST_WITH_DETAILS = 20
MOST_ENDED = 5


class Seen(msgspec.Struct):
    """What was read. `authorized` False: the App did not know who asked, or she has lost the workspace, and nothing
    was read.
    """

    authorized: bool = True
    notes: dict[str, Note] = msgspec.field(default_factory=dict)
    missing: set[str] = msgspec.field(default_factory=set)


class RunReader:
    """Reads many runs of a workspace at once: only their states, and messages and outputs of those that are watched
    or have ended.
    """

    def __init__(self, platform: Platform, batch: int) -> None:
        self._platform = platform
        self._batch = batch

    async def read(self, headers: Headers, workspace: str, runs: Sequence[str], *, watched: bool) -> Seen:
        """Return a note for each run that was read. Unavailable, UpstreamFailed: the App did not answer properly."""
        seen = Seen()
        try:
            depth, size = ("details", MOST_WITH_DETAILS) if watched else ("state", self._batch)
            found = await self._all(headers, workspace, runs, depth, size, seen)
            ended = [run.id for run in found if status_from_run(run.status).is_terminal]
            full = {run.id: run for run in await self._all(headers, workspace, ended, "end", MOST_ENDED, seen)}
        except (NotAuthenticated, _NoWorkspace):
            return Seen(authorized=False)
        for run in found:
            seen.notes[run.id] = note_of(full.get(run.id, run))
        return seen

    async def _all(
        self, headers: Headers, workspace: str, runs: Sequence[str], depth: str, size: int, seen: Seen
    ) -> list[Run]:
        found: list[Run] = []
        for start in range(0, len(runs), size):
            part = await self._some(headers, workspace, runs[start : start + size], depth)
            if not part.sees_workspace:
                raise _NoWorkspace
            seen.missing |= {run for run, told in part.found.items() if told is None}
            found += [told for told in part.found.values() if told is not None]
        return found

    async def _some(self, headers: Headers, workspace: str, runs: Sequence[str], depth: str) -> Runs:
        """Read some runs; when the App cannot answer for all at once, in halves: one bad run hides no others."""
        try:
            told = await self._platform.runs(headers, workspace, runs, depth)
        except UpstreamFailed:
            if len(runs) == 1 and depth == "state":
                raise
        else:
            unread = [run for run in runs if run not in told.found]
            if not unread or depth == "state":
                return told
            states = await self._platform.runs(headers, workspace, unread, "state")
            return Runs(told.sees_workspace, told.found | states.found)
        if len(runs) == 1:
            return await self._platform.runs(headers, workspace, runs, "state")
        middle = len(runs) // 2
        first = await self._some(headers, workspace, runs[:middle], depth)
        second = await self._some(headers, workspace, runs[middle:], depth)
        return Runs(first.sees_workspace and second.sees_workspace, first.found | second.found)


class _NoWorkspace(Exception):
    pass


def vanished() -> Note:
    """Return the note about a run that the App does not know any more."""
    reason = _(
        "OpenHEXA no longer knows the run of this task: the run or its pipeline was deleted. How it ended is not known."
    )
    return Note(report=Report(Status.ERROR, reason), settled=True, authorization=None)


def note_of(run: Run) -> Note:
    """Return what a run says about its task. A run whose messages could not be read ends its task all the same."""
    status = status_from_run(run.status)
    messages = run.messages or []
    note = Note(report=_report(run, status), messages=messages)
    if run.outputs is not None:
        note.outputs = run.outputs
    if status.is_terminal:
        note.settled = True
        note.authorization = None
        if run.messages is None:
            note.warnings = [_("The run's messages and outputs could not be read from OpenHEXA.")]
    return note


def _report(run: Run, status: Status) -> Report:
    reason: str | msgspec.UnsetType | None = msgspec.UNSET
    if run.status == "failed":
        reason = failure_reason(run.logs, run.messages or [])
    elif run.status == "skipped":
        reason = skip_reason(run.messages or [])
    elif status is Status.CANCELLED:
        reason = _("The run was stopped.")
    if run.progress > 0 or status is Status.SUCCESS:
        return Report(status, reason, min(run.progress, 100), 100)
    return Report(status, reason)
