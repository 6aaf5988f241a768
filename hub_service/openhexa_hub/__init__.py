"""What runs beside JupyterHub: authenticator, credentials, and the pipelines service."""

from __future__ import annotations

from typing import Any

__all__ = ["configure"]


def configure(c: Any) -> None:
    """Set JupyterHub up for OpenHEXA; see `openhexa_hub.configuration`. Nothing else is imported before it is called."""
    from openhexa_hub.configuration import configure as apply  # noqa: PLC0415

    apply(c)
