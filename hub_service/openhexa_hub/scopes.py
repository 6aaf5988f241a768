"""The names of scopes and of the two services, and what a token's scopes say about it. No input or output here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from openhexa_contract.errors import Forbidden
from openhexa_contract.i18n import gettext as _

PIPELINES_SERVICE = "pipelines"
APP_SERVICE = "service-api"

PIPELINES_READ = "custom:openhexa:pipelines:read"
PIPELINES_LAUNCH = "custom:openhexa:pipelines:launch"
CREDENTIALS = "custom:openhexa:credentials"
CREDENTIALS_ANY = "custom:openhexa:credentials:any"
ACCESS_PIPELINES = f"access:services!service={PIPELINES_SERVICE}"

CUSTOM_SCOPES: dict[str, dict[str, Any]] = {
    PIPELINES_READ: {"description": "See pipelines and tasks of OpenHEXA"},
    PIPELINES_LAUNCH: {"description": "Launch and stop pipelines of OpenHEXA"},
    CREDENTIALS: {"description": "Get fresh credentials of the server's own workspace"},
    CREDENTIALS_ANY: {"description": "Get the authorization by which OpenHEXA sees a person"},
}


def server_of(scopes: Iterable[str]) -> tuple[str, str]:
    """Return the owner and the workspace of the server to which a token with these scopes belongs.

    Raises Forbidden unless exactly one scope `custom:openhexa:credentials!server=<owner>/<slug>` is among them and
    none without a server: such tokens are a person's, not a server's.
    """
    held = {scope for scope in scopes if scope == CREDENTIALS or scope.startswith(f"{CREDENTIALS}!")}
    prefix = f"{CREDENTIALS}!server="
    if len(held) != 1 or not (scope := held.pop()).startswith(prefix):
        raise Forbidden(_("Only a notebook server may ask for credentials here, by its own token."))
    owner, separator, workspace = scope.removeprefix(prefix).rpartition("/")
    if not separator or not owner:
        raise Forbidden(_("Only a notebook server may ask for credentials here, by its own token."))
    return owner, workspace
