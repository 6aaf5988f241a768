from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhexa_contract.controls import KINDS, find_option, holds_many, kind_of, options_of, read, write, write_json
from openhexa_contract.parameters import KNOWN_TYPES, Parameter


def one(kind: str, **fields: Any) -> Parameter:
    return Parameter(code="x", type=kind, **fields)


def test_each_type_has_a_control() -> None:
    kinds = {kind: kind_of(one(kind)) for kind in KNOWN_TYPES}
    connections = ("dhis2", "iaso", "postgresql", "s3", "gcs", "custom")
    assert {kinds.pop(kind) for kind in connections} == {"connection"}
    assert kinds == {
        "str": "text",
        "int": "integer",
        "float": "decimal",
        "bool": "boolean",
        "secret": "secret",
        "file": "file",
        "dataset": "dataset",
        "list": "json",
        "dict": "json",
    }
    assert kind_of(one("date")) == kind_of(one("")) == "json"
    assert {kind_of(one("str", choices=["a"])), kind_of(one("dict", choices=[{}]))} == {"choice"}
    assert {*kinds.values(), "choice", "connection"} == set(KINDS)


def test_controls_that_hold_a_list() -> None:
    assert holds_many(one("int", multiple=True))
    assert holds_many(one("list", choices=["a"]))
    assert not holds_many(one("list"))
    assert not holds_many(one("secret", multiple=True))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        (" -3 ", -3),
        ("+7", 7),
        ("\u22125", -5),
        ("1 000", 1000),
        ("1\u202f000\u00a0000", 1000000),
        ("0", 0),
        ("007", 7),
        ("٣", 3),
        ("9" * 30, int("9" * 30)),
    ],
)
def test_whole_numbers_as_people_write_them(text: str, value: int) -> None:
    found = read("integer", text)
    assert (type(found), found) == (int, value)


@pytest.mark.parametrize(
    "text", ["12x", "1.0", "1,5", "1 00", "10 00", "--1", "1e3", "0x10", "true", "1_000", "9" * 5000]
)
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"[.]$"):
        read("integer", text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,5", 1.5),
        ("1.5", 1.5),
        (" 1 000,25 ", 1000.25),
        ("-.5", -0.5),
        (",5", 0.5),
        ("2.", 2.0),
        ("3", 3.0),
        ("1e3", 1000.0),
        ("\u22121,5E-1", -0.15),
        ("0", 0.0),
    ],
)
def test_decimals_in_either_writing(text: str, value: float) -> None:
    found = read("decimal", text)
    assert (type(found), found) == (float, value)


@pytest.mark.parametrize(
    "text", ["1,5x", "1,234.5", "1.2.3", "nan", "inf", "-Infinity", "1e999", ".", ",", "e5", "1/2"]
)
def test_what_is_no_decimal(text: str) -> None:
    with pytest.raises(ValueError, match=r"[.]$"):
        read("decimal", text)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("text", "secret", "boolean", "choice")])
@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_control_means_null(kind: str, blank: str) -> None:
    assert read(kind, blank) is None


def test_text_is_kept_and_slugs_are_trimmed() -> None:
    assert [read(kind, " a ") for kind in ("text", "secret", "file")] == [" a "] * 3
    assert [read(kind, " a ") for kind in ("dataset", "connection")] == ["a"] * 2
    assert read("text", "") == ""


@pytest.mark.parametrize(
    ("text", "value"), [("null", None), ("0", 0), ("false", False), ('""', ""), ("[1, {}]", [1, {}])]
)
def test_json(text: str, value: Any) -> None:
    assert read("json", text) == value


def test_a_fault_in_json_is_told_by_its_line() -> None:
    with pytest.raises(ValueError, match="line 3, column 8"):
        read("json", '{\n  "a": 1,\n  "b": oops\n}')


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "hello", "{", "[" * 100_000, "9" * 5000], ids=lambda text: text[:8]
)
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read("json", text)


@given(st.integers())
def test_written_integers_read_back(value: int) -> None:
    assert read("integer", write(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_written_decimals_read_back(value: float) -> None:
    found = read("decimal", write(value))
    assert found == value
    assert math.copysign(1, found) == math.copysign(1, value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=5
    )
)
def test_written_json_reads_back(value: Any) -> None:
    assert read("json", write_json(value)) == value


@pytest.mark.parametrize("value", [float("nan"), object(), 10**5000, {1, 2}], ids=["nan", "object", "digits", "set"])
def test_anything_can_be_written(value: Any) -> None:
    assert write(value)
    assert write_json(value)


def test_choices_have_different_keys_that_are_never_empty() -> None:
    values = ["a", "", 1, "1", True, "true", 1.0, None, "1#3", {"b": 1}, "a"]
    options = options_of(values)
    keys = [option.key for option in options]
    assert len(set(keys)) == len(values)
    assert "" not in keys
    assert keys[0] == "a"
    assert [option.value for option in options] == values
    assert [option.label for option in options][2:5] == ["1", "1", "true"]


def test_a_choice_is_found_by_type_then_by_equality() -> None:
    options = options_of([1, True, "1"])
    assert [find_option(options, value) for value in (1, True, "1")] == options
    assert find_option(options, 1.0) is options[0]
    assert find_option(options, "2") is None


@given(st.lists(st.none() | st.booleans() | st.integers(0, 2) | st.text("1#", max_size=3), max_size=8))
def test_any_choices_can_be_told_apart(values: list[Any]) -> None:
    options = options_of(values)
    assert len({option.key for option in options} - {""}) == len(values)
