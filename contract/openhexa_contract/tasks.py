"""The state machine of a task, as one table, and the rules of its progress. No I/O.

A task's run is reported by two hands: the pipeline pushes (PATCH), the service polls the platform. Both use `apply`,
in any order:

- The first terminal state is final. A later report of another terminal state changes nothing and becomes a warning.
- A report without a status comes from a run that works: it takes a queued task to RUNNING.
- QUEUED after RUNNING, and QUEUED or RUNNING after the end, are late news and change no state; they are no
  contradiction.
- Progress is counted in whole steps of `end_value` (0: total unknown), never below zero, never beyond the end, and
  never backwards as long as `end_value` stays the same. What is corrected is explained by a warning.
- After the end, a report that does not contradict may fill a result or a message that is still missing, since a
  result may overtake the end or be overtaken by it. It cannot replace one (another result becomes a warning), and
  progress stays as it was.
- `None` in a report means "not said", like an absent field.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from .errors import InvalidInput
from .i18n import gettext as _

MAX_PROGRESS = 2**31 - 1
"""The largest progress or end value: what a 32-bit integer column holds."""


class Status(StrEnum):
    """The states of a task, as the REST contract names them."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        """Whether the task has ended."""
        return self not in (Status.QUEUED, Status.RUNNING)


class Progress(msgspec.Struct, frozen=True):
    """The part of a task that reports change."""

    status: Status = Status.QUEUED
    progress_message: str | None = None
    progress_value: int = 0
    end_value: int = 0
    result: Any = None


class Report(msgspec.Struct, frozen=True):
    """What somebody says about a task; what is unset or None is not said."""

    status: Status | None = None
    progress_message: str | msgspec.UnsetType | None = msgspec.UNSET
    progress_value: int | msgspec.UnsetType | None = msgspec.UNSET
    end_value: int | msgspec.UnsetType | None = msgspec.UNSET
    result: Any = msgspec.UNSET


class Change(msgspec.Struct, frozen=True):
    """What a report did: the new progress, sentences about what was not taken over, and whether anything changed."""

    progress: Progress
    warnings: tuple[str, ...]
    changed: bool


class Step(msgspec.Struct, frozen=True):
    """One cell of the table. `contradiction`: the report denies how the task ended."""

    status: Status
    contradiction: bool = False


_Q, _R, _S, _E, _C = Status

TRANSITIONS: Mapping[tuple[Status, Status | None], Step] = {
    # state, reported (None: no status said): what follows
    (_Q, None): Step(_R),
    (_Q, _Q): Step(_Q),
    (_Q, _R): Step(_R),
    (_Q, _S): Step(_S),
    (_Q, _E): Step(_E),
    (_Q, _C): Step(_C),
    (_R, None): Step(_R),
    (_R, _Q): Step(_R),
    (_R, _R): Step(_R),
    (_R, _S): Step(_S),
    (_R, _E): Step(_E),
    (_R, _C): Step(_C),
    (_S, None): Step(_S),
    (_S, _Q): Step(_S),
    (_S, _R): Step(_S),
    (_S, _S): Step(_S),
    (_S, _E): Step(_S, contradiction=True),
    (_S, _C): Step(_S, contradiction=True),
    (_E, None): Step(_E),
    (_E, _Q): Step(_E),
    (_E, _R): Step(_E),
    (_E, _S): Step(_E, contradiction=True),
    (_E, _E): Step(_E),
    (_E, _C): Step(_E, contradiction=True),
    (_C, None): Step(_C),
    (_C, _Q): Step(_C),
    (_C, _R): Step(_C),
    (_C, _S): Step(_C, contradiction=True),
    (_C, _E): Step(_C, contradiction=True),
    (_C, _C): Step(_C),
}

_WORDS = {status.value: status for status in Status} | {"ERRORED": Status.ERROR, "KILLED": Status.CANCELLED}
_RUN_STATUSES = {
    "queued": Status.QUEUED,
    "running": Status.RUNNING,
    "terminating": Status.RUNNING,
    "success": Status.SUCCESS,
    "failed": Status.ERROR,
    "stopped": Status.CANCELLED,
    "skipped": Status.CANCELLED,
}


def apply(current: Progress, report: Report) -> Change:
    """The task after the report. Total and pure: any report may meet any state."""
    if report == Report():
        return Change(current, (), changed=False)
    step = TRANSITIONS[current.status, report.status]
    if step.contradiction:
        warning = _("The task has ended as {status}; the later report of {reported} was not taken over.")
        return Change(current, (warning.format(status=current.status, reported=report.status),), changed=False)
    if current.status.is_terminal:
        progress, warnings = _after_the_end(current, report)
    else:
        progress, warnings = _on_the_way(current, report, step.status)
    return Change(progress, tuple(warnings), changed=progress != current)


def status_from_word(word: str) -> Status:
    """The status that a report names, in any case; the Iaso words ERRORED and KILLED are understood. InvalidInput:
    field "status".
    """
    status = _WORDS.get(word.strip().upper())
    if status is None:
        sentence = _("There is no status {word}; use one of {known}.").format(
            word=word[:40] or '""', known=", ".join(_WORDS)
        )
        raise InvalidInput(_("The status is not understood."), {"status": sentence})
    return status


def status_from_run(run_status: str) -> Status:
    """The status of a task whose run has this status in the App. A status that is not known yet is no end: RUNNING."""
    return _RUN_STATUSES.get(run_status.lower(), Status.RUNNING)


def _after_the_end(current: Progress, report: Report) -> tuple[Progress, list[str]]:
    message = current.progress_message
    if message is None and isinstance(report.progress_message, str):
        message = report.progress_message
    result, warnings = current.result, []
    if report.result is not msgspec.UNSET and report.result is not None:
        if result is None:
            result = report.result
        elif result != report.result:
            sentence = _(
                "The task has ended as {status} with a result; another result came later and was not taken over."
            )
            warnings.append(sentence.format(status=current.status))
    return msgspec.structs.replace(current, progress_message=message, result=result), warnings


def _on_the_way(current: Progress, report: Report, status: Status) -> tuple[Progress, list[str]]:
    warnings: list[str] = []
    end = current.end_value
    if isinstance(report.end_value, int):
        end = _clamp(report.end_value, MAX_PROGRESS, _("The total"), warnings)
    value = current.progress_value
    if isinstance(report.progress_value, int):
        value = _clamp(report.progress_value, end or MAX_PROGRESS, _("Progress"), warnings)
        if value < current.progress_value and end == current.end_value:
            sentence = _("Progress was reported to go back from {before} to {value}; it stays at {before}.")
            warnings.append(sentence.format(before=current.progress_value, value=value))
            value = current.progress_value
    elif end != current.end_value:
        value = _clamp(value, end or MAX_PROGRESS, _("Progress"), warnings)
    message = report.progress_message if isinstance(report.progress_message, str) else current.progress_message
    said = report.result is not msgspec.UNSET and report.result is not None
    result = report.result if said else current.result
    return Progress(status, message, value, end, result), warnings


def _clamp(value: int, highest: int, what: str, warnings: list[str]) -> int:
    clamped = min(max(value, 0), highest)
    if clamped != value:
        sentence = _("{what} of {value} is outside 0 to {highest}; it counts as {clamped}.")
        warnings.append(sentence.format(what=what, value=value, highest=highest, clamped=clamped))
    return clamped
