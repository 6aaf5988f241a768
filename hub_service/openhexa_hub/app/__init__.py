"""The OpenHEXA App as this project sees it: the only code that speaks to it."""

from __future__ import annotations

from openhexa_hub.app.client import AppClient, AppUrls, GraphQLFailed
from openhexa_hub.app.queries import Account, Credentials
from openhexa_hub.app.session import AppSession

__all__ = ["Account", "AppClient", "AppSession", "AppUrls", "Credentials", "GraphQLFailed"]
