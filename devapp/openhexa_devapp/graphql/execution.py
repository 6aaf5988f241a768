"""Executes one GraphQL request, in a worker thread, and gives status and JSON as the App does."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute, parse, validate

from openhexa_devapp.graphql.context import Context
from openhexa_devapp.graphql.schema import default_resolver

log = logging.getLogger(__name__)


class Executor:
    """Holds the schema, and remembers the documents it has read: clients send the same few again and again."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._read = functools.lru_cache(maxsize=256)(self._parse_and_validate)

    def _parse_and_validate(self, query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
        try:
            document = parse(query)
        except GraphQLError as error:
            return None, [error]
        return document, validate(self._schema, document)

    def execute(self, body: Mapping[str, Any], context: Context) -> tuple[int, dict[str, Any]]:
        """Status and JSON: 400 for what does not fit the schema, else 200, with errors or without."""
        query, variables = body.get("query"), body.get("variables")
        if not isinstance(query, str):
            return 400, {"errors": [{"message": "The query must be a string."}]}
        if variables is not None and not isinstance(variables, dict):
            return 400, {"errors": [{"message": "Query variables must be a null or an object."}]}
        document, errors = self._read(query)
        if document is None or errors:
            return 400, {"errors": [error.formatted for error in errors]}
        result = execute(
            self._schema,
            document,
            context_value=context,
            variable_values=variables,
            operation_name=body.get("operationName"),
            field_resolver=default_resolver,
        )
        assert isinstance(result, ExecutionResult)
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [_formatted(error) for error in result.errors]
        return 200, answer


def _formatted(error: GraphQLError) -> dict[str, Any]:
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError):
        log.info("GraphQL error at %s", error.path, exc_info=original)
    return dict(error.formatted)
