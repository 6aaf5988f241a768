"""The App's session inside auth_state, encrypted once more by itself.

Whoever holds the hub's scope `admin:users` reads auth_state in clear, the App's own service token included; a session
of the App must not be readable there. No input or output happens here.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openhexa_hub.app.session import AppSession

FIELD = "openhexa_session"


class SessionVault:
    """Seals and opens sessions. `keys` are secrets of any length: the first seals, all of them open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(derive_key(key, b"openhexa app session")) for key in keys])

    def seal(self, session: AppSession) -> dict[str, Any]:
        """Return the auth_state that keeps this session."""
        return {FIELD: self._fernet.encrypt(msgspec.json.encode(session)).decode()}

    def open(self, auth_state: Mapping[str, Any] | None) -> AppSession | None:
        """Return the session that an auth_state keeps; None when there is none or the key that sealed it is gone."""
        sealed = (auth_state or {}).get(FIELD)
        if not isinstance(sealed, str):
            return None
        try:
            return msgspec.json.decode(self._fernet.decrypt(sealed.encode()), type=AppSession)
        except (InvalidToken, msgspec.DecodeError):
            return None


def derive_key(secret: bytes, purpose: bytes) -> bytes:
    """Return a Fernet key for one purpose, made from a secret that serves others too."""
    return base64.urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret))
