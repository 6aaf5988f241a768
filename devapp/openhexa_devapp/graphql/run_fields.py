"""Runs, read."""

from __future__ import annotations

import base64
import json
from typing import Any

from graphql import GraphQLResolveInfo

from openhexa_devapp.database import Row
from openhexa_devapp.graphql.context import Context, context_of


def visible_run(context: Context, run_id: str) -> Row | None:
    """The run, None when the caller does not see its workspace."""
    run = context.services.runs.get(run_id)
    if run is None or context.services.pipelines.visible_by_id(context.principal, run["pipeline"]) is None:
        return None
    return run


def resolve_run(source: None, info: GraphQLResolveInfo, id: str) -> Row | None:  # noqa: A002
    """Null for a run that is unknown or not visible."""
    return visible_run(context_of(info), id)


def resolve_code(run: Row, info: GraphQLResolveInfo) -> str:
    """The zip file of the run's version, in base64."""
    version = context_of(info).services.pipelines.version(run["version"])
    return base64.b64encode(version["zipfile"]).decode("ascii") if version else ""


def resolve_outputs(run: Row, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
    """Files that were deleted since are left out."""
    services = context_of(info).services
    pipeline = services.pipelines.get(run["pipeline"])
    workspace = services.workspaces.get(pipeline["workspace"]) if pipeline else None
    assert workspace is not None
    shown: list[dict[str, Any]] = []
    for output in services.runs.outputs(run["id"]):
        if output["type"] == "file":
            found = services.files.get(workspace["slug"], object_key(output["uri"]))
            shown.extend([found] if found else [])
        elif output["type"] == "db":
            shown.append({"__typename": "DatabaseTable", "name": output["name"], "count": None})
        else:
            shown.append({"__typename": "GenericOutput", **output})
    return shown


def object_key(uri: str) -> str:
    """`gs://bucket/in/hello.txt` has the key `in/hello.txt`."""
    return uri.partition("://")[2].partition("/")[2]


RESOLVERS = {
    "Query": {"pipelineRun": resolve_run},
    "PipelineRun": {
        "config": lambda run, info: json.loads(run["config"]),
        "code": resolve_code,
        "outputs": resolve_outputs,
        "messages": lambda run, info: context_of(info).services.runs.messages(run["id"]),
        "hasErrorMessages": lambda run, info: context_of(info).services.runs.has_error_messages(run["id"]),
        "pipeline": lambda run, info: context_of(info).services.pipelines.get(run["pipeline"]),
        "version": lambda run, info: context_of(info).services.pipelines.version(run["version"]),
        "user": lambda run, info: context_of(info).services.people.get(run["person"]),
        "stoppedBy": lambda run, info: context_of(info).services.people.get(run["stopped_by"]),
        "sendMailNotifications": lambda run, info: bool(run["send_mail"]),
        "datasetVersions": lambda run, info: [],
        "enableDebugLogs": lambda run, info: None,
    },
}
"""`enableDebugLogs` has no value on the App either, though it may not be null: selecting it loses the whole run."""
