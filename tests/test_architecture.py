"""The rooms and the doors between them: who may import whom, and what an import may pull in."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {
    "openhexa_contract": ROOT / "contract" / "openhexa_contract",
    "openhexa_ui": ROOT / "ui" / "openhexa_ui",
    "openhexa_hub": ROOT / "hub_service" / "openhexa_hub",
    "openhexa_jupyter": ROOT / "extension" / "openhexa_jupyter",
    "openhexa_devapp": ROOT / "devapp" / "openhexa_devapp",
}
MAY_IMPORT = {
    "openhexa_contract": set(),
    "openhexa_ui": {"openhexa_contract"},
    "openhexa_hub": {"openhexa_contract", "openhexa_ui"},
    "openhexa_jupyter": {"openhexa_contract", "openhexa_ui"},
    "openhexa_devapp": {"openhexa_contract", "openhexa_hub", "openhexa_jupyter"},
}
# What the pod must not carry: the hub's code, databases, the SDK.
FOREIGN_TO_THE_POD = (
    "openhexa_hub",
    "openhexa_devapp",
    "sqlalchemy",
    "psycopg",
    "alembic",
    "openhexa.sdk",
    "openhexa.cli",
)
HEAVY_IN_A_KERNEL = ("pandas", "matplotlib", "aiohttp", "jupyter_server", "jupyterhub")
PURE = {"msgspec", "openhexa_contract", *sys.stdlib_module_names}
WITH_INPUT_OR_OUTPUT = {
    "socket",
    "http",
    "urllib.request",
    "asyncio",
    "subprocess",
    "sqlite3",
    "threading",
    "tempfile",
    "shutil",
}


def modules(package: str) -> dict[str, Path]:
    """Every module of a package by its full name; scripts that only run elsewhere (the samples) are not part of it."""
    folder = PACKAGES[package]
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        if "samples" not in parts:
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def absolute(node: ast.ImportFrom, module: str, path: Path) -> str:
    """The full name of what a `from ... import` reads."""
    parts = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    base = parts[: len(parts) - node.level + 1] if node.level else []
    return ".".join([*base, *filter(None, [node.module])])


def imports(path: Path, module: str, top_level_only: bool = False) -> Iterator[str]:
    """The absolute names that a module imports; `top_level_only` leaves out imports inside functions and type
    checking.
    """
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = absolute(node, module, path)
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_what_they_may(package: str) -> None:
    for module, path in modules(package).items():
        for name in imports(path, module):
            other = name.partition(".")[0]
            if other in PACKAGES and other != package:
                assert other in MAY_IMPORT[package], f"{module} imports {name}"


def test_contract_is_pure() -> None:
    for module, path in modules("openhexa_contract").items():
        for name in imports(path, module):
            assert name.partition(".")[0] in PURE, f"{module} imports {name}"
            assert name not in WITH_INPUT_OR_OUTPUT, f"{module} imports {name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_there_are_no_import_cycles(package: str) -> None:
    known = modules(package)
    graph = {
        module: {name for name in imports(path, module, top_level_only=True) if name in known and name != module}
        for module, path in known.items()
    }
    done: set[str] = set()

    def visit(module: str, trail: list[str]) -> None:
        assert module not in trail, " -> ".join([*trail, module])
        if module not in done:
            for other in sorted(graph[module]):
                visit(other, [*trail, module])
            done.add(module)

    for module in graph:
        visit(module, [])


def loaded_after(statement: str) -> set[str]:
    """The names of all modules that a fresh interpreter has loaded after the statement."""
    program = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import openhexa_jupyter", "from openhexa_jupyter import pipelines, tasks"])
def test_a_kernel_loads_no_hub_database_or_sdk_code(statement: str) -> None:
    loaded = loaded_after(statement)
    assert not {name for name in loaded if name.startswith(FOREIGN_TO_THE_POD)}
    assert not {name for name in loaded if name.partition(".")[0] in HEAVY_IN_A_KERNEL}


def test_the_server_extension_loads_no_hub_database_or_sdk_code() -> None:
    loaded = loaded_after("import openhexa_jupyter.server.extension")
    assert not {name for name in loaded if name.startswith(FOREIGN_TO_THE_POD)}
    assert not {name for name in loaded if name.partition(".")[0] in {"pandas", "ipywidgets", "aiohttp"}}


def test_every_module_is_readable_in_one_sitting() -> None:
    long = {
        module: lines
        for package in PACKAGES
        for module, path in modules(package).items()
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long
