"""Reports of running pipelines: `PATCH /api/openhexa/pipelines/{id}/`, as the integration guide documents it."""

from __future__ import annotations

from openhexa_contract.api import TaskAnswer
from openhexa_contract.errors import NotAuthenticated
from openhexa_contract.i18n import gettext as _
from openhexa_hub.scopes import PIPELINES_LAUNCH
from openhexa_hub.service.api.base import PersonHandler, needs
from openhexa_hub.service.auth import bearer
from openhexa_hub.service.sealing import CALLBACK_PREFIX
from openhexa_hub.service.tasks.callback_tokens import CallbackToken


class PipelineUpdates(PersonHandler):
    """Understands PATCH: by a callback token, or by the person who launched the task."""

    token: CallbackToken | None = None

    async def identify(self, scope: str) -> bool:
        """Recognise a callback token here, and everybody else as usual. The token is never sent to the hub."""
        token = bearer(self)
        if self.request.method != "PATCH" or not token.startswith(CALLBACK_PREFIX):
            return await super().identify(scope)
        self.token = await self.parts.callback_tokens.recognise(token)
        if self.token is None:
            raise NotAuthenticated(
                _("This callback token is unknown or has expired. Put a new one into the connection.")
            )
        return True

    @needs(PIPELINES_LAUNCH)
    async def patch(self, pipeline: str) -> None:
        """Take a report over and answer the task as it is then."""
        reporter = self.caller if self.token is None else self.token
        task = await self.parts.reporter.report(reporter, pipeline, self.raw_body())
        self.answer(TaskAnswer(self.parts.store.show(task)))
