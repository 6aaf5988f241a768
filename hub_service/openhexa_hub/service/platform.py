"""What the service asks of the App, typed. Every call is made as somebody: `headers` are those by which the App sees
that person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import aiohttp
import msgspec

from openhexa_contract.api import Message, Output
from openhexa_contract.errors import NotAuthenticated, Unavailable
from openhexa_contract.i18n import gettext as _
from openhexa_hub.app import documents
from openhexa_hub.app.client import AppClient, GraphQLFailed
from openhexa_hub.app.queries import unexpected_answer

T = TypeVar("T")
Headers = Mapping[str, str]
MOST_PAGES = 200


class Workspace(msgspec.Struct, frozen=True):
    """A workspace that the App lets a person see. `may_update`: she may change it and its connections."""

    slug: str
    name: str
    may_update: bool = False


class Version(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A version of a pipeline. `parameters` None: not asked for.

    `config` holds the values that the App gives to a run for what its launcher leaves out, secrets in clear.
    """

    id: str
    version_number: int | None = None
    version_name: str | None = None
    name: str | None = None
    parameters: list[dict[str, Any]] | None = None
    config: dict[str, Any] | None = None


class Pipeline(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A pipeline. `type`: zipFile or notebook; `workspace` a slug, empty in lists."""

    id: str
    code: str
    name: str
    description: str | None = None
    type: str | None = None
    may_run: bool = False
    workspace: str = ""
    current_version: Version | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as the App tells it. `messages`, `outputs` and `logs` are None where they were not asked for."""

    id: str
    status: str
    progress: int = 0
    messages: list[Message] | None = None
    outputs: list[Output] | None = None
    logs: str | None = None


class Runs(msgspec.Struct, frozen=True):
    """What the App knows of the runs that were asked for.

    `found` maps a run's id to the run, or to None where the App knows no such run; runs that it could not read this
    time are absent.
    `sees_workspace`: the person still has access to the workspace.
    """

    sees_workspace: bool
    found: dict[str, Run | None]


class Refused(Exception):
    """The App understood a mutation and said no. `codes` are its own, such as `PIPELINE_NOT_FOUND`."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = tuple(codes)


class Unsent(Unavailable):
    """The App was not reached at all, so it cannot have done anything."""


class Platform:
    """The App's GraphQL API, as far as pipelines and tasks need it."""

    def __init__(self, client: AppClient) -> None:
        self._client = client

    async def workspace(self, headers: Headers, slug: str) -> Workspace | None:
        """Return a workspace, or None where the App shows the person none of that slug."""
        data = await self._query(documents.WORKSPACE, {"slug": slug}, headers)
        found = data.get("workspace")
        if found is None:
            _require_person(data)
            return None
        permissions = found.get("permissions") or {}
        return Workspace(str(found["slug"]), str(found.get("name") or slug), bool(permissions.get("update")))

    async def workspaces(self, headers: Headers) -> list[Workspace]:
        """Return every workspace of a person."""
        items = await self._pages(documents.WORKSPACES, {}, headers, ("workspaces",))
        return _convert(
            [{"slug": item["slug"], "name": item.get("name") or item["slug"]} for item in items], list[Workspace]
        )

    async def pipelines(self, headers: Headers, slug: str) -> list[Pipeline]:
        """Return every pipeline of a workspace, without parameters."""
        items = await self._pages(documents.PIPELINES, {"slug": slug}, headers, ("pipelines",))
        return [_pipeline(item) for item in items]

    async def pipeline(self, headers: Headers, pipeline: str) -> Pipeline | None:
        """Return a pipeline and the parameters of its current version; None where the person sees none."""
        data = await self._query(documents.PIPELINE, {"id": pipeline}, headers)
        _require_person(data)
        found = data.get("pipeline")
        return None if found is None else _pipeline(found)

    async def version(self, headers: Headers, pipeline: str, version: str) -> Version | None:
        """Return a version with its parameters, or None where it does not exist or is another pipeline's."""
        found = (await self._query(documents.VERSION, {"id": version}, headers)).get("pipelineVersion")
        if found is None or (found.get("pipeline") or {}).get("id") != pipeline:
            return None
        return _convert(found, Version)

    async def versions(self, headers: Headers, pipeline: str) -> list[Version]:
        """Return every version of a pipeline, without parameters."""
        return _convert(
            await self._pages(documents.VERSIONS, {"id": pipeline}, headers, ("pipeline", "versions")), list[Version]
        )

    async def run(self, headers: Headers, pipeline: str, version: str, config: Mapping[str, Any]) -> Run:
        """Launch a pipeline and return its run.

        `Refused`: the App said no. `Unsent`, `NotAuthenticated`: nothing can have happened. Any other error leaves it
        unknown whether the run was started.
        """
        asked = {"input": {"id": pipeline, "versionId": version, "config": dict(config)}}
        data = await self._query(documents.RUN_PIPELINE, asked, headers)
        return _convert(_accepted(data, "runPipeline").get("run"), Run)

    async def stop(self, headers: Headers, run: str) -> None:
        """Ask the App to stop a run. `Refused`: the App said no."""
        data = await self._query(documents.STOP_PIPELINE, {"input": {"runId": run}}, headers)
        _accepted(data, "stopPipeline")

    async def runs(self, headers: Headers, slug: str, runs: Sequence[str], depth: str) -> Runs:
        """Return what the App knows of many runs of a workspace, in one request. `depth`: state, details or end."""
        variables = {"slug": slug, **{f"r{index}": run for index, run in enumerate(runs)}}
        unread: set[str] = set()
        try:
            data = await self._query(documents.runs(len(runs), depth), variables, headers)
        except GraphQLFailed as error:
            unread = {str(path[0]) for problem in error.errors if (path := problem.get("path"))}
            if error.data is None or not unread or unread & {"me", "workspace"}:
                raise
            data = error.data
        _require_person(data)
        aliases = {run: data.get(f"r{index}") for index, run in enumerate(runs) if f"r{index}" not in unread}
        return Runs(
            data.get("workspace") is not None, {run: None if raw is None else _run(raw) for run, raw in aliases.items()}
        )

    async def _query(self, document: str, variables: Mapping[str, Any], headers: Headers) -> dict[str, Any]:
        try:
            return await self._client.graphql(document, variables, headers)
        except Unavailable as error:
            if isinstance(error.__context__, aiohttp.ClientConnectorError):
                raise Unsent(error.message) from None
            raise

    async def _pages(
        self, document: str, variables: Mapping[str, Any], headers: Headers, path: Sequence[str]
    ) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            content: Any = await self._query(document, {**variables, "page": page}, headers)
            for key in path:
                content = content.get(key) or {}
            items += content.get("items") or []
            if page >= (content.get("totalPages") or 1):
                break
        return items


def _require_person(data: Mapping[str, Any]) -> None:
    """Raise NotAuthenticated when the App answered nobody: it takes an unknown token for an anonymous person."""
    me = data.get("me")
    if not isinstance(me, dict) or "user" not in me:
        raise unexpected_answer()
    if me["user"] is None:
        raise NotAuthenticated(_("Your session in OpenHEXA has ended. Log in to OpenHEXA again."))


def _accepted(data: Mapping[str, Any], mutation: str) -> dict[str, Any]:
    answer = data.get(mutation)
    if not isinstance(answer, dict) or not isinstance(answer.get("success"), bool):
        raise unexpected_answer()
    if not answer["success"]:
        raise Refused([str(code) for code in answer.get("errors") or ["UNKNOWN"]])
    return answer


def _pipeline(raw: Mapping[str, Any]) -> Pipeline:
    fields = {
        **raw,
        "mayRun": bool((raw.get("permissions") or {}).get("run")),
        "workspace": (raw.get("workspace") or {}).get("slug", ""),
    }
    return _convert({**fields, "name": raw.get("name") or raw.get("code")}, Pipeline)


def _run(raw: Mapping[str, Any]) -> Run:
    outputs = raw.get("outputs")
    return _convert(
        {**raw, "outputs": None if outputs is None else [_output(entry) for entry in outputs if entry]}, Run
    )


def _output(raw: Mapping[str, Any]) -> dict[str, Any]:
    kind = raw.get("__typename")
    if kind == "BucketObject":
        return {"kind": "file", "name": raw.get("objectName"), "path": raw.get("key"), "size": raw.get("size")}
    if kind == "DatabaseTable":
        return {"kind": "table", "name": raw.get("tableName"), "count": raw.get("count")}
    return {
        "kind": "generic",
        "name": raw.get("genericName"),
        "type": raw.get("genericType"),
        "uri": raw.get("genericUri"),
    }


def _convert(raw: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(raw, kind, strict=False)
    except (msgspec.ValidationError, TypeError, KeyError):
        raise unexpected_answer() from None
