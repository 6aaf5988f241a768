"""The controls of a form: their kinds, how a value is written in one, and how what was typed is read. No I/O."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec

from .i18n import gettext as _
from .json_value import shown
from .parameters import CONNECTION_TYPES, Parameter

KINDS = ("text", "integer", "decimal", "boolean", "choice", "secret", "json", "file", "dataset", "connection")
_KIND_OF_TYPE = {
    "str": "text",
    "int": "integer",
    "float": "decimal",
    "secret": "secret",
    "file": "file",
    "dataset": "dataset",
} | dict.fromkeys(CONNECTION_TYPES, "connection")

_SPACES = re.compile(r"(?<=\d)[\u0020\u00a0\u202f\u2009'](?=\d{3}(?!\d))")
_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


class Option(msgspec.Struct, frozen=True):
    """One entry of a choice: `key` is what the control holds, `value` what is sent."""

    key: str
    label: str
    value: Any


def kind_of(parameter: Parameter) -> str:
    """The kind of control, one of `KINDS`. What has no control of its own is edited as JSON."""
    if parameter.type == "bool":
        return "boolean"
    if parameter.options:
        return "choice"
    return _KIND_OF_TYPE.get(parameter.type, "json")


def holds_many(parameter: Parameter) -> bool:
    """Whether the control holds a list: several values of a type, or a list made of choices."""
    return parameter.takes_many or (parameter.type == "list" and bool(parameter.options))


def options_of(values: Sequence[Any]) -> list[Option]:
    """Choices with string keys. Keys are the values' text, made different where two read the same (1 and "1") or are
    empty.
    """
    options: list[Option] = []
    taken = {""}
    for index, value in enumerate(values):
        label = key = write(value)
        if key in taken:
            key = f"{label}#{index}"
        while key in taken:
            key += "#"
        taken.add(key)
        options.append(Option(key, label, value))
    return options


def find_option(options: Sequence[Option], value: object) -> Option | None:
    """The choice that is this value: of the same type if there is one (true is not 1), else equal as the SDK
    compares.
    """
    equal = [option for option in options if option.value == value]
    same = [option for option in equal if type(option.value) is type(value)]
    return next(iter(same or equal), None)


def write(value: object) -> str:
    """The text of a value in a text-like control; null is the empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return repr(float(value))
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return shown(value)


def write_json(value: object) -> str:
    """The text of a value in a JSON control; null is the empty text."""
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except (TypeError, ValueError, RecursionError):
        return shown(value)


def read(kind: str, text: str) -> Any:
    """The value that the text means; blank text is null, except in a text control. ValueError with a sentence."""
    if not text.strip() and kind not in ("text", "secret"):
        return None
    match kind:
        case "integer":
            return _read_integer(text)
        case "decimal":
            return _read_decimal(text)
        case "json":
            return _read_json(text)
        case "dataset" | "connection":
            return text.strip()
    return text


def _read_integer(text: str) -> int:
    plain = _plain_number(text)
    if not _INTEGER.fullmatch(plain):
        raise ValueError(_("“{text}” is no whole number.").format(text=_short(text)))
    try:
        return int(plain)
    except ValueError:
        raise ValueError(_("The number has too many digits.")) from None


def _read_decimal(text: str) -> int | float:
    plain = _plain_number(text)
    if not _DECIMAL.fullmatch(plain):
        raise ValueError(_("“{text}” is no number. Write it like 1.5 or 1,5.").format(text=_short(text)))
    value = float(plain.replace(",", "."))
    if not math.isfinite(value):
        raise ValueError(_("The number is too large."))
    return value


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        sentence = _("This is not valid JSON: look at line {line}, column {column}. Text stands in double quotes.")
        raise ValueError(sentence.format(line=error.lineno, column=error.colno)) from None
    except RecursionError:
        raise ValueError(_("The value is nested too deeply.")) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(_("{name} is not valid JSON.").format(name=name))


def _plain_number(text: str) -> str:
    return _SPACES.sub("", text.strip().replace("\u2212", "-"))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
