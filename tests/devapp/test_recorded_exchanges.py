"""Replays what was recorded between clients and a real App, against the running stand-in.

Each line is one exchange: who asks, how, and what the App answered. Values that differ from installation to
installation (names, ids, tokens) are left out or described by their shape.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

SLUG, OTHER, UNKNOWN = "sahel-programme", "coastal-clinics", "no-such-ws"
NOBODY_ID = "00000000-0000-0000-0000-000000000000"
AUTHENTICATE, DEFAULTS, CREDENTIALS = (
    "/notebooks/authenticate/",
    "/notebooks/default-credentials/",
    "/workspaces/credentials/",
)
DEAD = {"Cookie": f"sessionid={'x' * 32}; csrftoken={'a' * 32}", "X-CSRFToken": "a" * 32}
PAIR = {"X-CSRFToken": "a" * 32}
MAY_NOT = {"error": "User does not have permission to launch notebooks"}
UNAUTHENTICATED = {"code": "UNAUTHENTICATED"}


def cookies_of(response: Any) -> dict[str, str]:
    return {line.split("=")[0]: line for line in response.headers.get_list("set-cookie")}


# -- login ------------------------------------------------------------------------------------------------------------

LOGINS = [
    ("aissata@example.org", "openhexa", {"success": True, "errors": None}),
    (" AISSATA@example.org ", "openhexa", {"success": True, "errors": None}),
    ("aissata@example.org", "nope", {"success": False, "errors": ["INVALID_CREDENTIALS"]}),
    ("nobody@example.org", "openhexa", {"success": False, "errors": ["INVALID_CREDENTIALS"]}),
]


@pytest.mark.parametrize(("email", "password", "result"), LOGINS)
def test_login(app, email, password, result):
    with app.anybody() as person:
        query = "mutation Login($input: LoginInput!) { login(input: $input) { success errors } }"
        body = {"query": query, "variables": {"input": {"email": email, "password": password}}}
        response = person.post("/graphql/", json=body)
    assert response.json() == {"data": {"login": result}}
    cookies = cookies_of(response)
    assert set(cookies) == ({"csrftoken", "sessionid"} if result["success"] else set())
    if result["success"]:
        shapes = {
            "csrftoken": r"csrftoken=\w{32}; expires=[^;]+; Max-Age=31449600; Path=/; SameSite=lax",
            "sessionid": r"sessionid=\w{32}; expires=[^;]+; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax",
        }
        for name, shape in shapes.items():
            assert re.fullmatch(shape, cookies[name]), cookies[name]


def test_login_over_a_proxy_with_cookie_domains(own_app):
    app = own_app(
        TRUST_FORWARDED_PROTO="true", SESSION_COOKIE_DOMAIN=".peer.test", CSRF_COOKIE_DOMAIN=".peer.test",
        SESSION_COOKIE_SAMESITE="None",
    )  # fmt: skip
    with app.anybody() as person:
        body = {"query": 'mutation { login(input: {email: "fatou@example.org", password: "openhexa"}) { success } }'}
        cookies = cookies_of(person.post("/graphql/", json=body))
    assert "Domain=.peer.test" in cookies["csrftoken"]
    assert cookies["csrftoken"].endswith("SameSite=lax; Secure")
    assert cookies["sessionid"].endswith("SameSite=none; Secure")


# -- GraphQL over HTTP ------------------------------------------------------------------------------------------------

ME, PIPELINES = "{ me { user { email } } }", f'{{ pipelines(workspaceSlug: "{SLUG}") {{ totalItems }} }}'
REFUSED = "Resolver requires an authenticated user"


def test_anonymous_graphql(app):
    with app.anybody() as person:
        assert person.graphql(ME) == {"data": {"me": {"user": None}}}
        assert person.graphql(PIPELINES) == {
            "data": None,
            "errors": [
                {
                    "message": REFUSED,
                    "locations": [{"line": 1, "column": 3}],
                    "path": ["pipelines"],
                    "extensions": UNAUTHENTICATED,
                }
            ],
        }
        answer = person.graphql(f'{{ workspace(slug: "{SLUG}") {{ slug }} }}')
        assert (answer["data"], answer["errors"][0]["extensions"]) == ({"workspace": None}, UNAUTHENTICATED)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "answer"),
    [
        ("POST", "/graphql", "{}", 301, ""),
        ("POST", "/graphql/", "{bad", 400, "Request body is not a valid JSON"),
        ("POST", "/graphql/", '{"query": "{ nope }"}', 400, "Cannot query field 'nope' on type 'Query'."),
        ("POST", "/graphql/", '{"query": "' + "x" * 6_000_000 + '"}', 413, '{"error":"REQUEST_TOO_LARGE"}'),
        ("GET", "/graphql/", "", 200, "GraphQL"),
    ],
    ids=["no slash", "malformed", "unknown field", "too large", "get"],
)
def test_graphql_requests(app, method, path, body, status, answer):
    with app.anybody() as person:
        response = person.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert answer in response.text


def test_graphql_believes_the_cookie_alone_whatever_the_origin(aissata):
    """No CSRF header, and an Origin of another site."""
    query = f'mutation {{ generateWorkspaceToken(input: {{slug: "{SLUG}"}}) {{ success errors token }} }}'
    result = aissata.graphql(query, headers={"Origin": "http://evil.invalid"})["data"]["generateWorkspaceToken"]
    assert (result["success"], result["errors"], len(result["token"])) == (True, [], 95)


def test_bearer_tokens(app, aissata, fatou):
    token = aissata.token()
    assert token == aissata.token(), "stable across calls"
    who = {"me": {"user": {"email": "aissata@example.org"}}}
    nobody = {"me": {"user": None}}
    with app.bearer(token) as program:
        assert program.ask(ME) == who
        assert program.ask("{ workspaces { items { slug } } }")["workspaces"]["items"] == [{"slug": SLUG}]
        assert program.token() == token, "the token gives itself"
        result = program.change("generateWorkspaceToken", {"slug": OTHER}, "token")
        assert result == {"success": False, "errors": ["WORKSPACE_NOT_FOUND"], "token": None}
    for authorization, expected in (
        (f"bearer {token}", who), (f"Token {token}", nobody), ("Bearer garbage", nobody), (f"Bearer {token}x", nobody),
    ):  # fmt: skip
        with app.anybody(Authorization=authorization) as program:
            assert program.ask(ME) == expected
    assert fatou.graphql(ME, headers={"Authorization": f"Bearer {token}"})["data"] == who, "wins over the cookie"


# -- /notebooks/ ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [AUTHENTICATE, DEFAULTS])
@pytest.mark.parametrize(
    ("method", "headers", "status", "more"),
    [
        ("POST", {}, 302, {"location": "/login?next={path}"}),
        ("POST", {"Content-Type": "application/json"}, 401, {}),
        ("POST", DEAD, 302, {"location": "/login?next={path}", "set-cookie": 'sessionid=""; '}),
    ],
    ids=["no cookies", "no cookies, JSON", "dead session"],
)
def test_notebooks_without_session(app, path, method, headers, status, more):
    with app.anybody() as person:
        response = person.request(method, path, headers=headers)
    assert response.status_code == status
    for name, value in more.items():
        assert response.headers[name].startswith(value.format(path=path))
    if "set-cookie" in more:
        assert "Max-Age=0; Path=/" in response.headers["set-cookie"]


@pytest.mark.parametrize(
    ("method", "cookie", "headers", "status"),
    [
        ("POST", "a" * 32, PAIR, 200),
        ("POST", "a" * 32, {**PAIR, "Referer": "http://hub.invalid:8001"}, 200),
        ("POST", "a" * 32, {}, 403),
        ("POST", "a" * 32, {"X-CSRFToken": "b" * 32}, 403),
        ("POST", None, PAIR, 403),
        ("POST", "a" * 32, {**PAIR, "Origin": "http://hub.invalid:8001"}, 403),
        ("GET", "a" * 32, PAIR, 405),
    ],
)
@pytest.mark.parametrize("path", [AUTHENTICATE, DEFAULTS])
def test_notebooks_with_session(app, aissata, path, method, cookie, headers, status):
    """Any well-formed pair passes: it is not tied to the session."""
    cookies = f"sessionid={aissata.cookies['sessionid']}" + (f"; csrftoken={cookie}" if cookie else "")
    with app.anybody() as person:
        response = person.request(method, path, headers={**headers, "Cookie": cookies})
    assert response.status_code == status
    if status == 405:
        assert response.headers["allow"] == "POST"
    if status == 200:
        more = {"env": {"GIT_EXTENSION_ENABLED": "false"}, "files": {}} if path == DEFAULTS else {}
        assert response.json() == {"username": "aissata@example.org", **more}


def test_notebooks_paths_need_their_slash_and_cookies(app, aissata):
    response = aissata.post("/notebooks/authenticate", headers=aissata.csrf)
    assert (response.status_code, response.headers["location"]) == (301, AUTHENTICATE)
    with app.bearer(aissata.token()) as program:
        assert program.post(AUTHENTICATE).status_code == 403


def test_the_address_keeps_its_case(app):
    with app.person("jane.o'neil+test@example.org") as jane:
        assert jane.post(AUTHENTICATE, headers=jane.csrf).json() == {"username": "Jane.O'Neil+Test@example.org"}


# -- /workspaces/credentials/ -----------------------------------------------------------------------------------------

FORM = {"data": {"workspace": SLUG}}


@pytest.mark.parametrize(
    ("email", "request_", "status", "answer"),
    [
        ("aissata@example.org", {"data": {"workspace": UNKNOWN}}, 404, {}),
        ("aissata@example.org", {"data": {"workspace": OTHER}}, 401, MAY_NOT),
        ("ibrahim@example.org", FORM, 401, MAY_NOT),
        ("aissata@example.org", {"data": {}}, 400, {"error": "No workspace given"}),
        ("aissata@example.org", {"json": {"workspace": SLUG}}, 400, {"error": "No workspace given"}),
        (None, FORM, 401, {}),
        (None, {"data": {"workspace": UNKNOWN}}, 404, {}),
        (None, {"json": {}}, 400, {"error": "No workspace given"}),
    ],
)
def test_credentials_refused(app, email, request_, status, answer):
    with app.person(email) if email else app.anybody() as person:
        response = person.post(CREDENTIALS, **request_)
    assert (response.status_code, response.json()) == (status, answer)


@pytest.mark.parametrize(
    ("authorization", "status", "answer"),
    [
        ("Bearer {token}", 404, {}),
        ("Bearer garbage", 401, {"error": "Token signature is invalid"}),
        ("token xyz", 401, {"error": "Authorization header should start with 'bearer'"}),
        ("Bearer a b", 500, None),
    ],
)
def test_credentials_by_header_are_for_runs_only(aissata, authorization, status, answer):
    """With the session's cookies too: the header wins."""
    headers = {"Authorization": authorization.format(token=aissata.token())}
    response = aissata.post(CREDENTIALS, headers=headers, **FORM)
    assert response.status_code == status
    if answer is not None:
        assert response.json() == answer


