"""Requests and answers of the pipelines service, as msgspec structs. No I/O.

Requests forbid keys that they do not know; answers may grow, so whoever reads one ignores keys that are new. The JSON
names are those of the REST contract: snake_case for tasks, the App's camelCase inside pipelines and versions.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from .errors import InvalidInput
from .i18n import gettext as _
from .tasks import MAX_PROGRESS, Report, Status, status_from_word

T = TypeVar("T")

MASK = "••••"
"""What stands in a task's config where a secret was given. As a value it means the secret stored with the version."""


class Message(msgspec.Struct):
    """One message of a run. `priority`: DEBUG, INFO, WARNING, ERROR or CRITICAL; `timestamp`: ISO 8601, or null."""

    priority: str
    message: str
    timestamp: str | None = None


class Output(msgspec.Struct, kw_only=True):
    """One output of a run. `kind`: "file", "table" or "generic"; `path` is relative to the workspace's files; `size`
    is in bytes.
    """

    kind: str
    name: str | None = None
    uri: str | None = None
    path: str | None = None
    type: str | None = None
    size: int | None = None
    count: int | None = None


class Task(msgspec.Struct, kw_only=True):
    """A task, as every answer and event shows it. Times are ISO 8601 text. Secrets in `config` are masked.

    `workspace` is a slug, `pipeline` and `version` are ids of the App, `launcher` is an e-mail address. `followed` is
    false when nobody's authorization is left to read the run's status with.
    """

    id: int
    uuid: str
    name: str
    status: Status
    progress_message: str | None = None
    progress_value: int = 0
    end_value: int = 0
    result: Any = None
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    updated_at: str
    workspace: str
    pipeline: str
    pipeline_code: str
    pipeline_name: str
    version: str | None = None
    version_name: str | None = None
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    launcher: str | None = None
    run_id: str | None = None
    run_url: str | None = None
    stop_requested_at: str | None = None
    followed: bool = True
    warnings: list[str] = msgspec.field(default_factory=list)
    outputs: list[Output] = msgspec.field(default_factory=list)


class TaskAnswer(msgspec.Struct):
    """`{"task": {…}}`."""

    task: Task


class TaskPage(msgspec.Struct):
    """Tasks, newest first. `next`: what to send as `before` for the following page, or null."""

    results: list[Task]
    next: str | None = None


class MessagePage(msgspec.Struct):
    """Messages of a task. `next`: the index to send as `from` to get what comes after."""

    messages: list[Message]
    next: int


class Permissions(msgspec.Struct):
    """What the App lets the caller do with a pipeline."""

    run: bool = False


class VersionSummary(msgspec.Struct, rename="camel", kw_only=True):
    """A version of a pipeline, in a list."""

    id: str
    version_number: int | None = None
    version_name: str | None = None


class VersionDetail(VersionSummary, rename="camel", kw_only=True):
    """A version with its parameters, in the App's JSON (`parameters.parse_parameters` reads them)."""

    parameters: list[dict[str, Any]] = msgspec.field(default_factory=list)


class PipelineSummary(msgspec.Struct, rename="camel", kw_only=True):
    """A pipeline in a list. `currentVersion` is null before the first version."""

    id: str
    name: str
    code: str
    description: str | None = None
    current_version: VersionSummary | None = None
    permissions: Permissions = msgspec.field(default_factory=Permissions)


class PipelineDetail(msgspec.Struct, rename="camel", kw_only=True):
    """A pipeline with the parameters of its current version; `workspace` is a slug."""

    id: str
    name: str
    code: str
    description: str | None = None
    workspace: str
    current_version: VersionDetail | None = None
    permissions: Permissions = msgspec.field(default_factory=Permissions)


class PipelinePage(msgspec.Struct):
    """Every pipeline of a workspace."""

    results: list[PipelineSummary]


class LaunchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Launch a pipeline. `version`: an id, a number, or null for the current one."""

    version: str | int | None = None
    config: dict[str, Any] = msgspec.field(default_factory=dict)


class CallbackTokenRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Ask for a workspace's callback token."""

    workspace: str


class TaskUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A pipeline's report about a task. `task_id`: the integer (also as text), or the task's uuid. Null means "not
    said".
    """

    task_id: int | str
    status: Status | None = None
    progress_message: str | None = None
    progress_value: int | None = None
    end_value: int | None = None
    result: Any = None
    result_data: Any = None

    def report(self) -> Report:
        """The report for `tasks.apply`; `result_data` is an older name of `result`."""
        result = self.result if self.result is not None else self.result_data
        return Report(self.status, self.progress_message, self.progress_value, self.end_value, result)


def parse_task_update(raw: bytes | object) -> tuple[TaskUpdate, tuple[str, ...]]:
    """The update and the keys that it did not understand, which are told to the pipeline's author but never refused.

    Understood besides: status words in any case with Iaso's ERRORED and KILLED, whole numbers as text. Raises
    InvalidInput.
    """
    fields = dict(decode(dict[str, Any], raw))
    unknown = tuple(key for key in fields if key not in TaskUpdate.__struct_fields__)
    for key in unknown:
        del fields[key]
    if isinstance(fields.get("status"), str):
        fields["status"] = status_from_word(fields["status"])
    for key in ("task_id", "progress_value", "end_value"):
        if isinstance(fields.get(key), str):
            fields[key] = _number(fields[key])
    for key in ("progress_value", "end_value"):
        if isinstance(fields.get(key), int) and abs(fields[key]) > MAX_PROGRESS:
            sentence = _("A number up to {highest} is needed.").format(highest=MAX_PROGRESS)
            raise InvalidInput(_("The request is not valid."), {key: sentence})
    return decode(TaskUpdate, fields), unknown


def decode(type: type[T], raw: bytes | object) -> T:  # noqa: A002
    """A request or answer from JSON bytes or text, or from decoded JSON. Raises InvalidInput that names the field."""
    try:
        if isinstance(raw, bytes | bytearray | memoryview | str):
            return msgspec.json.decode(raw, type=type)
        return msgspec.convert(raw, type)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidInput(_("The request is not valid JSON.")) from None


_AT = re.compile(r"^(?P<problem>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>[^`]*)`")
_TYPES = re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`")


def _invalid(text: str) -> InvalidInput:
    match = _AT.match(text)
    problem, path = (match["problem"], match["path"] or "") if match else (text, "")
    field = path.removeprefix("key in ").removeprefix("$").lstrip(".")
    named, types = _NAMED.search(problem), _TYPES.search(problem)
    if named:
        field = f"{field}.{named['name']}".lstrip(".")
        sentence = _("This field is needed.") if named["what"].startswith("missing") else _("There is no such field.")
    elif types:
        sentence = _("{expected} is needed here, not {got}.").format(expected=types["expected"], got=types["got"])
    else:
        sentence = problem
    return InvalidInput(_("The request is not valid."), {field: sentence} if field else {"": sentence})


def _number(text: str) -> int | str:
    stripped = text.strip()
    is_number = stripped.isascii() and stripped.removeprefix("-").isdigit() and len(stripped) < 20
    return int(stripped) if is_number else text
