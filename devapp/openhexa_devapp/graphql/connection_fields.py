"""Connections: reading them, and making, changing and deleting them."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from openhexa_devapp.connections import InvalidSlug
from openhexa_devapp.database import Row
from openhexa_devapp.graphql.context import Context, context_of, done, failed
from openhexa_devapp.permissions import Role

TYPE_NAMES = {
    "CUSTOM": "CustomConnection",
    "DHIS2": "DHIS2Connection",
    "GCS": "GCSConnection",
    "IASO": "IASOConnection",
    "POSTGRESQL": "PostgreSQLConnection",
    "S3": "S3Connection",
}


def _typed(connection: Row) -> Row:
    return {**connection, "__typename": TYPE_NAMES[connection["type"]]}


def _workspace(context: Context, connection: Row) -> Row | None:
    """The connection's workspace, None when the caller does not see it."""
    visible = context.services.workspaces.visible(context.principal)
    return next((row for row in visible if row["id"] == connection["workspace"]), None)


def resolve_of_workspace(workspace: Row, info: GraphQLResolveInfo) -> list[Row]:
    """By name."""
    return [_typed(row) for row in context_of(info).services.connections.of_workspace(workspace["id"])]


def resolve_by_slug(source: None, info: GraphQLResolveInfo, workspaceSlug: str, connectionSlug: str) -> Row | None:  # noqa: N803
    """What the SDK asks. Null for a workspace that the caller does not see."""
    context = context_of(info)
    workspace = context.services.workspaces.visible_by_slug(context.principal, workspaceSlug)
    connection = context.services.connections.by_slug(workspace["id"], connectionSlug) if workspace else None
    return _typed(connection) if connection else None


def resolve_by_id(source: None, info: GraphQLResolveInfo, id: str) -> Row | None:  # noqa: A002
    """Null for a connection that the caller does not see."""
    context = context_of(info)
    connection = context.services.connections.get(id)
    return _typed(connection) if connection and _workspace(context, connection) else None


def resolve_fields(connection: Row, info: GraphQLResolveInfo) -> list[Row]:
    """Secret values are shown in clear, except to viewers."""
    context = context_of(info)
    workspace = _workspace(context, connection)
    is_viewer = workspace is None or context.services.permissions.role(context.principal, workspace) <= Role.VIEWER
    return [
        {**field, "secret": bool(field["secret"]), "value": None if field["secret"] and is_viewer else field["value"]}
        for field in context.services.connections.fields(connection["id"])
    ]


def resolve_permissions(connection: Row, info: GraphQLResolveInfo) -> dict[str, bool]:
    """Editors may change and delete connections."""
    context = context_of(info)
    workspace = _workspace(context, connection)
    may = workspace is not None and context.services.permissions.may(context.principal, workspace, "createConnection")
    return {"update": may, "delete": may}


def resolve_user(connection: Row, info: GraphQLResolveInfo) -> Row | None:
    """Who made it."""
    return context_of(info).services.people.get(connection["person"])


def create_connection(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """For editors. The slug comes from the name unless given."""
    context = context_of(info)
    services = context.services
    workspace = services.workspaces.visible_by_slug(context.principal, input["workspaceSlug"])
    if workspace is None:
        return failed("WORKSPACE_NOT_FOUND", connection=None)
    if not services.permissions.may(context.principal, workspace, "createConnection"):
        return failed("PERMISSION_DENIED", connection=None)
    try:
        connection = services.connections.add(workspace["id"], input, context.principal.person_id)
    except InvalidSlug:
        return failed("INVALID_SLUG", connection=None)
    return done(connection=_typed(connection))


def _for_change(context: Context, connection_id: str) -> tuple[Row | None, str | None]:
    """The connection that the caller may change, or the word for why not."""
    connection = context.services.connections.get(connection_id)
    workspace = _workspace(context, connection) if connection else None
    if connection is None or workspace is None:
        return None, "NOT_FOUND"
    if not context.services.permissions.may(context.principal, workspace, "createConnection"):
        return None, "PERMISSION_DENIED"
    return connection, None


def update_connection(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """For editors."""
    context = context_of(info)
    connection, refusal = _for_change(context, input["id"])
    if connection is None:
        return failed(str(refusal), connection=None)
    try:
        return done(connection=_typed(context.services.connections.change(connection, input)))
    except InvalidSlug:
        return failed("INVALID_SLUG", connection=None)


def delete_connection(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """For editors."""
    context = context_of(info)
    connection, refusal = _for_change(context, input["id"])
    if connection is None:
        return failed(str(refusal))
    context.services.connections.delete(connection["id"])
    return done()


CONNECTION = {"fields": resolve_fields, "permissions": resolve_permissions, "user": resolve_user}
RESOLVERS = {
    "Query": {"connectionBySlug": resolve_by_slug, "connection": resolve_by_id},
    "Mutation": {
        "createConnection": create_connection,
        "updateConnection": update_connection,
        "deleteConnection": delete_connection,
    },
    "Workspace": {"connections": resolve_of_workspace},
    **dict.fromkeys(TYPE_NAMES.values(), CONNECTION),
}