def test_credentials(app, aissata):
    """No CSRF header is needed; the deprecated address gives the same."""
    response = aissata.post(CREDENTIALS, **FORM)
    answer = response.json()
    assert set(answer) == {"env", "notebooks_server_hash", "image"}
    assert answer["env"] == {
        "WORKSPACE_BUCKET_NAME": SLUG,
        "WORKSPACE_STORAGE_ENGINE": "local",
        "WORKSPACE_STORAGE_MOUNT_PATH": str(app.data / "workspaces" / SLUG),
        "HEXA_TOKEN": aissata.token(),
    }
    assert re.fullmatch(r"[0-9a-f]{32}", answer["notebooks_server_hash"])
    assert aissata.post(f"/workspaces/{SLUG}/credentials/").json() == answer
    assert aissata.get(CREDENTIALS, params={"workspace": SLUG}).status_code == 405
    with app.anybody() as person:
        response = person.post(f"/workspaces/{SLUG}/credentials/")
        assert response.headers["location"] == f"/login?next=/workspaces/{SLUG}/credentials/"
        dead = person.post(CREDENTIALS, headers=DEAD, **FORM)
        assert (dead.status_code, dead.json()) == (401, {})
        assert dead.headers["set-cookie"].startswith('sessionid=""')


def test_graphql_logout_ends_the_session(app):
    with app.person("fatou@example.org") as fatou:
        cookies = f"sessionid={fatou.cookies['sessionid']}; csrftoken={'a' * 32}"
        response = fatou.post("/graphql/", json={"query": "mutation { logout { success } }"})
        assert response.json() == {"data": {"logout": {"success": True}}}
        assert cookies_of(response)["sessionid"].startswith('sessionid=""; expires=Thu, 01 Jan 1970')
        again = fatou.post(AUTHENTICATE, headers={"Cookie": cookies, **PAIR})
        assert again.headers["location"] == f"/login?next={AUTHENTICATE}"


