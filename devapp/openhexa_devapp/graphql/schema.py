"""The executable schema: the SDL of the openhexa.sdk wheel, its scalars, and the resolvers of this package."""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_ast_schema,
    parse,
)

from openhexa_devapp.graphql import (
    accounts,
    bucket,
    connection_fields,
    dataset_fields,
    pipeline_fields,
    pipeline_mutations,
    run_fields,
    run_mutations,
    workspace_fields,
)
from openhexa_devapp.graphql.context import context_of

Resolver = Callable[..., Any]
MODULES = (
    accounts,
    bucket,
    connection_fields,
    dataset_fields,
    pipeline_fields,
    pipeline_mutations,
    run_fields,
    run_mutations,
    workspace_fields,
)
OF_RUNS = frozenset({"updatePipelineProgress", "updatePipelineHeartbeat", "logPipelineMessage", "addPipelineOutput"})
PUBLIC_FIELDS = frozenset({"me", "config", "notebooksUrl", "login", "logout"}) | OF_RUNS
"""Fields of Query and Mutation that need nobody to be logged in; the shipped SDL does not say which ones do."""


def schema_file() -> Path:
    """Where the installed wheel keeps its SDL. The SDK itself is not imported."""
    spec = find_spec("openhexa.graphql")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("openhexa.sdk >= 2.22 is not installed; it ships the App's GraphQL schema.")
    return Path(spec.submodule_search_locations[0]) / "schema.generated.graphql"


def make_schema() -> GraphQLSchema:
    """Read, build and bind. Takes a fifth of a second."""
    schema = build_ast_schema(
        parse(schema_file().read_text(encoding="utf-8"), no_location=True), assume_valid=True, assume_valid_sdl=True
    )
    uuid_type = schema.type_map["UUID"]
    assert isinstance(uuid_type, GraphQLScalarType)
    uuid_type.parse_value = _parse_uuid  # type: ignore[method-assign]
    for module in MODULES:
        _bind(schema, module.RESOLVERS)
    return schema


def _parse_uuid(value: Any) -> str:
    try:
        return str(uuid.UUID(value))
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f'"{value}" is not a valid uuid') from error


def _bind(schema: GraphQLSchema, resolvers: Mapping[str, Mapping[str, Resolver]]) -> None:
    for type_name, fields in resolvers.items():
        type_ = schema.type_map[type_name]
        assert isinstance(type_, GraphQLObjectType)
        for name, resolver in fields.items():
            guarded = type_name in {"Query", "Mutation"} and name not in PUBLIC_FIELDS
            type_.fields[name].resolve = _login_required(resolver) if guarded else resolver


def _login_required(resolver: Resolver) -> Resolver:
    @functools.wraps(resolver)
    def guarded(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        if not context_of(info).principal.is_authenticated:
            raise GraphQLError("Resolver requires an authenticated user", extensions={"code": "UNAUTHENTICATED"})
        return resolver(source, info, **arguments)

    return guarded


def default_resolver(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """A field without resolver is a key of its row, in snake case; any other field is not implemented here."""
    key = _snake_case(info.field_name)
    if isinstance(source, Mapping):
        for name in (key, info.field_name):
            if name in source:
                return source[name]
    name = (
        info.field_name if info.parent_type.name in {"Query", "Mutation"} else f"{info.parent_type}.{info.field_name}"
    )
    raise GraphQLError(f"{name} is not implemented by the stand-in App")


@functools.cache
def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
