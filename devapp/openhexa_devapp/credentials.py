"""What a notebook server or a run gets: the environment of `/workspaces/credentials/`."""

from __future__ import annotations

from typing import Any

from openhexa_devapp.database import Row
from openhexa_devapp.files import Files
from openhexa_devapp.postgres import Postgres
from openhexa_devapp.tokens import Signer

IMAGE = "blsq/openhexa-base-environment:latest"


class Credentials:
    """Makes the answers of `/workspaces/credentials/`."""

    def __init__(self, signer: Signer, files: Files) -> None:
        self._signer = signer
        self._files = files
        self.postgres: Postgres | None = None

    def of_member(self, person: Row, workspace: Row, membership: Row) -> dict[str, Any]:
        """For a person's notebook server."""
        name = f"notebook /user/{person['email']}/{workspace['slug']}"
        return {
            "env": self._environment(workspace, membership["access_token"], name),
            "notebooks_server_hash": membership["notebooks_server_hash"],
            "image": IMAGE,
        }

    def of_run(self, run: Row, pipeline: Row, workspace: Row) -> dict[str, Any]:
        """For a run: its token is its own, the server's hash its id."""
        name = f"{workspace['slug']} - {pipeline['name']} (run {run['id']})"
        return {
            "env": self._environment(workspace, run["access_token"], name),
            "notebooks_server_hash": run["id"],
            "image": IMAGE,
        }

    def token(self, access_token: str) -> str:
        """The HEXA_TOKEN for the uuid of a membership or run: the same at each call."""
        return self._signer.sign(access_token)

    def _environment(self, workspace: Row, access_token: str, application: str) -> dict[str, str]:
        database = self.postgres.environment(workspace, application) if self.postgres is not None else {}
        return {
            "WORKSPACE_BUCKET_NAME": workspace["slug"],
            **database,
            "WORKSPACE_STORAGE_ENGINE": "local",
            "WORKSPACE_STORAGE_MOUNT_PATH": str(self._files.folder(workspace["slug"])),
            "HEXA_TOKEN": self.token(access_token),
        }
