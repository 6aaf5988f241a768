"""Is the wheel in dist/ whole? Names what is missing and fails; `make release-check` runs it."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (
    "openhexa_contract/parameters.py",
    "openhexa_ui/static/openhexa-ui.js",
    "openhexa_hub/authenticator.py",
    "openhexa_hub/service/main.py",
    "openhexa_jupyter/Welcome.ipynb",
    "openhexa_devapp/samples/country-indicators/pipeline.py",
    ".data/data/etc/jupyter/jupyter_server_config.d/openhexa_jupyter.json",
)


def main() -> None:
    """Look into the newest wheel."""
    wheels = sorted((ROOT / "dist").glob("openhexa_notebooks-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        sys.exit("There is no wheel in dist/. Run: make wheel")
    names = zipfile.ZipFile(wheels[-1]).namelist()
    missing = [needed for needed in NEEDED if not any(name.endswith(needed) for name in names)]
    foreign = [name for name in names if "node_modules" in name or name.startswith("tests/")]
    if missing or foreign:
        sys.exit(f"{wheels[-1].name} is not fit: missing {missing}, does not belong {foreign[:5]}")
    print(f"{wheels[-1].name}: {len(names)} files, {wheels[-1].stat().st_size // 1024} KiB, whole")


if __name__ == "__main__":
    main()
