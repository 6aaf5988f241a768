"""The processes of runs: their environment, and how they end together with everything they started."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from openhexa_devapp.database import Row
from openhexa_devapp.settings import Settings

KEPT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "OPENHEXA_DEMO_DATA",
)  # fmt: skip
"""Variables of the App's own environment that a run gets too."""
GRACE_SECONDS = 2.0
START_TOLERANCE_SECONDS = 5.0


def environment(
    settings: Settings, run: Row, pipeline: Row, workspace: Row, token: str, own: Mapping[str, str]
) -> dict[str, str]:
    """The whole environment of a run's process. Its HOME is its own; caches are shared between runs."""
    folder = settings.run_folder(run["id"])
    return {
        **{name: own[name] for name in KEPT if name in own},
        "NO_PROXY": ",".join(filter(None, (own.get("NO_PROXY", ""), "127.0.0.1", "localhost"))),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "MPLCONFIGDIR": str(settings.data / "cache" / "matplotlib"),
        "MPLBACKEND": "Agg",
        "XDG_CACHE_HOME": str(settings.data / "cache"),
        "PYTHONUNBUFFERED": "1",
        "HEXA_SERVER_URL": settings.local_url,
        "HEXA_TOKEN": token,
        "HEXA_WORKSPACE": workspace["slug"],
        "HEXA_RUN_ID": run["id"],
        "HEXA_PIPELINE_CODE": pipeline["code"],
        "HEXA_PIPELINE_NAME": pipeline["name"],
        "HEXA_PIPELINE_TYPE": "zipFile",
        "HEXA_LOG_LEVEL": "0" if run["debug"] else "1",
        "HEXA_ENVIRONMENT": "CLOUD_PIPELINE",
        "WORKSPACE_FILES_PATH": str(settings.workspace_folder(workspace["slug"]).resolve()),
        "WORKSPACE_TMP_PATH": str(folder / "tmp"),
    }


def make_folders(settings: Settings, run_id: str) -> Path:
    """The run's folder, and in it the code's folder, which is returned."""
    folder = settings.run_folder(run_id)
    for part in (folder / "code", folder / "home", folder / "tmp", settings.data / "cache" / "matplotlib"):
        part.mkdir(parents=True, exist_ok=True)
    return folder / "code"


def end(process_id: int, started: float | None = None) -> None:
    """End a process and all that it started: politely first, by force after two seconds. It may be gone already.

    With `started` (seconds since the epoch) only if the process is that old: ids are used again.
    """
    try:
        leader = psutil.Process(process_id)
        if started is not None and abs(leader.create_time() - started) > START_TOLERANCE_SECONDS:
            return
        family = [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    _signal_group(process_id, family, signal.SIGTERM)
    _, alive = psutil.wait_procs([one for one in family if one.pid != os.getpid()], GRACE_SECONDS)
    _signal_group(process_id, alive, signal.SIGKILL)
    psutil.wait_procs(alive, GRACE_SECONDS)


def _signal_group(group: int, family: list[psutil.Process], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
