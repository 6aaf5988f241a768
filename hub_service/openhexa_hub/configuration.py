"""`openhexa_hub.configure(c)`: what JupyterHub needs for OpenHEXA, merged into what its configuration holds already."""

from __future__ import annotations

import os
import sys
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.services.service import Service

from openhexa_hub import scopes
from openhexa_hub.errors import BadSetting
from openhexa_hub.settings import OpenHexa, origin

AUTHENTICATOR = "openhexa"
DEFAULT_SERVICE_PORT = 9011
SERVICE_KEY = "OPENHEXA_SERVICE_KEY"
_OWN_VARIABLES = {"OPENHEXA_SESSION_KEY", "OPENHEXA_PIPELINES_SERVICE", "OPENHEXA_PIPELINES_URL"}
_SERVER_SCOPES = ["users:activity!user", "access:servers!server"]


def configure(c: Any) -> None:
    """Configure the hub. `c` is the configuration object of `jupyterhub_config.py`; call this after everything else
    was set.

    Raises BadSetting, which stops the hub and names the setting, when one is wrong or missing.
    """
    settings = OpenHexa(config=c)
    settings.sealing_keys()
    hub = c.JupyterHub
    hub.authenticator_class = AUTHENTICATOR
    hub.allow_named_servers = True
    _check_named_servers(hub)
    _set_default(hub, "shutdown_on_logout", True)
    _set_default(c.Spawner, "default_url", "/lab")
    _set_frame_ancestors(hub, settings)
    _merge_scopes(hub)
    if settings.hub_api_token:
        _add_app_service(hub, settings)
    if settings.pipelines_service:
        _add_pipelines_service(c, settings)
    _add_people_roles(c, with_pipelines=bool(settings.pipelines_service))


def _set_default(section: Any, name: str, value: object) -> None:
    if name not in section:
        section[name] = value


def _check_named_servers(hub: Any) -> None:
    if hub.get("allow_existing_invalid_named_servers", "allow-start") != "allow-start":
        raise BadSetting(
            "c.JupyterHub.allow_existing_invalid_named_servers must stay 'allow-start': "
            "servers are named by the workspace's slug. "
            "Example: leave it out."
        )


def _set_frame_ancestors(hub: Any, settings: OpenHexa) -> None:
    tornado_settings = dict(hub.get("tornado_settings", {}))
    headers = dict(tornado_settings.get("headers", {}))
    headers.setdefault("Content-Security-Policy", settings.content_security_policy)
    tornado_settings["headers"] = headers
    hub.tornado_settings = tornado_settings


def _merge_scopes(hub: Any) -> None:
    hub.custom_scopes = {**scopes.CUSTOM_SCOPES, **hub.get("custom_scopes", {})}


def _add_app_service(hub: Any, settings: OpenHexa) -> None:
    service = _service(hub, scopes.APP_SERVICE)
    service["api_token"] = settings.hub_api_token
    _add_to_role(hub, scopes.APP_SERVICE, ["admin:users", "admin:servers"], services=[scopes.APP_SERVICE])


def _add_people_roles(c: Any, *, with_pipelines: bool) -> None:
    """Let people and their servers do what they may; a server's token gets what both roles hold."""
    hub = c.JupyterHub
    pipelines = [scopes.PIPELINES_READ, scopes.PIPELINES_LAUNCH]
    if with_pipelines:
        pipelines.append(scopes.ACCESS_PIPELINES)
    _add_to_role(hub, "user", ["self", *pipelines, f"{scopes.CREDENTIALS}!user"])
    server_scopes = [*pipelines, f"{scopes.CREDENTIALS}!server"]
    configured = c.Spawner.get("server_token_scopes")
    if isinstance(configured, list) and configured:
        c.Spawner.server_token_scopes = [*configured, *(scope for scope in server_scopes if scope not in configured)]
    _add_to_role(hub, "server", [*_SERVER_SCOPES, *server_scopes])


def _add_pipelines_service(c: Any, settings: OpenHexa) -> None:
    hub = c.JupyterHub
    service = _service(hub, scopes.PIPELINES_SERVICE)
    service.setdefault("oauth_no_confirm", True)
    service.setdefault("oauth_client_allowed_scopes", [scopes.PIPELINES_READ, scopes.PIPELINES_LAUNCH])
    if settings.pipelines_service == "managed":
        _manage(c, service, settings)
    _add_to_role(
        hub,
        "openhexa-pipelines",
        [scopes.CREDENTIALS_ANY, "read:users:name"],
        services=[scopes.PIPELINES_SERVICE],
    )


def _manage(c: Any, service: dict[str, Any], settings: OpenHexa) -> None:
    """Let the hub start the service beside itself, on loopback."""
    prefix = f"{c.JupyterHub.get('base_url', '/').rstrip('/')}/services/{scopes.PIPELINES_SERVICE}"
    address = settings.pipelines_url or f"http://127.0.0.1:{DEFAULT_SERVICE_PORT}{prefix}"
    if urlsplit(address).path.rstrip("/") != prefix:
        raise settings.bad("pipelines_url", f"must end with {prefix}, which is where the hub serves it")
    c.OpenHexa.pipelines_url = address
    service.setdefault("url", origin(address))
    service.setdefault("command", [sys.executable, "-m", "openhexa_hub.service"])
    passed_on = {
        name: value for name, value in os.environ.items() if name.startswith("OPENHEXA_") and name not in _OWN_VARIABLES
    }
    environment = {**passed_on, "OPENHEXA_APP_URL": settings.app_url, **service.get("environment", {})}
    public_url = settings.pipelines_public_url or _below_public_url(c, prefix)
    if public_url:
        environment.setdefault("OPENHEXA_PUBLIC_URL", public_url)
    if not environment.get(SERVICE_KEY):
        raise BadSetting(
            f"{SERVICE_KEY} is not set, so the pipelines service could not keep secrets. "
            'Example: the output of `python -c "from cryptography.fernet import Fernet; '
            'print(Fernet.generate_key().decode())"`'
        )
    service["environment"] = environment
    # JupyterHub would write the environment, and with it this key, into its database in clear. It is read from the
    # configuration at every start; services made while the hub runs have none.
    Service.environment.tag(in_db=False)


def _below_public_url(c: Any, prefix: str) -> str:
    public_url = c.JupyterHub.get("public_url", "")
    return f"{origin(public_url)}{prefix}" if public_url else ""


def _service(hub: Any, name: str) -> dict[str, Any]:
    """Return the definition of a service, a new one where there is none."""
    services: list[dict[str, Any]] = list(hub.get("services", []))
    found = next((service for service in services if service.get("name") == name), None)
    if found is None:
        found = {"name": name}
        services.append(found)
    hub.services = services
    return found


def _add_to_role(hub: Any, name: str, added: list[str], services: list[str] | None = None) -> None:
    """Extend the definition of a role; JupyterHub refuses two of one name."""
    roles: list[dict[str, Any]] = list(hub.get("load_roles", []))
    role = next((role for role in roles if role.get("name") == name), None)
    if role is None:
        role = {"name": name, "scopes": []}
        roles.append(role)
    role["scopes"] = [*role.get("scopes", []), *(scope for scope in added if scope not in role.get("scopes", []))]
    if services:
        role["services"] = [*role.get("services", []), *(s for s in services if s not in role.get("services", []))]
    hub.load_roles = roles
