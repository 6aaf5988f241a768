import pytest

from openhexa_devapp.principals import Principal


@pytest.mark.parametrize(
    ("email", "rights"),
    [
        ("ibrahim@example.org", {"downloadObject"}),
        (
            "aissata@example.org",
            {
                "createConnection", "createDataset", "createObject", "createPipeline", "createSavedQuery",
                "deleteDatabaseTable", "deleteObject", "downloadObject", "launchNotebookServer", "update",
            },
        ),
    ],
)  # fmt: skip
def test_rights_in_a_workspace(services, email, rights):
    workspace = services.workspaces.by_slug("sahel-programme")
    principal = Principal(person=services.people.by_email(email))
    found = services.permissions.of_workspace(principal, workspace)
    assert {right for right, may in found.items() if may} == rights


def test_administrators_may_all_and_strangers_nothing(services):
    workspace = services.workspaces.by_slug("sahel-programme")
    fatou = Principal(person=services.people.by_email("fatou@example.org"))
    assert all(services.permissions.of_workspace(fatou, workspace).values())
    assert not any(services.permissions.of_workspace(Principal(), workspace).values())
    coastal = services.workspaces.by_slug("coastal-clinics")
    aissata = Principal(person=services.people.by_email("aissata@example.org"))
    assert not any(services.permissions.of_workspace(aissata, coastal).values())


def test_archived_workspaces_are_seen_by_nobody(services):
    fatou = Principal(person=services.people.by_email("fatou@example.org"))
    assert [row["slug"] for row in services.workspaces.visible(fatou)] == ["coastal-clinics", "sahel-programme"]
    services.database.run("UPDATE workspace SET archived = 1 WHERE slug = 'coastal-clinics'")
    assert [row["slug"] for row in services.workspaces.visible(fatou)] == ["sahel-programme"]
