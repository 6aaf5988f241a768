"""The session inside auth_state."""

from __future__ import annotations

from typing import Any

import pytest

from openhexa_hub.app import AppSession
from openhexa_hub.vault import FIELD, SessionVault

SESSION = AppSession(session_id="s" * 32, csrf_token="c" * 32, origin="http://hub")


def test_what_is_sealed_is_unreadable_and_opens_again() -> None:
    state = SessionVault([b"a"]).seal(SESSION)
    assert "sss" not in str(state)
    assert SessionVault([b"a"]).open(state) == SESSION


def test_a_rotated_key_opens_what_the_older_one_sealed() -> None:
    assert SessionVault([b"new", b"old"]).open(SessionVault([b"old"]).seal(SESSION)) == SESSION


@pytest.mark.parametrize(
    "state", [None, {}, {FIELD: None}, {FIELD: "nonsense"}, SessionVault([b"other"]).seal(SESSION)]
)
def test_what_does_not_open_is_no_session(state: dict[str, Any] | None) -> None:
    assert SessionVault([b"a"]).open(state) is None
