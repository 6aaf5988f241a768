"""Whose link a logout follows."""

from __future__ import annotations

import pytest

from openhexa_hub.logout import came_from_another_site


@pytest.mark.parametrize(
    ("headers", "another"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Referer": "http://localhost:8000/"}, True),
        ({"Referer": "http://localhost:8000/workspaces"}, False),
        ({"Referer": "https://evil.example/"}, True),
    ],
)
def test_other_sites(headers: dict[str, str], another: bool) -> None:
    assert came_from_another_site(headers, "localhost:8001") is another
