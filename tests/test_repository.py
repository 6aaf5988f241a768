"""What is committed: dependencies are justified, locks name no address, links lead somewhere."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    python = {re.split(r"[\[<>=;~ ]", line)[0] for lines in lists for line in lines}
    packages = [json.loads((ROOT / path / "package.json").read_text()) for path in ("ui", "hub_service/proxy")]
    npm = {
        name for package in packages for kind in ("dependencies", "devDependencies") for name in package.get(kind, {})
    }
    return (python | npm) - {"openhexa-notebooks"}


def test_every_dependency_is_justified() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    missing = {name for name in declared() if not re.search(rf"(^|[|, ]){re.escape(name)}[ ,(]", text, re.MULTILINE)}
    assert not missing


def test_lock_files_pin_by_hash_and_name_no_address() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "://" not in text, path.name
        assert len(re.findall(r"^[a-z0-9].*==", text, re.MULTILINE)) == len(
            re.findall(r"^[a-z0-9]", text, re.MULTILINE)
        )
        assert "--hash=sha256:" in text
    for path in (ROOT / "ui/package-lock.json", ROOT / "hub_service/proxy/package-lock.json"):
        assert "resolved" not in path.read_text(), path
        assert "integrity" in path.read_text(), path


def test_links_between_the_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} links to {target}"
