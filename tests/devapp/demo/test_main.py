from __future__ import annotations

from pathlib import Path

import pytest

from openhexa_devapp.demo import main


def test_forgetting_removes_a_demo(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    data.mkdir()
    for name in ("lock", "secrets.json", "hub.sqlite"):
        (data / name).touch()
    main.forget(data)
    assert not data.exists()


def test_forgetting_leaves_any_other_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    with pytest.raises(main.Refused, match="holds no demo"):
        main.forget(tmp_path)
    assert (tmp_path / "thesis.odt").exists()


def test_a_folder_is_one_demos_at_a_time(tmp_path: Path) -> None:
    with main.locked(tmp_path):
        (tmp_path / "lock").write_text("http://localhost:8000 (process 1)")
        with pytest.raises(main.Refused, match=r"already runs at http://localhost:8000"), main.locked(tmp_path):
            pass
    with main.locked(tmp_path):
        assert (tmp_path / "lock").exists()
