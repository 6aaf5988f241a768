"""What a spawner gets, for local processes and for containers."""

from __future__ import annotations

import pytest
from jupyterhub.spawner import SimpleLocalProcessSpawner, Spawner
from traitlets import Dict, Unicode
from traitlets.config import Config

from openhexa_hub.app import Credentials
from openhexa_hub.settings import OpenHexa
from openhexa_hub.spawning import ServerPreparation, server_environment


class LocalSpawner(SimpleLocalProcessSpawner):
    name = "sahel"


class ContainerSpawner(Spawner):
    name = "sahel"
    image = Unicode("default:image")
    pod_name = Unicode("jupyter-someone")
    extra_labels = Dict({"mine": "1"})

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def poll(self) -> None: ...


class UnnamedContainerSpawner(ContainerSpawner):
    name = ""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> OpenHexa:
    monkeypatch.delenv("HEXA_SERVER_URL", raising=False)
    return OpenHexa(
        config=Config(
            OpenHexa={
                "app_url": "http://app:8000",
                "app_public_url": "http://localhost:8000",
                "pipelines_service": "external",
                "pipelines_url": "http://pipelines/services/pipelines/",
            }
        )
    )


def test_the_variables_of_a_workspaces_server(settings: OpenHexa) -> None:
    credentials = Credentials(env={"HEXA_TOKEN": "t", "HEXA_WORKSPACE": "other", "ODD": 'a{b}"\n'})
    assert server_environment(credentials, "sahel", settings) == {
        "HEXA_TOKEN": "t",
        "ODD": 'a{b}"\n',
        "HEXA_WORKSPACE": "sahel",
        "HEXA_SERVER_URL": "http://app:8000",
        "OPENHEXA_PIPELINES_URL": "http://pipelines/services/pipelines",
        "CONTENT_SECURITY_POLICY": "frame-ancestors http://localhost:8000",
    }


def test_the_unnamed_server_has_no_workspace(settings: OpenHexa) -> None:
    assert "HEXA_WORKSPACE" not in server_environment(Credentials(env={}), "", settings)


def test_a_local_process_is_framed_by_its_command_line_and_nothing_of_an_earlier_start_remains(
    settings: OpenHexa,
) -> None:
    spawner = LocalSpawner(environment={"MINE": "1"}, args=["--mine"])
    preparation = ServerPreparation(settings)
    preparation.prepare(spawner, Credentials(env={"EARLIER": "1"}))
    preparation.prepare(spawner, Credentials(env={"NOW": "1"}))
    assert spawner.environment["MINE"] == "1"
    assert spawner.environment["NOW"] == "1"
    assert "EARLIER" not in spawner.environment
    assert spawner.args == [
        "--mine",
        "--ServerApp.tornado_settings={'headers': {'Content-Security-Policy': 'frame-ancestors http://localhost:8000'}}",
    ]


def test_a_container_gets_image_name_and_label(settings: OpenHexa) -> None:
    spawner = ContainerSpawner()
    preparation = ServerPreparation(settings)
    preparation.prepare(spawner, Credentials(env={}, image="base:latest", server_hash="7caf"))
    assert (spawner.image, spawner.pod_name) == ("base:latest", "jupyter-7caf")
    assert spawner.extra_labels == {"mine": "1", "hexa-workspace": "sahel"}
    preparation.prepare(spawner, Credentials(env={}, server_hash="7caf"))
    assert spawner.image == "default:image"


def test_a_container_without_a_workspace_stays_as_it_is(settings: OpenHexa) -> None:
    spawner = UnnamedContainerSpawner()
    ServerPreparation(settings).prepare(spawner, Credentials(env={"A": "1"}))
    assert (spawner.image, spawner.pod_name, spawner.extra_labels) == (
        "default:image",
        "jupyter-someone",
        {"mine": "1"},
    )
    assert spawner.environment["A"] == "1"
    assert spawner.args == []
