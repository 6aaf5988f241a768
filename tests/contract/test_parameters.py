from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhexa_contract.errors import InvalidInput
from openhexa_contract.parameters import KNOWN_TYPES, ChoicesFromFile, Parameter, parse_parameters, to_json

FULL = {
    "code": "level",
    "type": "str",
    "name": "Level",
    "required": False,
    "multiple": True,
    "default": ["district"],
    "choices": ["district", "region"],
    "help": "Of the report",
    "widget": "DHIS2_ORG_UNITS",
    "connection": "dhis",
    "directory": "data/",
    "disables": [],
    "disableWhen": True,
    "choicesFromFile": {"path": "data/levels.csv", "format": "csv", "column": "level"},
}


def test_known_types() -> None:
    sdk = {"str", "int", "float", "bool", "secret", "dataset", "file"}
    connections = {"dhis2", "iaso", "postgresql", "s3", "gcs", "custom"}
    assert sdk | connections | {"list", "dict"} == KNOWN_TYPES


def test_every_field_of_the_app_is_read_and_written_back() -> None:
    (parameter,) = parse_parameters([FULL])
    assert parameter == Parameter(
        code="level",
        type="str",
        name="Level",
        required=False,
        multiple=True,
        default=["district"],
        choices=["district", "region"],
        help="Of the report",
        widget="DHIS2_ORG_UNITS",
        connection="dhis",
        directory="data/",
        choices_from_file=ChoicesFromFile("data/levels.csv", "csv", "level"),
    )
    assert to_json(parameter) == FULL


def test_defaults_are_those_of_the_sdk() -> None:
    (parameter,) = parse_parameters([{"code": "rows", "type": "int"}])
    assert parameter == Parameter(code="rows", type="int")
    assert parameter.required
    assert not parameter.multiple
    assert parameter.disable_when


def test_null_means_absent() -> None:
    fields = {key: None for key in FULL if key != "code"}
    assert parse_parameters([{"code": "rows", **fields}]) == (Parameter(code="rows", type=""),)


@pytest.mark.parametrize("raw", [None, [], ()])
def test_no_parameters(raw: object) -> None:
    assert parse_parameters(raw) == ()


def test_the_label_is_the_name_else_the_code() -> None:
    assert [Parameter(code="a", type="int", name=name).label for name in ("Rows", "", None)] == ["Rows", "a", "a"]


def test_unknown_types_and_keys_are_kept() -> None:
    raw = {"code": "when", "type": "date", "min": "2020-01-01", "help": None}
    (parameter,) = parse_parameters([raw])
    assert parameter.type == "date"
    assert parameter.extra == {"min": "2020-01-01"}
    assert to_json(parameter).items() >= raw.items()


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("type", 5),
        ("name", {"fr": "Niveau"}),
        ("required", "yes"),
        ("multiple", 1),
        ("choices", {"a": 1}),
        ("help", ["x"]),
        ("disables", "rows"),
        ("disables", [1]),
        ("disableWhen", "true"),
        ("choicesFromFile", {"format": "csv"}),
        ("choicesFromFile", "data.csv"),
    ],
)
def test_a_field_of_the_wrong_shape_counts_as_absent_and_is_written_back(key: str, wrong: Any) -> None:
    (parameter,) = parse_parameters([{"code": "level", "type": "str", key: wrong}])
    plain = Parameter(code="level", type="" if key == "type" else "str")
    assert msgspec.structs.replace(parameter, extra={}) == plain
    assert to_json(parameter)[key] == wrong
    assert parse_parameters([to_json(parameter)]) == (parameter,)


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ("rows", "parameters"),
        ({"code": "rows", "type": "int"}, "parameters"),
        ([None], "parameters[0]"),
        ([{"code": "rows", "type": "int"}, "rows"], "parameters[1]"),
        ([{"type": "int"}], "parameters[0]"),
        ([{"code": "", "type": "int"}], "parameters[0]"),
        ([{"code": 5, "type": "int"}], "parameters[0]"),
        ([{"code": "rows", "type": "int"}, {"code": "rows", "type": "str"}], "parameters[1]"),
    ],
)
def test_what_cannot_be_a_parameter_is_refused_by_its_place(raw: object, where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_parameters(raw)
    assert list(caught.value.fields) == [where]


def test_multiple_and_choices_count_only_where_the_sdk_allows_them() -> None:
    types = [*sorted(KNOWN_TYPES), "date"]
    declared = [Parameter(code="x", type=kind, multiple=True, choices=[1]) for kind in types]
    assert [p.type for p in declared if p.takes_many] == ["dataset", "float", "int", "str"]
    assert [p.type for p in declared if p.options] == ["dataset", "dict", "float", "int", "list", "str"]


def test_a_file_of_choices_may_say_more_than_we_know() -> None:
    source = {"path": "a.csv", "format": None, "column": None, "delimiter": ";"}
    (parameter,) = parse_parameters([{"code": "x", "type": "str", "choicesFromFile": source}])
    assert parameter.choices_from_file == ChoicesFromFile("a.csv")
    assert to_json(parameter)["choicesFromFile"] == source


def test_a_changed_source_does_not_change_the_parameter() -> None:
    raw: dict[str, Any] = {"code": "x", "type": "str", "choices": ["a"], "disables": ["y"]}
    (parameter,) = parse_parameters([raw])
    raw["choices"].append("b")
    raw["disables"].append("z")
    assert (parameter.choices, parameter.disables) == (["a"], ["y"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(
    raw=st.lists(
        st.fixed_dictionaries(
            {"code": st.uuids().map(str)},
            optional={key: json_values for key in [*FULL, "odd"] if key != "code"},
        ),
        max_size=3,
    )
)
def test_any_json_is_read_and_nothing_is_lost(raw: list[dict[str, Any]]) -> None:
    parameters = parse_parameters(raw)
    written = [to_json(parameter) for parameter in parameters]
    assert parse_parameters(written) == parameters
    for before, after in zip(raw, written, strict=True):
        for key, value in before.items():
            if value is None:
                continue
            if key == "choicesFromFile" and isinstance(value, dict) and isinstance(after[key], dict):
                assert after[key].items() >= value.items()
            else:
                assert after[key] == value
