"""One field of a form: what it shows, what that means, and what is said about it. No I/O."""

from __future__ import annotations

from typing import Any

import msgspec

from .controls import Option, find_option, holds_many, kind_of, options_of, read, write, write_json
from .errors import InvalidInput
from .i18n import gettext as _
from .parameters import Parameter

SECRET_IS_SET = "set"  # noqa: S105
"""What `typed` shows for a secret that was given; its text never leaves this module but in `values` and `config`."""

Typed = str | bool | list[str] | None


class FieldState(msgspec.Struct, kw_only=True):
    """One field, to draw. `kind` is one of `controls.KINDS`.

    `typed` is what the control shows: text; true, false or null for "boolean"; a choice's key or ""; a list of these
    when `multiple`; for "secret" "set" or "". `choices` is `[{"key", "label"}]` for "choice", else null.
    `default_text` is the stored value or the default in words, null when there is none; a secret's is never told.
    """

    code: str
    kind: str
    label: str
    type: str
    required: bool
    multiple: bool
    help: str | None
    typed: Typed
    error: str | None
    enabled: bool
    choices: list[dict[str, str]] | None
    placeholder: str
    default_text: str | None


class Field:
    """One field's memory: what is shown, what it means, and what was said about it."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        self.kind = kind_of(parameter)
        self.many = holds_many(parameter)
        self.options = options_of(parameter.options)
        self.foreign: list[Option] = []
        self.reset()

    def reset(self) -> None:
        """Back to the stored value or the default, as if never touched.

        A secret's is not shown; a boolean without one is false.
        """
        default = self.parameter.initial
        if self.kind == "secret":
            default = None
        elif self.kind == "boolean" and default is None:
            default = False
        self.set(default)
        self.touched = False

    def set(self, value: Any) -> None:
        """Take a value, whether it fits or not; the control shows it as well as it can."""
        self.foreign = []
        self.value = value
        self.typed = self._write(value)
        self.problem: str | None = None
        self.failure: str | None = None
        self.touched = True

    def type(self, typed: object) -> None:
        """Take what was typed. What cannot be read stays as it is, with a problem."""
        self.typed = self._shape(typed)
        self.value, self.problem, self.failure, self.touched = None, None, None, True
        try:
            self.value = self._read(self.typed)
        except ValueError as error:
            self.problem = str(error)

    def _shape(self, typed: object) -> Typed:
        if self.kind == "boolean" and (typed is None or isinstance(typed, bool)):
            return typed
        if self.many and isinstance(typed, list | tuple) and all(isinstance(item, str) for item in typed):
            return list(typed)
        if self.kind != "boolean" and not self.many and isinstance(typed, str):
            return typed
        sentence = _("This is not what the field's control can hold.")
        raise InvalidInput(_("The form did not understand what was typed."), {self.parameter.code: sentence})

    def _read(self, typed: Typed) -> Any:
        if isinstance(typed, list):
            given = [
                (index, item) for index, item in enumerate(typed) if (item if self.kind == "choice" else item.strip())
            ]
            return [self._read_one(item, index) for index, item in given]
        return self._read_one(typed, None) if isinstance(typed, str) else typed

    def _read_one(self, text: str, index: int | None) -> Any:
        if self.kind == "choice":
            return self._chosen(text)
        try:
            return read(self.kind, text)
        except ValueError as error:
            if index is None:
                raise
            raise ValueError(_("Entry {number}: {problem}").format(number=index + 1, problem=error)) from None

    def _chosen(self, key: str) -> Any:
        if not key:
            return None
        for option in (*self.options, *self.foreign):
            if option.key == key:
                return option.value
        raise ValueError(_("This is not one of the choices."))

    def _write(self, value: Any) -> Typed:
        if self.kind == "boolean" and (value is None or isinstance(value, bool)):
            return value
        if self.kind == "boolean":
            return None
        if self.many:
            items = value if isinstance(value, list | tuple) else [] if value is None else [value]
            return [self._write_one(item) for item in items]
        return self._write_one(value)

    def _write_one(self, value: Any) -> str:
        if self.kind == "choice" and (value is not None or self.many):
            return self._key(value)
        return write_json(value) if self.kind == "json" else write(value)

    def _key(self, value: Any) -> str:
        option = find_option(self.options, value) or find_option(self.foreign, value)
        if option is None:
            text = write(value)
            label = _("{value} (not one of the choices)").format(value=text)
            option = Option(f"?{len(self.foreign)}:{text}", label, value)
            self.foreign.append(option)
        return option.key

    def state(self, error: str | None, enabled: bool) -> FieldState:
        """The field as it is drawn."""
        parameter = self.parameter
        default_text = None if self.kind == "secret" else _text_of(parameter.initial)
        choices = [{"key": option.key, "label": option.label} for option in (*self.options, *self.foreign)]
        return FieldState(
            code=parameter.code,
            kind=self.kind,
            label=parameter.label,
            type=parameter.type,
            required=parameter.required,
            multiple=self.many,
            help=parameter.help,
            typed=self._shown(),
            error=error if enabled else None,
            enabled=enabled,
            choices=choices if self.kind == "choice" else None,
            placeholder=_placeholder(parameter, default_text),
            default_text=default_text,
        )

    def _shown(self) -> Typed:
        if self.kind != "secret":
            return self.typed
        return SECRET_IS_SET if self.typed else ""


def _text_of(default: Any) -> str | None:
    if default is None:
        return None
    if isinstance(default, bool):
        return _("yes") if default else _("no")
    if isinstance(default, list):
        return ", ".join(write(item) for item in default)
    return write(default)


def _placeholder(parameter: Parameter, default_text: str | None) -> str:
    if default_text is not None:
        return _("Default: {value}").format(value=default_text)
    if parameter.type == "secret" and parameter.initial is not None:
        return _("A default is set")
    source = parameter.choices_from_file
    if source is not None:
        return _("One of the values in {path}").format(path=source.path)
    return "" if parameter.required else _("Optional")
