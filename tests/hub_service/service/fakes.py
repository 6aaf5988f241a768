"""A fake hub and a fake App: real servers on ports of their own, with one named fault each."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections import Counter, defaultdict
from typing import Any

from aiohttp import web

SAHEL, COASTAL = "sahel-programme", "coastal-clinics"
AISSATA, IBRAHIM, FATOU, JANE = (
    "aissata@example.org",
    "ibrahim@example.org",
    "fatou@example.org",
    "Jane.O'Neil+Test@example.org",
)
PIPELINES = ["custom:openhexa:pipelines:read", "custom:openhexa:pipelines:launch"]
ACCESS = "access:services!service=pipelines"


class Server:
    """A server that can be gone and come back on the same port."""

    def __init__(self) -> None:
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        application = web.Application()
        self.routes(application)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def routes(self, application: web.Application) -> None:
        raise NotImplementedError


class Pipeline:
    def __init__(
        self, code: str, workspace: str = SAHEL, parameters: list[dict[str, Any]] | None = None, **more: Any
    ) -> None:
        self.id = str(uuid.uuid4())
        self.code = code
        self.name = code.replace("-", " ").title()
        self.workspace = workspace
        self.type = "zipFile"
        self.versions = [{"id": str(uuid.uuid4()), "versionNumber": 1, "versionName": "first [v1]", "name": "first"}]
        self.parameters = {self.versions[0]["id"]: parameters or []}
        self.stored: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        vars(self).update(more)

    def push(self, name: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
        number = len(self.versions) + 1
        version = {"id": str(uuid.uuid4()), "versionNumber": number, "versionName": f"{name} [v{number}]", "name": name}
        self.versions.append(version)
        self.parameters[version["id"]] = parameters
        return version


class Run:
    def __init__(self, pipeline: Pipeline, version: str, config: dict[str, Any], person: str) -> None:
        self.id = str(uuid.uuid4())
        self.pipeline = pipeline
        self.version = version
        self.config = config
        self.person = person
        self.status = "queued"
        self.progress = 0
        self.messages: list[dict[str, Any]] = []
        self.outputs: list[dict[str, Any]] = []
        self.logs: str | None = None

    def log(self, message: str, priority: str = "INFO") -> None:
        self.messages.append(
            {"priority": priority, "message": message, "timestamp": "2026-11-22T03:04:35.504737+00:00"}
        )

    def as_json(self) -> dict[str, Any]:
        names = ("id", "status", "progress", "messages", "outputs", "logs")
        return {name: getattr(self, name) for name in names}


def parameter(code: str, kind: str = "str", **more: Any) -> dict[str, Any]:
    """A parameter as the App describes it."""
    known = {"code": code, "name": code.title(), "type": kind, "required": False, "multiple": False, "default": None}
    return known | {"help": None, "choices": None, "disables": [], "disableWhen": True} | more


class FakeApp(Server):
    """The App's GraphQL as recorded. `fault` is one of slow, refuses (403 HTML), error_500, half, nonsense and
    graphql_error, for the operations in `fault_on` (all when empty). `refusals` are what runPipeline answers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fault: str | None = None
        self.fault_on: set[str] = set()
        self.refusals: list[str] = []
        self.called = asyncio.Event()
        self.asked: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []
        self.tokens = {f"hexa-{name}": name for name in (AISSATA, FATOU, JANE)} | {f"session-{IBRAHIM}": IBRAHIM}
        self.roles = {
            SAHEL: {AISSATA: "EDITOR", IBRAHIM: "VIEWER", FATOU: "ADMIN", JANE: "EDITOR"},
            COASTAL: {FATOU: "EDITOR"},
        }
        self.simple = Pipeline(
            "cases-report", parameters=[parameter("country", required=True), parameter("rows", "int", default=10)]
        )
        self.reporting = Pipeline(
            "reporting",
            parameters=[
                parameter("task_id", "int", required=True),
                parameter("pipeline_id", required=True),
                parameter("connection_token", "secret", required=True),
                parameter("connection_host", required=True),
                parameter("password", "secret"),
            ],
        )
        self.guide = Pipeline(
            "guide", parameters=[parameter("task_id", required=True), parameter("pipeline_id", required=True)]
        )
        self.empty = Pipeline("empty")
        self.empty.versions.clear()
        self.coastal = Pipeline("coastal", COASTAL)
        self.pipelines = {p.id: p for p in (self.simple, self.reporting, self.guide, self.empty, self.coastal)}
        self.runs: dict[str, Run] = {}

    def routes(self, application: web.Application) -> None:
        application.router.add_post("/graphql/", self._graphql)

    async def until(self, operation: str) -> None:
        """Wait until an operation is under way."""
        async with asyncio.timeout(5):
            while not self.asked[operation]:
                self.called.clear()
                await self.called.wait()

    def run_of(self, task: dict[str, Any]) -> Run:
        return self.runs[task["run_id"]]

    async def _graphql(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        match = re.search(r"(?:query|mutation) (\w+)", body["query"])
        assert match is not None
        operation = match[1]
        self.asked[operation] += 1
        self.called.set()
        self.requests.append({"operation": operation, "headers": dict(request.headers), **body})
        if self.fault and (not self.fault_on or operation in self.fault_on):
            faulty = await self._faulty(request)
            if faulty is not None:
                return faulty
        person = self._person(request)
        data, errors = self._answer(operation, body, person)
        return web.json_response({"data": data, **({"errors": errors} if errors else {})})

    async def _faulty(self, request: web.Request) -> web.StreamResponse | None:
        if self.fault == "slow":
            await asyncio.sleep(30)
        if self.fault == "refuses":
            return web.Response(status=403, text="<h1>Forbidden</h1>", content_type="text/html")
        if self.fault == "error_500":
            return web.Response(status=500, text="<h1>Server Error</h1>", content_type="text/html")
        if self.fault == "nonsense":
            return web.json_response({"data": {"something": "else"}})
        if self.fault == "graphql_error":
            return web.json_response({"data": None, "errors": [{"message": "division by zero"}]})
        if self.fault == "half":
            response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
            await response.prepare(request)
            await response.write(b'{"data":')
            assert request.transport is not None
            request.transport.close()
            return response
        return None

    def _person(self, request: web.Request) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.tokens.get(token)
        return self.tokens.get(request.headers.get("Cookie", "").removeprefix("sessionid="))

    def _answer(self, operation: str, body: dict[str, Any], person: str | None) -> tuple[Any, list[dict[str, Any]]]:
        variables = body["variables"]
        anonymous = [{"message": "Resolver requires an authenticated user", "extensions": {"code": "UNAUTHENTICATED"}}]
        me = {"user": None if person is None else {"email": person}}
        if operation in ("Workspace", "Workspaces", "Pipelines", "Runs") and person is None:
            return {"me": me}, anonymous
        person = person or ""
        match operation:
            case "Workspace":
                return {"me": me, "workspace": self._workspace(variables["slug"], person)}, []
            case "Workspaces":
                slugs = [slug for slug, members in self.roles.items() if person in members]
                return {"workspaces": {"totalPages": 1, "items": [{"slug": s, "name": s} for s in slugs]}}, []
            case "Pipelines":
                return {"pipelines": self._page(variables, person)}, []
            case "Pipeline":
                return {"me": me, "pipeline": self._pipeline(variables["id"], person)}, []
            case "Version":
                return {"pipelineVersion": self._version(variables["id"], person)}, []
            case "Versions":
                pipeline = self._visible(variables["id"], person)
                return {"pipeline": pipeline and {"versions": {"totalPages": 1, "items": pipeline.versions}}}, []
            case "Run":
                return {"runPipeline": self._run(variables["input"], person)}, []
            case "Stop":
                return {"stopPipeline": self._stop(variables["input"]["runId"], person)}, []
            case "Runs":
                return self._runs(variables, person, me)
        raise AssertionError(operation)

    def _workspace(self, slug: str, person: str) -> dict[str, Any] | None:
        role = self.roles.get(slug, {}).get(person)
        return (
            None if role is None else {"slug": slug, "name": slug.title(), "permissions": {"update": role != "VIEWER"}}
        )

    def _visible(self, pipeline: str, person: str) -> Pipeline | None:
        found = self.pipelines.get(pipeline)
        return found if found is not None and person in self.roles.get(found.workspace, {}) else None

    def _page(self, variables: dict[str, Any], person: str) -> dict[str, Any]:
        slug, page = variables["slug"], variables["page"]
        visible = [p for p in self.pipelines.values() if p.workspace == slug and self._visible(p.id, person)]
        items = visible[(page - 1) * 100 : page * 100]
        return {"totalPages": max(1, -(-len(visible) // 100)), "items": [self._as_json(p) for p in items]}

    def _as_json(self, pipeline: Pipeline) -> dict[str, Any]:
        version = pipeline.versions[-1] if pipeline.versions else None
        return {
            "id": pipeline.id,
            "code": pipeline.code,
            "name": pipeline.name,
            "description": "",
            "type": pipeline.type,
            "permissions": {"run": True},
            "currentVersion": version,
        }

    def _pipeline(self, pipeline: str, person: str) -> dict[str, Any] | None:
        found = self._visible(pipeline, person)
        if found is None:
            return None
        shown = self._as_json(found) | {"workspace": {"slug": found.workspace}}
        if found.versions:
            shown["currentVersion"] = self._detailed(found, found.versions[-1])
        return shown

    def _version(self, version: str, person: str) -> dict[str, Any] | None:
        for pipeline in self.pipelines.values():
            for known in pipeline.versions:
                if known["id"] == version and self._visible(pipeline.id, person):
                    return self._detailed(pipeline, known) | {"pipeline": {"id": pipeline.id}}
        return None

    def _detailed(self, pipeline: Pipeline, version: dict[str, Any]) -> dict[str, Any]:
        return version | {"parameters": pipeline.parameters[version["id"]], "config": pipeline.stored[version["id"]]}

    def _run(self, asked: dict[str, Any], person: str) -> dict[str, Any]:
        if self.refusals:
            return {"success": False, "errors": list(self.refusals), "run": None}
        pipeline = self._visible(asked["id"], person)
        if pipeline is None:
            return {"success": False, "errors": ["PIPELINE_NOT_FOUND"], "run": None}
        given = {code: value for code, value in asked["config"].items() if value is not None}
        run = Run(pipeline, asked["versionId"], pipeline.stored[asked["versionId"]] | given, person)
        self.runs[run.id] = run
        return {"success": True, "errors": [], "run": {"id": run.id, "status": run.status}}

    def _stop(self, run: str, person: str) -> dict[str, Any]:
        found = self.runs.get(run)
        errors = []
        if found is None or person not in self.roles[found.pipeline.workspace]:
            errors = ["PIPELINE_NOT_FOUND"]
        elif self.roles[found.pipeline.workspace][person] == "VIEWER":
            errors = ["PERMISSION_DENIED"]
        elif found.status in ("stopped", "terminating"):
            errors = ["PIPELINE_ALREADY_STOPPED"]
        elif found.status in ("success", "failed"):
            errors = ["PIPELINE_ALREADY_COMPLETED"]
        else:
            found.status = "terminating"
        return {"success": not errors, "errors": errors}

    def _runs(self, variables: dict[str, Any], person: str, me: Any) -> tuple[Any, list[dict[str, Any]]]:
        data: dict[str, Any] = {"me": me, "workspace": self._workspace(variables["slug"], person)}
        errors = []
        for alias, identifier in variables.items():
            if alias == "slug":
                continue
            run = self.runs.get(identifier)
            visible = run is not None and person in self.roles.get(run.pipeline.workspace, {})
            data[alias] = run.as_json() if run is not None and visible else None
            if run is not None and getattr(run, "unreadable", False):
                data[alias] = None
                errors.append({"message": "Cannot return null", "path": [alias, "outputs", 0]})
        return data, errors


class FakeHub(Server):
    """The hub's API as far as the service uses it. `down` answers 503."""

    def __init__(self, app: FakeApp) -> None:
        super().__init__()
        self.app = app
        self.service_token = "service-token"
        self.down = False
        self.asked: Counter[str] = Counter()
        self.no_session: set[str] = set()
        self.tokens: dict[str, dict[str, Any]] = {}
        for token, name in (("aissata", AISSATA), ("ibrahim", IBRAHIM), ("fatou", FATOU), ("jane", JANE)):
            self.tokens[token] = self.model(name)
        self.tokens["aissata-server"] = self.server(AISSATA, SAHEL)
        self.tokens["fatou-server"] = self.server(FATOU, COASTAL)
        self.tokens["reader"] = self.model(AISSATA, [ACCESS, PIPELINES[0]])
        self.tokens["elsewhere"] = self.model(AISSATA, PIPELINES)
        self.tokens["some-service"] = self.model("service-api") | {"kind": "service"}

    def model(self, name: str, scopes: list[str] | None = None) -> dict[str, Any]:
        return {"kind": "user", "name": name, "scopes": [ACCESS, *PIPELINES] if scopes is None else scopes}

    def server(self, name: str, slug: str) -> dict[str, Any]:
        return self.model(name, [ACCESS, *PIPELINES, f"custom:openhexa:credentials!server={name}/{slug}"])

    @property
    def api_url(self) -> str:
        return f"{self.url}/hub/api"

    def routes(self, application: web.Application) -> None:
        application.router.add_get("/hub/api/user", self._user)
        application.router.add_post("/hub/api/openhexa/credentials", self._credentials)
        application.router.add_post("/hub/api/oauth2/token", self._oauth_token)

    async def _user(self, request: web.Request) -> web.Response:
        self.asked["user"] += 1
        if self.down:
            return web.Response(status=503)
        model = self.tokens.get(request.headers["Authorization"].removeprefix("token "))
        return web.json_response(model) if model else web.json_response({"status": 403}, status=403)

    async def _credentials(self, request: web.Request) -> web.Response:
        self.asked["credentials"] += 1
        if self.down:
            return web.Response(status=503)
        if request.headers["Authorization"] != f"token {self.service_token}":
            return _error("That token may not.", "forbidden", 403)
        asked = await request.json()
        person, workspace = asked["user"], asked["workspace"]
        if person in self.no_session:
            return _error("The session in OpenHEXA has ended.", "not_authenticated", 401)
        role = self.app.roles.get(workspace, {}).get(person)
        token = next((token for token, name in self.app.tokens.items() if name == person), None)
        if token is None:
            return _error("The notebooks hold no session.", "not_found", 404)
        if role in ("EDITOR", "ADMIN"):
            return web.json_response({"headers": {"Authorization": f"Bearer {token}"}})
        return web.json_response({"headers": {"Cookie": f"sessionid={token}"}})

    async def _oauth_token(self, request: web.Request) -> web.Response:
        self.asked["oauth"] += 1
        form = await request.post()
        return web.json_response({"access_token": str(form["code"]).removeprefix("code-of-"), "token_type": "Bearer"})


def _error(sentence: str, code: str, status: int) -> web.Response:
    return web.json_response({"error": sentence, "code": code, "fields": {}}, status=status)
