"""What a pipeline asks for: its parameters, as the App describes them in JSON. No I/O.

The fields are those of the App's GraphQL type `PipelineParameter` (schema shipped by openhexa.sdk 2.22) and of
`openhexa.sdk.pipelines.parameter.Parameter`; `stored` is added by the pipelines service. The types "list" and "dict"
come from the documented REST contract, the SDK has none such. What is not known here is kept, not refused: an unknown
type stays editable as JSON, an unknown key or a known key of the wrong shape is carried in `extra` and written back by
`to_json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .errors import InvalidInput
from .i18n import gettext as _

CONNECTION_TYPES = frozenset({"dhis2", "iaso", "postgresql", "s3", "gcs", "custom"})
JSON_TYPES = frozenset({"list", "dict"})
SDK_TYPES = frozenset({"str", "int", "float", "bool", "secret", "dataset", "file"}) | CONNECTION_TYPES
KNOWN_TYPES = SDK_TYPES | JSON_TYPES
"""Every type with rules of its own; any other type is edited as JSON and passed through."""

_ONE_VALUE_TYPES = frozenset({"bool", "secret", "file"}) | CONNECTION_TYPES


class ChoicesFromFile(msgspec.Struct, frozen=True):
    """Choices that are read from a file of the workspace. `format`: csv, json, yaml or yml; `column`: the column or
    key.
    """

    path: str
    format: str | None = None
    column: str | None = None


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter. The defaults are those of the SDK's `@parameter`.

    `disables` lists the codes that this boolean switches off while its value is `disable_when`. `stored` is the value
    that the version keeps for it: the App gives it to a run whose launcher gives none, before any default; `api.MASK`
    for a secret.
    `extra` holds what this class has no field for, in the App's JSON.
    """

    code: str
    type: str
    name: str | None = None
    required: bool = True
    multiple: bool = False
    default: Any = None
    stored: Any = None
    choices: list[Any] | None = None
    help: str | None = None
    widget: str | None = None
    connection: str | None = None
    directory: str | None = None
    disables: list[str] = msgspec.field(default_factory=list)
    disable_when: bool = True
    choices_from_file: ChoicesFromFile | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def label(self) -> str:
        """What a person reads beside the field."""
        return self.name or self.code

    @property
    def initial(self) -> Any:
        """What a run sees when nothing is given: the version's stored value, else the default."""
        return self.default if self.stored is None else self.stored

    @property
    def takes_many(self) -> bool:
        """Whether the value is a list of values of the type. The SDK refuses `multiple` for some types; there it
        counts for nothing.
        """
        return self.multiple and self.type in SDK_TYPES - _ONE_VALUE_TYPES

    @property
    def options(self) -> list[Any]:
        """The fixed choices that count: none for types for which the SDK refuses choices, and none for unknown
        types.
        """
        return list(self.choices or ()) if self.type in KNOWN_TYPES - _ONE_VALUE_TYPES else []


_JSON_NAMES = {"disable_when": "disableWhen", "choices_from_file": "choicesFromFile"}
_SHAPES: dict[str, Any] = {
    "type": str,
    "name": str | None,
    "required": bool,
    "multiple": bool,
    "default": Any,
    "stored": Any,
    "choices": list[Any] | None,
    "help": str | None,
    "widget": str | None,
    "connection": str | None,
    "directory": str | None,
    "disables": list[str],
    "disable_when": bool,
    "choices_from_file": ChoicesFromFile | None,
}
_SOURCE_KEYS = frozenset(ChoicesFromFile.__struct_fields__)
_NULL_IS_ABSENT = frozenset({"required", "multiple", "disables", "disable_when", "type"})


def parse_parameters(raw: object) -> tuple[Parameter, ...]:
    """The parameters of a version from the App's JSON (null: none).

    Raises InvalidInput, naming the entry ("parameters[2]"), for what is no list, an entry that is no object or has no
    code, and for a code that comes twice: such a pipeline has no form that could be right.
    """
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        raise _unreadable("parameters", _("A list of parameters is needed."))
    parameters: list[Parameter] = []
    seen: set[str] = set()
    for index, entry in enumerate(raw):
        parameter = _parse(entry, f"parameters[{index}]")
        if parameter.code in seen:
            sentence = _("The parameter {code} is declared twice.").format(code=parameter.code)
            raise _unreadable(f"parameters[{index}]", sentence)
        seen.add(parameter.code)
        parameters.append(parameter)
    return tuple(parameters)


def to_json(parameter: Parameter) -> dict[str, Any]:
    """The App's JSON of a parameter; `parse_parameters` reads it back."""
    known = {_JSON_NAMES.get(name, name): getattr(parameter, name) for name in ("code", *_SHAPES)}
    source = parameter.choices_from_file
    known["choicesFromFile"] = None if source is None else msgspec.to_builtins(source)
    if parameter.stored is None:
        del known["stored"]
    return known | parameter.extra


def _parse(entry: object, where: str) -> Parameter:
    if not isinstance(entry, Mapping):
        raise _unreadable(where, _("A parameter must be an object, with a code and a type."))
    code = entry.get("code")
    if not isinstance(code, str) or not code:
        raise _unreadable(where, _("The parameter has no code."))
    extra = {key: value for key, value in entry.items() if isinstance(key, str) and key != "code"}
    fields: dict[str, Any] = {"type": ""}
    for name, shape in _SHAPES.items():
        key = _JSON_NAMES.get(name, name)
        if key not in extra or (extra[key] is None and name in _NULL_IS_ABSENT):
            extra.pop(key, None)
            continue
        try:
            fields[name] = msgspec.convert(extra[key], shape)
        except msgspec.ValidationError:
            continue
        if name != "choices_from_file" or extra[key] is None or extra[key].keys() <= _SOURCE_KEYS:
            del extra[key]
    return Parameter(code=code, extra=extra, **fields)


def _unreadable(where: str, sentence: str) -> InvalidInput:
    return InvalidInput(_("The parameters of this pipeline cannot be read."), {where: sentence})
