"""The values that the service itself gives to a pipeline that declares them. No I/O.

A pipeline of the SDK refuses keys that it does not declare, so each of the four is given only where a parameter of
that code and of a fitting type is declared. Callers cannot set them: whoever launches must not choose whose task is
reported about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openhexa_contract.api import MASK
from openhexa_contract.parameters import Parameter

INJECTED: Mapping[str, frozenset[str]] = {
    "task_id": frozenset({"str", "int"}),
    "pipeline_id": frozenset({"str"}),
    "connection_token": frozenset({"str", "secret"}),
    "connection_host": frozenset({"str"}),
}
"""Code of the parameter, and the types with which it is the service's to fill in."""


def provided(parameters: Iterable[Parameter]) -> frozenset[str]:
    """Return the codes that the service fills in for a pipeline with these parameters."""
    return frozenset(p.code for p in parameters if _fits(p.code, p.type, p.multiple))


def mark_provided(parameters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the App's JSON of parameters with `"provided": true` on those that nobody has to fill in."""
    return [
        {**entry, "provided": True}
        if _fits(entry.get("code"), entry.get("type"), entry.get("multiple"))
        else dict(entry)
        for entry in parameters
    ]


def with_stored(parameters: Sequence[Mapping[str, Any]], config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the App's JSON of parameters with the value that the version's config keeps for each; secrets masked."""
    stored = [(entry, config.get(str(entry.get("code")))) for entry in parameters]
    return [
        dict(entry) if value is None else {**entry, "stored": _masked(entry.get("type"), value)}
        for entry, value in stored
    ]


def without_injected(
    config: Mapping[str, Any], parameters: Iterable[Parameter], codes: frozenset[str]
) -> dict[str, Any]:
    """Return a caller's values without those that are not the caller's to give.

    A value for one of the four that the pipeline does not declare is dropped too: callers of Iaso send them along.
    """
    declared = {parameter.code for parameter in parameters}
    dropped = codes | (INJECTED.keys() - declared)
    return {key: value for key, value in config.items() if key not in dropped}


def values(
    parameters: Iterable[Parameter], codes: frozenset[str], task: int, pipeline: str, token: str, host: str
) -> dict[str, Any]:
    """Return what the service gives: with the declared type, and only what is declared."""
    types = {parameter.code: parameter.type for parameter in parameters}
    known: dict[str, Any] = {"pipeline_id": pipeline, "connection_token": token, "connection_host": host}
    known["task_id"] = task if types.get("task_id") == "int" else str(task)
    return {code: known[code] for code in codes}


def split_secrets(
    parameters: Iterable[Parameter], config: Mapping[str, Any], codes: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the caller gave with its secrets masked, and the secret values apart.

    What the service gave is in neither.
    """
    hidden = {parameter.code for parameter in parameters if parameter.type == "secret"}
    given = {key: value for key, value in config.items() if key not in codes}
    masked = {key: _masked("secret" if key in hidden else None, value) for key, value in given.items()}
    return masked, {key: value for key, value in given.items() if key in hidden}


def _masked(kind: object, value: Any) -> Any:
    return MASK if kind == "secret" and value not in (None, "") else value


def _fits(code: object, kind: object, multiple: object) -> bool:
    return isinstance(code, str) and not multiple and kind in INJECTED.get(code, frozenset())
