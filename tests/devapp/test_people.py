import pytest

from openhexa_devapp import people, seeds


def test_login_ignores_case_and_spaces_of_the_address_only(services):
    log_in = services.people.log_in
    assert log_in(" AISSATA@example.org ", seeds.PASSWORD)["email"] == "aissata@example.org"
    assert log_in("jane.o'neil+test@EXAMPLE.org", seeds.PASSWORD)["email"] == "Jane.O'Neil+Test@example.org"
    assert log_in("aissata@example.org", seeds.PASSWORD.upper()) is None
    assert log_in("nobody@example.org", seeds.PASSWORD) is None


def test_a_deactivated_person_is_nobody(services):
    person = services.people.by_email("aissata@example.org")
    workspace = services.workspaces.by_slug("sahel-programme")
    membership = services.people.membership(person["id"], workspace["id"])
    key = services.sessions.start(person["id"])
    token = services.credentials.token(membership["access_token"])
    assert services.principals.identify(f"Bearer {token}", None).person_id == person["id"]
    services.database.update("person", person["id"], is_active=0)
    assert services.people.log_in(person["email"], seeds.PASSWORD) is None
    by_session = services.principals.by_session(key)
    assert not by_session.is_authenticated
    assert not by_session.dead_session, "the cookie is not taken back, as recorded"
    assert not services.principals.identify(f"Bearer {token}", None).is_authenticated


def test_passwords_are_not_stored(services):
    stored = services.people.by_email("fatou@example.org")["password"]
    assert seeds.PASSWORD not in stored
    assert people.hash_password(seeds.PASSWORD) != stored


def test_joining_again_changes_the_role_and_keeps_the_token(services):
    person = services.people.by_email("ibrahim@example.org")
    workspace = services.workspaces.by_slug("sahel-programme")
    before = services.people.membership(person["id"], workspace["id"])
    services.people.join(person["id"], workspace["id"], "EDITOR")
    after = services.people.membership(person["id"], workspace["id"])
    assert after == {**before, "role": "EDITOR"}
    with pytest.raises(ValueError, match="no role"):
        services.people.join(person["id"], workspace["id"], "BOSS")


def test_seeding_again_changes_nothing(services):
    tables = ("person", "workspace", "membership")
    before = [services.database.all(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    seeds.seed_people(services)
    assert [services.database.all(f"SELECT * FROM {table} ORDER BY id") for table in tables] == before
