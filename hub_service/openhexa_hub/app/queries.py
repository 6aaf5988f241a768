"""What the hub asks the App and how it reads the answers. Pure: no input or output happens here."""

from __future__ import annotations

from typing import Any

import msgspec

from openhexa_contract.errors import UpstreamFailed
from openhexa_contract.i18n import gettext as _


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who a session belongs to. `username` is the e-mail exactly as the App writes it, capital letters included."""

    username: str


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a notebook server gets from the App.

    `env` are environment variables, secrets among them; `server_hash` (`notebooks_server_hash`) names the pod of a
    workspace's server; `image` is the container image the workspace asks for. The last two are None for the unnamed
    server.
    """

    env: dict[str, str]
    image: str | None = None
    server_hash: str | None = None

    def __repr__(self) -> str:
        """Name the variables and keep their values."""
        return f"Credentials(env={sorted(self.env)}, image={self.image!r}, server_hash={self.server_hash!r})"


def unexpected_answer() -> UpstreamFailed:
    """Return the error for an answer that is not what the App is known to say."""
    return UpstreamFailed(
        _(
            "OpenHEXA gave an answer that the notebooks component does not understand, so nothing was done. "
            "Try again; if it happens again, tell the people who run this platform."
        )
    )


def read_account(answer: object) -> Account:
    """Read the answer of `/notebooks/authenticate/`: `{"username": "jane@example.org"}`."""
    if isinstance(answer, dict):
        username = answer.get("username")
        if isinstance(username, str) and username.strip() == username and 0 < len(username) <= 254:
            return Account(username=username)
    raise unexpected_answer()


def read_credentials(answer: object) -> Credentials:
    """Read the answer of `/notebooks/default-credentials/` or `/workspaces/credentials/`.

    Values of `env` that are not text are written as the shell would expect them; null ones are left out.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("env"), dict):
        raise unexpected_answer()
    env = {str(name): _as_text(value) for name, value in answer["env"].items() if value is not None}
    return Credentials(
        env=env,
        image=_text_or_none(answer.get("image")),
        server_hash=_text_or_none(answer.get("notebooks_server_hash")),
    )


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return msgspec.json.encode(value).decode()


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
