"""A named server is a workspace, and its name the workspace's slug as it is, on JupyterHub 5.5 and 6.x alike.

JupyterHub 6 accepts new server names only of 1 to 30 characters that begin with a letter and hold no `--`; a
workspace's slug may have 63, begin with a digit and hold `--`. Servers that are in the database already start whatever
their name (`allow_existing_invalid_named_servers`, "allow-start" by default). So the row is written just before the
hub's own check. JupyterHub 5 has no such check and never calls the method that is extended here.
"""

from __future__ import annotations

import re
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.handlers.pages import SpawnHandler

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def is_slug(name: str) -> bool:
    """Tell whether a name can be a workspace's slug: 1 to 63 of a-z, 0-9 and `-`, neither first nor last a `-`."""
    return _SLUG.fullmatch(name) is not None


class WorkspaceNames:
    """Extends a hub handler so that a workspace's slug is a valid name for a new server."""

    async def _check_named_server_request(
        self, user: Any, server_name: str, display_name: str, check_limit: bool = True
    ) -> None:
        handler: Any = self
        is_new = is_slug(server_name) and server_name not in user.orm_spawners
        if is_new and handler.allow_named_servers and not (check_limit and await _limit_reached(handler, user)):
            row = orm.Spawner(name=server_name, display_name=server_name)
            handler.db.add(row)
            row.user = user.orm_user
            handler.db.commit()
        check: Any = super()
        await check._check_named_server_request(user, server_name, display_name, check_limit)


async def _limit_reached(handler: Any, user: Any) -> bool:
    limit = await handler.get_current_user_named_server_limit()
    return bool(limit > 0 and len(set(user.orm_spawners) - {""}) >= limit)


class WorkspaceServerAPIHandler(WorkspaceNames, UserServerAPIHandler):
    """The hub's own API for one server, with workspaces' slugs as names."""


class WorkspaceSpawnHandler(WorkspaceNames, SpawnHandler):
    """The hub's own spawn page, with workspaces' slugs as names."""


routes: list[tuple[str, type]] = [
    (r"/api/users/([^/]+)/servers/([^/]*)", WorkspaceServerAPIHandler),
    (r"/spawn/([^/]+)/([^/]+)", WorkspaceSpawnHandler),
]
