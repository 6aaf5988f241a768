"""The files of a workspace: a folder that stands for its bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openhexa_devapp import times
from openhexa_devapp.settings import Settings


class InvalidPath(ValueError):
    """The key leads outside of the workspace's folder."""


class Files:
    """The objects of every workspace's bucket."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def folder(self, slug: str) -> Path:
        """The workspace's folder, made if needed."""
        folder = self._settings.workspace_folder(slug)
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()

    def path(self, slug: str, key: str) -> Path:
        """Where the object with this key lies. Raises InvalidPath."""
        folder = self.folder(slug)
        path = (folder / key.strip("/")).resolve()
        if "\0" in key or not path.is_relative_to(folder):
            raise InvalidPath(key)
        return path

    def get(self, slug: str, key: str) -> dict[str, Any] | None:
        """The object in the shape of GraphQL's BucketObject, None when there is none. Raises InvalidPath."""
        path = self.path(slug, key)
        return self._describe(slug, path) if path.exists() else None

    def _describe(self, slug: str, path: Path) -> dict[str, Any]:
        is_folder, status = path.is_dir(), path.stat()
        key = path.relative_to(self.folder(slug)).as_posix() + ("/" if is_folder else "")
        return {
            "__typename": "BucketObject",
            "name": path.name,
            "key": key,
            "path": f"{slug}/{key}",
            "size": 0 if is_folder else status.st_size,
            "type": "DIRECTORY" if is_folder else "FILE",
            "updated_at": times.naive(status.st_mtime),
        }

    def list(
        self, slug: str, prefix: str = "", query: str | None = None, *, hidden: bool = False
    ) -> list[dict[str, Any]]:
        """What lies directly in the folder `prefix`, folders first; with `query` every file below whose name has it."""
        folder = self.path(slug, prefix)
        if not folder.is_dir():
            return []
        found = (path for path in (folder.rglob("*") if query else folder.iterdir()) if hidden or path.name[0] != ".")
        wanted = [path for path in found if not query or query.lower() in path.name.lower()]
        return [self._describe(slug, path) for path in sorted(wanted, key=lambda path: (path.is_file(), path.name))]

    def write(self, slug: str, key: str, content: bytes) -> None:
        """Make or replace an object. Raises InvalidPath."""
        path = self.path(slug, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
