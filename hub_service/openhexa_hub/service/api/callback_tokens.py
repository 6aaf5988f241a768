"""Callback tokens of a workspace: what the connection `iaso-pipeline` holds."""

from __future__ import annotations

from openhexa_contract.api import CallbackTokenRequest
from openhexa_contract.errors import Forbidden, InvalidInput
from openhexa_contract.i18n import gettext as _
from openhexa_hub.scopes import PIPELINES_LAUNCH
from openhexa_hub.service.api.base import PersonHandler, needs
from openhexa_hub.service.api.routing import Routes


class CallbackTokensHandler(PersonHandler):
    """`POST /api/callback-tokens/`"""

    @needs(PIPELINES_LAUNCH)
    async def post(self) -> None:
        """Issue a token, for those whom the App lets change the workspace. It is shown this once."""
        named = self.body(CallbackTokenRequest).workspace
        if not named:
            raise InvalidInput(_("The request is not valid."), {"workspace": _("Name a workspace.")})
        (slug,) = await self.parts.access.workspaces(self.caller, named)
        if not (await self.parts.access.require(self.caller, slug)).may_update:
            sentence = _("Only people who may change the workspace {slug} may issue its callback tokens.")
            raise Forbidden(sentence.format(slug=slug))
        token = await self.parts.callback_tokens.issue(slug, self.caller.name)
        self.answer({"token": token, "url": self.parts.settings.public_url}, 201)


routes: Routes = [(r"/api/callback-tokens/", CallbackTokensHandler)]
