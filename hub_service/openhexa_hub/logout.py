"""GET /hub/logout: ends what the person has here.

The App's server calls it with the App's cookies of the person who logs out, and without the hub's; the App says whose
cookies they are. A browser may come by itself, with the hub's cookie. A link from another site ends nothing: it shows
a question.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from jupyterhub import orm
from jupyterhub.handlers.login import LogoutHandler
from tornado import web

from openhexa_contract.errors import Forbidden, NotAuthenticated, PublicError
from openhexa_contract.i18n import gettext as _
from openhexa_hub.errors import page_error


class OpenHexaLogoutHandler(LogoutHandler):
    """Takes the place of the hub's logout page."""

    async def get(self) -> None:
        """End the person's logins and, where `shutdown_on_logout` says so, their servers."""
        if came_from_another_site(self.request.headers, self.request.host):
            raise page_error(_question(), self.request.path, _("Log out of the notebooks"))
        user = await self._person()
        if user is not None:
            await self._end_sessions(user)
        self.clear_login_cookie()
        self._jupyterhub_user = None
        self.redirect(self.authenticator.openhexa.logout_redirect_url, permanent=False)

    async def _person(self) -> Any:
        """Return whose sessions end: whom the App's cookies name, else whom the hub's cookie names."""
        session = self.authenticator.session_of(self)
        if session is None:
            return self.current_user
        try:
            account = await self.authenticator.client.authenticate(session)
        except NotAuthenticated:
            return self.current_user
        except PublicError as error:
            if self.current_user is not None:
                return self.current_user
            raise page_error(error, self.request.uri) from None
        return self.find_user(account.username) or self.current_user

    async def _end_sessions(self, user: Any) -> None:
        """End the person's logins on every device: the hub's cookies, and the tokens of servers and services."""
        if self.shutdown_on_logout:
            await self._shutdown_servers(user)
        user.orm_user.cookie_id = orm.new_token()
        tokens = self.db.query(orm.APIToken).filter(
            orm.APIToken.user_id == user.id, orm.APIToken.client_id != "jupyterhub"
        )
        for token in tokens:
            self.db.delete(token)
        self.db.commit()
        await user.save_auth_state(None)
        self.log.info("User logged out: %s", user.name)


def came_from_another_site(headers: Any, host: str) -> bool:
    """Tell whether a browser followed another site's link. Requests of servers carry none of these headers."""
    fetch_site = headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return bool(fetch_site == "cross-site")
    referer = headers.get("Referer")
    return bool(referer) and urlsplit(referer).hostname != urlsplit(f"//{host}").hostname


def _question() -> PublicError:
    return Forbidden(_("Another site asks to log you out of the notebooks and to stop your servers. Do you want that?"))


routes: list[tuple[str, type[web.RequestHandler]]] = [(r"/logout", OpenHexaLogoutHandler)]
