import pytest

from openhexa_devapp.files import InvalidPath


def test_objects(services):
    files = services.files
    files.write("sahel-programme", "in/hello.txt", b"hello")
    files.write("sahel-programme", ".hidden", b"")
    found = files.get("sahel-programme", "in/hello.txt")
    assert {key: found[key] for key in ("name", "key", "path", "size", "type")} == {
        "name": "hello.txt", "key": "in/hello.txt", "path": "sahel-programme/in/hello.txt", "size": 5, "type": "FILE",
    }  # fmt: skip
    assert [one["key"] for one in files.list("sahel-programme")] == ["in/"]
    assert [one["key"] for one in files.list("sahel-programme", hidden=True)] == ["in/", ".hidden"]
    assert [one["key"] for one in files.list("sahel-programme", "in/")] == ["in/hello.txt"]
    assert [one["key"] for one in files.list("sahel-programme", query="HELL")] == ["in/hello.txt"]
    assert files.list("sahel-programme", "nowhere") == []
    assert files.get("sahel-programme", "none.txt") is None


@pytest.mark.parametrize("key", ["../coastal-clinics/x", "in/../../x", "../../app.sqlite"])
def test_nothing_outside_is_reached(services, key):
    with pytest.raises(InvalidPath):
        services.files.get("sahel-programme", key)
    with pytest.raises(InvalidPath):
        services.files.write("sahel-programme", key, b"")


def test_links_do_not_lead_outside(services):
    (services.files.folder("sahel-programme") / "way-out").symlink_to(services.settings.data)
    with pytest.raises(InvalidPath):
        services.files.get("sahel-programme", "way-out/app.sqlite")