# -- pipelines and runs -----------------------------------------------------------------------------------------------

CODE = """
from openhexa.sdk import DHIS2Connection, current_run, parameter, pipeline

@pipeline("Recorded", timeout=600)
@parameter("period", name="Period", type=str, help="YYYYMM")
@parameter("rows", name="Rows", type=int, default=10, required=False)
@parameter("dry_run", type=bool, default=True, required=False)
@parameter("level", type=str, choices=["district", "region"], default="district", required=False)
@parameter("countries", type=str, multiple=True, choices=["BE", "BF"], required=False)
@parameter("dhis", type=DHIS2Connection, required=False)
def recorded(**values):
    current_run.log_info(f"{values['period']}")
"""
DEFAULT_CONFIG = {"rows": 10, "level": "district", "dry_run": True}
RUN = """mutation($input: RunPipelineInput!) { runPipeline(input: $input) { success errors run {
  id run_id status progress config triggerMode executionDate timeout sendMailNotifications user { email }
  version { versionName } } } }"""


@pytest.fixture(scope="module")
def recorded(aissata) -> str:
    version = {"name": "v-one", "files": [{"path": "pipeline.py", "content": CODE}]}
    given = {"workspaceSlug": SLUG, "name": "Recorded", "version": version}
    fields = "details pipeline { id code } pipelineVersion { versionName }"
    result = aissata.change("createPipeline", given, fields)
    assert (result["pipeline"]["code"], result["pipelineVersion"]["versionName"]) == ("recorded", "v-one [v1]")
    return str(result["pipeline"]["id"])


