from __future__ import annotations

import os
from typing import Any

import pytest
from traitlets import TraitType

import openhexa_jupyter
from openhexa_jupyter.server.extension import OpenHexaExtension


def test_jupyter_server_finds_the_extension() -> None:
    assert openhexa_jupyter._jupyter_server_extension_points() == [
        {"module": "openhexa_jupyter", "app": OpenHexaExtension}
    ]


def test_kernels_are_told_the_address(jp_serverapp: Any) -> None:
    assert jp_serverapp.extension_manager.extensions["openhexa_jupyter"].enabled
    expected = f"http://localhost:{jp_serverapp.port}/a%40b/openhexa/api"
    assert os.environ["OPENHEXA_EXTENSION_URL"] == expected
    assert os.environ["OPENHEXA_EXTENSION_TOKEN"] == ""


class TestOutsideAHub:
    @pytest.fixture
    def hub_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "")
        monkeypatch.setenv("OPENHEXA_EXTENSION_URL", "")
        monkeypatch.setenv("OPENHEXA_EXTENSION_TOKEN", "")

    def test_kernels_are_given_the_servers_token(self, jp_serverapp: Any) -> None:
        assert os.environ["OPENHEXA_EXTENSION_TOKEN"] == jp_serverapp.identity_provider.token


class Server:
    """What the address is made of."""

    def __init__(self, ip: str, certfile: str = "") -> None:
        self.ip = ip
        self.port = 8888
        self.base_url = "/user/Jane.O%27Neil%2BTest@example.org/sahel/"
        self.certfile = certfile


@pytest.mark.parametrize(
    ("server", "origin"),
    [
        (Server(""), "http://127.0.0.1:8888"),
        (Server("0.0.0.0"), "http://127.0.0.1:8888"),
        (Server("::"), "http://127.0.0.1:8888"),
        (Server("10.1.2.3"), "http://10.1.2.3:8888"),
        (Server("fd00::1"), "http://[fd00::1]:8888"),
        (Server("localhost", certfile="a.pem"), "https://localhost:8888"),
    ],
)
def test_the_address_can_be_reached_on_the_machine(server: Any, origin: str) -> None:
    from openhexa_jupyter.server.extension import extension_url

    assert extension_url(server) == f"{origin}/user/Jane.O%27Neil%2BTest@example.org/sahel/openhexa/api"


def test_the_service_is_found_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENHEXA_PIPELINES_URL", "http://pipelines:8181/services/pipelines")
    assert OpenHexaExtension().pipelines_url == "http://pipelines:8181/services/pipelines"


@pytest.mark.parametrize("name", sorted(OpenHexaExtension.class_own_traits(config=True)))
def test_every_setting_is_explained_with_an_example(name: str) -> None:
    trait: TraitType[Any, Any] = OpenHexaExtension.class_own_traits()[name]
    assert "for example" in trait.help
