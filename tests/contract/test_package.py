"""The package as a whole: no I/O, few imports, every module says what it is."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import openhexa_contract

MODULES = sorted(info.name for info in pkgutil.iter_modules(openhexa_contract.__path__))
ALLOWED = {
    "__future__", "collections", "contextlib", "contextvars", "enum", "functools", "gettext", "json", "math", "msgspec",
    "pathlib", "re", "typing",
}  # fmt: skip


def test_the_package_says_that_it_does_no_io() -> None:
    assert openhexa_contract.__doc__
    assert "no input or output" in openhexa_contract.__doc__.splitlines()[0]


@pytest.mark.parametrize("name", MODULES)
def test_modules_import_nothing_that_could_do_io(name: str) -> None:
    module = importlib.import_module(f"openhexa_contract.{name}")
    assert module.__doc__
    assert "No I/O" in module.__doc__.split("\n\n")[0]
    assert module.__file__
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= ALLOWED
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] in ALLOWED
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "print", "input")


def test_importing_the_api_stays_light() -> None:
    code = (
        "import sys, msgspec.json; old = set(sys.modules); import openhexa_contract.api; print(*set(sys.modules) - old)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in found if name.startswith("openhexa_contract")}
    assert ours == {"openhexa_contract", *(f"openhexa_contract.{name}" for name in ("api", "errors", "i18n", "tasks"))}
    heavy = {"asyncio", "email", "http", "socket", "ssl", "openhexa", "jupyterhub"}
    assert not heavy & {name.split(".")[0] for name in found}