def test_pipeline_read(aissata, recorded):
    query = """query($id: UUID!) { pipeline(id: $id) {
      code name type description schedule permissions { run stopPipeline update delete schedule }
      currentVersion { versionNumber versionName timeout config parameters {
        code name type required multiple default help choices widget connection directory disables disableWhen
        choicesFromFile { path format column } } } } }"""
    pipeline = aissata.ask(query, id=recorded)["pipeline"]
    version = pipeline.pop("currentVersion")
    assert pipeline == {
        "code": "recorded", "name": "Recorded", "type": "zipFile", "description": "", "schedule": None,
        "permissions": {"run": True, "stopPipeline": True, "update": True, "delete": False, "schedule": False},
    }  # fmt: skip
    assert (version["versionNumber"], version["versionName"], version["config"]) == (1, "v-one [v1]", DEFAULT_CONFIG)
    assert version["parameters"][0] == {
        "code": "period", "name": "Period", "type": "str", "required": True, "multiple": False, "default": None,
        "help": "YYYYMM", "choices": None, "widget": None, "connection": None, "directory": None, "disables": [],
        "disableWhen": True, "choicesFromFile": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "data", "message"),
    [
        ('{ pipelines(workspaceSlug: "nope") { totalItems totalPages pageNumber items { id } } }',
         {"pipelines": {"totalItems": 0, "totalPages": 1, "pageNumber": 1, "items": []}}, None),
        (f'{{ pipelines(workspaceSlug: "{SLUG}", perPage: 0) {{ totalItems }} }}', None, "division by zero"),
        (f'{{ pipelines(workspaceSlug: "{SLUG}", page: 99) {{ totalItems }} }}', None, "That page contains no results"),
        (f'{{ pipeline(id: "{NOBODY_ID}") {{ id }} }}', {"pipeline": None}, None),
        (f'{{ pipelineRun(id: "{NOBODY_ID}") {{ id }} }}', {"pipelineRun": None}, None),
        (f'{{ pipelineByCode(workspaceSlug: "{SLUG}", code: "zz") {{ id }} }}', {"pipelineByCode": None}, None),
        ("{ organizations { id } }", None, "organizations is not implemented by the stand-in App"),
    ],
)  # fmt: skip
def test_reads(aissata, recorded, query, data, message):
    answer = aissata.graphql(query)
    assert answer["data"] == data
    assert [error["message"] for error in answer.get("errors", [])] == ([message] if message else [])


