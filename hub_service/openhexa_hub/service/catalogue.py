"""Pipelines as a person may see them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from openhexa_contract.api import Permissions, PipelineDetail, PipelineSummary, VersionDetail, VersionSummary
from openhexa_contract.errors import Conflict, InvalidInput, NotFound
from openhexa_contract.i18n import gettext as _
from openhexa_hub.service.access import Access, Caller
from openhexa_hub.service.memo import Memo
from openhexa_hub.service.people import People
from openhexa_hub.service.platform import Pipeline, Platform, Version
from openhexa_hub.service.tasks.injection import mark_provided, with_stored


class Catalogue:
    """Asks the App as the person who asks, and keeps what it answers for `life` seconds for that person."""

    def __init__(
        self, access: Access, people: People, platform: Platform, monotonic: Callable[[], float], life: float
    ) -> None:
        self._access = access
        self._people = people
        self._platform = platform
        self._lists: Memo[tuple[str, str], list[PipelineSummary]] = Memo(life, monotonic, most=1000)
        self._details: Memo[tuple[str, str, str], Pipeline] = Memo(life, monotonic, most=1000)

    async def pipelines(self, caller: Caller, workspace: str) -> list[PipelineSummary]:
        """Return every pipeline of a workspace that the caller was found to have."""
        return await self._lists.get((caller.name, workspace), lambda: self._list(caller, workspace))

    async def detail(self, caller: Caller, pipeline: str, workspace: str | None) -> PipelineDetail:
        """Return a pipeline with its current parameters.

        Each has the value `stored` with the version; those that the service fills in are marked `provided`.
        """
        identifier = pipeline_id(pipeline)
        home = await self._home(caller, workspace)
        found = await self._details.get((caller.name, home, identifier), lambda: self._fetch(caller, identifier, home))
        version = found.current_version
        return PipelineDetail(
            id=found.id,
            name=found.name,
            code=found.code,
            description=found.description,
            workspace=found.workspace,
            permissions=Permissions(found.may_run),
            current_version=None
            if version is None
            else VersionDetail(
                id=version.id,
                version_number=version.version_number,
                version_name=version.version_name,
                parameters=mark_provided(with_stored(version.parameters or [], version.config or {})),
            ),
        )

    async def for_launch(
        self, caller: Caller, pipeline: str, wanted: str | int | None, workspace: str | None
    ) -> tuple[Pipeline, Version]:
        """Return a pipeline as it is now, and the version to launch: by id, number or name; None: the current one."""
        identifier = pipeline_id(pipeline)
        home = await self._home(caller, workspace)
        found = await self._fetch(caller, identifier, home)
        if found.current_version is None:
            sentence = _("The pipeline {name} cannot be launched here: it is a notebook, or has no version yet.")
            raise Conflict(sentence.format(name=found.name))
        if wanted is None or wanted == "" or _is(found.current_version, wanted):
            return found, found.current_version
        version = await self._version(caller, home, found, wanted)
        if version is None:
            sentence = _("The pipeline {name} has no version {version}.").format(
                name=found.name, version=str(wanted)[:60]
            )
            raise InvalidInput(sentence, {"version": _("There is no such version.")})
        return found, version

    async def _home(self, caller: Caller, named: str | None) -> str:
        """Return the workspace to look in; empty: in any of the person's."""
        if caller.server is None and not named:
            return ""
        return (await self._access.workspaces(caller, named))[0]

    async def _list(self, caller: Caller, workspace: str) -> list[PipelineSummary]:
        found = await self._people.act(
            caller.name, workspace, "list pipelines", lambda headers: self._platform.pipelines(headers, workspace)
        )
        return [_summary(pipeline) for pipeline in found]

    async def _fetch(self, caller: Caller, pipeline: str, home: str) -> Pipeline:
        found = await self._people.act(
            caller.name, home, "see a pipeline", lambda headers: self._platform.pipeline(headers, pipeline)
        )
        if found is None or (home and found.workspace != home):
            raise _no_pipeline(pipeline)
        return found

    async def _version(self, caller: Caller, home: str, pipeline: Pipeline, wanted: str | int) -> Version | None:
        identifier = as_uuid(wanted)
        if identifier is None:
            versions = await self._people.act(
                caller.name, home, "see a pipeline", lambda headers: self._platform.versions(headers, pipeline.id)
            )
            identifier = next((version.id for version in versions if _is(version, wanted)), None)
        if identifier is None:
            return None
        known = identifier
        return await self._people.act(
            caller.name, home, "see a pipeline", lambda headers: self._platform.version(headers, pipeline.id, known)
        )


def pipeline_id(text: str) -> str:
    """Return the id of a pipeline in its one form. NotFound for what is no UUID, since no pipeline has such an id."""
    identifier = as_uuid(text)
    if identifier is None:
        raise _no_pipeline(text)
    return identifier


def as_uuid(text: str | int) -> str | None:
    """Return a UUID in its one form, or None for what is none."""
    try:
        return str(uuid.UUID(str(text)))
    except ValueError:
        return None


def _is(version: Version, wanted: str | int) -> bool:
    names = {version.id, version.version_name, version.name, f"v{version.version_number}", str(version.version_number)}
    return str(wanted) in names


def _summary(pipeline: Pipeline) -> PipelineSummary:
    version = pipeline.current_version
    shown = None
    if version is not None:
        shown = VersionSummary(id=version.id, version_number=version.version_number, version_name=version.version_name)
    return PipelineSummary(
        id=pipeline.id,
        name=pipeline.name,
        code=pipeline.code,
        description=pipeline.description,
        current_version=shown,
        permissions=Permissions(pipeline.may_run),
    )


def _no_pipeline(pipeline: str) -> NotFound:
    return NotFound(_("You have no pipeline {pipeline}.").format(pipeline=pipeline[:60]))
