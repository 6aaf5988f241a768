"""What a server gets before it starts, for every kind of spawner: the App's answer in, the spawner's traits out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from jupyterhub.spawner import LocalProcessSpawner

from openhexa_hub.app import Credentials
from openhexa_hub.settings import OpenHexa

WORKSPACE_LABEL = "hexa-workspace"


def server_environment(credentials: Credentials, workspace: str, settings: OpenHexa) -> dict[str, str]:
    """Return the variables of a server; `workspace` is the slug, empty for the unnamed server."""
    environment = dict(credentials.env)
    environment["HEXA_SERVER_URL"] = settings.server_url
    environment["CONTENT_SECURITY_POLICY"] = settings.content_security_policy
    if workspace:
        environment["HEXA_WORKSPACE"] = workspace
    if settings.pipelines_service and settings.pipelines_url:
        environment["OPENHEXA_PIPELINES_URL"] = settings.pipelines_url
    return environment


class ServerPreparation:
    """Sets a spawner up for one start, on top of how it was configured, so that nothing of an earlier start remains."""

    def __init__(self, settings: OpenHexa) -> None:
        self._settings = settings
        self._configured: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()

    def prepare(self, spawner: Any, credentials: Credentials) -> None:
        """Apply the credentials to the spawner. Its name is the workspace's slug."""
        workspace = spawner.name
        configured = self._as_configured(spawner)
        spawner.environment = {
            **configured["environment"],
            **server_environment(credentials, workspace, self._settings),
        }
        if isinstance(spawner, LocalProcessSpawner):
            if self._settings.frame_local_servers:
                spawner.args = [*configured["args"], _framing_argument(self._settings.content_security_policy)]
        elif workspace:
            _use_container(spawner, configured, credentials)

    def _as_configured(self, spawner: Any) -> dict[str, Any]:
        names = ("environment", "args", "image", "pod_name", "extra_labels")
        if spawner not in self._configured:
            self._configured[spawner] = {name: getattr(spawner, name) for name in names if spawner.has_trait(name)}
        return self._configured[spawner]


def _use_container(spawner: Any, configured: Mapping[str, Any], credentials: Credentials) -> None:
    """Set what containers and pods have and local processes have not. Volumes and Secrets belong here too."""
    if "image" in configured:
        spawner.image = credentials.image or configured["image"]
    if "pod_name" in configured and credentials.server_hash:
        spawner.pod_name = f"jupyter-{credentials.server_hash}"
    if "extra_labels" in configured:
        spawner.extra_labels = {**configured["extra_labels"], WORKSPACE_LABEL: spawner.name}


def _framing_argument(policy: str) -> str:
    headers = {"headers": {"Content-Security-Policy": policy}}
    return f"--ServerApp.tornado_settings={headers!r}"
