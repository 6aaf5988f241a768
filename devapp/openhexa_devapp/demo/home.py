"""A person's own folder in the demo: her notebooks, and a link to the workspace's files.

Each person has one folder per workspace, as she would have a pod of her own; the Welcome notebook is copied into it,
never into a folder that others share, and never over a copy that she has changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from urllib.parse import quote

WELCOME = "Welcome.ipynb"
COPIED = ".welcome.sha256"
QUIET_NEWS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"


def folder_of(homes: Path, person: str, workspace: str) -> Path:
    """Where a person's notebooks of a workspace are kept; the unnamed server's folder is `default`."""
    return homes / quote(person, safe="@") / (workspace or "default")


def prepare(homes: Path, person: str, workspace: str, workspace_files: Path | None) -> Path:
    """Make the folder ready and return it.

    `workspace_files` is the folder of the workspace's files; it appears as `workspace` in the person's folder.
    """
    home = folder_of(homes, person, workspace)
    home.mkdir(parents=True, exist_ok=True)
    with as_file(files("openhexa_jupyter") / WELCOME) as source:
        copy_welcome(source, home)
    settings = home / ".jupyter" / "lab" / "user-settings" / QUIET_NEWS
    if not settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
    link = home / "workspace"
    if workspace_files is not None and not link.exists():
        link.symlink_to(workspace_files, target_is_directory=True)
    return home


def copy_welcome(source: Path, home: Path) -> None:
    """Copy the notebook unless the person has changed hers; a copy that she never touched follows a new release."""
    target, record = home / WELCOME, home / COPIED
    untouched = record.exists() and target.exists() and record.read_text() == digest(target)
    if target.exists() and not untouched:
        return
    shutil.copyfile(source, target)
    record.write_text(digest(target))


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def before_spawn(homes: Path, spawner: Any) -> None:
    """JupyterHub's `pre_spawn_hook` in the demo: runs after the authenticator has put the workspace's credentials in
    place.
    """
    mounted = spawner.environment.get("WORKSPACE_STORAGE_MOUNT_PATH")
    home = prepare(homes, spawner.user.name, spawner.name, Path(mounted) if mounted else None)
    spawner.home_dir = str(home)
    spawner.notebook_dir = str(home)
    if mounted:
        spawner.environment["WORKSPACE_FILES_PATH"] = mounted
