"""The App at the transport: its recorded answers, and one named fault at a time, on a free port of loopback."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

NO_PERMISSION = {"error": "User does not have permission to launch notebooks"}


class FakeApp:
    """Sessions, workspaces and their editors. `fault` names what goes wrong until it is None again."""

    def __init__(self) -> None:
        self.sessions: dict[str, str] = {}
        self.workspaces: dict[str, set[str]] = {}
        self.seen: list[web.Request] = []
        self.graphql_answer: dict[str, Any] = {"data": {"me": None}}
        self.fault: str | None = None
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._released = asyncio.Event()

    async def start(self) -> None:
        app = web.Application(middlewares=[self._with_faults])
        app.router.add_post("/notebooks/authenticate/", self._authenticate)
        app.router.add_post("/notebooks/default-credentials/", self._default_credentials)
        app.router.add_post("/workspaces/credentials/", self._workspace_credentials)
        app.router.add_post("/graphql/", self._graphql)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._released.set()
        assert self._runner is not None
        await self._runner.cleanup()

    def log_in(self, email: str) -> str:
        """Return the cookie value of a new session."""
        session = secrets.token_hex(16)
        self.sessions[session] = email
        return session

    def calls(self, path: str) -> list[web.Request]:
        return [request for request in self.seen if request.path == path]

    @web.middleware
    async def _with_faults(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.seen.append(request)
        await request.read()
        if self.fault is None:
            return await handler(request)
        return await getattr(self, f"_fault_{self.fault}")(request)

    def _person(self, request: web.Request) -> str | None:
        return self.sessions.get(request.cookies.get("sessionid", ""))

    def _to_login(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"/login?next={request.path}"}, content_type="text/html")

    def _csrf_refused(self, request: web.Request) -> web.Response | None:
        cookie, header = request.cookies.get("csrftoken"), request.headers.get("X-CSRFToken")
        if not cookie or cookie != header:
            return web.Response(status=403, text="CSRF verification failed.", content_type="text/html")
        return None

    async def _authenticate(self, request: web.Request) -> web.Response:
        person = self._person(request)
        if refused := self._csrf_refused(request):
            return refused
        return web.json_response({"username": person}) if person else self._to_login(request)

    async def _default_credentials(self, request: web.Request) -> web.Response:
        person = self._person(request)
        if refused := self._csrf_refused(request):
            return refused
        if person is None:
            return self._to_login(request)
        return web.json_response({"username": person, "env": {"GIT_EXTENSION_ENABLED": "false"}, "files": {}})

    async def _workspace_credentials(self, request: web.Request) -> web.Response:
        workspace = str((await request.post()).get("workspace", ""))
        if not workspace:
            return web.json_response({"error": "No workspace given"}, status=400)
        if workspace not in self.workspaces:
            return web.json_response({}, status=404)
        person = self._person(request)
        if person is None:
            return web.json_response({}, status=401)
        if person not in self.workspaces[workspace]:
            return web.json_response(NO_PERMISSION, status=401)
        env = {
            "WORKSPACE_BUCKET_NAME": workspace,
            "HEXA_TOKEN": f"token-of-{person}-in-{workspace}",
            "ODD": 'a{b}"c\nd',
        }
        return web.json_response({"env": env, "notebooks_server_hash": "7cafecb216b6a73a", "image": "base:latest"})

    async def _graphql(self, request: web.Request) -> web.Response:
        return web.json_response(self.graphql_answer)

    async def _fault_error(self, request: web.Request) -> web.Response:
        return web.Response(status=500, text="Oops")

    async def _fault_gateway(self, request: web.Request) -> web.Response:
        return web.Response(status=502, text="<html>nginx</html>", content_type="text/html")

    async def _fault_html(self, request: web.Request) -> web.Response:
        return web.Response(text="<html>hello</html>", content_type="text/html")

    async def _fault_invalid_json(self, request: web.Request) -> web.Response:
        return web.Response(text='{"username": ', content_type="application/json")

    async def _fault_other_json(self, request: web.Request) -> web.Response:
        return web.json_response(["username"])

    async def _fault_no_name(self, request: web.Request) -> web.Response:
        return web.json_response({"username": ""})

    async def _fault_moved(self, request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": "https://app.example.org/notebooks/authenticate/"})

    async def _fault_elsewhere(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://example.org/"})

    async def _fault_unauthorized(self, request: web.Request) -> web.Response:
        return web.Response(status=401, content_type="text/html")

    async def _fault_unknown_host(self, request: web.Request) -> web.Response:
        return web.Response(status=400, text="<h1>Bad Request (400)</h1>", content_type="text/html")

    async def _fault_csrf(self, request: web.Request) -> web.Response:
        return web.Response(status=403, text="CSRF verification failed.", content_type="text/html")

    async def _fault_not_found_html(self, request: web.Request) -> web.Response:
        return web.Response(status=404, text="<h1>Not found</h1>", content_type="text/html")

    async def _fault_too_large(self, request: web.Request) -> web.Response:
        return web.json_response({"error": "REQUEST_TOO_LARGE"}, status=413)

    async def _fault_oversized(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(10 * 16):
                await response.write(b" " * 65536)
        except ConnectionError:
            pass
        return response

    async def _fault_slow_headers(self, request: web.Request) -> web.Response:
        await self._released.wait()
        return web.Response()

    async def _fault_slow_body(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"username"')
        await self._released.wait()
        return response

    async def _fault_half_body(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"username"')
        assert request.transport is not None
        request.transport.close()
        return response

    async def _fault_reset(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
