"""What a token's scopes say about whose it is."""

from __future__ import annotations

import pytest

from openhexa_contract.errors import Forbidden
from openhexa_hub.scopes import CREDENTIALS, CREDENTIALS_ANY, server_of

JANE = "Jane.O'Neil+Test@example.org"


def test_the_server_of_a_token() -> None:
    scopes = ["read:users", f"{CREDENTIALS}!server={JANE}/7-a--b", CREDENTIALS_ANY, "access:servers!server=x/y"]
    assert server_of(scopes) == (JANE, "7-a--b")


def test_the_unnamed_server_has_no_workspace() -> None:
    assert server_of([f"{CREDENTIALS}!server=jane/"]) == ("jane", "")


@pytest.mark.parametrize(
    "scopes",
    [
        [],
        [CREDENTIALS],
        [CREDENTIALS_ANY],
        [f"{CREDENTIALS}!user=jane"],
        [f"{CREDENTIALS}!server=jane/a", f"{CREDENTIALS}!server=jane/b"],
        [f"{CREDENTIALS}!server=jane/a", f"{CREDENTIALS}!user=jane"],
        [f"{CREDENTIALS}!server=jane/a", CREDENTIALS],
        [f"{CREDENTIALS}!server=jane"],
        [f"{CREDENTIALS}!server=/a"],
    ],
)
def test_other_tokens_are_no_servers(scopes: list[str]) -> None:
    with pytest.raises(Forbidden):
        server_of(scopes)
