"""Every option of the hub's side, as traits of `c.OpenHexa`, each with the environment variable that sets it.

The variables of the existing notebooks component are understood as they are. A trait that is set in the hub's
configuration file wins over its variable.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.crypto import CryptKeeper
from traitlets import Bool, Enum, Float, Integer, TraitError, TraitType, Unicode
from traitlets.config import Configurable

from openhexa_hub.app import AppClient, AppUrls
from openhexa_hub.app.session import CSRF_COOKIE, SESSION_COOKIE
from openhexa_hub.errors import BadSetting

_AUTHENTICATE_PATH = "/notebooks/authenticate/"
_OTHER_CALLS = {
    "default_credentials_url": "/notebooks/default-credentials/",
    "workspace_credentials_url": "/workspaces/credentials/",
}


def _setting(trait: TraitType[Any, Any], variable: str, example: str) -> TraitType[Any, Any]:
    return trait.tag(config=True, variable=variable, example=example)


class OpenHexa(Configurable):
    """Options of OpenHEXA Notebooks. URLs are absolute, durations in seconds."""

    app_url = _setting(
        Unicode(
            help="The App as the hub reaches it. Default: AUTHENTICATION_URL without `/notebooks/authenticate/`.",
        ),
        "OPENHEXA_APP_URL",
        "http://app:8000",
    )
    authentication_url = _setting(
        Unicode(help="Where the hub asks the App whose session a request carries. Default: under `app_url`."),
        "AUTHENTICATION_URL",
        "http://app:8000/notebooks/authenticate/",
    )
    default_credentials_url = _setting(
        Unicode(help="Where the hub gets the environment of a server without a workspace. Default: under `app_url`."),
        "DEFAULT_CREDENTIALS_URL",
        "http://app:8000/notebooks/default-credentials/",
    )
    workspace_credentials_url = _setting(
        Unicode(help="Where the hub gets the environment of a workspace's server. Default: under `app_url`."),
        "WORKSPACE_CREDENTIALS_URL",
        "http://app:8000/workspaces/credentials/",
    )
    app_public_url = _setting(
        Unicode(
            help=(
                "The App as browsers reach it: it may frame the notebooks, and people log in there. "
                "Default: the origin of LOGOUT_REDIRECT_URL, else of HEXA_SERVER_URL, else of `app_url`."
            )
        ),
        "OPENHEXA_APP_PUBLIC_URL",
        "https://app.example.org",
    )
    login_url = _setting(
        Unicode(
            help="The App's login page; `?next=` and the hub's own address are added. Default: `/login` of the App."
        ),
        "OPENHEXA_LOGIN_URL",
        "https://app.example.org/login",
    )
    logout_redirect_url = _setting(
        Unicode(help="Where a browser goes after it logged out of the hub. Default: the App."),
        "LOGOUT_REDIRECT_URL",
        "https://app.example.org/login",
    )
    server_url = _setting(
        Unicode(help="The App as notebook servers reach it, given to them as HEXA_SERVER_URL. Default: `app_url`."),
        "HEXA_SERVER_URL",
        "https://app.example.org",
    )
    content_security_policy = _setting(
        Unicode(
            help=(
                "The Content-Security-Policy header of the hub's pages and of notebook servers, kept as given. "
                "Default: only the App may frame them."
            )
        ),
        "CONTENT_SECURITY_POLICY",
        "frame-ancestors https://app.example.org",
    )
    hub_api_token = _setting(
        Unicode(help="The token by which the App drives the hub (service `service-api`). Without it there is none."),
        "HUB_API_TOKEN",
        "the output of `openssl rand -hex 32`",
    )
    session_key = _setting(
        Unicode(
            help="Secret that seals the App's sessions kept by the hub. Default: derived from JUPYTERHUB_CRYPT_KEY."
        ),
        "OPENHEXA_SESSION_KEY",
        "the output of `openssl rand -hex 32`",
    )
    session_cookie = _setting(
        Unicode(SESSION_COOKIE, help="Name of the App's session cookie. The proxy's hook must know it too."),
        "OPENHEXA_SESSION_COOKIE",
        "sessionid",
    )
    csrf_cookie = _setting(
        Unicode(CSRF_COOKIE, help="Name of the App's CSRF cookie. The proxy's hook must know it too."),
        "OPENHEXA_CSRF_COOKIE",
        "csrftoken",
    )
    request_timeout = _setting(
        Float(10.0, min=0.1, help="Longest duration of one call to the App, in seconds."),
        "OPENHEXA_REQUEST_TIMEOUT",
        "10",
    )
    connect_timeout = _setting(
        Float(3.0, min=0.1, help="Longest wait for a connection to the App, in seconds."),
        "OPENHEXA_CONNECT_TIMEOUT",
        "3",
    )
    connections = _setting(
        Integer(200, min=1, help="Most calls to the App that may be under way at once."), "OPENHEXA_CONNECTIONS", "200"
    )
    frame_local_servers = _setting(
        Bool(
            True,
            help=(
                "Pass the Content-Security-Policy to servers that run as local processes, by their command line. "
                "Other servers read it from the variable CONTENT_SECURITY_POLICY."
            ),
        ),
        "OPENHEXA_FRAME_LOCAL_SERVERS",
        "true",
    )
    pipelines_service = _setting(
        Enum(
            ["", "managed", "external"],
            "",
            help=(
                "The pipelines service: empty for none; `managed` when the hub starts it beside itself; "
                "`external` when it runs "
                "elsewhere and stands in `c.JupyterHub.services` under the name `pipelines`."
            ),
        ),
        "OPENHEXA_PIPELINES_SERVICE",
        "managed",
    )
    pipelines_url = _setting(
        Unicode(
            help=(
                "The pipelines service as notebook servers reach it, prefix included, "
                "given to them as OPENHEXA_PIPELINES_URL. "
                "Default when managed: on loopback. A managed service listens on this address's port."
            )
        ),
        "OPENHEXA_PIPELINES_URL",
        "http://127.0.0.1:9011/services/pipelines",
    )
    pipelines_public_url = _setting(
        Unicode(help="The pipelines service as browsers and runs reach it. Default: under `c.JupyterHub.public_url`."),
        "OPENHEXA_PUBLIC_URL",
        "https://hub.example.org/services/pipelines",
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name, trait in self.traits(variable=lambda variable: bool(variable)).items():
            text = os.environ.get(trait.metadata["variable"], "")
            if text and not self._is_configured(name):
                self._set_from_text(name, trait, text)
        self._fill_defaults()
        self._check()

    def _is_configured(self, name: str) -> bool:
        return name in self._find_my_config(self.config)

    def _set_from_text(self, name: str, trait: TraitType[Any, Any], text: str) -> None:
        try:
            setattr(self, name, trait.from_string(text))
        except (TraitError, ValueError) as error:
            raise self.bad(name, f"cannot be {text!r}") from error

    def _fill_defaults(self) -> None:
        if not self.app_url and self.authentication_url.endswith(_AUTHENTICATE_PATH):
            self.app_url = self.authentication_url.removesuffix(_AUTHENTICATE_PATH)
        self.app_url = self.app_url.rstrip("/")
        if self.app_url:
            self.authentication_url = self.authentication_url or self.app_url + _AUTHENTICATE_PATH
            for name, path in _OTHER_CALLS.items():
                setattr(self, name, getattr(self, name) or self.app_url + path)
        self.server_url = self.server_url or self.app_url
        if not self.app_public_url:
            self.app_public_url = next(
                (url for url in (self.logout_redirect_url, self.server_url, self.app_url) if url), ""
            )
        self.app_public_url = origin(self.app_public_url)
        self.login_url = self.login_url or f"{self.app_public_url}/login"
        self.logout_redirect_url = self.logout_redirect_url or f"{self.app_public_url}/"
        self.content_security_policy = self.content_security_policy or f"frame-ancestors {self.app_public_url}"
        self.pipelines_url = self.pipelines_url.rstrip("/")
        self.pipelines_public_url = self.pipelines_public_url.rstrip("/")

    def _check(self) -> None:
        if not self.authentication_url:
            raise self.bad("authentication_url", "is not set, so nobody could log in")
        for name in (
            "app_url",
            "authentication_url",
            "default_credentials_url",
            "workspace_credentials_url",
            "app_public_url",
            "login_url",
            "logout_redirect_url",
            "server_url",
            "pipelines_url",
            "pipelines_public_url",
        ):
            value = getattr(self, name)
            optional = name.startswith("pipelines_") or name == "app_url"
            if not (value == "" and optional) and not is_http_url(value):
                raise self.bad(name, f"is not an absolute http or https address: {value!r}")
        if self.pipelines_service == "external" and not self.pipelines_url:
            raise self.bad("pipelines_url", "is not set, although pipelines_service is 'external'")

    def bad(self, name: str, problem: str) -> BadSetting:
        """Return the error that says what is wrong with a setting, how it is called, and how it looks when right."""
        metadata = self.traits()[name].metadata
        return BadSetting(
            f"c.OpenHexa.{name} (environment variable {metadata['variable']}) {problem}. Example: {metadata['example']}"
        )

    def client(self) -> AppClient:
        """Return a new client of the App."""
        graphql = AppUrls.from_base(self.app_url).graphql if self.app_url else ""
        urls = AppUrls(
            authentication=self.authentication_url,
            default_credentials=self.default_credentials_url,
            workspace_credentials=self.workspace_credentials_url,
            graphql=graphql,
        )
        return AppClient(
            urls,
            timeout=self.request_timeout,
            connect_timeout=self.connect_timeout,
            connections=self.connections,
            session_cookie=self.session_cookie,
            csrf_cookie=self.csrf_cookie,
        )

    def sealing_keys(self) -> list[bytes]:
        """Return the secrets that seal the App's sessions, the current one first."""
        if self.session_key:
            return [self.session_key.encode()]
        keys = list(CryptKeeper.instance().keys)
        if not keys:
            raise BadSetting(
                "JUPYTERHUB_CRYPT_KEY is not set, so the App's sessions could not be kept safely. "
                "Example: the output of `openssl rand -hex 32`"
            )
        return keys


def origin(url: str) -> str:
    """Return scheme, host and port of a URL; the text itself when it is not one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else url


def is_http_url(url: str) -> bool:
    """Tell whether a text is an absolute http(s) URL."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
