"""The form of a pipeline, as a widget and as an object.

The rules are those of `openhexa_contract.forms`; here they meet the page, the pipeline and the program.
"""

# ruff: noqa: D102 - the members of the protocol are those of notebook.pipelines.Pipeline

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from openhexa_contract.api import MASK
from openhexa_contract.errors import Conflict, Forbidden, InvalidInput, NotFound, PublicError
from openhexa_contract.forms import Form
from openhexa_contract.i18n import gettext as _
from openhexa_contract.parameters import Parameter
from openhexa_jupyter.notebook.task_view import TaskView
from openhexa_jupyter.notebook.widget import View
from openhexa_ui.labels import form_labels
from openhexa_ui.states import form_state

if TYPE_CHECKING:
    from openhexa_jupyter.notebook.tasks import Task


class Launchable(Protocol):
    """What a form needs of a pipeline."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str | None: ...
    @property
    def version(self) -> str | None: ...
    @property
    def can_run(self) -> bool: ...
    @property
    def parameters(self) -> tuple[Parameter, ...]: ...
    def launch_config(self, config: Mapping[str, Any]) -> Task: ...


class PipelineForm(View):
    """The form of one pipeline: shown, filled in by hand or by a program, launched by its button or by `launch()`.

    What the service provides by itself (`"provided": true`) is left out. The task that a launch creates stands beneath.
    """

    def __init__(self, pipeline: Launchable, values: Mapping[str, Any] | None = None) -> None:
        self.pipeline = pipeline
        self._parameters = tuple(one for one in pipeline.parameters if one.extra.get("provided") is not True)
        self._form = Form(self._parameters, values)
        self._untouched = Form(self._parameters).state()
        self._message: str | None = None
        self._launching = False
        self._attempts = 0
        self._heard = 0
        super().__init__("form", form_labels())

    # For programs

    @property
    def values(self) -> dict[str, Any]:
        """What the fields mean, by code. A secret that is set reads "••••"; `form["code"].value` has its text."""
        with self._changes:
            values = self._form.values
        secret = {one.code for one in self._parameters if one.type == "secret"}
        return {code: MASK if code in secret and value is not None else value for code, value in values.items()}

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by code; empty when the form can be launched."""
        with self._changes:
            return self._form.errors

    def __getitem__(self, code: str) -> FormField:
        """The field of a parameter, as in `form["country"].value = "Niger"`. NotFound names the codes there are."""
        if code not in self._ipython_key_completions_():
            known = ", ".join(self._ipython_key_completions_())
            raise NotFound(_("The form has no field {code}; it has: {known}.").format(code=code, known=known))
        return FormField(self, code)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ipython_key_completions_())

    def _ipython_key_completions_(self) -> list[str]:
        return [parameter.code for parameter in self._parameters]

    def launch(self) -> Task:
        """Launches with what is filled in, shows the task beneath and returns it.

        InvalidInput lists what is wrong; Forbidden: OpenHEXA does not let the person run the pipeline.
        """
        return self._launch(self._config())

    def fill(self, config: Mapping[str, Any]) -> None:
        """Takes over the values of an earlier launch and puts the cursor into the form. Secrets are typed anew."""
        with self._changes:
            for code, value in usable(self._parameters, config).items():
                self._form.set_value(code, value)
        self.redraw()
        self.send({"type": "focus"})

    def __repr__(self) -> str:
        with self._changes:
            state = self._form.state()
        lines = [f"  {field.label} ({field.code}): {_shown(field.typed)}" for field in state.fields]
        text = [_("Form of {name}").format(name=self.pipeline.name), *lines]
        if reason := self._forbidden() or state.reason:
            text.append(reason)
        return "\n".join(text)

    # For the page

    def draw(self) -> dict[str, Any]:
        """The state that `drawForm` draws."""
        version = self.pipeline.version
        code = self.pipeline.code
        return {
            "title": self.pipeline.name,
            "subtitle": code if version is None else f"{code} · " + _("version {version}").format(version=version),
            "description": self.pipeline.description or "",
            "form": self._drawn_form(),
            "launching": self._launching,
            "attempts": self._attempts,
            "heard": self._heard,
            "message": self._message,
        }

    def _drawn_form(self) -> dict[str, Any]:
        state = form_state(self._form, self._parameters, self._untouched)
        forbidden = self._forbidden()
        return state if forbidden is None else {**state, "ready": False, "reason": forbidden}

    def _forbidden(self) -> str | None:
        """Why this person can launch nothing here, whatever is filled in."""
        if self.pipeline.can_run:
            return None
        return _("OpenHEXA does not let you run this pipeline. Ask an administrator of the workspace.")

    def handlers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        """Typing and resetting change the form at once; launching goes aside."""
        return {
            "typed": lambda message: self._edit(lambda form: form.type(str(message["code"]), message["typed"])),
            "reset": lambda message: self._edit(lambda form: form.reset(str(message["code"]))),
            "launch": lambda message: self._on_launch(),
        }

    def complain(self, sentence: str) -> None:
        """Shows the sentence above the Launch button."""
        with self._changes:
            self._message = sentence
        self.redraw()

    def _edit(self, change: Callable[[Form], None]) -> None:
        with self._changes:
            self._heard += 1
            self._message = None
            change(self._form)
        self.redraw()

    def _on_launch(self) -> None:
        with self._changes:
            if self._launching:
                return
        try:
            config = self._config()
        except InvalidInput:
            return  # each field shows its own
        self.aside(lambda: self._launch(config))

    def _config(self) -> dict[str, Any]:
        """What to launch with; from here on a launch is under way. Forbidden, InvalidInput, or Conflict during a
        launch.
        """
        if (forbidden := self._forbidden()) is not None:
            raise Forbidden(forbidden)
        with self._changes:
            if self._launching:
                raise Conflict(_("This form is being launched at this moment; wait for its task."))
            self._message = None
            try:
                config = self._form.config()
                self._launching = True
            except InvalidInput:
                self._attempts += 1
                raise
            finally:
                self.redraw()
        return config

    def _launch(self, config: dict[str, Any]) -> Task:
        try:
            task = self.pipeline.launch_config(config)
            self.below = TaskView(task, again=self.fill)
        except PublicError as error:
            with self._changes:
                self._form.fail(error.fields)
            raise
        finally:
            with self._changes:
                self._launching = False
                self._attempts += 1
            self.redraw()
        return task


