"""Workspaces, their members and tokens, and the notebook server."""

from __future__ import annotations

import json
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from openhexa_devapp import csrf, documents, times
from openhexa_devapp.database import Row
from openhexa_devapp.graphql.context import context_of, done, failed
from openhexa_devapp.hub import HubFailed
from openhexa_devapp.paging import page_of
from openhexa_devapp.sessions import SESSION_COOKIE


def resolve_workspace(source: None, info: GraphQLResolveInfo, slug: str) -> Row | None:
    """Null for a workspace that is unknown, archived or not visible."""
    context = context_of(info)
    return context.services.workspaces.visible_by_slug(context.principal, slug)


def resolve_workspaces(source: None, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """By name."""
    context = context_of(info)
    query = (arguments.get("query") or "").lower()
    found = [row for row in context.services.workspaces.visible(context.principal) if query in row["name"].lower()]
    return page_of(found, arguments.get("page"), arguments.get("perPage"))


def resolve_notebooks_url(source: None, info: GraphQLResolveInfo) -> str:
    """The hub's public address."""
    return context_of(info).services.settings.notebooks_url


def resolve_permissions(workspace: Row, info: GraphQLResolveInfo) -> dict[str, bool]:
    """What the caller may do there."""
    context = context_of(info)
    return context.services.permissions.of_workspace(context.principal, workspace)


def resolve_members(workspace: Row, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """By address."""
    members = context_of(info).services.people.memberships_of(workspace["id"])
    return page_of(members, arguments.get("page"), arguments.get("perPage"))


def resolve_creator(workspace: Row, info: GraphQLResolveInfo) -> Row | None:
    """Who made it."""
    return context_of(info).services.people.get(workspace["created_by"])


def resolve_member(membership: Row, info: GraphQLResolveInfo) -> Row | None:
    """The person of a membership."""
    return context_of(info).services.people.get(membership["person"])


def resolve_workspace_of_member(membership: Row, info: GraphQLResolveInfo) -> Row | None:
    """The workspace of a membership."""
    return context_of(info).services.workspaces.get(membership["workspace"])


def generate_workspace_token(source: None, info: GraphQLResolveInfo, input: dict[str, str]) -> dict[str, object]:  # noqa: A002
    """The caller's HEXA_TOKEN of the workspace, always the same; not for viewers."""
    context = context_of(info)
    services, person = context.services, context.person
    workspace = services.workspaces.visible_by_slug(context.principal, input["slug"])
    if workspace is None:
        return failed("WORKSPACE_NOT_FOUND", token=None)
    membership = services.people.membership(person["id"], workspace["id"])
    if membership is None or not services.permissions.may(context.principal, workspace, "launchNotebookServer"):
        return failed("PERMISSION_DENIED", token=None)
    return done(token=services.credentials.token(membership["access_token"]))


def update_workspace(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """Name, description and configuration: what the SDK's `workspace.configuration` needs."""
    context = context_of(info)
    services = context.services
    workspace = services.workspaces.visible_by_slug(context.principal, input["slug"])
    if workspace is None:
        return failed("NOT_FOUND")
    if not services.permissions.may(context.principal, workspace, "update"):
        return failed("PERMISSION_DENIED")
    columns = {key: input[key] for key in ("name", "description") if input.get(key) is not None}
    if input.get("configuration") is not None:
        columns["configuration"] = documents.dump(input["configuration"])
    services.database.update("workspace", workspace["id"], updated_at=times.milliseconds(), **columns)
    return done(workspace=services.workspaces.get(workspace["id"]))


def launch_notebook_server(source: None, info: GraphQLResolveInfo, input: dict[str, str]) -> dict[str, object]:  # noqa: A002
    """Starts the server if the hub does not list it yet; asked again, it only tells whether the server is ready."""
    context = context_of(info)
    services, person = context.services, context.person
    workspace = services.workspaces.visible_by_slug(context.principal, input["workspaceSlug"])
    if workspace is None:
        return failed("NOT_FOUND", server=None)
    if not services.permissions.may(context.principal, workspace, "launchNotebookServer"):
        return failed("PERMISSION_DENIED", server=None)
    cookies = {name: context.cookies.get(name) for name in (SESSION_COOKIE, csrf.COOKIE)}
    try:
        server = services.hub.launch(person["email"], workspace["slug"], cookies)
    except HubFailed as error:
        raise GraphQLError(str(error)) from error
    return done(server={"name": server.name, "url": server.url, "ready": server.ready})


RESOLVERS = {
    "Query": {
        "workspace": resolve_workspace,
        "workspaces": resolve_workspaces,
        "notebooksUrl": resolve_notebooks_url,
    },
    "Mutation": {
        "generateWorkspaceToken": generate_workspace_token,
        "updateWorkspace": update_workspace,
        "launchNotebookServer": launch_notebook_server,
    },
    "Workspace": {
        "permissions": resolve_permissions,
        "members": resolve_members,
        "createdBy": resolve_creator,
        "countries": lambda workspace, info: [],
        "dockerImage": lambda workspace, info: "",
        "configuration": lambda workspace, info: json.loads(workspace["configuration"]),
    },
    "WorkspaceMembership": {"user": resolve_member, "workspace": resolve_workspace_of_member},
}
