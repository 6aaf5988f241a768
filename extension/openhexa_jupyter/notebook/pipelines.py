"""The workspace's pipelines: found by code or name, shown, filled in and launched."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from openhexa_contract.api import LaunchRequest, PipelineDetail, PipelinePage, PipelineSummary, TaskAnswer
from openhexa_contract.errors import Conflict, InvalidInput, NotFound, Unavailable
from openhexa_contract.i18n import gettext as _
from openhexa_contract.i18n import ngettext
from openhexa_contract.parameters import Parameter, parse_parameters
from openhexa_contract.validation import validate
from openhexa_jupyter.notebook import display
from openhexa_jupyter.notebook.client import client, read
from openhexa_jupyter.notebook.tasks import Task, attach

if TYPE_CHECKING:
    from openhexa_jupyter.notebook.form import PipelineForm

_LIST_LIFE = 5.0
"""Seconds that a list counts as current: showing it, `len` and a choice from it are one request."""


class Pipeline:
    """One pipeline. Its parameters are read when they are first needed."""

    def __init__(self, summary: PipelineSummary) -> None:
        self._summary = summary
        self._detail: PipelineDetail | None = None

    @property
    def id(self) -> str:
        """The pipeline's id in the App."""
        return self._summary.id

    @property
    def code(self) -> str:
        """The pipeline's code, unique in its workspace."""
        return self._summary.code

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self._summary.name

    @property
    def description(self) -> str | None:
        """What the pipeline does, in its author's words."""
        return self._summary.description

    @property
    def version(self) -> str | None:
        """The current version's name, or its number where it has none; None before the first version."""
        current = self._summary.current_version
        return None if current is None else current.version_name or str(current.version_number)

    @property
    def can_run(self) -> bool:
        """Whether the App lets you launch it."""
        return self._summary.permissions.run

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What the current version asks for, without what the service itself provides."""
        return tuple(parameter for parameter in self._declared() if not parameter.extra.get("provided"))

    def form(self, **values: Any) -> PipelineForm:
        """The form, filled in with `values`."""
        from openhexa_jupyter.notebook.form import PipelineForm

        return PipelineForm(self, values)

    def launch(self, /, **values: Any) -> Task:
        """Launches the pipeline with `values`, keyed by parameter code, and returns its task at once.

        Codes that are no Python names are given as `launch(**{"my-code": 1})`. Raises InvalidInput that lists every
        value that does not fit; nothing is created then.
        """
        return self.launch_config(self._validated(values))

    def launch_config(self, config: Mapping[str, Any]) -> Task:
        """Launches with a config that `validate` has passed. Sent again if the connection is lost, never run twice."""
        version = self._version_id()
        request = LaunchRequest(version=version, config=dict(config))
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        path = f"openhexa/pipelines/{self.id}/launch/"
        try:
            answer = client().post(path, request, headers)
        except Unavailable:
            answer = client().post(path, request, headers)
        return attach(read(TaskAnswer, answer).task)

    def __repr__(self) -> str:
        lines = [f"{self.name} ({self.code}), " + (_("version {version}").format(version=self.version))]
        if self.version is None:
            lines = [f"{self.name} ({self.code}), " + _("no version yet")]
        lines += [self.description] if self.description else []
        return "\n".join([*lines, *(f"  {_described(parameter)}" for parameter in self.parameters)])

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return display.bundle(self, self.form, kwargs)

    def _read(self) -> PipelineDetail:
        if self._detail is None:
            self._detail = read(PipelineDetail, client().get(f"openhexa/pipelines/{self.id}/"))
        return self._detail

    def _declared(self) -> tuple[Parameter, ...]:
        version = self._read().current_version
        return () if version is None else parse_parameters(version.parameters)

    def _version_id(self) -> str:
        version = self._read().current_version
        if version is None:
            raise Conflict(_("The pipeline {name} has no version yet, so it cannot run.").format(name=self.name))
        return version.id

    def _validated(self, values: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return validate(self.parameters, values)
        except InvalidInput as error:
            count = len(error.fields)
            message = ngettext(
                "{pipeline} was not launched: a value does not fit.",
                "{pipeline} was not launched: {count} values do not fit.",
                count,
            )
            raise InvalidInput(message.format(pipeline=self.name, count=count), error.fields) from None


class Pipelines:
    """The workspace's pipelines: iterate, `pipelines["code"]`, `pipelines.search("cases")`."""

    def __init__(self, text: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._words = text.casefold().split()
        self._clock = clock
        self._found: list[Pipeline] = []
        self._read_at: float | None = None

    def search(self, text: str) -> Pipelines:
        """Those that have every word of `text` in code, name or description."""
        return Pipelines(text, self._clock)

    def __iter__(self) -> Iterator[Pipeline]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, key: str) -> Pipeline:
        found = self._list()
        for pipeline in found:
            if key in (pipeline.code, pipeline.id, pipeline.name):
                return pipeline
        known = {pipeline.code: pipeline.code for pipeline in found}
        known |= {pipeline.name.casefold(): pipeline.code for pipeline in found}
        raise NotFound(_unknown(key, known))

    def _ipython_key_completions_(self) -> list[str]:
        return [pipeline.code for pipeline in self._list()]

    def __repr__(self) -> str:
        found = self._list()
        if not found:
            return _("No pipeline was found.") if self._words else _("This workspace has no pipelines yet.")
        header = (_("Code"), _("Name"), _("Version"), _("Description"))
        rows = [(one.code, one.name, one.version or "-", one.description or "") for one in found]
        return display.table([header, *rows])

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return display.bundle(self, self._view, kwargs)

    def _view(self) -> Any:
        from openhexa_jupyter.notebook.pipeline_list import PipelineList

        return PipelineList(self)

    def _list(self) -> list[Pipeline]:
        now = self._clock()
        if self._read_at is None or now - self._read_at > _LIST_LIFE:
            page = read(PipelinePage, client().get("openhexa/pipelines/"))
            self._found = [Pipeline(summary) for summary in page.results if self._matches(summary)]
            self._read_at = now
        return self._found

    def _matches(self, summary: PipelineSummary) -> bool:
        text = f"{summary.code} {summary.name} {summary.description or ''}".casefold()
        return all(word in text for word in self._words)


pipelines = Pipelines()


def _unknown(key: str, known: Mapping[str, str]) -> str:
    """`known` maps codes and lower-case names to codes."""
    from difflib import get_close_matches

    close = get_close_matches(key, known, n=1) or get_close_matches(key.casefold(), known, n=1)
    if close:
        return _('There is no pipeline "{key}". Did you mean "{code}"?').format(key=key, code=known[close[0]])
    return _('There is no pipeline "{key}". Show `pipelines` to see them all.').format(key=key)


def _described(parameter: Parameter) -> str:
    """One parameter as a line, as in `country: str, required, one of 'Niger', 'Mali' - Which country.`"""
    kind = f"list[{parameter.type}]" if parameter.takes_many else parameter.type
    parts = [f"{parameter.code}: {kind}"]
    if parameter.required:
        parts.append(_("required"))
    if parameter.initial is not None and parameter.type != "secret":
        parts.append(_("default {value}").format(value=repr(parameter.initial)))
    if options := parameter.options:
        shown = ", ".join(repr(option) for option in options[:6]) + (", …" if len(options) > 6 else "")
        parts.append(_("one of {options}").format(options=shown))
    described = ", ".join(parts)
    return f"{described} - {parameter.help or parameter.label}"
