"""The type of a module's list of routes."""

from __future__ import annotations

from tornado.web import RequestHandler

Routes = list[tuple[str, type[RequestHandler]]]
"""Paths below the service's prefix, as regular expressions, and their handlers."""
