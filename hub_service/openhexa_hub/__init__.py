"""What runs beside JupyterHub: authenticator, credentials, and the pipelines service."""

from __future__ import annotations

from typing import Any

__all__ = ["configure"]


def configure(c: Any) -> None:
    """Set JupyterHub up for OpenHEXA, see `openhexa_hub.configuration`, which is imported only when this is called."""
    from openhexa_hub.configuration import configure as apply

    apply(c)
