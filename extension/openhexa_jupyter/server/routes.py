"""Which requests of kernels and pages are forwarded to the pipelines service. Pure.

A path is relative to `/openhexa/api/` here and to `/api/` there; identifiers are integers or UUIDs, so no path can
climb.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Route(NamedTuple):
    """One permitted request."""

    method: str
    path: re.Pattern[str]


def _route(method: str, path: str) -> Route:
    return Route(method, re.compile(path.replace("{id}", "[0-9A-Za-z-]{1,64}")))


ROUTES: tuple[Route, ...] = (
    _route("GET", "openhexa/pipelines/"),
    _route("GET", "openhexa/pipelines/{id}/"),
    _route("POST", "openhexa/pipelines/{id}/launch/"),
    _route("GET", "tasks/"),
    _route("GET", "tasks/{id}/"),
    _route("GET", "tasks/{id}/logs/"),
    _route("POST", "tasks/{id}/stop/"),
)


def allowed_methods(path: str) -> tuple[str, ...]:
    """The methods that `path` may be asked with; empty for an unknown path."""
    return tuple(route.method for route in ROUTES if route.path.fullmatch(path))
