"""The hub's own HTTP API for OpenHEXA, by token only, never by cookie.

`POST /hub/api/openhexa/credentials` answers two callers:

(a) a server, by its own token and with the body `{}`: fresh credentials of its workspace. The token says which server
    it is: it holds exactly one scope `custom:openhexa:credentials!server=<owner>/<slug>`.
(b) the pipelines service, whose token holds `custom:openhexa:credentials:any`, with `{"user", "workspace", "reason"}`:
    the headers by which the App sees that person.

Errors are `{"error", "code", "fields"}`. 401 always means that the person's session in the App has ended; a token that
does not suffice is 403.
"""

from __future__ import annotations

from typing import Any

import msgspec
from jupyterhub.apihandlers.base import APIHandler
from tornado import web

from openhexa_contract.errors import Forbidden, InternalError, InvalidInput, NotAllowed, NotFound, PublicError
from openhexa_contract.i18n import gettext as _
from openhexa_hub.scopes import CREDENTIALS_ANY, server_of

MAX_BODY_BYTES = 10_000


class PersonRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What the pipelines service sends. `reason` is for the log of who saw what."""

    user: str
    workspace: str
    reason: str


class CredentialsHandler(APIHandler):
    """Gives credentials to servers and to the pipelines service."""

    _accept_cookie_auth = False
    _accept_token_auth = True

    async def post(self) -> None:
        """Answer both callers; which one it is shows in the body."""
        if self.current_user is None:
            raise Forbidden(_("This address needs a token of JupyterHub that may read credentials."))
        body = self._body()
        answer = await self._for_person(body) if body else await self._for_server()
        self.set_header("Cache-Control", "no-store")
        self.finish(msgspec.json.encode(answer))

    async def _for_server(self) -> dict[str, Any]:
        owner_name, workspace = server_of(self.expanded_scopes)
        user = self.current_user
        if getattr(user, "kind", "user") == "service" or owner_name != user.name:
            raise Forbidden(_("This token belongs to another person than the server."))
        credentials = await self.authenticator.credentials.for_running(user, workspace)
        self._audit(owner_name, workspace, "server", "renewal")
        environment = self.authenticator.environment_of(credentials, workspace)
        return {"workspace": workspace, "env": environment, "expires_at": None}

    async def _for_person(self, body: dict[str, Any]) -> dict[str, Any]:
        if CREDENTIALS_ANY not in self.expanded_scopes:
            raise Forbidden(_("This token may not ask for another person's credentials."))
        asked = _person_request(body)
        user = self.find_user(asked.user)
        if user is None:
            raise NotFound(
                _("The notebooks know nobody named {user}.").format(user=asked.user), {"user": _("Unknown.")}
            )
        headers = await self.authenticator.credentials.authorization(user, asked.workspace)
        self._audit(asked.user, asked.workspace, self.current_user.name, asked.reason)
        return {"headers": headers}

    def _audit(self, user: str, workspace: str, caller: str, reason: str) -> None:
        self.log.info(
            "openhexa credentials: user=%r workspace=%r caller=%r reason=%r", user, workspace, caller, reason[:200]
        )

    def _body(self) -> dict[str, Any]:
        raw = self.request.body.strip()
        if len(raw) > MAX_BODY_BYTES:
            raise InvalidInput(_("The request is too large."))
        try:
            body = msgspec.json.decode(raw or b"{}")
        except msgspec.DecodeError:
            raise InvalidInput(_("The request is not valid JSON.")) from None
        if not isinstance(body, dict):
            raise InvalidInput(_("The request must be a JSON object."))
        return body

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Refusals are no failures of the hub: no traceback for them."""
        if isinstance(value, PublicError):
            self.log.warning("%s: %s", self.request.path, value.message)
        else:
            super().log_exception(typ, value, tb)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Give every error its status before the hub writes it."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        super().send_error(error.status if isinstance(error, PublicError) else status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the one shape of error body."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(_as_public(error, status_code).body()))


def _person_request(body: dict[str, Any]) -> PersonRequest:
    try:
        return msgspec.convert(body, PersonRequest)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            _("The request must hold the texts user, workspace and reason, and nothing else: {problem}.").format(
                problem=error
            )
        ) from None


def _as_public(error: object, status_code: int) -> PublicError:
    if isinstance(error, PublicError):
        return error
    if isinstance(error, web.HTTPError) and status_code == 405:
        return NotAllowed(_("This address understands POST only."))
    if status_code < 500:
        return Forbidden(_("JupyterHub refused the request."))
    return InternalError(_("JupyterHub has a problem of its own. Try again; its log says more."))


routes: list[tuple[str, type]] = [(r"/api/openhexa/credentials", CredentialsHandler)]
