"""Who asks; login and logout; people."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from openhexa_devapp.database import Row
from openhexa_devapp.graphql.context import context_of, done
from openhexa_devapp.people import display_name
from openhexa_devapp.sessions import SESSION_COOKIE


def resolve_me(source: None, info: GraphQLResolveInfo) -> dict[str, Any]:
    """For a run, `me` is nobody, too."""
    person = context_of(info).principal.person
    return {
        "user": person,
        "features": [],
        "has_two_factor_enabled": False,
        "permissions": {
            "admin_panel": bool(person and person["is_superuser"]),
            "super_user": bool(person and person["is_superuser"]),
            "create_team": person is not None,
            "create_accessmod_project": False,
            "manage_accessmod_access_requests": False,
        },
    }


def login(source: None, info: GraphQLResolveInfo, input: dict[str, str]) -> dict[str, Any]:  # noqa: A002
    """A wrong address, a wrong password and an inactive person give the same answer."""
    context = context_of(info)
    person = context.services.people.log_in(input["email"], input["password"])
    if person is None:
        return {"success": False, "errors": ["INVALID_CREDENTIALS"]}
    context.new_session = context.services.sessions.start(person["id"])
    return {"success": True, "errors": None}


def logout(source: None, info: GraphQLResolveInfo) -> dict[str, object]:
    """Ends the session of the request's cookie."""
    context = context_of(info)
    context.services.sessions.end(context.cookies.get(SESSION_COOKIE))
    context.ended_session = True
    return done()


def resolve_display_name(person: Row, info: GraphQLResolveInfo) -> str:
    """First and last name."""
    return display_name(person)


def resolve_avatar(person: Row, info: GraphQLResolveInfo) -> dict[str, str]:
    """Two letters on a colour that stays the same."""
    initials = "".join(name[:1] for name in (person["first_name"], person["last_name"]))
    return {"initials": initials.upper(), "color": f"#{person['id'][:6]}"}


RESOLVERS = {
    "Query": {"me": resolve_me},
    "Mutation": {"login": login, "logout": logout},
    "User": {
        "displayName": resolve_display_name,
        "avatar": resolve_avatar,
        "language": lambda person, info: "en",
        "analyticsEnabled": lambda person, info: False,
    },
}
