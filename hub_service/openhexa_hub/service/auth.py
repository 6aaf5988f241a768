"""Who is asking: people by the hub's OAuth cookie or a token of the hub, pipelines by a callback token.

A request with a cookie must also carry the XSRF token, as everywhere in JupyterHub; a request with a token need not.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from jupyterhub.services.auth import HubOAuth
from tornado.web import RequestHandler

from openhexa_contract.errors import Forbidden, NotAuthenticated
from openhexa_contract.i18n import gettext as _
from openhexa_hub.scopes import server_of
from openhexa_hub.service.access import Caller
from openhexa_hub.service.memo import Memo


class ServiceOAuth(HubOAuth):
    """JupyterHub's own client for OAuth and tokens; it asks through the service's pool, and once for a token.

    JupyterHub's own way has no time-out, believes an answer for five minutes, a refusal too, and lets simultaneous
    requests all ask.
    """

    owner: Callable[[str], Awaitable[dict[str, Any] | None]] | None = None
    answers: Memo[str, dict[str, Any] | None] | None = None

    def remember(
        self, owner: Callable[[str], Awaitable[dict[str, Any] | None]], life: float, monotonic: Callable[[], float]
    ) -> None:
        """Ask `owner` whose a token is, and believe the answer for `life` seconds; a refusal is not kept."""
        self.owner = owner
        self.answers = Memo(life, monotonic, life_of=lambda model: 0.0 if model is None else life)

    def user_for_token(self, token: str, use_cache: bool = True, session_id: str = "", *, sync: bool = True) -> Any:
        """Return an awaitable of the hub's model of the token's owner, or of None."""
        if sync or self.answers is None or self.owner is None:
            return super().user_for_token(token, use_cache=use_cache, session_id=session_id, sync=sync)
        owner = self.owner
        if not use_cache:
            return owner(token)
        key = hashlib.sha256(f"{session_id}:{token}".encode("utf-8", "replace")).hexdigest()
        return self.answers.get(key, lambda: owner(token))

    def tls(self) -> ssl.SSLContext | None:
        """Return what connections to a hub with internal TLS need, or None."""
        if not (self.certfile and self.keyfile):
            return None
        context = ssl.create_default_context(cafile=self.client_ca or None)
        context.load_cert_chain(self.certfile, self.keyfile)
        return context


class Identities:
    """Turns requests into callers."""

    def __init__(self, oauth: ServiceOAuth) -> None:
        self.oauth = oauth

    async def caller(self, handler: RequestHandler, scope: str) -> Caller:
        """Return who asks, provided that the token holds `scope`. NotAuthenticated, Forbidden, or Unavailable when
        the hub is down.
        """
        model: dict[str, Any] | None = await self.oauth.get_user(handler, sync=False)
        if model is None:
            raise self._unknown(handler)
        if model.get("kind", "user") != "user":
            raise Forbidden(_("This address is for people; the token belongs to a service."))
        held = set(model.get("scopes", ()))
        if self.oauth.access_scopes and not self.oauth.check_scopes(self.oauth.access_scopes, model):
            raise Forbidden(_("This token does not give access to the pipelines service."))
        if not self.oauth.check_scopes({scope}, model):
            raise Forbidden(_("This token lacks the permission {scope}.").format(scope=scope))
        return Caller(str(model["name"]), _server(str(model["name"]), held))

    async def still(self, handler: RequestHandler, scope: str) -> Caller:
        """Return who asks, looked up again: for requests that last."""
        vars(handler).pop("_cached_hub_user", None)
        return await self.caller(handler, scope)

    def _unknown(self, handler: RequestHandler) -> NotAuthenticated | Forbidden:
        if self.oauth.get_token(handler, in_cookie=False):
            return NotAuthenticated(_("JupyterHub does not know this token. It may have expired; get another."))
        if self.oauth.get_token(handler):
            return Forbidden(
                _("The request's XSRF token is missing or wrong, or your login has ended. Load the page again.")
            )
        return NotAuthenticated(_("You are not logged in. Open the notebooks from OpenHEXA and try again."))


def bearer(handler: RequestHandler) -> str:
    """Return the token of the Authorization header (`Bearer …` or `token …`), or an empty text."""
    scheme, _space, token = handler.request.headers.get("Authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else ""


def _server(name: str, scopes: set[str]) -> str | None:
    """Return the workspace of the notebook server that a token belongs to; None for a person's own token or login."""
    try:
        owner, workspace = server_of(scopes)
    except Forbidden:
        return None
    return workspace if owner == name else None
