"""Pipelines: the list of a workspace, and one with its parameters."""

from __future__ import annotations

from openhexa_contract.api import PipelinePage
from openhexa_hub.scopes import PIPELINES_READ
from openhexa_hub.service.api.base import PersonHandler, needs
from openhexa_hub.service.api.callback import PipelineUpdates
from openhexa_hub.service.api.routing import Routes


class PipelinesHandler(PersonHandler):
    """`GET /api/openhexa/pipelines/?workspace=`"""

    @needs(PIPELINES_READ)
    async def get(self) -> None:
        """Answer every pipeline of the workspace."""
        workspace = await self.own_workspace()
        self.answer(PipelinePage(await self.parts.catalogue.pipelines(self.caller, workspace)))


class PipelineHandler(PipelineUpdates):
    """`GET /api/openhexa/pipelines/{id}/` for people; `PATCH` for running pipelines."""

    @needs(PIPELINES_READ)
    async def get(self, pipeline: str) -> None:
        """Answer one pipeline with the parameters of its current version."""
        self.answer(await self.parts.catalogue.detail(self.caller, pipeline, self.query("workspace")))


routes: Routes = [
    (r"/api/openhexa/pipelines/", PipelinesHandler),
    (r"/api/openhexa/pipelines/([^/]+)/", PipelineHandler),
]
