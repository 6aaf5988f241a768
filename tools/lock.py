"""Resolve the dependencies of pyproject.toml anew: one lock per JupyterHub line, pinned by hash, without addresses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = [sys.executable, "-m", "uv", "pip", "compile", "--universal", "--python-version", "3.11", "--upgrade"]
PLAIN = ["--generate-hashes", "--quiet", "--no-header", "--no-annotate"]
LOCKS = {"hub6": "jupyterhub>=6,<7", "hub5": "jupyterhub>=5.5,<6"}


def compile_lock(name: str, source: str, constraint: str = "", *arguments: str) -> None:
    """Write `requirements/<name>.txt` from a source file, or from standard input when the source is `-`."""
    target = ROOT / "requirements" / f"{name}.txt"
    command = [*COMPILE, *PLAIN, *arguments, "-o", str(target), source]
    subprocess.run(command, cwd=ROOT, input=constraint, text=True, check=True)


def main() -> None:
    """Write all locks."""
    compile_lock("uv", "-", "uv>=0.6")
    for name, constraint in LOCKS.items():
        compile_lock(name, "pyproject.toml", constraint, "--all-extras", "--constraint", "-")


if __name__ == "__main__":
    main()