def test_a_malformed_uuid(aissata):
    answer = aissata.graphql("query($id: UUID!) { pipeline(id: $id) { id } }", {"id": "abc"})
    assert answer["data"] is None
    expected = "Variable '$id' got invalid value 'abc'; Expected type 'UUID'. \"abc\" is not a valid uuid"
    assert [error["message"] for error in answer["errors"]] == [expected]


@pytest.mark.parametrize(
    ("given", "config"),
    [
        ({"period": "202401", "rows": 3}, {**DEFAULT_CONFIG, "period": "202401", "rows": 3}),
        ({}, DEFAULT_CONFIG),
        ({"period": "x", "bogus": 1}, {**DEFAULT_CONFIG, "period": "x", "bogus": 1}),
        ({"period": "x", "level": "galaxy"}, {**DEFAULT_CONFIG, "period": "x", "level": "galaxy"}),
        ({"period": "x", "countries": "BE"}, {**DEFAULT_CONFIG, "period": "x", "countries": "BE"}),
        ({"period": "x", "rows": None}, {**DEFAULT_CONFIG, "period": "x"}),
        ({"period": "x", "rows": "ten"}, None),
        ({"period": "x", "rows": "12"}, None),
        ({"period": "x", "rows": 1.5}, None),
        ({"period": "x", "dry_run": "yes"}, None),
    ],
)
def test_run_pipeline(aissata, recorded, given, config):
    result = aissata.ask(RUN, input={"id": recorded, "config": given})["runPipeline"]
    if config is None:
        assert result == {"success": False, "errors": ["INVALID_CONFIG"], "run": None}
        return
    run = result.pop("run")
    assert result == {"success": True, "errors": []}
    assert re.fullmatch(r"manual__\d+\.\d+", run.pop("run_id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", run.pop("executionDate"))
    aissata.change("stopPipeline", {"runId": run.pop("id")})
    assert run == {
        "status": "queued", "progress": 0, "config": config, "triggerMode": "manual", "timeout": 14400,
        "sendMailNotifications": False, "user": {"email": "aissata@example.org"},
        "version": {"versionName": "v-one [v1]"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"id": NOBODY_ID, "config": {}}, "PIPELINE_NOT_FOUND"),
        ({"id": None, "versionId": NOBODY_ID, "config": {}}, "PIPELINE_VERSION_NOT_FOUND"),
    ],
)
def test_run_pipeline_not_found(aissata, recorded, given, error):
    result = aissata.ask(RUN, input={**given, "id": given["id"] or recorded})["runPipeline"]
    assert result == {"success": False, "errors": [error], "run": None}


def test_run_pipeline_with_a_text_or_without_config(aissata, recorded):
    answer = aissata.graphql(RUN, {"input": {"id": recorded, "config": '{"period":"202401"}'}})
    assert answer["data"] is None
    assert answer["errors"][0]["message"] == "'str' object has no attribute 'items'"
    answer = aissata.graphql(RUN, {"input": {"id": recorded}})
    assert "Field 'config' of required type 'JSON!' was not provided." in answer["errors"][0]["message"]


