"""Whose session of the App serves for what: servers that start, servers that run, and the pipelines service."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from openhexa_contract.errors import Forbidden, NotAuthenticated, NotFound
from openhexa_contract.i18n import gettext as _
from openhexa_hub.app import AppClient, AppSession, Credentials
from openhexa_hub.vault import SessionVault

log = logging.getLogger(__name__)


class Owner(Protocol):
    """A hub user, as far as it matters here."""

    name: str

    async def get_auth_state(self) -> Mapping[str, Any] | None:
        """Return the decrypted auth_state."""

    async def save_auth_state(self, auth_state: Mapping[str, Any] | None) -> None:
        """Replace it."""


class CredentialSource:
    """Gets credentials from the App as the person they belong to, never as another."""

    def __init__(self, client: AppClient, vault: SessionVault) -> None:
        self._client = client
        self._vault = vault

    async def stored_session(self, owner: Owner) -> AppSession | None:
        """Return the session that the hub keeps for a person."""
        return self._vault.open(await owner.get_auth_state())

    async def for_start(self, owner: Owner, workspace: str, presented: AppSession | None) -> Credentials:
        """Return what a starting server gets; `workspace` is empty for the unnamed server.

        `presented` is the session in the cookies of the request that starts it. It serves only when it is the owner's:
        an administrator's start must not put the administrator's credentials into another's server. Raises PublicError
        otherwise.
        """
        session = await self._session_for_start(owner, presented)
        return await self._get(session, workspace)

    async def for_running(self, owner: Owner, workspace: str) -> Credentials:
        """Return fresh credentials for a server that runs, by the owner's stored session."""
        return await self._get(await self._required_session(owner), workspace)

    async def authorization(self, owner: Owner, workspace: str) -> dict[str, str]:
        """Return the headers by which the App sees a person in a workspace; empty: in none in particular.

        Members who may launch notebooks have a token (`HEXA_TOKEN`). Viewers, who may run pipelines, have only their
        session, and so has everybody outside of a workspace.
        """
        session = await self._required_session(owner)
        token = await self._token(session, workspace)
        if token:
            return {"Authorization": f"Bearer {token}"}
        return {"Cookie": self._client.session_headers(session)["Cookie"]}

    async def _token(self, session: AppSession, workspace: str) -> str | None:
        if not workspace:
            await self._client.authenticate(session)
            return None
        try:
            return (await self._client.workspace_credentials(session, workspace)).env.get("HEXA_TOKEN")
        except Forbidden:
            return None

    async def _session_for_start(self, owner: Owner, presented: AppSession | None) -> AppSession:
        stored = await self.stored_session(owner)
        if presented is None or (stored is not None and presented.session_id == stored.session_id):
            return stored or presented or self._nobody(owner)
        try:
            account = await self._client.authenticate(presented)
        except NotAuthenticated:
            return stored or self._nobody(owner)
        if account.username != owner.name:
            return stored or self._nobody(owner)
        await owner.save_auth_state(self._vault.seal(presented))
        return presented

    async def _required_session(self, owner: Owner) -> AppSession:
        session = await self.stored_session(owner)
        if session is None:
            raise NotFound(_no_session(owner))
        return session

    async def _get(self, session: AppSession, workspace: str) -> Credentials:
        if workspace:
            return await self._client.workspace_credentials(session, workspace)
        return await self._client.default_credentials(session)

    def _nobody(self, owner: Owner) -> AppSession:
        raise Forbidden(_no_session(owner))


def _no_session(owner: Owner) -> str:
    return _(
        "The notebooks hold no session of OpenHEXA for {user}, so they cannot get that person's credentials. "
        "{user} must open the notebooks from OpenHEXA once."
    ).format(user=owner.name)
