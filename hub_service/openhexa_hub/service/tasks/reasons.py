"""Why a run failed, in one line, from what the platform kept of it. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence

from openhexa_contract.api import Message
from openhexa_contract.i18n import gettext as _

LONGEST = 500
_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"^(?:[\w]+\.)*(?P<name>[A-Za-z_]\w*)(?P<rest>:.*)?$", re.DOTALL)


def failure_reason(logs: str | None, messages: Sequence[Message]) -> str:
    """Return the last line of the last traceback, else the last error message, else the last line of the logs."""
    return (
        _from_traceback(logs or "")
        or _last_error(messages)
        or _last_line(logs or "")
        or _("The run failed; OpenHEXA gives no reason.")
    )


def skip_reason(messages: Sequence[Message]) -> str:
    """Return why a run was skipped."""
    told = messages[-1].message if messages else ""
    return _("OpenHEXA skipped the run. {told}").format(told=told).strip()[:LONGEST]


def _from_traceback(logs: str) -> str:
    start = logs.rfind(_TRACEBACK)
    if start < 0:
        return ""
    for line in logs[start + len(_TRACEBACK) :].splitlines():
        if line and not line[0].isspace():
            match = _EXCEPTION.match(line)
            return (match["name"] + (match["rest"] or "") if match else line).strip()[:LONGEST]
    return ""


def _last_error(messages: Sequence[Message]) -> str:
    told = [message.message.strip() for message in messages if message.priority in ("ERROR", "CRITICAL")]
    return told[-1][:LONGEST] if told else ""


def _last_line(logs: str) -> str:
    lines = [line.strip() for line in logs.splitlines() if line.strip()]
    return lines[-1][:LONGEST] if lines else ""
