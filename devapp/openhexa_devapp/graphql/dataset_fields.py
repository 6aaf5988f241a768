"""Datasets, in their smallest form: made, found and listed; they have no versions here."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from openhexa_devapp.database import Row
from openhexa_devapp.graphql.context import Context, context_of, done, failed
from openhexa_devapp.paging import page_of
from openhexa_devapp.permissions import Role


def _visible(context: Context, dataset: Row | None) -> Row | None:
    ids = {row["id"] for row in context.services.workspaces.visible(context.principal)}
    return dataset if dataset is not None and dataset["workspace"] in ids else None


def resolve_dataset(source: None, info: GraphQLResolveInfo, id: str) -> Row | None:  # noqa: A002
    """Null for a dataset that the caller does not see."""
    context = context_of(info)
    return _visible(context, context.services.datasets.get(id))


def resolve_datasets(source: None, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """Of all workspaces that the caller sees."""
    context = context_of(info)
    ids = [row["id"] for row in context.services.workspaces.visible(context.principal)]
    found = context.services.datasets.of_workspaces(ids, arguments.get("query"))
    return page_of(found, arguments.get("page"), arguments.get("perPage"), 15)


def resolve_link_by_slug(source: None, info: GraphQLResolveInfo, workspaceSlug: str, datasetSlug: str) -> Row | None:  # noqa: N803
    """What the SDK's `workspace.get_dataset` asks."""
    context = context_of(info)
    workspace = context.services.workspaces.visible_by_slug(context.principal, workspaceSlug)
    return context.services.datasets.link_by_slug(workspace["id"], datasetSlug) if workspace else None


def resolve_of_workspace(workspace: Row, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """A page of the workspace's links."""
    links = context_of(info).services.datasets.links_of_workspace(workspace["id"], arguments.get("query"))
    if arguments.get("pinned") is not None:
        links = [link for link in links if bool(link["pinned"]) == arguments["pinned"]]
    return page_of(links, arguments.get("page"), arguments.get("perPage"), 15)


def resolve_links(dataset: Row, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """A page of the dataset's links."""
    links = context_of(info).services.datasets.links(dataset["id"])
    return page_of(links, arguments.get("page"), arguments.get("perPage"), 15)


def resolve_workspace(row: Row, info: GraphQLResolveInfo) -> Row | None:
    """Of a dataset or a link."""
    return context_of(info).services.workspaces.get(row["workspace"])


def resolve_creator(row: Row, info: GraphQLResolveInfo) -> Row | None:
    """Of a dataset or a link."""
    return context_of(info).services.people.get(row["person"])


def _may_change(row: Row, info: GraphQLResolveInfo) -> bool:
    context = context_of(info)
    workspace = context.services.workspaces.get(row["workspace"])
    return workspace is not None and context.services.permissions.role(context.principal, workspace) > Role.VIEWER


def resolve_permissions(dataset: Row, info: GraphQLResolveInfo) -> dict[str, bool]:
    """All but viewers may change a dataset."""
    may = _may_change(dataset, info)
    return {"update": may, "delete": may, "create_version": may}


def resolve_link_permissions(link: Row, info: GraphQLResolveInfo) -> dict[str, bool]:
    """All but viewers may change a link."""
    may = _may_change(link, info)
    return {"delete": may, "pin": may}


def create_dataset(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """For all but viewers; runs may, too."""
    context = context_of(info)
    services = context.services
    workspace = services.workspaces.visible_by_slug(context.principal, input["workspaceSlug"])
    if workspace is None:
        return failed("WORKSPACE_NOT_FOUND", dataset=None, link=None)
    if not services.permissions.may(context.principal, workspace, "createDataset"):
        return failed("PERMISSION_DENIED", dataset=None, link=None)
    dataset = services.datasets.add(
        workspace["id"], input["name"], input.get("description"), context.principal.person_id
    )
    return done(dataset=dataset, link=services.datasets.links(dataset["id"])[0])


RESOLVERS = {
    "Query": {
        "dataset": resolve_dataset,
        "datasets": resolve_datasets,
        "datasetLinkBySlug": resolve_link_by_slug,
    },
    "Mutation": {"createDataset": create_dataset},
    "Workspace": {"datasets": resolve_of_workspace},
    "Dataset": {
        "workspace": resolve_workspace,
        "createdBy": resolve_creator,
        "permissions": resolve_permissions,
        "links": resolve_links,
        "attributes": lambda dataset, info: [],
        "latestVersion": lambda dataset, info: None,
        "version": lambda dataset, info, **arguments: None,
        "versions": lambda dataset, info, **arguments: page_of([], arguments["page"], arguments["perPage"], 15),
        "sharedWithOrganization": lambda dataset, info: False,
    },
    "DatasetLink": {
        "dataset": lambda link, info: context_of(info).services.datasets.get(link["dataset"]),
        "workspace": resolve_workspace,
        "createdBy": resolve_creator,
        "permissions": resolve_link_permissions,
        "isPinned": lambda link, info: bool(link["pinned"]),
    },
}
