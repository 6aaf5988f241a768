"""Launching a pipeline."""

from __future__ import annotations

from openhexa_contract.api import LaunchRequest, TaskAnswer
from openhexa_hub.scopes import PIPELINES_LAUNCH
from openhexa_hub.service.api.base import PersonHandler, needs
from openhexa_hub.service.api.routing import Routes


class LaunchHandler(PersonHandler):
    """`POST /api/openhexa/pipelines/{id}/launch/`"""

    @needs(PIPELINES_LAUNCH)
    async def post(self, pipeline: str) -> None:
        """Launch, and answer 201 with the task. The header `Idempotency-Key` makes a repetition harmless."""
        request = self.body(LaunchRequest)
        key = self.request.headers.get("Idempotency-Key")
        task = await self.parts.launcher.launch(self.caller, pipeline, request, key, self.query("workspace"))
        self.answer(TaskAnswer(self.parts.store.show(task)), 201)


routes: Routes = [(r"/api/openhexa/pipelines/([^/]+)/launch/", LaunchHandler)]
