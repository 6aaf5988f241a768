"""What a pipeline accepts: the same as openhexa.sdk 2.22 (`pipelines/parameter/` and `Pipeline._validate_config`)
when the run starts. No I/O.

The platform checks almost nothing at launch, so a wrong value is only found by the SDK inside the run, minutes later.
Here it is found before anything is created, with the field named. Intended differences from the SDK stand in
`DIFFERENCES`.

The rules of the types that the SDK does not have:
- list: an array of any JSON values; with choices, each entry is one of them; required: at least one entry.
- dict: an object of any JSON values; required: at least one key.
- any other type: the value is passed through; required: not null. For all three null means the default, and an empty
  array or object is a value of its own that the default does not replace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from .api import MASK
from .errors import InvalidInput
from .i18n import gettext as _
from .json_value import as_json, shown
from .parameters import CONNECTION_TYPES, KNOWN_TYPES, Parameter

DIFFERENCES: Final[Mapping[str, str]] = {
    "identifier": "Connections, datasets and files: the SDK looks the identifier up in the workspace and gives an "
    "object; here the identifier itself is judged (it must be text) and sent.",
    "blank_identifier": "A blank identifier of a connection, dataset or file: the SDK's lookup fails inside the run; "
    "here it is refused at once.",
    "dataset_choices": "Choices of datasets: the SDK compares a Dataset object with them, which never matches; here "
    "the identifiers are compared.",
    "null_controller": "A null for a parameter that disables others: the SDK takes it for false, but the App drops "
    "nulls from a config and the run sees the default; here too null counts as absent.",
    "not_sendable": "Not-a-number, infinities, text with NUL or half a surrogate pair, whole numbers beyond about "
    "4,200 digits: the SDK accepts them, but JSON, UTF-8 or the App's database cannot carry them to it.",
    "as_sent": "A tuple, or a subclass of str, int or float: judged as the list, text or number that JSON makes of it.",
    "unset_not_sent": "What the SDK would turn into None is left out of the config: the App drops nulls, and absent "
    "means the same. An emptied text is sent as empty text, so that no value stored with the version takes its place.",
    "mask": "A secret given as its mask, such as from an earlier task's config: the SDK takes the mask for the secret; "
    "here it is refused, or means the secret that is stored with the version.",
    "default_not_sent": "A default text with blanks around it is left out of the config: the SDK strips what is sent, "
    "but takes its own default as it stands.",
    "all_errors": "The SDK stops at the first wrong value; here all of them are reported, each by its code.",
    "lenient_definitions": "Definitions that the SDK refuses to declare (choices of booleans, several secrets, a "
    "default of the wrong type) have a form all the same: choices and `multiple` count only for types that may have "
    "them, and a default is judged like a value.",
}
"""Where this module differs from the SDK on purpose: name -> reason. Each has a test of its name."""

_IDENTIFIER_TYPES = CONNECTION_TYPES | {"dataset", "file"}


class Verdict(msgspec.Struct, frozen=True):
    """`config` holds what is right, `errors` a sentence per code, `missing` the codes among them that only lack a
    value.
    """

    config: dict[str, Any]
    errors: dict[str, str]
    missing: frozenset[str]


class _Missing(ValueError):
    """A required value is not there."""


def validate(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """The config to send for these values, stored values and defaults filled in.

    Raises InvalidInput with a sentence per wrong code; a key that no parameter has is reported by its own name.
    """
    if not isinstance(values, Mapping):
        raise InvalidInput(_("The values must be an object with one entry per parameter."))
    verdict = judge(parameters, values)
    if verdict.errors:
        raise InvalidInput(_("The values do not fit the parameters of the pipeline."), verdict.errors)
    return verdict.config


def judge(parameters: Sequence[Parameter], values: Mapping[str, Any]) -> Verdict:
    """What `validate` finds, right and wrong together.

    A stored value counts as given where none is, and is sent, so that the run sees what was judged; a stored secret is
    left to the App, as only its mask is known here.
    """
    off = disabled_codes(parameters, values)
    config: dict[str, Any] = {}
    errors: dict[str, str] = {}
    missing: set[str] = set()
    for parameter in parameters:
        if parameter.code in off:
            continue
        given = _given(parameter, values)
        try:
            accepted = accept(parameter, given)
        except ValueError as error:
            errors[parameter.code] = str(error)
            if isinstance(error, _Missing):
                missing.add(parameter.code)
        else:
            if parameter.type == "secret" and accepted is not None and accepted == parameter.stored:
                continue
            if _arrives(parameter, accepted):
                config[parameter.code] = accepted
            elif accepted is None and isinstance(given, str):
                config[parameter.code] = ""
    codes = {parameter.code for parameter in parameters}
    unknown = _("The pipeline has no such parameter.")
    errors |= {str(key): unknown for key in values if key not in codes}
    return Verdict(config, errors, frozenset(missing))


def disabled_codes(parameters: Iterable[Parameter], values: Mapping[str, Any]) -> frozenset[str]:
    """The codes that a boolean switches off: its value (null or absent: the stored one, else its default) is what its
    `disable_when` says.
    """
    codes: set[str] = set()
    for parameter in parameters:
        if parameter.type != "bool" or not parameter.disables:
            continue
        value = _given(parameter, values)
        effective = parameter.default if value is None else value
        if (effective is True) == parameter.disable_when:
            codes.update(parameter.disables)
    return frozenset(codes)


def _given(parameter: Parameter, values: Mapping[str, Any]) -> Any:
    value = values.get(parameter.code)
    return parameter.stored if value is None else value


def accept(parameter: Parameter, value: object) -> Any:
    """The value that the pipeline's function will see, as JSON; None where it sees none. ValueError with a sentence."""
    sent = as_json(value)
    if parameter.takes_many:
        return _accept_many(parameter, sent)
    value = _normalize(parameter, sent)
    if parameter.type == "secret" and value == MASK != parameter.stored:
        raise ValueError(_("Type the secret again: its text is not kept."))
    if value is None:
        value = _default(parameter)
    if value is None and parameter.type == "bool":
        return False
    if value is None:
        return _absent(parameter)
    _check(parameter, value)
    if parameter.required and parameter.type in ("list", "dict") and not value:
        raise _Missing(_("At least one entry is needed."))
    return value


