"""The proxy's cookie hook, its pure parts: run by Node.js on tables."""

from __future__ import annotations

import json
import subprocess
from types import ModuleType
from typing import Any

import pytest

PROGRAM = """
const hook = await import(process.argv[1]);
const ask = JSON.parse(process.argv[2]);
const settings = hook.readSettings(ask.environment ?? {});
const say = (value) => (value === undefined ? null : value);
console.log(JSON.stringify({
  cookies: (ask.cookies ?? []).map((header) => say(hook.withoutCookies(header, settings.names))),
  urls: (ask.urls ?? []).map((url) => hook.isForHub(url, settings.baseUrl)),
  names: [...settings.names],
}));
"""


@pytest.fixture(scope="module")
def run(hubs: ModuleType) -> Any:
    def run(**ask: Any) -> Any:
        hook = (hubs.PROXY / "drop-app-cookies.js").as_uri()
        command = [hubs.node(), "--input-type=module", "-e", PROGRAM, hook, json.dumps(ask)]
        return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=20).stdout)

    return run


COOKIES = {
    "sessionid=a": None,
    "sessionid=a; csrftoken=b": None,
    "a=1; sessionid=x; b=2": "a=1; b=2",
    "sessionid=x;b=2": "b=2",
    "sessionid": None,
    " sessionid = x ; b=2": "b=2",
    'a="q s"; sessionid="x"; c=d=e': 'a="q s"; c=d=e',
    "__Host-sessionid=x; sessionid2=y; Sessionid=z": "__Host-sessionid=x; sessionid2=y; Sessionid=z",
    "jupyterhub-user-x=2|1:0|10:1|sessionid=1": "jupyterhub-user-x=2|1:0|10:1|sessionid=1",
    "": None,
    "sessionid=x; sessionid=y; a=1": "a=1",
    "; ".join(f"c{n}={n}" for n in range(300)): "; ".join(f"c{n}={n}" for n in range(300)),
}
FOR_HUB = ["/hub/", "/hub/login?next=/user/a", "/hub/user/a/", "/%68ub/x", "/x/../hub/login"]
FOR_OTHERS = [
    "/",
    "/hub",
    "/hubs/",
    "/user/a/hub/",
    "/services/pipelines/",
    "/hub/../user/a/",
    "/hub/%2e%2e/user/a/",
    "/user/a/?/hub/",
    "/hub/%zz",
    "//hub/login",
    "/\\hub/",
]


def test_only_the_named_cookies_are_dropped(run: Any) -> None:
    assert run(cookies=list(COOKIES))["cookies"] == list(COOKIES.values())


def test_only_the_hub_keeps_them(run: Any) -> None:
    assert run(urls=FOR_HUB)["urls"] == [True] * len(FOR_HUB)
    assert run(urls=FOR_OTHERS)["urls"] == [False] * len(FOR_OTHERS)


@pytest.mark.parametrize("base", ["/jupyter/", "jupyter", "/jupyter"])
def test_the_hub_below_a_path(run: Any, base: str) -> None:
    urls = ["/jupyter/hub/login", "/hub/login", "/jupyter/user/a/", "/jupyterhub/hub/"]
    assert run(environment={"OPENHEXA_HUB_BASE_URL": base}, urls=urls)["urls"] == [True, False, False, False]


def test_other_names(run: Any) -> None:
    answer = run(environment={"OPENHEXA_APP_COOKIES": " hexa , ,csrf"}, cookies=["hexa=1; csrf=2; sessionid=3"])
    assert answer["names"] == ["hexa", "csrf"]
    assert answer["cookies"] == ["sessionid=3"]


def test_other_programs_that_inherit_the_hook_run_as_ever(hubs: ModuleType) -> None:
    hook = (hubs.PROXY / "drop-app-cookies.js").as_uri()
    done = subprocess.run([hubs.node(), "--import", hook, "-p", "1+1"], capture_output=True, check=True, timeout=20)
    assert done.stdout.strip() == b"2"
