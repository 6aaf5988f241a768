"""Pipelines and their versions, read."""

from __future__ import annotations

import base64
import json
from typing import Any

from graphql import GraphQLResolveInfo

from openhexa_devapp import pipelines
from openhexa_devapp.database import Row
from openhexa_devapp.graphql.context import Context, context_of
from openhexa_devapp.paging import page_of
from openhexa_devapp.permissions import Role


def resolve_pipelines(source: None, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """A workspace that is unknown or not visible gives an empty page, no error."""
    context = context_of(info)
    found = context.services.pipelines.visible(context.principal, arguments.get("workspaceSlug"))
    found = [row for row in found if _is_wanted(context, row, arguments)]
    if arguments.get("name"):
        found = pipelines.by_similarity(found, arguments["name"])
    elif arguments.get("orderBy"):
        found = _ordered(context, found, arguments["orderBy"])
    return page_of(found, arguments.get("page"), arguments.get("perPage"))


def _is_wanted(context: Context, row: Row, arguments: dict[str, Any]) -> bool:
    search = (arguments.get("search") or "").lower()
    if not any(search in (row[name] or "").lower() for name in ("name", "code", "description")):
        return False
    if arguments.get("functionalType") not in (None, row["functional_type"]):
        return False
    if arguments.get("tags") and not set(arguments["tags"]) & set(json.loads(row["tags"])):
        return False
    if arguments.get("lastRunStates"):
        runs = context.services.runs.of_pipeline(row["id"])
        return bool(runs) and runs[0]["status"] in arguments["lastRunStates"]
    return True


def _ordered(context: Context, found: list[Row], order: str) -> list[Row]:
    def last_run(row: Row) -> str:
        runs = context.services.runs.of_pipeline(row["id"])
        return str(runs[0]["execution_date"]) if runs else ""

    keys = {
        "NAME": lambda row: row["name"].lower(),
        "CREATED_AT": lambda row: row["created_at"],
        "LAST_RUN_DATE": last_run,
    }
    column, _, direction = order.rpartition("_")
    return sorted(found, key=keys[column], reverse=direction == "DESC")


def resolve_pipeline(source: None, info: GraphQLResolveInfo, id: str) -> Row | None:  # noqa: A002
    """Null for a pipeline that is unknown or not visible."""
    context = context_of(info)
    return context.services.pipelines.visible_by_id(context.principal, id)


def resolve_by_code(source: None, info: GraphQLResolveInfo, workspaceSlug: str, code: str) -> Row | None:  # noqa: N803
    """Null for a pipeline that is unknown or not visible."""
    context = context_of(info)
    return context.services.pipelines.visible_by_code(context.principal, workspaceSlug, code)


def resolve_version(source: None, info: GraphQLResolveInfo, id: str) -> Row | None:  # noqa: A002
    """Null for a version that is unknown or not visible."""
    context = context_of(info)
    version = context.services.pipelines.version(id)
    if version is None or context.services.pipelines.visible_by_id(context.principal, version["pipeline"]) is None:
        return None
    return version


def resolve_workspace(pipeline: Row, info: GraphQLResolveInfo) -> Row | None:
    """The pipeline's workspace."""
    return context_of(info).services.workspaces.get(pipeline["workspace"])


def resolve_current_version(pipeline: Row, info: GraphQLResolveInfo) -> Row | None:
    """The newest one; null for a pipeline that has none yet."""
    return context_of(info).services.pipelines.current_version(pipeline["id"])


def resolve_versions(pipeline: Row, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """Newest first."""
    versions = context_of(info).services.pipelines.versions(pipeline["id"])
    return page_of(versions, arguments.get("page"), arguments.get("perPage"))


def resolve_runs(pipeline: Row, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """Newest first, unless asked otherwise."""
    newest_first = arguments.get("orderBy") != "EXECUTION_DATE_ASC"
    runs = context_of(info).services.runs.of_pipeline(pipeline["id"], newest_first=newest_first)
    return page_of(runs, arguments.get("page"), arguments.get("perPage"))


def resolve_permissions(pipeline: Row, info: GraphQLResolveInfo) -> dict[str, Any]:
    """Any member may run a pipeline, viewers too."""
    services, role = context_of(info).services, role_for(context_of(info), pipeline)
    is_editor = role >= Role.EDITOR
    schedulable = pipelines.is_schedulable(services.pipelines.current_version(pipeline["id"]))
    return {
        "run": role >= Role.VIEWER,
        "stop_pipeline": is_editor,
        "update": is_editor,
        "create_version": is_editor,
        "delete": role >= Role.ADMIN,
        "schedule": is_editor and schedulable,
        "create_template_version": {"is_allowed": False, "reasons": []},
    }


def role_for(context: Context, pipeline: Row) -> Role:
    """What the caller is in the pipeline's workspace."""
    workspace = context.services.workspaces.get(pipeline["workspace"])
    assert workspace is not None
    return context.services.permissions.role(context.principal, workspace)


def resolve_version_permissions(version: Row, info: GraphQLResolveInfo) -> dict[str, bool]:
    """Editors may change a version, administrators delete it."""
    context = context_of(info)
    pipeline = context.services.pipelines.get(version["pipeline"])
    role = role_for(context, pipeline) if pipeline else Role.NONE
    return {"update": role >= Role.EDITOR, "delete": role >= Role.ADMIN}


def resolve_is_latest(version: Row, info: GraphQLResolveInfo) -> bool:
    """Whether it is the current version."""
    current = context_of(info).services.pipelines.current_version(version["pipeline"])
    return current is not None and bool(current["id"] == version["id"])


def resolve_parameters(version: Row, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
    """In the order of the code."""
    return list(json.loads(version["parameters"]))


RESOLVERS = {
    "Query": {
        "pipelines": resolve_pipelines,
        "pipeline": resolve_pipeline,
        "pipelineByCode": resolve_by_code,
        "pipelineVersion": resolve_version,
    },
    "Pipeline": {
        "workspace": resolve_workspace,
        "currentVersion": resolve_current_version,
        "versions": resolve_versions,
        "runs": resolve_runs,
        "permissions": resolve_permissions,
        "type": lambda pipeline, info: "zipFile",
        "config": lambda pipeline, info: json.loads(pipeline["config"]),
        "tags": lambda pipeline, info: [{"id": tag, "name": tag} for tag in json.loads(pipeline["tags"])],
        "webhookEnabled": lambda pipeline, info: bool(pipeline["webhook_enabled"]),
        "webhookUrl": lambda pipeline, info: None,
        "notebookPath": lambda pipeline, info: None,
        "recipients": lambda pipeline, info: [],
        "autoUpdateFromTemplate": lambda pipeline, info: False,
        "hasNewTemplateVersions": lambda pipeline, info: False,
        "newTemplateVersions": lambda pipeline, info: [],
        "sourceTemplate": lambda pipeline, info: None,
        "template": lambda pipeline, info: None,
        "scheduledPipelineVersion": lambda pipeline, info: None,
    },
    "PipelineVersion": {
        "versionNumber": lambda version, info: version["number"],
        "versionName": lambda version, info: pipelines.version_name(version),
        "isLatestVersion": resolve_is_latest,
        "parameters": resolve_parameters,
        "config": lambda version, info: json.loads(version["config"]),
        "zipfile": lambda version, info: base64.b64encode(version["zipfile"]).decode("ascii"),
        "permissions": resolve_version_permissions,
        "pipeline": lambda version, info: context_of(info).services.pipelines.get(version["pipeline"]),
        "user": lambda version, info: context_of(info).services.people.get(version["person"]),
        "templateVersion": lambda version, info: None,
    },
}
