"""Connections, files and datasets over GraphQL, as recorded."""

import pytest

SLUG = "sahel-programme"
FIELDS = [
    {"code": "url", "value": "https://dhis2.invalid", "secret": False},
    {"code": "password", "value": "s3cr3t", "secret": True},
]
READ = f"""{{ workspace(slug: "{SLUG}") {{ connections {{
  slug type fields {{ code value secret }} permissions {{ update }} }} }} }}"""


@pytest.fixture(scope="module")
def connection(aissata):
    given = {"workspaceSlug": SLUG, "name": "DHIS2 play", "type": "DHIS2", "fields": FIELDS}
    result = aissata.change("createConnection", given, "connection { id slug type }")
    assert result["connection"]["slug"] == "dhis2-play"
    return result["connection"]["id"]


def test_secrets_are_shown_to_editors_only(aissata, ibrahim, connection):
    found = aissata.ask(READ)["workspace"]["connections"][0]
    assert found == {"slug": "dhis2-play", "type": "DHIS2", "fields": FIELDS, "permissions": {"update": True}}
    shown = ibrahim.ask(READ)["workspace"]["connections"][0]
    assert shown["fields"] == [FIELDS[0], {**FIELDS[1], "value": None}]
    assert shown["permissions"] == {"update": False}


def test_changing_connections(aissata, ibrahim, connection):
    denied = {"success": False, "errors": ["PERMISSION_DENIED"]}
    assert ibrahim.change("updateConnection", {"id": connection, "name": "x"}) == denied
    assert ibrahim.change("deleteConnection", {"id": connection}) == denied
    again = {"workspaceSlug": SLUG, "name": "DHIS2 play", "type": "DHIS2"}
    assert aissata.change("createConnection", again)["errors"] == ["INVALID_SLUG"]
    given = {"id": connection, "name": "Play", "fields": [{"code": "url", "value": "https://x", "secret": False}]}
    result = aissata.change("updateConnection", given, "connection { name slug fields { code value } }")
    assert result["connection"] == {
        "name": "Play",
        "slug": "dhis2-play",
        "fields": [{"code": "url", "value": "https://x"}],
    }
    assert aissata.change("deleteConnection", {"id": connection})["success"]
    assert aissata.change("deleteConnection", {"id": connection})["errors"] == ["NOT_FOUND"]


def test_files_travel_by_signed_addresses(app, aissata, ibrahim):
    given = {"workspaceSlug": SLUG, "objectKey": "in/hello.txt", "contentType": "text/plain"}
    result = aissata.change("prepareObjectUpload", given, "uploadUrl headers")
    assert result["headers"] is None
    assert ibrahim.change("prepareObjectUpload", given)["errors"] == ["PERMISSION_DENIED"]
    with app.anybody() as anybody:
        assert anybody.put(result["uploadUrl"], content=b"hello").status_code == 201
        assert anybody.put(result["uploadUrl"].replace("/up/", "/dl/")).status_code == 405
        assert anybody.get(result["uploadUrl"].replace("/up/", "/dl/")).status_code == 403
    del given["contentType"]
    url = ibrahim.change("prepareObjectDownload", given, "downloadUrl")["downloadUrl"]
    assert url.endswith("/?attachment=true")
    with app.anybody() as anybody:
        response = anybody.get(url)
    assert (response.text, response.headers["content-type"].split(";")[0]) == ("hello", "text/plain")
    assert response.headers["content-disposition"] == 'attachment; filename="hello.txt"'
    missing = {**given, "objectKey": "none"}
    assert ibrahim.change("prepareObjectDownload", missing)["errors"] == ["NOT_FOUND"]
    outside = {**given, "objectKey": "../x"}
    assert aissata.change("prepareObjectUpload", outside)["errors"] == ["INVALID_PATH"]
    query = f"""{{ workspace(slug: "{SLUG}") {{ bucket {{ name object(key: "in/hello.txt") {{ name key path size type }}
      objects(prefix: "in/") {{ pageNumber hasNextPage items {{ key }} }} }} }}
      getFileByPath(workspaceSlug: "{SLUG}", path: "in/hello.txt") {{ size }} }}"""
    data = ibrahim.ask(query)
    assert data["getFileByPath"] == {"size": 5}
    assert data["workspace"]["bucket"] == {
        "name": SLUG,
        "object": {
            "name": "hello.txt",
            "key": "in/hello.txt",
            "path": f"{SLUG}/in/hello.txt",
            "size": 5,
            "type": "FILE",
        },
        "objects": {"pageNumber": 1, "hasNextPage": False, "items": [{"key": "in/hello.txt"}]},
    }


def test_datasets(aissata, ibrahim):
    given = {"workspaceSlug": SLUG, "name": "DS one", "description": "d"}
    assert ibrahim.change("createDataset", given)["errors"] == ["PERMISSION_DENIED"]
    assert aissata.change("createDataset", given, "dataset { slug name }")["dataset"] == {
        "slug": "ds-one",
        "name": "DS one",
    }
    query = f"""{{ workspace(slug: "{SLUG}") {{ datasets {{ totalItems items {{
      dataset {{ slug permissions {{ update createVersion }} latestVersion {{ id }} }} }} }} }} }}"""
    assert ibrahim.ask(query)["workspace"]["datasets"] == {
        "totalItems": 1,
        "items": [
            {
                "dataset": {
                    "slug": "ds-one",
                    "permissions": {"update": False, "createVersion": False},
                    "latestVersion": None,
                }
            }
        ],
    }


def test_the_sdks_workspace_configuration(aissata):
    given = {"slug": SLUG, "configuration": {"snt": {"year": 2026}}}
    result = aissata.change("updateWorkspace", given, "workspace { configuration }")
    assert result["workspace"]["configuration"] == {"snt": {"year": 2026}}
