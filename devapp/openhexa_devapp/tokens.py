"""Signed tokens in the shape of the App's: `base64url(JSON):signature`.

A membership's or a run's token is the signed uuid of its row, 95 characters long; changing that uuid ends the token.
Addresses for files carry a signed object that also names the hour until which they work.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from openhexa_devapp.database import Database


class BadSignature(ValueError):
    """The text was not signed by this App, or was changed since, or is too old."""


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Signer:
    """Signs JSON values with the App's own secret, kept in its database so that tokens outlive a restart."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @classmethod
    def of(cls, database: Database) -> Signer:
        """The signer of this data folder; its secret is made at first use."""
        database.run("INSERT OR IGNORE INTO setting VALUES ('secret', ?)", secrets.token_urlsafe(40))
        row = database.one("SELECT value FROM setting WHERE name = 'secret'")
        assert row is not None
        return cls(row["value"])

    def _signature(self, payload: str, salt: str) -> str:
        key = hashlib.sha256(salt.encode() + self._secret).digest()
        return _encode(hmac.new(key, payload.encode("ascii"), hashlib.sha256).digest())

    def sign(self, value: Any, *, salt: str = "") -> str:
        """Text that `read` turns back into the value; `salt` keeps uses apart."""
        payload = _encode(json.dumps(value, separators=(",", ":")).encode())
        return f"{payload}:{self._signature(payload, salt)}"

    def read(self, token: str, *, salt: str = "") -> Any:
        """The signed value. Raises BadSignature."""
        payload, _, signature = token.partition(":")
        if not token.isascii() or not hmac.compare_digest(self._signature(payload, salt), signature):
            raise BadSignature("Token signature is invalid")
        return json.loads(_decode(payload))

    def sign_until(self, value: dict[str, Any], seconds: int, *, salt: str) -> str:
        """A token for an address: one path segment, without a colon."""
        return _encode(self.sign({**value, "until": int(time.time()) + seconds}, salt=salt).encode("ascii"))

    def read_until(self, token: str, *, salt: str) -> dict[str, Any]:
        """What `sign_until` signed. Raises BadSignature, also when its time is over."""
        try:
            value = self.read(_decode(token).decode("ascii"), salt=salt)
        except (ValueError, UnicodeDecodeError) as error:
            raise BadSignature("Token signature is invalid") from error
        if value["until"] < time.time():
            raise BadSignature("The token is too old")
        return dict(value)
