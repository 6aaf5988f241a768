"""The drawing of forms, tasks and lists of pipelines: one ES module, for the notebook's widgets and the dashboard.

`states` makes the JSON that the module draws, `labels` its sentences; the module itself holds no rule and no sentence.
"""

from __future__ import annotations

from pathlib import Path

_MODULE = Path(__file__).parent / "static" / "openhexa-ui.js"


class ModuleMissing(RuntimeError):
    """The ES module has not been built: it is a build product, in the wheel but not in the repository."""


def module_path() -> Path:
    """Where the ES module is. Raises ModuleMissing, which says how to build it."""
    if not _MODULE.is_file():
        raise ModuleMissing(
            f"The user interface has not been built: there is no {_MODULE}. "
            "In a clone run `npm ci && npm run build` in the folder ui, or install the project again."
        )
    return _MODULE
