"""What a resolver sees of its request, and what it may leave for the answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from graphql import GraphQLError, GraphQLResolveInfo

from openhexa_devapp.database import Row
from openhexa_devapp.principals import Principal
from openhexa_devapp.services import Services


@dataclasses.dataclass
class Context:
    """One per request; resolvers reach it by `context_of`."""

    services: Services
    principal: Principal
    cookies: Mapping[str, str]
    base_url: str
    """The App's address as the caller wrote it, without a trailing slash."""
    new_session: str | None = None
    """Set by `login`: the key for the session cookie."""
    ended_session: bool = False
    """Set by `logout`."""

    @property
    def person(self) -> Row:
        """The person who asks. A run is refused with the App's own message."""
        if self.principal.person is None:
            raise GraphQLError("An unknown error occurred.")
        return self.principal.person


def context_of(info: GraphQLResolveInfo) -> Context:
    """The request's context, with its type."""
    context: Context = info.context
    return context


def done(**values: object) -> dict[str, object]:
    """The successful form of a mutation's result."""
    return {"success": True, "errors": [], **values}


def failed(*errors: str, **values: object) -> dict[str, object]:
    """The refusing form of a mutation's result."""
    return {"success": False, "errors": list(errors), **values}
