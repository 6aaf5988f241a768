"""Pipelines and their versions, made, changed and deleted."""

from __future__ import annotations

import json
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from openhexa_devapp import documents
from openhexa_devapp.database import Row
from openhexa_devapp.graphql.context import Context, context_of, done, failed
from openhexa_devapp.graphql.pipeline_fields import role_for
from openhexa_devapp.permissions import Role
from openhexa_devapp.pipelines import MAX_TIMEOUT_SECONDS, is_schedulable
from openhexa_devapp.runs import GOING
from openhexa_devapp.uploads import UploadRefused, read_upload


class Refused(Exception):
    """`code` is a word of GraphQL's PipelineError."""

    def __init__(self, code: str, details: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def _add_version(context: Context, pipeline: Row, given: dict[str, Any]) -> Row:
    """Check and store a version. Raises Refused."""
    services, timeout = context.services, given.get("timeout")
    if timeout is not None and not 0 <= timeout <= MAX_TIMEOUT_SECONDS:
        raise Refused("INVALID_TIMEOUT_VALUE")
    if given.get("name") and services.pipelines.has_version_named(pipeline["id"], given["name"]):
        raise Refused("DUPLICATE_PIPELINE_VERSION_NAME")
    try:
        archive, parameters = read_upload(given)
    except UploadRefused as refusal:
        raise Refused(refusal.code, str(refusal)) from refusal
    version = {"parameters": json.dumps(parameters), "config": json.dumps(given.get("config") or {})}
    if pipeline["schedule"] and not is_schedulable(version):
        raise Refused("PIPELINE_DOES_NOT_SUPPORT_PARAMETERS")
    return services.pipelines.add_version(pipeline["id"], archive, parameters, context.principal.person_id, given)


def _attributes(given: dict[str, Any]) -> dict[str, Any]:
    """The columns of a pipeline that an input may set."""
    columns = {"functional_type": given["functionalType"]} if given.get("functionalType") is not None else {}
    if given.get("tags") is not None:
        columns["tags"] = documents.dump(given["tags"])
    return columns


def create_pipeline(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """A viewer's attempt ends as an unknown error: so it does on the App."""
    context = context_of(info)
    services, nothing = context.services, {"details": None, "pipeline": None, "pipelineVersion": None}
    workspace = services.workspaces.visible_by_slug(context.principal, input["workspaceSlug"])
    if workspace is None:
        return failed("WORKSPACE_NOT_FOUND", **nothing)
    if not services.permissions.may(context.principal, workspace, "createPipeline"):
        raise GraphQLError("An unknown error occurred.")
    columns = {**_attributes(input), "description": input.get("description") or ""}
    pipeline = services.pipelines.add(workspace["id"], input["name"], input.get("code"), **columns)
    try:
        version = _add_version(context, pipeline, input["version"]) if input.get("version") else None
    except Refused as refusal:
        services.pipelines.delete(pipeline["id"])
        return failed(refusal.code, **{**nothing, "details": refusal.details})
    return done(details=None, pipeline=pipeline, pipelineVersion=version)


def upload_pipeline(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """A new version of a pipeline that exists, for editors."""
    context = context_of(info)
    services = context.services
    code = input.get("pipelineCode") or input.get("code") or ""
    pipeline = services.pipelines.visible_by_code(context.principal, input["workspaceSlug"], code)
    try:
        if pipeline is None:
            raise Refused("PIPELINE_NOT_FOUND")
        if role_for(context, pipeline) < Role.EDITOR:
            raise Refused("PERMISSION_DENIED")
        version = _add_version(context, pipeline, input)
    except Refused as refusal:
        return failed(refusal.code, details=refusal.details, pipelineVersion=None)
    services.pipelines.change(pipeline["id"], **_attributes(input))
    return done(details=None, pipelineVersion=version)


def update_pipeline(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """Sets what is given, for editors. A schedule needs a version that asks no questions."""
    context = context_of(info)
    services = context.services
    pipeline = services.pipelines.visible_by_id(context.principal, input["id"])
    if pipeline is None:
        return failed("NOT_FOUND", pipeline=None)
    if role_for(context, pipeline) < Role.EDITOR:
        return failed("PERMISSION_DENIED", pipeline=None)
    if input.get("schedule") and not is_schedulable(services.pipelines.current_version(pipeline["id"])):
        return failed("MISSING_VERSION_CONFIG", pipeline=None)
    columns = _attributes(input)
    for name in ("name", "description", "schedule"):
        if name in input:
            columns[name] = input[name]
    if input.get("webhookEnabled") is not None:
        columns["webhook_enabled"] = input["webhookEnabled"]
    if input.get("config") is not None:
        columns["config"] = documents.dump(input["config"])
    services.pipelines.change(pipeline["id"], **columns)
    return done(pipeline=services.pipelines.get(pipeline["id"]))


def delete_pipeline(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """Only administrators may, and only while no run is waiting or going."""
    context = context_of(info)
    services = context.services
    pipeline = services.pipelines.visible_by_id(context.principal, input["id"])
    if pipeline is None:
        return failed("PIPELINE_NOT_FOUND")
    is_busy = any(run["status"] in GOING for run in services.runs.of_pipeline(pipeline["id"]))
    if role_for(context, pipeline) < Role.ADMIN or is_busy:
        return failed("PERMISSION_DENIED")
    services.pipelines.delete(pipeline["id"])
    return done()


def delete_version(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """The last version of a pipeline stays."""
    context = context_of(info)
    services = context.services
    version = services.pipelines.version(input["id"])
    if version is None:
        return failed("PIPELINE_VERSION_NOT_FOUND")
    pipeline = services.pipelines.visible_by_id(context.principal, version["pipeline"])
    if pipeline is None:
        return failed("PIPELINE_NOT_FOUND")
    if role_for(context, pipeline) < Role.ADMIN or len(services.pipelines.versions(pipeline["id"])) == 1:
        return failed("PERMISSION_DENIED")
    services.pipelines.delete_version(version["id"])
    return done()


RESOLVERS = {
    "Mutation": {
        "createPipeline": create_pipeline,
        "uploadPipeline": upload_pipeline,
        "updatePipeline": update_pipeline,
        "deletePipeline": delete_pipeline,
        "deletePipelineVersion": delete_version,
    }
}
