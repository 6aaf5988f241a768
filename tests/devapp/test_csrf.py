import pytest
from starlette.requests import Request

from openhexa_devapp import csrf
from openhexa_devapp.settings import Settings

SECRET = "a" * 32


def request(headers: dict[str, str], scheme: str = "http") -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in {"host": "app.peer.test", **headers}.items()]
    return Request(
        {"type": "http", "method": "POST", "path": "/", "scheme": scheme, "headers": raw, "server": ("x", 8102)}
    )


def pair(header: str = SECRET, cookie: str = SECRET) -> dict[str, str]:
    return {"cookie": f"csrftoken={cookie}", "x-csrftoken": header}


def test_masked_forms_of_a_secret_differ_and_mean_the_same():
    secret = csrf.new_secret()
    one, other = csrf.masked(secret), csrf.masked(secret)
    assert len(one) == 64
    assert one != other
    assert csrf.unmasked(one) == csrf.unmasked(other) == csrf.unmasked(secret) == secret


@pytest.mark.parametrize(
    "headers",
    [
        pair(),
        pair(csrf.masked(SECRET)),
        pair(cookie=csrf.masked(SECRET)),
        {**pair(), "referer": "http://hub.invalid:8001"},
        {**pair(), "origin": "http://app.peer.test"},
    ],
)
def test_agreeing_pairs_pass_over_http(tmp_path, headers):
    csrf.check(request(headers), Settings(data=tmp_path))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cookie": f"csrftoken={SECRET}"},
        {"x-csrftoken": SECRET},
        pair("b" * 32),
        pair("short", "short"),
        {**pair(), "origin": "http://hub.invalid:8001"},
        {**pair(), "origin": "null"},
    ],
)
def test_what_may_be_forged_is_refused(tmp_path, headers):
    with pytest.raises(csrf.Forged):
        csrf.check(request(headers), Settings(data=tmp_path))


@pytest.mark.parametrize(
    ("referer", "domain", "trusted", "passes"),
    [
        (None, None, (), False),
        ("http://app.peer.test/", None, (), False),
        ("https://app.peer.test/", None, (), True),
        ("https://hub.peer.test/", None, (), False),
        ("https://hub.peer.test", None, ("https://hub.peer.test",), True),
        ("https://hub.peer.test:8443", None, ("https://hub.peer.test",), False),
        ("https://app.peer.test/", ".peer.test", (), False),
        ("https://hub.peer.test", ".peer.test", (), False),
    ],
)
def test_referer_counts_over_https(tmp_path, referer, domain, trusted, passes):
    """The last two are recorded: with a cookie domain the port of the App's own socket is expected."""
    settings = Settings(
        data=tmp_path, trust_forwarded_proto=True, csrf_cookie_domain=domain, csrf_trusted_origins=trusted
    )
    headers = {**pair(), "x-forwarded-proto": "https", **({"referer": referer} if referer else {})}
    if passes:
        csrf.check(request(headers), settings)
    else:
        with pytest.raises(csrf.Forged):
            csrf.check(request(headers), settings)
