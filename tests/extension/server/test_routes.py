from __future__ import annotations

import pytest

from openhexa_jupyter.server.routes import allowed_methods

PIPELINE = "openhexa/pipelines/60fcb048-a5f6-4a79-9529-1ccfa55e75d1/"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("openhexa/pipelines/", ("GET",)),
        (PIPELINE, ("GET",)),
        (f"{PIPELINE}launch/", ("POST",)),
        ("tasks/", ("GET",)),
        ("tasks/12/", ("GET",)),
        ("tasks/7d2b1c9e-0d8c-4f0b-9d55-2f8f3b0a1c12/", ("GET",)),
        ("tasks/12/logs/", ("GET",)),
        ("tasks/12/stop/", ("POST",)),
    ],
)
def test_what_the_notebook_needs_is_allowed(path: str, methods: tuple[str, ...]) -> None:
    assert allowed_methods(path) == methods


@pytest.mark.parametrize(
    "path",
    [
        "",
        "callback-tokens/",
        "events/",
        "health",
        "tasks",
        "tasks/../callback-tokens/",
        "tasks/%2e%2e/",
        "tasks/12/../../callback-tokens/",
        "tasks/1 2/",
        "tasks//",
        "tasks/12/\n",
        "tasks/" + "1" * 65 + "/",
        "openhexa/pipelines/config/launch/../",
        "//example.org/",
    ],
)
def test_all_else_is_not(path: str) -> None:
    assert allowed_methods(path) == ()
