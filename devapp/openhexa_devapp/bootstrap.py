"""What a run's own process does: fetch its credentials and its code from the App, then let openhexa.sdk execute it.

Started as `python -m openhexa_devapp.bootstrap` in an empty folder, with the run's config as JSON on its standard
input (it may hold secrets and be long, and everybody on the machine sees arguments) and the environment that the App's
runner gives (`HEXA_SERVER_URL`, `HEXA_TOKEN`, `HEXA_WORKSPACE`, `HEXA_RUN_ID`, …). What it prints becomes the run's
logs. Only the standard library is imported before it is needed: the SDK's worker processes import this module again.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 30


def say(text: str) -> None:
    """Print a line at once: the process may be killed at any time."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def inject_credentials(server_url: str) -> None:
    """Put the workspace's credentials into the environment. Raises URLError."""
    say("Injecting credentials...")
    request = urllib.request.Request(  # noqa: S310 - the address comes from the runner
        f"{server_url}/workspaces/credentials/",
        data=urllib.parse.urlencode({"workspace": os.environ["HEXA_WORKSPACE"]}).encode(),
        headers={"Authorization": f"Bearer {os.environ['HEXA_TOKEN']}"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
        os.environ.update(json.load(response)["env"])
    say("Credentials injected.")


def fetch_code(server_url: str, folder: Path) -> None:
    """Unpack the run's version into the folder, by the SDK's own download."""
    from openhexa.sdk.pipelines.runtime import download_pipeline

    say("Downloading pipeline...")
    download_pipeline(server_url, os.environ["HEXA_TOKEN"], os.environ["HEXA_RUN_ID"], str(folder))
    say("Pipeline downloaded.")


def execute(folder: Path, config: dict[str, Any]) -> None:
    """Import `pipeline.py` from the folder and run it. Raises whatever the pipeline raises."""
    from importlib.metadata import version

    from openhexa.sdk.pipelines.runtime import import_pipeline

    say(f"Using openhexa.sdk=={version('openhexa.sdk')}")
    say("Running pipeline...")
    import_pipeline(str(folder))(config=config)
    say("Pipeline completed.")


def main() -> int:
    """0 when the pipeline completed, 1 when it failed; the reason is printed."""
    config = json.load(sys.stdin.buffer)
    server_url, folder = os.environ["HEXA_SERVER_URL"].rstrip("/"), Path.cwd()
    try:
        inject_credentials(server_url)
        fetch_code(server_url, folder)
        execute(folder, config)
    except Exception as error:
        say(f"Pipeline failed: {error}")
        sys.stdout.write(traceback.format_exc())
        sys.stdout.flush()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
