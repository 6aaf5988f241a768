"""Django's rule against forged requests, as the App applies it: a cookie and a header (or form field) that agree.

It is a pure double submit: any well-formed pair passes, whoever's session it is. No input or output happens here.
See Django's `middleware/csrf.py`.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string
from urllib.parse import urlsplit

from starlette.requests import Request

from openhexa_devapp.settings import Settings

COOKIE = "csrftoken"
HEADER = "x-csrftoken"
FIELD = "csrfmiddlewaretoken"
LETTERS = string.ascii_letters + string.digits
SECRET_LENGTH = 32
SHAPE = re.compile(r"[a-zA-Z0-9]{32}(?:[a-zA-Z0-9]{32})?")


class Forged(Exception):
    """The request may come from another site; the message says why."""


def new_secret() -> str:
    """32 random letters and digits."""
    return "".join(secrets.choice(LETTERS) for _ in range(SECRET_LENGTH))


def masked(secret: str) -> str:
    """The 64 character form of a secret, another one each time."""
    mask = new_secret()
    shifted = (LETTERS[(LETTERS.index(a) + LETTERS.index(b)) % len(LETTERS)] for a, b in zip(secret, mask, strict=True))
    return mask + "".join(shifted)


def unmasked(token: str) -> str:
    """The secret in a token of either form."""
    if len(token) == SECRET_LENGTH:
        return token
    mask, cipher = token[:SECRET_LENGTH], token[SECRET_LENGTH:]
    return "".join(LETTERS[LETTERS.index(c) - LETTERS.index(m)] for c, m in zip(cipher, mask, strict=True))


def cookie_secret(request: Request) -> str | None:
    """The secret in the request's cookie, None when there is no well-formed one."""
    token = request.cookies.get(COOKIE, "")
    return unmasked(token) if SHAPE.fullmatch(token) else None


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether the browser used https, as far as the App can know."""
    forwarded = request.headers.get("x-forwarded-proto", "") if settings.trust_forwarded_proto else ""
    return (forwarded or request.url.scheme) == "https"


def check(request: Request, settings: Settings, form_token: str | None = None) -> None:
    """Raise Forged unless this request, which changes something, may be believed."""
    _check_sender(request, settings)
    secret = cookie_secret(request)
    if secret is None:
        raise Forged("CSRF cookie not set.")
    token = form_token or request.headers.get(HEADER, "")
    if not SHAPE.fullmatch(token):
        raise Forged("CSRF token missing or of the wrong shape.")
    if not hmac.compare_digest(unmasked(token), secret):
        raise Forged("CSRF token incorrect.")


def _check_sender(request: Request, settings: Settings) -> None:
    secure = is_secure(request, settings)
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if origin is not None:
        if origin != f"{'https' if secure else 'http'}://{host}" and origin not in settings.csrf_trusted_origins:
            raise Forged("Origin checking failed.")
    elif secure:
        _check_referer(request, settings, host)


def _check_referer(request: Request, settings: Settings, host: str) -> None:
    """Only for https. With a cookie domain, the port of the App's own socket counts, behind a proxy too (a trap)."""
    referer = request.headers.get("referer")
    if referer is None:
        raise Forged("Referer checking failed - no Referer.")
    parts = urlsplit(referer)
    if parts.scheme != "https" or not parts.netloc:
        raise Forged("Referer checking failed - Referer is insecure.")
    if any(urlsplit(origin).netloc == parts.netloc for origin in settings.csrf_trusted_origins):
        return
    good = host
    if settings.csrf_cookie_domain:
        port = (request.scope.get("server") or ("", None))[1]
        good = settings.csrf_cookie_domain + (f":{port}" if port not in (None, 80, 443) else "")
    same = parts.netloc == good or (good.startswith(".") and (parts.netloc.endswith(good) or parts.netloc == good[1:]))
    if not same:
        raise Forged("Referer checking failed - does not match any trusted origins.")