class FormField:
    """One field of a form, for programs."""

    def __init__(self, form: PipelineForm, code: str) -> None:
        self._owner = form
        self.code = code

    @property
    def value(self) -> Any:
        """What the field means; None where it is empty or cannot be read."""
        return self._owner._form.values.get(self.code)

    @value.setter
    def value(self, value: Any) -> None:
        self._owner._edit(lambda form: form.set_value(self.code, value))

    @property
    def error(self) -> str | None:
        """What is wrong with it, or None."""
        return self._owner.errors.get(self.code)

    def reset(self) -> None:
        """Back to the default."""
        self._owner._edit(lambda form: form.reset(self.code))

    def __repr__(self) -> str:
        return f"{self.code} = {self._owner.values.get(self.code)!r}" + (f"  # {self.error}" if self.error else "")


def usable(parameters: tuple[Parameter, ...], config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an earlier config that a form can take over: known codes, no secrets."""
    known = {one.code for one in parameters if one.type != "secret" and one.extra.get("provided") is not True}
    return {code: value for code, value in config.items() if code in known}


def _shown(typed: str | bool | list[str] | None) -> str:
    if isinstance(typed, list):
        return ", ".join(typed) or "-"
    if isinstance(typed, bool):
        return _("yes") if typed else _("no")
    return typed or "-"
