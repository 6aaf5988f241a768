from __future__ import annotations

import json
from pathlib import Path

import pytest

from openhexa_devapp.demo import home


@pytest.fixture
def homes(tmp_path: Path) -> Path:
    return tmp_path / "homes"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "shipped.ipynb"
    path.write_text("first release")
    return path


def test_each_person_and_workspace_has_a_folder_of_its_own(homes: Path) -> None:
    jane = "Jane.O'Neil+Test@example.org"
    folders = {home.folder_of(homes, person, ws) for person in (jane, "a/../b") for ws in ("sahel", "coast", "")}
    assert len(folders) == 6
    assert all(folder.resolve().is_relative_to(homes) for folder in folders)


def test_welcome_is_there_and_is_a_notebook(homes: Path) -> None:
    folder = home.prepare(homes, "aissata@example.org", "sahel-programme", None)
    notebook = json.loads((folder / "Welcome.ipynb").read_text())
    assert notebook["nbformat"] == 4
    assert not (folder / "workspace").exists()


def test_workspace_files_are_linked_not_copied_into(homes: Path, tmp_path: Path) -> None:
    shared = tmp_path / "bucket"
    shared.mkdir()
    folder = home.prepare(homes, "aissata@example.org", "sahel-programme", shared)
    home.prepare(homes, "aissata@example.org", "sahel-programme", shared)
    assert (folder / "workspace").resolve() == shared
    assert list(shared.iterdir()) == []


def test_a_changed_copy_is_never_overwritten(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    home.copy_welcome(source, folder)
    (folder / "Welcome.ipynb").write_text("my notes")
    source.write_text("second release")
    home.copy_welcome(source, folder)
    assert (folder / "Welcome.ipynb").read_text() == "my notes"


def test_an_untouched_copy_follows_a_release_and_a_removed_one_comes_back(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    home.copy_welcome(source, folder)
    source.write_text("second release")
    home.copy_welcome(source, folder)
    assert (folder / "Welcome.ipynb").read_text() == "second release"
    (folder / "Welcome.ipynb").unlink()
    home.copy_welcome(source, folder)
    assert (folder / "Welcome.ipynb").read_text() == "second release"


def test_somebody_elses_welcome_is_not_ours_to_replace(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "Welcome.ipynb").write_text("written by hand, never copied")
    home.copy_welcome(source, folder)
    assert (folder / "Welcome.ipynb").read_text() == "written by hand, never copied"
