"""The state of a form, computed here alone: widgets and pages draw `FormState` and send back what was typed. No I/O.

A field keeps what was typed, as typed, also when it means no value. Empty, null, zero and false are four things: an
emptied text is empty text, any other emptied control means null (for both the pipeline's default applies, if it has
one), "0" means zero, false is a choice of its own, and an empty list or object is a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .errors import InvalidInput
from .field import SECRET_IS_SET, Field, FieldState
from .i18n import gettext as _
from .parameters import Parameter
from .validation import Verdict, disabled_codes, judge

__all__ = ["SECRET_IS_SET", "FieldState", "Form", "FormState"]


class FormState(msgspec.Struct, kw_only=True):
    """A form, to draw. `reason` says why it is not `ready` to launch; on a ready form, what the last launch failed
    of.
    """

    fields: list[FieldState]
    ready: bool
    reason: str | None


class Form:
    """A form over a pipeline's parameters: type, reset, set; then `state()` to draw and `config()` to launch."""

    def __init__(self, parameters: Sequence[Parameter], values: Mapping[str, Any] | None = None) -> None:
        """Start from the defaults, then from `values`: a value that does not fit is shown with an error; an unknown
        code is InvalidInput.
        """
        self._parameters = tuple(parameters)
        self._fields = {parameter.code: Field(parameter) for parameter in self._parameters}
        self._attempted = False
        self._failure: str | None = None
        given = values or {}
        unknown = _("The pipeline has no such parameter.")
        strangers = {str(code): unknown for code in given if code not in self._fields}
        if strangers:
            raise InvalidInput(_("The values do not fit the parameters of the pipeline."), strangers)
        for code, value in given.items():
            self._fields[code].set(value)

    def __repr__(self) -> str:
        return f"<Form {', '.join(self._fields)}>"

    def type(self, code: str, typed: object) -> None:
        """Take what was typed in a control (`FieldState.typed` says its shape; a secret's control sends the secret's
        text).
        """
        self._field(code).type(typed)
        self._failure = None

    def reset(self, code: str) -> None:
        """Back to the default, as if never touched."""
        self._field(code).reset()
        self._failure = None

    def set_value(self, code: str, value: Any) -> None:
        """Take a value from a program, as `values` at the start."""
        self._field(code).set(value)
        self._failure = None

    def fail(self, fields: Mapping[str, str]) -> None:
        """Show the errors of a refused launch, each beside its field until that field is edited.

        They replace those of an earlier refusal and do not stop another launch: what was wrong may be right by now.
        Names that are no field stand in `reason`; the name "" is for a sentence about the whole form.
        """
        strangers = []
        for field in self._fields.values():
            field.failure = None
        for code, sentence in fields.items():
            if code in self._fields:
                self._fields[code].failure = sentence
            else:
                strangers.append(f"{code}: {sentence}" if code else sentence)
        self._failure = " ".join(strangers) or None

    @property
    def values(self) -> dict[str, Any]:
        """What the fields mean, by code, secrets in clear; fields that cannot be read are left out."""
        return {code: field.value for code, field in self._fields.items() if field.problem is None}

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by code, whether shown yet or not; disabled fields have no errors."""
        return self._errors(judge(self._parameters, self.values))

    def config(self) -> dict[str, Any]:
        """The config to launch with. Raises InvalidInput with every error, which from then on are shown beside their
        fields.
        """
        self._attempted = True
        verdict = judge(self._parameters, self.values)
        errors = self._errors(verdict)
        if errors:
            raise InvalidInput(_("The values do not fit the parameters of the pipeline."), errors)
        return verdict.config

    def state(self) -> FormState:
        """The form, to draw. A value that is only missing is no error beside an untouched field, though it makes the
        form not ready.
        """
        verdict = judge(self._parameters, self.values)
        errors = self._errors(verdict)
        off = self._disabled()
        fields = []
        for code, field in self._fields.items():
            quiet = code in verdict.missing and field.problem is None and not (field.touched or self._attempted)
            error = field.failure or (None if quiet else errors.get(code))
            fields.append(field.state(error, enabled=code not in off))
        return FormState(fields=fields, ready=not errors, reason=self._reason(errors, verdict.missing))

    def _field(self, code: str) -> Field:
        field = self._fields.get(code)
        if field is None:
            raise InvalidInput(_("The form has no such field."), {code: _("The pipeline has no such parameter.")})
        return field

    def _disabled(self) -> frozenset[str]:
        return disabled_codes(self._parameters, self.values)

    def _errors(self, verdict: Verdict) -> dict[str, str]:
        off = self._disabled()
        problems = {code: field.problem for code, field in self._fields.items() if field.problem is not None}
        errors = verdict.errors | problems
        return {code: errors[code] for code in self._fields if code in errors and code not in off}

    def _reason(self, errors: Mapping[str, str], missing: frozenset[str]) -> str | None:
        empty = [code for code in errors if code in missing and self._fields[code].problem is None]
        wrong = [code for code in errors if code not in empty]
        sentences = []
        if empty:
            sentences.append(_("Still needed: {fields}.").format(fields=self._labels(empty)))
        if wrong:
            sentences.append(_("To be corrected: {fields}.").format(fields=self._labels(wrong)))
        if not sentences:
            return self._failure
        return " ".join(sentences)

    def _labels(self, codes: Sequence[str]) -> str:
        return ", ".join(self._fields[code].parameter.label for code in codes)
