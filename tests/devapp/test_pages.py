"""The pages, as a browser without a display gets them."""

import re

import pytest

from openhexa_devapp.pages import safe_next
from openhexa_devapp.settings import Settings


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/workspaces/a/?b=c#d", True),
        ("http://localhost:8001/hub/login?next=/hub/home", True),
        ("", False),
        ("//evil.invalid", False),
        ("/\\evil.invalid", False),
        ("\\\\evil.invalid", False),
        ("/\t/evil.invalid", False),
        ("http://evil.invalid/", False),
        ("https://localhost:8001/", False),
        ("http://localhost:8001@evil.invalid/", False),
        ("javascript:alert(1)", False),
        ("workspaces/", False),
    ],
)
def test_only_own_addresses_follow_a_login(tmp_path, target, safe):
    assert safe_next(target, Settings(data=tmp_path)) == (target if safe else "/")


def test_logging_in_by_the_form(app):
    with app.anybody() as person:
        response = person.get("/")
        assert (response.status_code, response.headers["location"]) == (302, "/login?next=/")
        page = person.get(response.headers["location"])
        form = {**hidden(page.text), "email": "aissata@example.org", "password": "wrong"}
        assert form["next"] == "/"
        refused = person.post("/login", data=form)
        assert refused.status_code == 401
        assert "No active person has this e-mail address and password." in refused.text
        assert 'value="aissata@example.org"' in refused.text
        accepted = person.post("/login", data={**form, "password": "openhexa"})
        assert (accepted.status_code, accepted.headers["location"]) == (302, "/")
        assert "Sahel programme" in person.get("/").text
        assert (
            person.get("/login?next=/workspaces/sahel-programme/").headers["location"] == "/workspaces/sahel-programme/"
        )


def test_the_form_cannot_be_sent_from_elsewhere(app):
    with app.anybody() as person:
        form = {**hidden(person.get("/login").text), "email": "aissata@example.org", "password": "openhexa"}
        assert person.post("/login", data={**form, "csrfmiddlewaretoken": "a" * 32}).status_code == 403
        assert person.post("/login", data=form, headers={"Origin": "http://evil.invalid"}).status_code == 403


def test_the_address_typed_is_shown_escaped(app):
    with app.anybody() as person:
        form = {**hidden(person.get("/login").text), "email": '"><script>', "password": "x"}
        page = person.post("/login", data=form).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_workspaces(app, fatou, ibrahim):
    page = fatou.get("/").text
    assert page.index("Coastal clinics") < page.index("Sahel programme")
    assert "Fatou Ndiaye" in page
    page = fatou.get("/workspaces/sahel-programme/").text
    assert '<iframe id="frame"' in page
    assert "Sahel programme" in page
    page = ibrahim.get("/workspaces/sahel-programme/notebooks/").text
    assert "<iframe" not in page
    assert "You are a viewer of this workspace" in page
    missing = ibrahim.get("/workspaces/coastal-clinics/")
    assert missing.status_code == 404
    assert "you are not a member" in missing.text


def test_nothing_is_fetched_from_elsewhere(app, fatou):
    for path in ("/", "/workspaces/sahel-programme/"):
        addresses = re.findall(r'(?:src|href|action)="([^"]*)"', fatou.get(path).text)
        assert addresses
        for address in addresses:
            assert address.startswith("/")
            assert address.startswith("/auth/") or fatou.get(address).status_code == 200


def test_a_hub_that_is_down_is_told_as_a_sentence(own_app):
    app = own_app(NOTEBOOKS_HUB_URL="http://127.0.0.1:9/hub")
    with app.person("aissata@example.org") as aissata:
        path = "/workspaces/sahel-programme/notebooks/server/"
        for response in (aissata.post(path, headers=aissata.csrf), aissata.get(path)):
            assert response.status_code == 502
            assert response.json()["error"].startswith("The notebooks do not answer.")
        assert aissata.post(path).status_code == 403, "forged"
        query = 'mutation { launchNotebookServer(input: {workspaceSlug: "sahel-programme"}) { success } }'
        answer = aissata.graphql(query)
        assert answer["data"] is None
        assert answer["errors"][0]["path"] == ["launchNotebookServer"]
        logout = aissata.post("/auth/logout/", headers=aissata.csrf)
        assert (logout.status_code, logout.headers["location"]) == (302, "/login")
    with app.person("ibrahim@example.org") as ibrahim:
        assert ibrahim.post(path, headers=ibrahim.csrf).status_code == 403
        given = {"workspaceSlug": "sahel-programme"}
        assert ibrahim.change("launchNotebookServer", given)["errors"] == ["PERMISSION_DENIED"]
        assert ibrahim.change("launchNotebookServer", {"workspaceSlug": "coastal-clinics"})["errors"] == ["NOT_FOUND"]


def test_logout_is_a_post_and_ends_the_session(app):
    with app.person("aissata@example.org") as aissata:
        refused = aissata.get("/auth/logout/")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST, OPTIONS")
        assert aissata.post("/auth/logout/").status_code == 403
        session, before = aissata.cookies["sessionid"], aissata.cookies["csrftoken"]
        form = {"csrfmiddlewaretoken": hidden(aissata.get("/").text)["csrfmiddlewaretoken"]}
        response = aissata.post("/auth/logout/", data=form)
        assert (response.status_code, response.headers["location"]) == (302, "/login")
        assert response.headers["cache-control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        assert "sessionid" not in aissata.cookies
        assert aissata.cookies["csrftoken"] != before
        again = aissata.get("/", headers={"Cookie": f"sessionid={session}"})
        assert again.headers["location"] == "/login?next=/"


def test_unknown_addresses(app):
    with app.anybody() as person:
        assert person.get("/nope/").status_code == 404
        assert person.get("/nope").status_code == 404
        response = person.get("/workspaces/a?b=c")
        assert (response.status_code, response.headers["location"]) == (301, "/workspaces/a/?b=c")
