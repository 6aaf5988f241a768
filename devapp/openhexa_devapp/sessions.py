"""Sessions and the two cookies of a browser, with the App's names, ages and flags."""

from __future__ import annotations

import hashlib
import secrets
import string
import time
from typing import Literal

from starlette.responses import Response

from openhexa_devapp import csrf
from openhexa_devapp.database import Database
from openhexa_devapp.settings import Settings

SESSION_COOKIE = "sessionid"
SESSION_SECONDS = 31_536_000
CSRF_SECONDS = 31_449_600
SAME_SITE: dict[str, Literal["lax", "strict", "none"]] = {"lax": "lax", "strict": "strict", "none": "none"}
KEY_LETTERS = string.ascii_lowercase + string.digits


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class Sessions:
    """Who is logged in. Keys are stored hashed."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def start(self, person_id: str) -> str:
        """A new session; its key, for the cookie."""
        key = "".join(secrets.choice(KEY_LETTERS) for _ in range(32))
        self._database.insert("session", key_hash=_hash(key), person=person_id, expires=time.time() + SESSION_SECONDS)
        return key

    def person_id(self, key: str) -> str | None:
        """None for a key that is unknown or too old."""
        row = self._database.one(
            "SELECT person FROM session WHERE key_hash = ? AND expires > ?", _hash(key), time.time()
        )
        return str(row["person"]) if row else None

    def end(self, key: str | None) -> None:
        """The key means nothing from now on."""
        if key:
            self._database.run("DELETE FROM session WHERE key_hash = ?", _hash(key))

    def set_cookies(self, response: Response, key: str) -> None:
        """Both cookies of a login: a fresh CSRF token and the session."""
        self.set_csrf_cookie(response, csrf.new_secret())
        self._set(response, SESSION_COOKIE, key, SESSION_SECONDS)

    def set_csrf_cookie(self, response: Response, secret: str) -> None:
        """For a year."""
        self._set(response, csrf.COOKIE, secret, CSRF_SECONDS)

    def clear_cookie(self, response: Response) -> None:
        """Take the session cookie back."""
        response.set_cookie(
            SESSION_COOKIE,
            "",
            max_age=0,
            expires="Thu, 01 Jan 1970 00:00:00 GMT",
            path="/",
            domain=self._settings.session_cookie_domain,
            samesite="lax",
        )

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        is_session = name == SESSION_COOKIE
        samesite = SAME_SITE.get(self._settings.session_cookie_samesite.lower(), "lax") if is_session else "lax"
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            expires=seconds,
            path="/",
            domain=self._settings.session_cookie_domain if is_session else self._settings.csrf_cookie_domain,
            secure=self._settings.trust_forwarded_proto,
            httponly=is_session,
            samesite=samesite,
        )
