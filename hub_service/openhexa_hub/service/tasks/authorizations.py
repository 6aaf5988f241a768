"""With whose authorization a run is followed: its launcher's, from memory, from the task, or fresh from the hub."""

from __future__ import annotations

from collections.abc import Sequence

from openhexa_contract.errors import Forbidden, NotAuthenticated, NotFound
from openhexa_hub.service.people import People
from openhexa_hub.service.platform import Headers
from openhexa_hub.service.sealing import Sealer


class NotFollowed(Exception):
    """Nobody's authorization is left."""


class Authorizations:
    """Keeps the headers that worked last for each person and workspace, so that following runs needs no hub."""

    def __init__(self, people: People, sealer: Sealer) -> None:
        self._people = people
        self._sealer = sealer
        self._worked: dict[tuple[str, str], tuple[Headers, str]] = {}

    async def headers(self, person: str, workspace: str, sealed: Sequence[str | None]) -> Headers:
        """Return headers to try. `sealed` are those that the tasks hold, from before a restart. NotFollowed: there
        are none.
        """
        kept = self._worked.get((person, workspace))
        if kept is not None:
            return kept[0]
        for text in sealed:
            opened = self._sealer.open(text)
            if isinstance(opened, dict):
                return self._keep(person, workspace, opened, text)
        return await self._ask(person, workspace)

    async def renewed(self, person: str, workspace: str) -> Headers:
        """Return fresh headers from the hub, since the App does not know the old ones any more. NotFollowed: there
        are none.
        """
        self.forget(person, workspace)
        return await self._ask(person, workspace)

    def sealed(self, headers: Headers) -> str:
        """Return headers as a task holds them: the same text for the same headers."""
        for kept, text in self._worked.values():
            if kept is headers:
                return text
        return self._sealer.seal(dict(headers))

    def release(self, person: str, workspace: str) -> None:
        """Keep nothing for a person of whose runs in the workspace none is followed any more."""
        self._worked.pop((person, workspace), None)

    def forget(self, person: str, workspace: str) -> None:
        """Forget what does not work any more."""
        self.release(person, workspace)
        self._people.drop(person, workspace)

    async def _ask(self, person: str, workspace: str) -> Headers:
        try:
            headers = await self._people.headers(person, workspace, "follow a run")
        except (NotAuthenticated, NotFound, Forbidden):
            raise NotFollowed from None
        return self._keep(person, workspace, headers, None)

    def _keep(self, person: str, workspace: str, headers: Headers, sealed: str | None) -> Headers:
        self._worked[person, workspace] = (headers, sealed or self._sealer.seal(dict(headers)))
        return headers
