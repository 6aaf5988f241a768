"""Secrets at rest: sealed where they must be read again, hashed where they need not be."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

CALLBACK_PREFIX = "ohcb_"
"""What every callback token begins with, so that it is never taken for a hub's token, nor sent there."""


class Sealer:
    """Seals JSON values with Fernet. The first key seals, every key opens, so that keys can be changed by and by.

    `cookie_secret` signs the cookies of logins: derived from the first key, so that every replica has the same, also
    after a restart.
    `keys` are Fernet keys (32 bytes, URL-safe base64). ValueError when there is none or one is not such a key.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("At least one Fernet key is needed.")
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self.cookie_secret = hashlib.sha256(b"cookies:" + keys[0].encode()).digest()
        self._fingerprint_key = hashlib.sha256(b"fingerprint:" + keys[0].encode()).digest()

    def seal(self, value: Any) -> str:
        """Return the value encrypted, as text."""
        return self._fernet.encrypt(msgspec.json.encode(value)).decode()

    def open(self, sealed: str | None) -> Any:
        """Return the value that was sealed; None when there is none or no key opens it (the keys were changed)."""
        if not sealed:
            return None
        try:
            return msgspec.json.decode(self._fernet.decrypt(sealed.encode()))
        except (InvalidToken, msgspec.DecodeError):
            return None

    def fingerprint(self, value: Any) -> str:
        """Return what tells whether two values are equal, without telling them (keyed, so that nobody can try
        values).
        """
        body = msgspec.json.encode(value, order="deterministic")
        return hmac.new(self._fingerprint_key, body, hashlib.sha256).hexdigest()


def new_callback_token() -> str:
    """Return a token with 256 random bits, shown once and stored only as `hash_token`."""
    return CALLBACK_PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return what is stored of a token. A token is random and long, so a plain hash cannot be turned back by trying."""
    return hashlib.sha256(token.encode()).hexdigest()
