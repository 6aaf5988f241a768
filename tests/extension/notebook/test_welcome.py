from __future__ import annotations

import ast
import json
import re
from importlib.resources import files
from pathlib import Path

import nbformat
import pytest

SAMPLE = Path(__file__).parents[3] / "devapp/openhexa_devapp/samples/country-indicators/pipeline.py"


@pytest.fixture
def welcome():
    return json.loads((files("openhexa_jupyter") / "Welcome.ipynb").read_text())


@pytest.fixture
def code(welcome):
    return ["".join(cell["source"]) for cell in welcome["cells"] if cell["cell_type"] == "code"]


def test_it_is_a_notebook_without_outputs(welcome) -> None:
    nbformat.validate(welcome)
    assert (welcome["nbformat"], welcome["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in welcome["cells"]}) == len(welcome["cells"])
    for cell in welcome["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


def test_its_code_is_python(code) -> None:
    for source in code:
        ast.parse(source)


def test_it_launches_the_sample_with_parameters_that_it_has(code) -> None:
    launch = next(source for source in code if ".launch(" in source)
    call = ast.parse(launch).body[0].value
    given = {keyword.arg for keyword in call.keywords}
    declared = set(re.findall(r'@parameter\(\s*"(\w+)"', SAMPLE.read_text()))
    assert given == declared
    choices = SAMPLE.read_text()
    for keyword in call.keywords:
        for value in ast.walk(keyword.value):
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                assert f'"{value.value}"' in choices
