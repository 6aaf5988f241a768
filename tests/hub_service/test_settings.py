"""Options from the configuration file and from the environment, the existing component's included."""

from __future__ import annotations

import pytest
from traitlets.config import Config

from openhexa_hub.errors import BadSetting
from openhexa_hub.settings import OpenHexa

EXISTING = {
    "AUTHENTICATION_URL": "http://app:8000/notebooks/authenticate/",
    "DEFAULT_CREDENTIALS_URL": "http://app:8000/notebooks/default-credentials/",
    "WORKSPACE_CREDENTIALS_URL": "http://app:8000/workspaces/credentials/",
    "LOGOUT_REDIRECT_URL": "http://localhost:3000/logged-out",
    "HEXA_SERVER_URL": "http://app:8000/",
    "CONTENT_SECURITY_POLICY": "frame-ancestors 'self' localhost:*",
    "HUB_API_TOKEN": "t" * 32,
}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for trait in OpenHexa.class_traits(variable=lambda name: bool(name)).values():
        monkeypatch.delenv(trait.metadata["variable"], raising=False)


def test_the_existing_components_environment_is_understood_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EXISTING.items():
        monkeypatch.setenv(name, value)
    settings = OpenHexa(config=Config())
    assert settings.authentication_url == EXISTING["AUTHENTICATION_URL"]
    assert settings.default_credentials_url == EXISTING["DEFAULT_CREDENTIALS_URL"]
    assert settings.workspace_credentials_url == EXISTING["WORKSPACE_CREDENTIALS_URL"]
    assert settings.server_url == "http://app:8000/"
    assert settings.content_security_policy == EXISTING["CONTENT_SECURITY_POLICY"]
    assert settings.app_url == "http://app:8000"
    assert settings.app_public_url == "http://localhost:3000"
    assert settings.login_url == "http://localhost:3000/login"
    assert settings.pipelines_service == ""


def test_the_apps_address_is_enough() -> None:
    settings = OpenHexa(config=Config(OpenHexa={"app_url": "http://localhost:8000/"}))
    assert settings.authentication_url == "http://localhost:8000/notebooks/authenticate/"
    assert settings.workspace_credentials_url == "http://localhost:8000/workspaces/credentials/"
    assert settings.content_security_policy == "frame-ancestors http://localhost:8000"
    assert settings.logout_redirect_url == "http://localhost:8000/"
    assert settings.client().urls.graphql == "http://localhost:8000/graphql/"


def test_the_configuration_file_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENHEXA_APP_URL", "http://environment")
    monkeypatch.setenv("OPENHEXA_CONNECTIONS", "7")
    monkeypatch.setenv("OPENHEXA_REQUEST_TIMEOUT", "2.5")
    settings = OpenHexa(config=Config(OpenHexa={"app_url": "http://file"}))
    assert (settings.app_url, settings.connections, settings.request_timeout) == ("http://file", 7, 2.5)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AUTHENTICATION_URL", "app:8000/notebooks/authenticate/"),
        ("AUTHENTICATION_URL", "http://app:port/notebooks/authenticate/"),
        ("OPENHEXA_LOGIN_URL", "/login"),
        ("OPENHEXA_PIPELINES_SERVICE", "yes"),
        ("OPENHEXA_CONNECTIONS", "many"),
        ("OPENHEXA_CONNECTIONS", "0"),
        ("OPENHEXA_REQUEST_TIMEOUT", "soon"),
        ("OPENHEXA_PIPELINES_URL", "pipelines"),
    ],
)
def test_a_wrong_setting_is_named_with_an_example(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv("OPENHEXA_APP_URL", "http://app:8000")
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting, match=rf"c\.OpenHexa\.\w+ \(environment variable {variable}\) .*Example: \S"):
        OpenHexa(config=Config())


def test_no_app_at_all() -> None:
    with pytest.raises(BadSetting, match=r"AUTHENTICATION_URL.* is not set"):
        OpenHexa(config=Config())


def test_an_external_service_needs_an_address() -> None:
    with pytest.raises(BadSetting, match="OPENHEXA_PIPELINES_URL"):
        OpenHexa(config=Config(OpenHexa={"app_url": "http://app", "pipelines_service": "external"}))


def test_every_option_says_what_it_is_how_it_is_called_and_how_it_looks() -> None:
    for name, trait in OpenHexa.class_own_traits(config=True).items():
        assert trait.help, name
        assert trait.metadata["variable"], name
        assert trait.metadata["example"], name
