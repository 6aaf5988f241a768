"""Everything that `make demo` and `make test` need, installed once below the checkout. Only the standard library is
used.

    python3 tools/setup.py [--hub 5|6] [--venv DIR] [--browser]

A virtual environment gets the locked Python packages (every one pinned by hash), Node.js among them; the node proxy and
the bundled user interface come from their npm lock files. Nothing is done again while the inputs stay the same.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # before anything that an older Python cannot read
    sys.exit(
        "OpenHEXA Notebooks needs Python 3.11 or later, and this is Python %s.%s.\n"
        "Install a newer one, or name it: make demo PYTHON=python3.12" % sys.version_info[:2]
    )

import argparse
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROXY = ROOT / "hub_service" / "proxy"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHTS = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
INPUTS = (
    "pyproject.toml",
    "ui/build.py",
    "ui/package.json",
    "ui/package-lock.json",
    "hub_service/proxy/package-lock.json",
    "requirements/uv.txt",
    "tools/setup.py",
)


class SetupError(Exception):
    """A step that failed; the message says what it means and what to do."""


def run(command: list[str | Path], advice: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run one step quietly; on failure show what it printed, and the advice."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise SetupError("%s\n\n%s" % (done.stdout.strip()[-3000:], advice))


def fingerprint(lock: Path) -> str:
    """One hash over everything that decides what is installed."""
    digest = hashlib.sha256(("%s %s" % (sys.version, ROOT)).encode())
    for path in [lock, *(ROOT / name for name in INPUTS), *sorted((ROOT / "ui" / "src").glob("*"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def has_pip(venv: Path) -> bool:
    """Whether the virtual environment is there and whole; a set-up that was killed may have left half of one."""
    probe = [str(venv / "bin" / "python"), "-m", "pip", "--version"]
    return Path(probe[0]).exists() and subprocess.run(probe, capture_output=True).returncode == 0


def install(venv: Path, lock: Path) -> None:
    """Make the virtual environment and install the locked packages and this project into it."""
    offline = (
        "The packages could not be installed. If this machine has no network, connect it once and try again:\n"
        "they are fetched once and kept in %s." % venv
    )
    print(
        "Installing OpenHEXA Notebooks into %s (some minutes the first time) ..." % venv.relative_to(ROOT), flush=True
    )
    if not has_pip(venv):
        run(
            [sys.executable, "-m", "venv", "--clear", venv],
            "Python could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv",
        )
    python = venv / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]
    run([*pip, ROOT / "requirements" / "uv.txt"], offline)
    uv = [python, "-m", "uv", "pip"]
    run([*uv, "sync", "--quiet", "--python", python, "--require-hashes", lock], offline)
    node_first = {"PATH": "%s%s%s" % (venv / "bin", os.pathsep, os.environ.get("PATH", ""))}
    run(
        [*uv, "install", "--quiet", "--python", python, "--no-deps", "--no-build-isolation", "--editable", ROOT],
        "The project itself could not be installed (see above).",
        env=node_first,
    )
    npm = [venv / "bin" / "npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]
    run(npm, "The proxy's npm packages could not be installed. " + offline, cwd=PROXY, env=node_first)


def find_browser() -> str | None:
    """A Chromium of the machine, else the one that Playwright installed."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    home = Path.home()
    caches = [home / ".cache" / "ms-playwright", home / "Library" / "Caches" / "ms-playwright"]
    if "PLAYWRIGHT_BROWSERS_PATH" in os.environ:
        caches = [Path(os.environ["PLAYWRIGHT_BROWSERS_PATH"])]
    found = [path for cache in caches for program in PLAYWRIGHTS for path in sorted(cache.glob(program))]
    return str(found[0]) if found else None


def ensure_browser(venv: Path) -> None:
    """Chromium for the browser tests: found, else installed by the system's packages or by Playwright."""
    if find_browser():
        return
    print("Installing Chromium for the browser tests ...", flush=True)
    tries: list[list[list[str | Path]]] = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        tries.append([["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]])
    tries.append([[venv / "bin" / "playwright", "install", "chromium"]])
    for commands in tries:
        try:
            for command in commands:
                run(command, "", env={"DEBIAN_FRONTEND": "noninteractive"})
        except SetupError:
            continue
        if find_browser():
            return
    raise SetupError(
        "The browser tests need Chromium, and neither the system's package manager nor Playwright could install it.\n"
        "Install Chromium yourself (its command must be on the PATH), or run the other tests alone: make test-unit"
    )


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Install what the demo and the tests need.")
    parser.add_argument("--hub", choices=["5", "6"], default="6", help="major version of JupyterHub")
    parser.add_argument("--venv", type=Path, default=Path(".venv"), help="folder of the virtual environment")
    parser.add_argument("--browser", action="store_true", help="also find or install Chromium")
    return parser.parse_args()


def main() -> None:
    """Install what is missing, and say in one sentence what went wrong where something did."""
    options = arguments()
    venv = ROOT / options.venv
    lock = ROOT / "requirements" / ("hub%s.txt" % options.hub)
    stamp = venv / ".installed"
    wanted = fingerprint(lock)
    try:
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            install(venv, lock)
            stamp.write_text(wanted)
        if options.browser:
            ensure_browser(venv)
    except SetupError as error:
        sys.exit("\n%s" % error)


if __name__ == "__main__":
    main()
