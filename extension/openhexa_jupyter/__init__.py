"""OpenHEXA in the notebook: `from openhexa_jupyter import pipelines, tasks`, and the extension of the user's server.

Importing this package costs nothing: each name is loaded when it is asked for, so a kernel never loads the server's
side and the server never loads the notebook's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openhexa_jupyter.notebook.pipelines import pipelines
    from openhexa_jupyter.notebook.tasks import tasks

__all__ = ["pipelines", "tasks"]


def __getattr__(name: str) -> Any:
    if name == "pipelines":
        from openhexa_jupyter.notebook.pipelines import pipelines

        return pipelines
    if name == "tasks":
        from openhexa_jupyter.notebook.tasks import tasks

        return tasks
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "_jupyter_server_extension_points"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """What jupyter_server loads; see its "Authoring a basic server extension"."""
    from openhexa_jupyter.server.extension import OpenHexaExtension

    return [{"module": "openhexa_jupyter", "app": OpenHexaExtension}]
