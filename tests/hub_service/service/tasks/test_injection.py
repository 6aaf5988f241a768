from __future__ import annotations

import pytest

from openhexa_contract.parameters import parse_parameters
from openhexa_hub.service.tasks import injection


def parameters(**types: str) -> tuple[object, ...]:
    return parse_parameters([{"code": code, "type": kind, "required": True} for code, kind in types.items()])


@pytest.mark.parametrize(
    ("code", "kind", "given"),
    [
        ("task_id", "str", "7"),
        ("task_id", "int", 7),
        ("pipeline_id", "str", "p"),
        ("connection_token", "str", "t"),
        ("connection_token", "secret", "t"),
        ("connection_host", "str", "h"),
    ],
)
def test_each_is_given_with_its_type(code: str, kind: str, given: object) -> None:
    declared = parameters(**{code: kind, "other": "str"})
    codes = injection.provided(declared)
    assert injection.values(declared, codes, 7, "p", "t", "h") == {code: given}


@pytest.mark.parametrize(
    ("code", "kind"), [("task_id", "float"), ("task_id", "dict"), ("pipeline_id", "int"), ("x", "str")]
)
def test_what_does_not_fit_is_the_caller_s_own(code: str, kind: str) -> None:
    declared = parameters(**{code: kind})
    assert injection.provided(declared) == frozenset()
    assert injection.without_injected({code: 1}, declared, frozenset()) == {code: 1}


def test_a_list_is_not_the_service_s() -> None:
    declared = parse_parameters([{"code": "task_id", "type": "str", "multiple": True}])
    assert injection.provided(declared) == frozenset()


def test_marks() -> None:
    raw = [{"code": "task_id", "type": "int", "new key": 1}, {"code": "country", "type": "str"}, {"code": None}]
    marked = injection.mark_provided(raw)
    assert marked == [raw[0] | {"provided": True}, raw[1], raw[2]]
    assert "provided" not in raw[0]


def test_secrets_are_split_off() -> None:
    declared = parameters(password="secret", token="secret", connection_token="secret", name="str")
    config = {"password": "p", "token": "", "connection_token": "c", "name": "n"}
    masked, apart = injection.split_secrets(declared, config, frozenset({"connection_token"}))
    assert masked == {"password": "••••", "token": "", "name": "n"}
    assert apart == {"password": "p", "token": ""}