def test_selecting_debug_logs_loses_the_run(aissata, recorded):
    query = "mutation($input: RunPipelineInput!) { runPipeline(input: $input) { success run { id enableDebugLogs } } }"
    answer = aissata.graphql(query, {"input": {"id": recorded, "config": {}}})
    assert answer["data"]["runPipeline"] == {"success": True, "run": None}
    assert answer["errors"][0]["message"] == "Cannot return null for non-nullable field PipelineRun.enableDebugLogs."


def test_who_may_what(app, ibrahim, aissata, fatou, recorded):
    """Viewers may run, and read runs; only administrators may delete."""
    denied = {"success": False, "errors": ["PERMISSION_DENIED"]}
    run = ibrahim.launch(recorded, {"period": "viewer"})
    assert ibrahim.run_state(run)["status"] in {"queued", "running"}
    assert ibrahim.change("stopPipeline", {"runId": run}) == denied
    assert ibrahim.change("generateWorkspaceToken", {"slug": SLUG}, "token") == {**denied, "token": None}
    assert ibrahim.change("updatePipeline", {"id": recorded, "name": "zzz"}) == denied
    upload = {"workspaceSlug": SLUG, "pipelineCode": "recorded", "files": [{"path": "pipeline.py", "content": CODE}]}
    assert ibrahim.change("uploadPipeline", upload) == denied
    query = f'mutation {{ createPipeline(input: {{workspaceSlug: "{SLUG}", name: "Nope"}}) {{ success }} }}'
    assert ibrahim.graphql(query)["errors"][0]["message"] == "An unknown error occurred."
    assert aissata.change("deletePipeline", {"id": recorded}, type_="DeletePipelineInput") == denied
    assert aissata.change("stopPipeline", {"runId": NOBODY_ID}) == {"success": False, "errors": ["PIPELINE_NOT_FOUND"]}
    aissata.change("stopPipeline", {"runId": run})
    with app.person("fatou@example.org") as stranger:
        stranger.change("createPipeline", {"workspaceSlug": OTHER, "name": "Elsewhere"})
    assert aissata.ask(f'{{ pipelines(workspaceSlug: "{OTHER}") {{ totalItems }} }}') == {
        "pipelines": {"totalItems": 0}
    }


def test_uploads(aissata, recorded):
    syntax_error = {"path": "pipeline.py", "content": "def x(:\n"}
    given = {"workspaceSlug": SLUG, "pipelineCode": "recorded", "files": [syntax_error]}
    assert aissata.change("uploadPipeline", given, "details") == {
        "success": False, "errors": ["PIPELINE_CODE_PARSING_ERROR"], "details": "invalid syntax (<unknown>, line 1)",
    }  # fmt: skip
    given["files"] = [{"path": "pipeline.py", "content": CODE}]
    result = aissata.change("uploadPipeline", {**given, "name": "v-one"}, "details")
    assert result["errors"] == ["DUPLICATE_PIPELINE_VERSION_NAME"]
    result = aissata.change("uploadPipeline", {**given, "timeout": 43_201}, "details")
    assert result["errors"] == ["INVALID_TIMEOUT_VALUE"]


def test_a_pipeline_without_version_is_run_all_the_same(aissata):
    result = aissata.change(
        "createPipeline", {"workspaceSlug": SLUG, "name": "Empty"}, "pipeline { id code currentVersion { id } }"
    )
    assert (result["pipeline"]["code"], result["pipeline"]["currentVersion"]) == ("empty", None)
    run = aissata.ask(RUN, input={"id": result["pipeline"]["id"], "config": {"a": 1}})["runPipeline"]["run"]
    assert (run["status"], run["timeout"], run["config"]) == ("queued", 14400, {"a": 1})
    assert aissata.wait_for(run["id"])["status"] == "failed"
