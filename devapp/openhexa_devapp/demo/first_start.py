"""What an administrator of a workspace does once by hand, done for the demo: she lets pipelines report to the service.

She asks the pipelines service for a callback token of her workspace and stores it, with the service's address, in the
custom connection `iaso-pipeline` of the App, where pipelines look for it.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from yarl import URL

from openhexa_contract.i18n import gettext as _
from openhexa_devapp.demo.settings import Demo
from openhexa_devapp.seeds import ADMINISTRATOR, PASSWORD, WORKSPACE

CONNECTION = "iaso-pipeline"
SCOPES = ["access:services!service=pipelines", "custom:openhexa:pipelines:read", "custom:openhexa:pipelines:launch"]
LOGIN = "mutation Login($input: LoginInput!) { login(input: $input) { success errors } }"
CONNECTIONS = "query Connections($slug: String!) { workspace(slug: $slug) { connections { slug } } }"
CREATE = "mutation Create($input: CreateConnectionInput!) { createConnection(input: $input) { success errors } }"


class FirstStartFailed(Exception):
    """The connection could not be made; the message says why and where to look."""


class Refused(Exception):
    """The App, the hub or the service answered something else than was asked for; the message says what."""


async def connect_pipelines(demo: Demo) -> None:
    """Make the connection unless it is there. Raises `FirstStartFailed`."""
    try:
        await _connect(demo)
    except (aiohttp.ClientError, TimeoutError, KeyError, Refused) as error:
        sentence = _("The sample pipelines could not be connected to tasks: {reason}. The logs in {logs} say more.")
        reason = str(error) or type(error).__name__
        raise FirstStartFailed(sentence.format(reason=reason, logs=demo.data / "logs")) from None


async def _connect(demo: Demo) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=30)) as session:
        await graphql(session, demo, LOGIN, {"input": {"email": ADMINISTRATOR, "password": PASSWORD}})
        seen = await graphql(session, demo, CONNECTIONS, {"slug": WORKSPACE})
        if any(connection["slug"] == CONNECTION for connection in seen["workspace"]["connections"]):
            return
        await graphql(session, demo, CREATE, {"input": connection_input(await callback_token(session, demo))})


def connection_input(answer: dict[str, Any]) -> dict[str, Any]:
    """The App's input for the connection, from the service's answer `{"token", "url"}`."""
    return {
        "workspaceSlug": WORKSPACE,
        "name": CONNECTION,
        "slug": CONNECTION,
        "type": "CUSTOM",
        "description": "Lets pipelines report status and result to their task.",
        "fields": [
            {"code": "url", "value": answer["url"], "secret": False},
            {"code": "value", "value": answer["token"], "secret": True},
        ],
    }


async def callback_token(session: aiohttp.ClientSession, demo: Demo) -> dict[str, Any]:
    """Log the administrator in to the hub and ask the service, as her, for a callback token of the workspace.

    She makes herself a short-lived token, as on the hub's token page: the hub wants the value of its `_xsrf` cookie.
    """
    async with session.get(f"{demo.hub_url}/hub/login?next=/hub/token") as answer:
        await check(answer, 200)
    cookies = session.cookie_jar.filter_cookies(URL(f"{demo.hub_url}/hub/token"))
    asked = {"note": "first start of the demo", "expires_in": 300, "scopes": SCOPES}
    tokens = f"{demo.hub_url}/hub/api/users/{ADMINISTRATOR}/tokens"
    async with session.post(tokens, json=asked, headers={"X-XSRFToken": cookies["_xsrf"].value}) as answer:
        token = (await check(answer, 201))["token"]
    address = f"{demo.service_url}/api/callback-tokens/"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"token {token}"}) as as_her,
        as_her.post(address, json={"workspace": WORKSPACE}) as answer,
    ):
        return await check(answer, 201)


async def check(answer: aiohttp.ClientResponse, status: int) -> dict[str, Any]:
    """The JSON of an answer (empty for a page); another status raises `Refused`."""
    if answer.status != status:
        raise Refused(f"{answer.method} {answer.url.path}: HTTP {answer.status}")
    return dict(await answer.json()) if answer.content_type == "application/json" else {}


async def graphql(session: aiohttp.ClientSession, demo: Demo, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """One GraphQL operation of the App; a refusal raises `Refused`."""
    async with session.post(f"{demo.app_url}/graphql/", json={"query": query, "variables": variables}) as answer:
        body = await answer.json()
    results = [value for value in (body.get("data") or {}).values() if isinstance(value, dict)]
    if body.get("errors") or any(result.get("success") is False for result in results):
        raise Refused(f"POST /graphql/: {body.get('errors') or results}")
    return dict(body["data"])
