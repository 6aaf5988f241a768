"""Which names are workspaces' slugs, and when the row of a server is written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jupyterhub
import pytest

from openhexa_hub.servers import WorkspaceNames, is_slug

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["a", "9", "7-a--b", "a" * 63, "sahel-programme"])
def test_slugs(name: str) -> None:
    assert is_slug(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a/b", "a" * 64, "é", "a\n", "a b"])
def test_no_slugs(name: str) -> None:
    assert not is_slug(name)


class Check:
    """Stands for the hub's own check: tells what is in the database when it runs."""

    async def _check_named_server_request(
        self, user: Any, server_name: str, display_name: str, check_limit: bool
    ) -> None:
        self.rows_at_check = set(user.orm_spawners)


class Handler(WorkspaceNames, Check):
    allow_named_servers = True

    def __init__(self, user: Any, limit: int = 0) -> None:
        self.limit = limit
        self.db = SimpleNamespace(add=lambda row: user.orm_spawners.setdefault(row.name, row), commit=lambda: None)

    async def get_current_user_named_server_limit(self) -> int:
        return self.limit


def a_user(*names: str) -> Any:
    return SimpleNamespace(orm_spawners=dict.fromkeys(["", *names]), orm_user=None)


@pytest.mark.skipif(jupyterhub.version_info < (6,), reason="JupyterHub 5 takes every name and never calls this")
@pytest.mark.parametrize(
    ("name", "limit", "written"),
    [("7--a", 0, True), ("Not a slug", 0, False), ("new", 1, False), ("new", 2, True), ("old", 1, True)],
)
async def test_the_row_is_written_before_the_hubs_check(name: str, limit: int, written: bool) -> None:
    user = a_user("old")
    handler = Handler(user, limit)
    await handler._check_named_server_request(user, name, name)
    assert (name in handler.rows_at_check) is written


async def test_no_row_where_named_servers_are_off() -> None:
    user = a_user()
    handler = Handler(user)
    handler.allow_named_servers = False
    await handler._check_named_server_request(user, "a", "a", check_limit=False)
    assert handler.rows_at_check == {""}
