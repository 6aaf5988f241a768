"""What `configure(c)` adds, and that it keeps what is there."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from jupyterhub.services.service import Service
from traitlets.config import Config

import openhexa_hub
from openhexa_hub.errors import BadSetting


@pytest.fixture
def c(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("OPENHEXA_PIPELINES_SERVICE", "OPENHEXA_PIPELINES_URL", "OPENHEXA_PUBLIC_URL", "HUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENHEXA_SERVICE_KEY", "fernet")
    return Config(OpenHexa={"app_url": "http://app:8000", "session_key": "k"})


def role(c: Any, name: str) -> dict[str, Any]:
    found = [role for role in c.JupyterHub.load_roles if role["name"] == name]
    assert len(found) == 1
    return dict(found[0])


def test_without_new_settings_no_service_is_added(c: Any) -> None:
    openhexa_hub.configure(c)
    assert c.JupyterHub.authenticator_class == "openhexa"
    assert c.JupyterHub.allow_named_servers is True
    assert "services" not in c.JupyterHub
    assert not any("service=pipelines" in scope for scope in role(c, "user")["scopes"])
    assert c.JupyterHub.tornado_settings == {"headers": {"Content-Security-Policy": "frame-ancestors http://app:8000"}}
    openhexa_hub.configure(c)
    assert len(c.JupyterHub.load_roles) == 2


def test_a_servers_token_gets_what_people_may(c: Any) -> None:
    c.OpenHexa.pipelines_service = "managed"
    openhexa_hub.configure(c)
    shared = {
        "access:services!service=pipelines",
        "custom:openhexa:pipelines:read",
        "custom:openhexa:pipelines:launch",
    }
    assert set(role(c, "user")["scopes"]) == {"self", "custom:openhexa:credentials!user"} | shared
    assert (
        set(role(c, "server")["scopes"])
        == {
            "users:activity!user",
            "access:servers!server",
            "custom:openhexa:credentials!server",
        }
        | shared
    )


def test_what_is_there_stays(c: Any) -> None:
    c.JupyterHub.services = [{"name": "mine", "url": "http://mine"}]
    c.JupyterHub.load_roles = [{"name": "user", "scopes": ["self", "shares!user"], "description": "ours"}]
    c.JupyterHub.custom_scopes = {"custom:mine": {"description": "mine"}}
    c.JupyterHub.tornado_settings = {
        "slow_spawn_timeout": 3,
        "headers": {"X-Mine": "1", "Content-Security-Policy": "p"},
    }
    c.JupyterHub.shutdown_on_logout = False
    c.Spawner.default_url = "/tree"
    c.Spawner.server_token_scopes = ["users:activity!user", "read:users!user"]
    c.OpenHexa.hub_api_token = "t" * 32
    openhexa_hub.configure(c)
    assert [service["name"] for service in c.JupyterHub.services] == ["mine", "service-api"]
    assert role(c, "service-api")["scopes"] == ["admin:users", "admin:servers"]
    assert role(c, "user")["scopes"][:2] == ["self", "shares!user"]
    assert role(c, "user")["description"] == "ours"
    assert "custom:mine" in c.JupyterHub.custom_scopes
    assert c.JupyterHub.tornado_settings["slow_spawn_timeout"] == 3
    assert c.JupyterHub.tornado_settings["headers"] == {"X-Mine": "1", "Content-Security-Policy": "p"}
    assert c.JupyterHub.shutdown_on_logout is False
    assert c.Spawner.default_url == "/tree"
    assert "custom:openhexa:credentials!server" in c.Spawner.server_token_scopes
    assert c.Spawner.server_token_scopes[:2] == ["users:activity!user", "read:users!user"]


def test_the_managed_service(c: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENHEXA_SESSION_KEY", "never passed on")
    c.OpenHexa.pipelines_service = "managed"
    c.OpenHexa.pipelines_url = "http://127.0.0.1:9500/jupyter/services/pipelines"
    c.JupyterHub.base_url = "/jupyter/"
    c.JupyterHub.public_url = "https://hub.example.org/jupyter/"
    openhexa_hub.configure(c)
    (service,) = c.JupyterHub.services
    assert service["command"] == [sys.executable, "-m", "openhexa_hub.service"]
    assert service["url"] == "http://127.0.0.1:9500"
    assert service["oauth_no_confirm"] is True
    assert service["oauth_client_allowed_scopes"] == [
        "custom:openhexa:pipelines:read",
        "custom:openhexa:pipelines:launch",
    ]
    environment = service["environment"]
    assert environment["OPENHEXA_APP_URL"] == "http://app:8000"
    assert environment["OPENHEXA_SERVICE_KEY"] == "fernet"
    assert environment["OPENHEXA_PUBLIC_URL"] == "https://hub.example.org/jupyter/services/pipelines"
    assert "OPENHEXA_SESSION_KEY" not in environment
    assert Service.environment.metadata["in_db"] is False
    assert role(c, "openhexa-pipelines")["services"] == ["pipelines"]
    assert "custom:openhexa:credentials:any" in role(c, "openhexa-pipelines")["scopes"]


def test_the_managed_service_must_lie_below_the_hubs_prefix(c: Any) -> None:
    c.OpenHexa.pipelines_service = "managed"
    c.OpenHexa.pipelines_url = "http://127.0.0.1:9500/other"
    with pytest.raises(BadSetting, match=r"must end with /services/pipelines"):
        openhexa_hub.configure(c)


def test_the_managed_service_needs_a_key(c: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENHEXA_SERVICE_KEY")
    c.OpenHexa.pipelines_service = "managed"
    with pytest.raises(BadSetting, match=r"OPENHEXA_SERVICE_KEY is not set.* Example:"):
        openhexa_hub.configure(c)


def test_an_external_service_is_extended_not_started(c: Any) -> None:
    c.OpenHexa.pipelines_service = "external"
    c.OpenHexa.pipelines_url = "http://pipelines:9011/services/pipelines"
    c.JupyterHub.services = [{"name": "pipelines", "url": "http://pipelines:9011", "api_token": "t"}]
    openhexa_hub.configure(c)
    (service,) = c.JupyterHub.services
    assert "command" not in service
    assert service["oauth_no_confirm"] is True


def test_slugs_as_names_need_hub_6_to_start_existing_servers(c: Any) -> None:
    c.JupyterHub.allow_existing_invalid_named_servers = "autorename"
    with pytest.raises(BadSetting, match="allow_existing_invalid_named_servers"):
        openhexa_hub.configure(c)
