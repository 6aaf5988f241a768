from __future__ import annotations

import pytest
from traitlets import TraitError

from openhexa_hub.service.settings import Settings

KNOBS = sorted(Settings.class_own_traits())


@pytest.mark.parametrize("name", KNOBS)
def test_every_knob_is_documented(name: str) -> None:
    text = Settings.class_own_traits()[name].help
    assert len(text) > 20
    assert Settings.class_own_traits()[name].metadata["config"]
    assert text.rstrip().endswith((".", "`."))


@pytest.mark.parametrize(
    ("variable", "name", "value"),
    [
        ("OPENHEXA_APP_URL", "app_url", "http://app:8000"),
        ("OPENHEXA_APP_PUBLIC_URL", "app_public_url", "https://app.example.org"),
        ("OPENHEXA_PUBLIC_URL", "public_url", "https://hub.example.org/services/pipelines"),
        ("OPENHEXA_DATABASE_URL", "database_url", "postgresql://db/pipelines"),
        ("JUPYTERHUB_SERVICE_URL", "bind_url", "http://127.0.0.1:9999"),
        ("JUPYTERHUB_SERVICE_PREFIX", "prefix", "/base/services/pipelines/"),
    ],
)
def test_the_environment_sets_defaults(monkeypatch: pytest.MonkeyPatch, variable: str, name: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(Settings(), name) == value


def test_keys_are_separated_by_semicolons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENHEXA_SERVICE_KEY", "one; two;")
    assert Settings().keys == ["one", "two"]


def test_addresses_follow_from_each_other() -> None:
    settings = Settings(bind_url="http://127.0.0.1:9011", app_url="http://app:8000/", prefix="services/pipelines")
    assert settings.public_url == "http://127.0.0.1:9011/services/pipelines"
    assert settings.app_public_url == "http://app:8000"
    assert settings.prefix == "/services/pipelines/"


def test_only_sqlite_migrates_by_itself() -> None:
    assert Settings(database_url="sqlite:///x").migrate
    assert not Settings(database_url="postgresql://db/x").migrate


@pytest.mark.parametrize(
    ("name", "value"), [("app_url", "app:8000"), ("token_life", 61), ("access_life", -1), ("body_limit", "much")]
)
def test_wrong_values_are_refused(name: str, value: object) -> None:
    with pytest.raises(TraitError, match=name):
        Settings(**{name: value})
