"""Runs, started and stopped by people, and what a run tells about itself with its own token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLResolveInfo

from openhexa_devapp.database import Row
from openhexa_devapp.files import InvalidPath
from openhexa_devapp.graphql.context import Context, context_of, done, failed
from openhexa_devapp.graphql.pipeline_fields import role_for
from openhexa_devapp.graphql.run_fields import object_key, visible_run
from openhexa_devapp.permissions import Role
from openhexa_devapp.runs import InvalidConfig, merged_config


def run_pipeline(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """Any member may run a pipeline. Only the types of values are checked here; the SDK checks the rest in the run."""
    context = context_of(info)
    services, person = context.services, context.person
    pipeline = services.pipelines.visible_by_id(context.principal, input["id"])
    if pipeline is None:
        return failed("PIPELINE_NOT_FOUND", run=None)
    if input.get("versionId"):
        version = services.pipelines.version(input["versionId"])
        if version is None or version["pipeline"] != pipeline["id"]:
            return failed("PIPELINE_VERSION_NOT_FOUND", run=None)
    else:
        version = services.pipelines.current_version(pipeline["id"])
    try:
        config = merged_config(version, pipeline, input["config"])
    except InvalidConfig:
        return failed("INVALID_CONFIG", run=None)
    run = services.runs.add(pipeline, version, config, person["id"], input)
    services.run_changed(run["id"])
    return done(run=run)


def stop_pipeline(source: None, info: GraphQLResolveInfo, input: dict[str, Any]) -> dict[str, object]:  # noqa: A002
    """For editors; viewers may not even stop their own runs. The runner does the rest."""
    context = context_of(info)
    services = context.services
    run = visible_run(context, input["runId"])
    pipeline = services.pipelines.get(run["pipeline"]) if run else None
    if run is None or pipeline is None:
        return failed("PIPELINE_NOT_FOUND")
    if role_for(context, pipeline) < Role.EDITOR:
        return failed("PERMISSION_DENIED")
    if services.runs.request_stop(run["id"], context.principal.person_id):
        services.run_changed(run["id"])
        return done()
    is_stopped = run["status"] in {"terminating", "stopped"}
    return failed("PIPELINE_ALREADY_STOPPED" if is_stopped else "PIPELINE_ALREADY_COMPLETED")


def _for_own_run(change: Callable[[Context, Row, dict[str, Any]], dict[str, object]]) -> Callable[..., Any]:
    """A mutation that only the token of a running run may use; for anybody else there is no such pipeline."""

    def resolver(source: None, info: GraphQLResolveInfo, input: dict[str, Any] | None = None) -> dict[str, object]:  # noqa: A002
        context = context_of(info)
        run = context.principal.run
        return failed("PIPELINE_NOT_FOUND") if run is None else change(context, run, input or {})

    return resolver


def _update_progress(context: Context, run: Row, given: dict[str, Any]) -> dict[str, object]:
    """The number is stored as it comes, 300 too."""
    context.services.runs.progress(run["id"], given["percent"])
    return done()


def _update_heartbeat(context: Context, run: Row, given: dict[str, Any]) -> dict[str, object]:
    context.services.runs.beat(run["id"])
    return done()


def _log_message(context: Context, run: Row, given: dict[str, Any]) -> dict[str, object]:
    context.services.runs.add_message(run["id"], given["priority"], given["message"])
    return done()


def _add_output(context: Context, run: Row, given: dict[str, Any]) -> dict[str, object]:
    """A file or table must exist; any other kind of output is taken as it is."""
    services = context.services
    pipeline = services.pipelines.get(run["pipeline"])
    workspace = services.workspaces.get(pipeline["workspace"]) if pipeline else None
    assert workspace is not None
    if given["type"] == "file" and not _has_file(context, workspace, given["uri"]):
        return failed("FILE_NOT_FOUND")
    if given["type"] == "db":
        table = given.get("name") or given["uri"].rpartition("/")[2]
        if services.postgres is None or not services.postgres.has_table(workspace, table):
            return failed("TABLE_NOT_FOUND")
    services.runs.add_output(run["id"], given["uri"], given["type"], given.get("name"))
    return done()


def _has_file(context: Context, workspace: Row, uri: str) -> bool:
    try:
        return context.services.files.get(workspace["slug"], object_key(uri)) is not None
    except InvalidPath:
        return False


RESOLVERS = {
    "Mutation": {
        "runPipeline": run_pipeline,
        "stopPipeline": stop_pipeline,
        "updatePipelineProgress": _for_own_run(_update_progress),
        "updatePipelineHeartbeat": _for_own_run(_update_heartbeat),
        "logPipelineMessage": _for_own_run(_log_message),
        "addPipelineOutput": _for_own_run(_add_output),
    }
}
