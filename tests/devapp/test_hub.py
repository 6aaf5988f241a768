"""The App's calls to the hub, against a fake of the hub's transport."""

import httpx
import pytest

from openhexa_devapp.hub import Hub, HubFailed
from openhexa_devapp.settings import Settings

COOKIES = {"sessionid": "s" * 32, "csrftoken": "c" * 32}
JANE = "Jane.O'Neil+Test@example.org"


class FakeHub:
    """Knows users and their servers; remembers what it was asked."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, dict[str, object]]] = {}
        self.seen: list[tuple[str, str]] = []
        self.requests: list[httpx.Request] = []
        self.refusals: dict[str, int] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")
        self.requests.append(request)
        self.seen.append((request.method, request.url.path))
        if request.method in self.refusals:
            return httpx.Response(self.refusals[request.method])
        name = parts[4] if len(parts) > 4 else ""
        if request.method == "POST" and len(parts) == 5:
            self.users[name] = {}
            return httpx.Response(201)
        if request.method == "POST":
            self.users[name][parts[6]] = {"ready": False, "url": f"/user/{name}/{parts[6]}/"}
            return httpx.Response(202)
        if name in self.users:
            return httpx.Response(200, json={"name": name, "servers": self.users[name]})
        return httpx.Response(404 if name else 200)


@pytest.fixture
def fake():
    return FakeHub()


@pytest.fixture
def hub(fake, tmp_path):
    settings = Settings(data=tmp_path, notebooks_hub_url="http://hub/hub", hub_api_token="t0ken")
    made = Hub(settings, httpx.MockTransport(fake))
    yield made
    made.close()


def test_first_launch_makes_user_and_server(hub, fake):
    server = hub.launch(JANE, "sahel-programme", COOKIES)
    user = f"/hub/api/users/{JANE}"
    assert fake.seen == [
        ("GET", user), ("POST", user), ("GET", user), ("POST", f"{user}/servers/sahel-programme"), ("GET", user),
    ]  # fmt: skip
    assert (server.name, server.ready) == ("sahel-programme", False)
    assert server.url == f"http://localhost:8001/user/{JANE}/sahel-programme/"
    assert all(request.headers["authorization"] == "token t0ken" for request in fake.requests)
    assert [request.headers.get("cookie") for request in fake.requests] == [
        None, None, None, f"sessionid={'s' * 32}; csrftoken={'c' * 32}", None,
    ]  # fmt: skip
    assert b"Jane.O%27Neil%2BTest@" in fake.requests[0].url.raw_path


def test_second_launch_only_asks(hub, fake):
    fake.users["a@b"] = {"ws": {"ready": True, "url": "/user/a@b/ws/"}}
    assert hub.launch("a@b", "ws", COOKIES).ready
    assert {method for method, path in fake.seen} == {"GET"}


def test_without_cookies_their_bare_names_are_sent(hub, fake):
    fake.users["a@b"] = {}
    hub.launch("a@b", "ws", {"sessionid": None, "csrftoken": None})
    assert fake.requests[1].headers["cookie"] == "sessionid; csrftoken"


@pytest.mark.parametrize(
    ("method", "status", "message"),
    [
        ("GET", 500, "500 Server Error: Internal Server Error for url: http://hub/hub/api/users/a@b"),
        ("POST", 400, "400 Client Error: Bad Request for url: http://hub/hub/api/users/a@b/servers/ws"),
    ],
)
def test_refusals(hub, fake, method, status, message):
    fake.users["a@b"] = {}
    fake.refusals[method] = status
    with pytest.raises(HubFailed) as caught:
        hub.launch("a@b", "ws", COOKIES)
    assert (str(caught.value), caught.value.status) == (message, status)


def test_a_hub_that_is_down(tmp_path):
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    made = Hub(Settings(data=tmp_path), httpx.MockTransport(down))
    with pytest.raises(HubFailed) as caught:
        made.launch("a@b", "ws", COOKIES)
    assert caught.value.status is None
    made.close()


def test_logout_forwards_the_browsers_cookies_and_no_token(hub, fake):
    hub.log_out("s" * 32, "c" * 32)
    assert fake.seen == [("GET", "/hub/logout")]
    sent = dict(part.split("=") for part in fake.requests[0].headers["cookie"].split("; "))
    assert (sent["sessionid"], len(sent["csrftoken"])) == ("s" * 32, 64)
    assert "authorization" not in fake.requests[0].headers


def test_without_a_token_none_is_sent(tmp_path, fake):
    made = Hub(Settings(data=tmp_path, hub_api_token=""), httpx.MockTransport(fake))
    made.has_server("a@b", "ws")
    assert "authorization" not in fake.requests[0].headers
    made.close()
