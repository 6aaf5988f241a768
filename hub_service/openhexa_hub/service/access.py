"""Which workspaces the App gives a person now. Believed for less than a minute, asked for once however many wait."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from openhexa_contract.errors import Forbidden, InvalidInput, NotFound
from openhexa_contract.i18n import gettext as _
from openhexa_hub.service.memo import Memo
from openhexa_hub.service.people import People
from openhexa_hub.service.platform import Platform, Workspace


class Caller(msgspec.Struct, frozen=True):
    """A person who asks. `server` is the workspace of her notebook server when its token asks, else None."""

    name: str
    server: str | None = None

    @property
    def home(self) -> str:
        """The workspace for which her authorization is asked for; empty: none in particular."""
        return self.server or ""


class Access:
    """Answers "may she?" by asking the App as herself."""

    def __init__(self, people: People, platform: Platform, monotonic: Callable[[], float], life: float) -> None:
        self._people = people
        self._platform = platform
        self._one: Memo[tuple[str, str], Workspace | None] = Memo(life, monotonic)
        self._all: Memo[tuple[str, str], list[str]] = Memo(life, monotonic)

    async def workspace(self, caller: Caller, named: str | None) -> str:
        """Return the one workspace that a request is about.

        A server's token: its own. A person: the named one, or her only one. InvalidInput when she has several and
        names none.
        """
        if caller.server is not None or named:
            return (await self.workspaces(caller, named))[0]
        slugs = await self.workspaces(caller, None)
        if len(slugs) == 1:
            return slugs[0]
        if not slugs:
            raise Forbidden(
                _("You are a member of no workspace in OpenHEXA. Ask an administrator of a workspace to invite you.")
            )
        sentence = _("Name one of your workspaces, as in ?workspace={first}. They are: {all}.")
        raise InvalidInput(
            _("You have several workspaces, and the request does not say which one it is about."),
            {"workspace": sentence.format(first=slugs[0], all=", ".join(slugs))},
        )

    async def workspaces(self, caller: Caller, named: str | None) -> tuple[str, ...]:
        """Return the workspaces whose tasks a request covers: the named one, a server's own, or all of the person's."""
        if caller.server is not None:
            if named not in (None, "", caller.server):
                sentence = _("This notebook server belongs to the workspace {own}; it cannot see {other}.")
                raise Forbidden(sentence.format(own=caller.server, other=named))
            named = caller.server
        if named:
            await self.require(caller, named)
            return (named,)
        return tuple(await self._all.get((caller.name, caller.home), lambda: self._ask_all(caller)))

    async def require(self, caller: Caller, slug: str) -> Workspace:
        """Return a workspace that the person may see; NotFound otherwise, whether or not it exists."""
        found = await self._one.get((caller.name, slug), lambda: self._ask_one(caller.name, slug))
        if found is None:
            raise NotFound(_("You have no workspace {slug} in OpenHEXA.").format(slug=slug))
        return found

    async def _ask_one(self, person: str, slug: str) -> Workspace | None:
        return await self._people.act(person, slug, "access", lambda headers: self._platform.workspace(headers, slug))

    async def _ask_all(self, caller: Caller) -> list[str]:
        found = await self._people.act(caller.name, caller.home, "access", self._platform.workspaces)
        return [workspace.slug for workspace in found]
