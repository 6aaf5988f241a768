"""What of a request's cookies is sent on to the App."""

from __future__ import annotations

import re

import pytest

from openhexa_hub.app.session import session_from_cookies


def test_both_cookies() -> None:
    session = session_from_cookies(
        {"sessionid": "a" * 32, "csrftoken": "B" * 64, "other": "x"}, "https://hub.example.org"
    )
    assert session is not None
    assert (session.session_id, session.csrf_token, session.origin) == ("a" * 32, "B" * 64, "https://hub.example.org")


@pytest.mark.parametrize("cookies", [{}, {"sessionid": ""}, {"csrftoken": "c" * 32}])
def test_no_session(cookies: dict[str, str]) -> None:
    assert session_from_cookies(cookies) is None


@pytest.mark.parametrize("value", ["a; b=c", "a\r\nX: y", "a b", "a,b", 'a"b', "é", "a" * 513, "\x00"])
def test_what_could_change_the_header_is_no_session(value: str) -> None:
    assert session_from_cookies({"sessionid": value}) is None


@pytest.mark.parametrize("token", ["", "short", "c; d", "c" * 33])
def test_a_csrf_token_that_the_app_would_refuse_is_made_up(token: str) -> None:
    session = session_from_cookies({"sessionid": "a" * 32, "csrftoken": token})
    assert session is not None
    assert re.fullmatch(r"[0-9a-f]{32}", session.csrf_token)


def test_other_names() -> None:
    session = session_from_cookies({"s": "a", "c": "d" * 32}, session_cookie="s", csrf_cookie="c")
    assert session is not None
    assert (session.session_id, session.csrf_token) == ("a", "d" * 32)
