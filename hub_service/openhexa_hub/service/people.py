"""The authorization of people for the App, as the hub gives it to this service.

Kept in memory for a short while, dropped when the App no longer knows it, asked for once however many wait. Never
logged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from openhexa_contract.errors import NotAuthenticated
from openhexa_hub.service.hub import Hub
from openhexa_hub.service.memo import Memo
from openhexa_hub.service.platform import Headers

T = TypeVar("T")


class People:
    """Headers by which the App sees a person; kept for `life` seconds."""

    def __init__(self, hub: Hub, monotonic: Callable[[], float], life: float) -> None:
        self._hub = hub
        self._headers: Memo[tuple[str, str], dict[str, str]] = Memo(life, monotonic)

    async def headers(self, person: str, workspace: str, reason: str) -> Headers:
        """Return the headers for a person in a workspace (empty: in none in particular); errors as of `Hub.headers`."""
        return await self._headers.get((person, workspace), lambda: self._hub.headers(person, workspace, reason))

    async def act(self, person: str, workspace: str, reason: str, call: Callable[[Headers], Awaitable[T]]) -> T:
        """Return what `call` returns; when the App does not know the person's headers, call again with fresh ones."""
        headers = await self.headers(person, workspace, reason)
        try:
            return await call(headers)
        except NotAuthenticated:
            self.drop(person, workspace)
        return await call(await self.headers(person, workspace, reason))

    def drop(self, person: str, workspace: str) -> None:
        """Forget a person's headers, because the App does not know them any more."""
        self._headers.drop((person, workspace))