def _accept_many(parameter: Parameter, sent: Any) -> list[Any]:
    if sent is not None and not isinstance(sent, list):
        raise ValueError(_("A list of values is needed, not {value}.").format(value=shown(sent)))
    given = [_normalize(parameter, item) for item in sent or ()]
    values = [item for item in given if item is not None]
    default = _default(parameter)
    if not values and default is not None:
        if not isinstance(default, list):
            raise ValueError(_("The default must be a list of values, not {value}.").format(value=shown(default)))
        values = default
    if not values:
        _absent(parameter)
    for item in values:
        _check(parameter, item)
    return values


def _absent(parameter: Parameter) -> None:
    if parameter.required:
        raise _Missing(_("A value is needed."))


def _default(parameter: Parameter) -> Any:
    default = as_json(parameter.default)
    if parameter.type == "float":
        if isinstance(default, list):
            return [_normalize(parameter, item) for item in default]
        return _normalize(parameter, default)
    return default


def _normalize(parameter: Parameter, value: Any) -> Any:
    if parameter.type in ("str", "secret") and isinstance(value, str):
        return value.strip() or None
    if parameter.type == "float" and isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            raise ValueError(_("The number is too large.")) from None
    return value


def _check(parameter: Parameter, value: Any) -> None:
    if not _has_type(parameter.type, value):
        if parameter.type == "secret":
            raise ValueError(_("Text is needed."))
        raise ValueError(_wanted(parameter.type).format(value=shown(value)))
    if parameter.type in _IDENTIFIER_TYPES and not value.strip():
        raise ValueError(_("The identifier is blank."))
    options = parameter.options
    candidates = value if parameter.type == "list" else [value]
    for candidate in candidates if options else ():
        if candidate not in options:
            raise ValueError(_("{value} is not one of the choices.").format(value=shown(candidate)))


def _has_type(kind: str, value: Any) -> bool:
    if kind not in KNOWN_TYPES:
        return True
    return isinstance(value, _PYTHON_TYPES.get(kind, str))


_PYTHON_TYPES: Mapping[str, type] = {"bool": bool, "int": int, "float": float, "list": list, "dict": dict}


def _wanted(kind: str) -> str:
    match kind:
        case "bool":
            return _("True or false is needed, not {value}.")
        case "int":
            return _("A whole number is needed, not {value}.")
        case "float":
            return _("A number is needed, not {value}.")
        case "list":
            return _("A JSON list is needed, not {value}.")
        case "dict":
            return _("A JSON object is needed, not {value}.")
        case "str":
            return _("Text is needed, not {value}.")
    return _("An identifier is needed, not {value}.")


def _arrives(parameter: Parameter, accepted: Any) -> bool:
    """Whether the SDK, given this value, would take the very same; else its own default has to be left to it."""
    if accepted is None:
        return False
    if parameter.takes_many:
        return all(_normalize(parameter, item) == item for item in accepted)
    return bool(_normalize(parameter, accepted) == accepted)
