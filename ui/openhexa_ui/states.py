"""The JSON that the ES module draws, made from the contract's forms and tasks. No I/O.

The shapes are those of `ui/src/types.ts`. Everything that is a decision (may it be stopped, why is a field off, what
has changed) is decided here or in the contract, never in the page.
"""

# ruff: noqa: D102 - the members of the protocol are those of openhexa_contract.api.Task

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from openhexa_contract.api import Output
from openhexa_contract.forms import Form, FormState
from openhexa_contract.i18n import gettext as _
from openhexa_contract.parameters import Parameter
from openhexa_contract.tasks import Status

RESULT_BYTES = 50_000
"""A result with a longer JSON is drawn in part; the whole of it is data, not a picture."""

_DRAWN_AS_THEY_ARE = (
    "id",
    "progress_message",
    "progress_value",
    "end_value",
    "created_at",
    "started_at",
    "ended_at",
    "run_url",
    "warnings",
)


class TaskFacts(Protocol):
    """What is drawn of a task, named as in `openhexa_contract.api.Task`; times are ISO 8601 text."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def status(self) -> Status: ...
    @property
    def progress_message(self) -> str | None: ...
    @property
    def progress_value(self) -> int: ...
    @property
    def end_value(self) -> int: ...
    @property
    def result(self) -> Any: ...
    @property
    def created_at(self) -> str: ...
    @property
    def started_at(self) -> str | None: ...
    @property
    def ended_at(self) -> str | None: ...
    @property
    def stop_requested_at(self) -> str | None: ...
    @property
    def pipeline_name(self) -> str: ...
    @property
    def version_name(self) -> str | None: ...
    @property
    def launcher(self) -> str | None: ...
    @property
    def run_url(self) -> str | None: ...
    @property
    def followed(self) -> bool: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def outputs(self) -> list[Output]: ...


def form_state(form: Form, parameters: Sequence[Parameter], untouched: FormState) -> dict[str, Any]:
    """The form's fields with, for each, whether it differs from its default (`changed`) and why it is off (`reason`).

    `untouched` is the state of a form over the same parameters that nobody has typed in.
    """
    state = form.state()
    values = form.values
    fields = []
    for field, first in zip(state.fields, untouched.fields, strict=True):
        drawn = msgspec.to_builtins(field)
        drawn["changed"] = field.typed != first.typed
        drawn["reason"] = None if field.enabled else _why_off(field.code, parameters, values)
        fields.append(drawn)
    return {"fields": fields, "ready": state.ready, "reason": state.reason}


def task_state(
    task: TaskFacts, now: datetime, *, message_count: int, stopping: bool = False, notice: str | None = None
) -> dict[str, Any]:
    """A task without its messages. `now` is this side's clock; `stopping`: a stop is being asked for at this moment."""
    ended = task.status.is_terminal
    stops = not ended and (stopping or task.stop_requested_at is not None)
    drawn: dict[str, Any] = {name: getattr(task, name) for name in _DRAWN_AS_THEY_ARE}
    result, whole = shortened(task.result)
    return {
        "task": {
            **drawn,
            "name": task.pipeline_name or task.name,
            "status": task.status.value,
            "result": result,
            "outputs": [{"kind": one.kind, "name": one.name or one.path, "uri": one.uri} for one in task.outputs],
        },
        "subtitle": _subtitle(task),
        "ended": ended,
        "now": now.isoformat(),
        "can_stop": not ended and not stops,
        "stopping": stops,
        "can_run_again": ended,
        "notice": notice or _notice(task),
        "result_note": None if whole else _("The result is large: only a part of it is shown here."),
        "message_count": message_count,
    }


def shortened(result: Any) -> tuple[Any, bool]:
    """The result, and whether it is whole: a long one loses rows, keys and text beyond what a person reads at once."""
    if len(msgspec.json.encode(result)) <= RESULT_BYTES:
        return result, True
    return _cut(result, 20), False


def _cut(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= 500 else value[:499] + "…"
    fewer = max(2, most // 2)
    if isinstance(value, Mapping):
        return {str(_cut(key, 0)): _cut(item, fewer) for key, item in list(value.items())[:most]}
    if isinstance(value, list):
        return [_cut(item, fewer) for item in value[:most]]
    return value


def _why_off(code: str, parameters: Sequence[Parameter], values: Mapping[str, Any]) -> str | None:
    """Which switch turns the field off, in a sentence."""
    for parameter in parameters:
        if code in parameter.disables and values.get(parameter.code) is parameter.disable_when:
            word = _("yes") if parameter.disable_when else _("no")
            return _("Not used while “{label}” is {value}.").format(label=parameter.label, value=word)
    return None


def _subtitle(task: TaskFacts) -> str:
    parts = [_("Task {id}").format(id=task.id)]
    if task.version_name:
        parts.append(_("version {version}").format(version=task.version_name))
    if task.launcher:
        parts.append(task.launcher)
    return " · ".join(parts)


def _notice(task: TaskFacts) -> str | None:
    if task.followed or task.status.is_terminal:
        return None
    return _(
        "This run can no longer be followed, as nobody who may see it is logged in. What it reports itself is shown."
    )
