"""What a person reads when the set-up cannot go on."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "tools" / "setup.py"


@pytest.fixture
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_tool", SETUP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on its PATH and an empty home; its virtual environment's Playwright installs nothing."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    playwright = tmp_path / "venv" / "bin" / "playwright"
    playwright.parent.mkdir(parents=True)
    playwright.write_text(f"#!{sys.executable}\nraise SystemExit('download refused')\n")
    playwright.chmod(0o755)
    return tmp_path


def test_without_a_browser_it_says_what_was_tried_and_what_to_do(setup: ModuleType, bare: Path) -> None:
    assert setup.find_browser() is None
    with pytest.raises(setup.SetupError, match=r"neither .* could install it[\s\S]*make test-unit"):
        setup.ensure_browser(bare / "venv")


@pytest.mark.parametrize(
    "program",
    [
        ".cache/ms-playwright/chromium-1200/chrome-linux/chrome",
        ".cache/ms-playwright/chromium-1200/chrome-linux64/chrome",
        "Library/Caches/ms-playwright/chromium-1200/chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    ],
)
def test_playwrights_own_browser_is_found(setup: ModuleType, bare: Path, program: str) -> None:
    path = bare / program
    path.parent.mkdir(parents=True)
    path.touch()
    assert setup.find_browser() == str(path)


def test_the_installation_is_done_anew_when_an_input_changes(setup: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1")
    before = setup.fingerprint(lock)
    assert setup.fingerprint(lock) == before
    lock.write_text("a==2")
    assert setup.fingerprint(lock) != before


def test_half_a_virtual_environment_is_not_one(setup: ModuleType, tmp_path: Path) -> None:
    assert not setup.has_pip(tmp_path)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!{sys.executable}\nraise SystemExit('No module named pip')\n")
    python.chmod(0o755)
    assert not setup.has_pip(tmp_path)
    python.write_text(f"#!{sys.executable}\nprint('pip 25')\n")
    assert setup.has_pip(tmp_path)


@pytest.mark.runs
def test_without_network_it_says_so() -> None:
    venv = ROOT / ".venv-without-network"
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    try:
        done = subprocess.run(
            [sys.executable, str(SETUP), "--venv", venv.name],
            env={**os.environ, **nowhere},
            capture_output=True,
            text=True,
        )
    finally:
        shutil.rmtree(venv, ignore_errors=True)
    assert done.returncode == 1
    assert "If this machine has no network, connect it once and try again" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_old_python_is_told_before_anything_else(tmp_path: Path) -> None:
    """Run with a version that is made to look old, as no old Python need be on the machine."""
    program = f"import sys; sys.version_info = (3, 9, 0); exec(open({str(SETUP)!r}).read())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs Python 3.11 or later, and this is Python 3.9" in done.stderr
    assert "make demo PYTHON=" in done.stderr
