from __future__ import annotations

import subprocess
import sys

import pytest

import openhexa_jupyter
from openhexa_jupyter.notebook.pipelines import Pipelines
from openhexa_jupyter.notebook.tasks import Tasks


def test_what_a_notebook_imports() -> None:
    assert isinstance(openhexa_jupyter.pipelines, Pipelines)
    assert isinstance(openhexa_jupyter.tasks, Tasks)
    assert {"pipelines", "tasks"} <= set(dir(openhexa_jupyter))


def test_nothing_else_is_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        openhexa_jupyter.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import openhexa_jupyter", {"msgspec", "asyncio"}),
        ("from openhexa_jupyter import pipelines, tasks", {"asyncio", "tornado", "ipywidgets", "pandas"}),
        (
            "import openhexa_jupyter as us; us._jupyter_server_extension_points()",
            {"aiohttp", "pandas", "ipywidgets", "IPython", "openhexa_jupyter.notebook"},
        ),
    ],
)
def test_an_import_loads_only_what_it_needs(statement: str, absent: set[str]) -> None:
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    never = {"jupyterhub", "sqlalchemy", "openhexa.sdk", "openhexa_hub", "openhexa_devapp"}
    assert not (absent | never) & set(done.stdout.split())
