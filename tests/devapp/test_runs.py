import json

import pytest

from openhexa_devapp.runs import InvalidConfig, merged_config
from openhexa_devapp.uploads import complete

PARAMETERS = [
    complete({"code": "period", "type": "str"}),
    complete({"code": "rows", "type": "int", "default": 10, "required": False}),
    complete({"code": "ratio", "type": "float", "default": 0.5, "required": False}),
    complete({"code": "dry_run", "type": "bool", "default": True, "required": False}),
    complete({"code": "countries", "type": "str", "multiple": True, "choices": ["BE", "BF"], "required": False}),
]
DEFAULTS = {"rows": 10, "ratio": 0.5, "dry_run": True}
VERSION = {"parameters": json.dumps(PARAMETERS), "config": json.dumps(DEFAULTS)}
PIPELINE = {"config": '{"b": 2}'}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"period": "x", "bogus": 1},
        {"countries": "BE"},
        {"countries": ["XX"]},
        {"ratio": 1},
    ],
)
def test_what_the_app_does_not_check(given):
    assert merged_config(VERSION, PIPELINE, given) == {**DEFAULTS, **given}


def test_nulls_are_dropped():
    assert merged_config(VERSION, PIPELINE, {"rows": None}) == DEFAULTS


@pytest.mark.parametrize(
    "given",
    [{"rows": "ten"}, {"rows": "12"}, {"rows": 1.5}, {"dry_run": "yes"}, {"countries": [1]}, {"period": 202401}],
)
def test_wrong_types(given):
    with pytest.raises(InvalidConfig):
        merged_config(VERSION, PIPELINE, given)


def test_a_text_is_no_config():
    with pytest.raises(AttributeError, match="'str' object has no attribute 'items'"):
        merged_config(VERSION, PIPELINE, '{"period": "x"}')


def test_without_version_the_pipelines_config_counts():
    assert merged_config(None, PIPELINE, {"a": 1}) == {"b": 2, "a": 1}


@pytest.fixture
def pipeline(services):
    return services.pipelines.add(services.workspaces.by_slug("sahel-programme")["id"], "Cases")


def test_runs_are_taken_in_the_order_they_came(services, pipeline):
    first, second = (services.runs.add(pipeline, None, {}, None, {}) for _ in range(2))
    assert first["status"] == "queued"
    taken = services.runs.claim()
    assert (taken["id"], taken["status"]) == (first["id"], "running")
    assert services.runs.claim()["id"] == second["id"]
    assert services.runs.claim() is None


def test_the_first_end_is_final(services, pipeline):
    run = services.runs.add(pipeline, None, {}, None, {})
    services.runs.claim()
    services.runs.finish(run["id"], "success", "logs")
    services.runs.finish(run["id"], "failed", "other logs")
    ended = services.runs.get(run["id"])
    assert (ended["status"], ended["logs"]) == ("success", "logs")
    assert not services.runs.request_stop(run["id"], None)


def test_only_a_running_run_has_a_working_token(services, pipeline):
    run = services.runs.add(pipeline, None, {}, None, {})
    bearer = f"Bearer {services.credentials.token(run['access_token'])}"
    identify = services.principals.by_authorization
    assert identify(bearer) is None
    services.runs.claim()
    assert identify(bearer).run["id"] == run["id"]
    services.runs.request_stop(run["id"], None)
    assert identify(bearer) is None


def test_stored_config_has_the_order_of_jsonb(services, pipeline):
    run = services.runs.add(pipeline, None, {"dry_run": 1, "period": 2, "level": 3, "rows": 4}, None, {})
    assert list(json.loads(run["config"])) == ["rows", "level", "period", "dry_run"]
