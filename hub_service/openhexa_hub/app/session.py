"""A person's session in the App, as cookies. Pure: no input or output happens here."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

import msgspec

SESSION_COOKIE = "sessionid"
CSRF_COOKIE = "csrftoken"

# What may stand in a Cookie header without changing its structure (RFC 6265, cookie-octet).
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]{1,512}")
# The App accepts a pair of equal cookie and header: 32 characters, or 64 when masked.
_CSRF_VALUE = re.compile(r"[A-Za-z0-9]{32}(?:[A-Za-z0-9]{32})?")


class AppSession(msgspec.Struct, frozen=True, kw_only=True):
    """The two cookies of the App, and the origin from which the hub received them.

    `session_id` is what the App calls `sessionid`; `csrf_token` is its `csrftoken`. The App compares the CSRF cookie
    only with the header of the same request (it is not tied to the session), so a missing one is made up here.
    `origin` such as `https://hub.example.org` is sent as Referer, which the App checks behind https.
    """

    session_id: str
    csrf_token: str
    origin: str = ""

    def __repr__(self) -> str:
        """Say nothing secret."""
        return f"AppSession(session_id='…', origin={self.origin!r})"


def session_from_cookies(
    cookies: Mapping[str, str],
    origin: str = "",
    *,
    session_cookie: str = SESSION_COOKIE,
    csrf_cookie: str = CSRF_COOKIE,
) -> AppSession | None:
    """Return the session that a request's cookies hold; None when there is none that could be sent on as it is."""
    session_id = cookies.get(session_cookie, "").strip('"')
    if not _COOKIE_VALUE.fullmatch(session_id):
        return None
    csrf_token = cookies.get(csrf_cookie, "").strip('"')
    if not _CSRF_VALUE.fullmatch(csrf_token):
        csrf_token = secrets.token_hex(16)
    return AppSession(session_id=session_id, csrf_token=csrf_token, origin=origin)
