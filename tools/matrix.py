"""Run the whole suite on each supported JupyterHub and on each Python from 3.11 on that is at hand.

The tests with real programs and the browser run once per JupyterHub (on the first Python), the unit suites on every
Python.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINORS = range(11, 20)
HUBS = ("5", "6")
UNIT = ["-n", "auto", "-m", "not hub and not runs and not browser"]


def candidates(minor: int) -> Iterator[Path]:
    """Where a Python of that minor version may be: on the PATH, and below pyenv's folder."""
    if found := shutil.which(f"python3.{minor}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/3.{minor}.*/bin/python3.{minor}"))


def works(python: Path, minor: int) -> bool:
    """Whether the interpreter starts and is what its name says."""
    probe = [str(python), "-c", "import sys, venv, ensurepip; print(sys.version_info[1])"]
    done = subprocess.run(probe, capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() == str(minor)


def pythons() -> Iterator[tuple[int, Path]]:
    """One working interpreter for each minor version that is at hand."""
    for minor in MINORS:
        found = next((python for python in candidates(minor) if works(python, minor)), None)
        if found:
            yield minor, found


def suite(python: Path, minor: int, hub: str, selection: list[str]) -> bool:
    """Install one combination into its own environment and run its tests; true when they pass."""
    venv = f".venv-py3{minor}-hub{hub}"
    print(f"\n=== Python 3.{minor}, JupyterHub {hub} ===", flush=True)
    setup = [str(python), "tools/setup.py", "--hub", hub, "--venv", venv]
    if subprocess.run(setup, cwd=ROOT).returncode:
        return False
    environment = {**os.environ, "PATH": f"{ROOT / venv / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run([f"{venv}/bin/pytest", "-q", *selection], cwd=ROOT, env=environment).returncode == 0


def main() -> None:
    """Run the matrix; the exit status tells whether all of it passed."""
    results: dict[str, bool] = {}
    for position, (minor, python) in enumerate(pythons()):
        for hub in HUBS:
            selection = [] if position == 0 else UNIT
            results[f"Python 3.{minor}, JupyterHub {hub}"] = suite(python, minor, hub, selection)
    print()
    for name, passed in results.items():
        print(f"{'passed' if passed else 'FAILED'}  {name}")
    sys.exit(not (results and all(results.values())))


if __name__ == "__main__":
    main()
