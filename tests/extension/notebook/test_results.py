from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from openhexa_contract.api import Output
from openhexa_contract.errors import NotFound
from openhexa_jupyter.notebook import results

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ROWS = [{"country": "Niger", "cases": 3}, {"country": "Mali", "cases": 4}]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace's files."""
    files = tmp_path / "workspace"
    files.mkdir()
    monkeypatch.setenv("WORKSPACE_FILES_PATH", str(files))
    return files


def output(path: str, kind: str = "file") -> Output:
    return Output(kind=kind, name=path.rpartition("/")[2], path=path)


@pytest.mark.parametrize(
    "result",
    [
        ROWS,
        {"country": ["Niger", "Mali"], "cases": [3, 4]},
        {"columns": ["country", "cases"], "data": [["Niger", 3], ["Mali", 4]]},
        {"columns": ["country", "cases"], "data": [["Niger", 3], ["Mali", 4]], "index": [0, 1]},
    ],
)
def test_results_that_are_tables(result: Any) -> None:
    assert results.dataframe(result, []).to_dict("records") == ROWS


@pytest.mark.parametrize(
    "result", [None, [], {}, 3, "text", [1, 2], {"rows": 3}, {"a": [1], "b": [1, 2]}, {"a": [1], "b": 2}, [ROWS[0], 1]]
)
def test_results_that_are_none(result: Any, folder: Path) -> None:
    with pytest.raises(NotFound, match="no table"):
        results.dataframe(result, [output("figure.png"), output("cases", kind="table")])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("out/cases.csv", b"country,cases\nNiger,3\nMali,4\n"),
        ("out/CASES.CSV", b"country,cases\nNiger,3\nMali,4\n"),
        ("cases.json", b'[{"country": "Niger", "cases": 3}, {"country": "Mali", "cases": 4}]'),
    ],
)
def test_the_first_table_among_the_files(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    outputs = [output("figure.png"), output(name), output("other.csv")]
    assert results.dataframe({"rows": 2}, outputs).to_dict("records") == ROWS


def test_the_first_image_among_the_files(folder: Path) -> None:
    (folder / "figure.png").write_bytes(PIXEL)
    assert results.figure([output("cases.csv"), output("figure.png")]).data == PIXEL


def test_no_image(folder: Path) -> None:
    with pytest.raises(NotFound, match="no figure"):
        results.figure([output("cases.csv")])


def test_a_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(NotFound, match=r"wrote cases\.csv, but it is not in"):
        results.dataframe(None, [output("cases.csv")])


@pytest.mark.parametrize("name", ["../outside.csv", "a/../../outside.csv"])
def test_a_file_outside_the_workspace_is_not_read(folder: Path, name: str) -> None:
    (folder.parent / "outside.csv").write_text("a\n1\n")
    with pytest.raises(NotFound):
        results.dataframe(None, [output(name)])


def test_the_folder_is_in_the_home_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WORKSPACE_FILES_PATH", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert results.workspace_folder() == tmp_path / "workspace"
