from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from openhexa_devapp.demo import proxy


def test_the_proxy_starts_with_the_hook_before_it() -> None:
    command = proxy.proxy_command()
    assert command[1:3] == ["--import", (proxy.FOLDER / "drop-app-cookies.js").as_uri()]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip().startswith("5.")


def test_a_missing_proxy_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "FOLDER", tmp_path)
    with pytest.raises(proxy.ProxyMissing, match=r"is not installed in .*make setup"):
        proxy.proxy_command()
