"""GET /hub/login: the App's cookies in, the hub's login out.

| the request                                      | the answer                                                  |
|--------------------------------------------------|-------------------------------------------------------------|
| a session that lives                             | logged in, on to `next`                                     |
| no session, or one that has ended                | to the App's login page, with the way back as its `next`    |
| the same, coming back from the App's login page  | a page that says so: the App's cookies do not reach the hub |
| the App cannot be reached or answers nonsense    | 503 or 502, with a link to try again; never a login         |
"""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers.login import LoginHandler
from tornado.httputil import url_concat

from openhexa_contract.errors import Forbidden, PublicError
from openhexa_contract.i18n import gettext as _
from openhexa_hub.errors import page_error

CAME_BACK = "from_openhexa"


class OpenHexaLoginHandler(LoginHandler):
    """Takes the place of the hub's login page."""

    async def get(self) -> None:
        """Log the person in by the App's session, see the module's table."""
        if self.current_user is not None and not await self._is_another_session():
            self.set_login_cookie(self.current_user)
            self.redirect(self.get_next_url(self.current_user), permanent=False)
            return
        try:
            user = await self.login_user()
        except PublicError as error:
            self.log.warning("Nobody is logged in: %s", error.message)
            raise page_error(error, self.request.uri) from None
        if user is not None:
            self._jupyterhub_user = user
            self.redirect(self.get_next_url(user), permanent=False)
        elif self.get_argument(CAME_BACK, ""):
            raise page_error(_unseen_login(), self._app_login_url(), _("Log in to OpenHEXA"))
        else:
            self.redirect(self._app_login_url(), permanent=False)

    async def _is_another_session(self) -> bool:
        """Tell whether the App's cookies are of another session than the hub's login: then the App must be asked."""
        presented = self.authenticator.session_of(self)
        if presented is None:
            return False
        stored = await self.authenticator.credentials.stored_session(self.current_user)
        return stored is None or stored.session_id != presented.session_id

    def _app_login_url(self) -> str:
        back = url_concat(self._own_url(), {"next": self.get_next_url(), CAME_BACK: "1"})
        return str(url_concat(self.authenticator.openhexa.login_url, {"next": back}))

    def _own_url(self) -> str:
        public = self.settings.get("public_url")
        address = f"{public.scheme}://{public.netloc}" if public else f"{self.request.protocol}://{self.request.host}"
        return f"{address}{self.hub.base_url}login"


def _unseen_login() -> PublicError:
    return Forbidden(
        _(
            "You are not logged in to the notebooks: "
            "OpenHEXA's session is not visible here, has ended, or may not use them. "
            "Log in to OpenHEXA again. If you come back to this page, allow cookies for this site or tell your support."
        )
    )


routes: list[tuple[str, Any]] = [(r"/login", OpenHexaLoginHandler)]
